"""Our training job compared with the usual recipe, or with another commit's: same rows, epochs, learning rate, seed and
held-out rows.

    .venv/bin/python bench/jobs/train_bench.py samples/exports/sample-export.json.gz --learning-rate 3e-4
    .venv/bin/python bench/jobs/train_bench.py <export> --rows 1000 --epochs 3
    .venv/bin/python bench/jobs/train_bench.py <export> --beside <folder of another checkout>

Each repetition that bench/run.ts makes has another seed, so the range of F1 is that over seeds.

A tenth of the export's train side is held out; the test side is never read. Seconds are those of the whole process,
start-up, tokenising and saving included; words are those that carry a gold tag. On a machine that does other work
meanwhile, the ratio of CPU seconds is the one to trust.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "containers"))

from pbp_jobs.hardware import choose_hardware
from pbp_jobs.model_folder import ModelFolder
from pbp_jobs.scoring import Counts, count_document
from pbp_jobs.tagger import tag_rows
from pbp_jobs.tokens import Row, tags_of

from export_rows import read_rows
from job_folder import add_hyperparameters, hyperparameters, lay_out, make_base_model
from recording.record import keep_figure, repetition

ROOT = Path(__file__).resolve().parents[2]
TRAIN = Path("containers/train/train.py")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time our training job beside transformers' Trainer.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--rows", type=int, default=1000, help="train on the first of them (default: %(default)s)")
    parser.add_argument("--beside", type=Path, help="a checkout whose train.py stands in for the usual recipe")
    add_hyperparameters(parser)
    parser.set_defaults(seed=str(42 + repetition()))
    options = parser.parse_args()
    yardstick, against, script_of_it = (
        ("the other train.py", "the other", options.beside / TRAIN)
        if options.beside
        else ("usual recipe", "Trainer", ROOT / "bench/jobs/usual_recipe.py")
    )

    labels, splits = read_rows(options.export)
    held_out = [row for row in splits["train"] if int(row["document"][:4], 16) % 10 == 9]
    rows = [row for row in splits["train"] if int(row["document"][:4], 16) % 10 != 9][: options.rows]
    words = int(options.epochs) * sum(len(row["tokens"]) for row in rows)
    print(f"{len(rows):,} rows, {options.epochs} epochs, {words:,} words; scored on {len(held_out):,} held-out rows")
    print(f"{'':18}{'seconds':>9}{'ratio':>8}{'CPU s':>9}{'ratio':>8}{'words/s':>9}{'F1':>9}{'accuracy':>10}")
    other: tuple[float, float] | None = None
    with tempfile.TemporaryDirectory() as scratch:
        base_model = Path(scratch) / "base"
        make_base_model(base_model)
        for name, script in ((yardstick, script_of_it), ("train.py", ROOT / TRAIN)):
            job = Path(scratch) / name.replace(" ", "-")
            lay_out(job, rows, labels, hyperparameters(options))
            (job / "input/data/model").symlink_to(base_model)
            seconds, cpu_seconds = run(script, job)
            other = other or (seconds, cpu_seconds)
            scores = score(job / "model", base_model, held_out, labels, int(options.max_sequence_length))
            print(
                f"{name:18}{seconds:9.1f}{other[0] / seconds:7.1f}x{cpu_seconds:9.1f}{other[1] / cpu_seconds:7.1f}x"
                f"{words / seconds:9,.0f}{scores['f1']:9.4f}{scores['accuracy']:10.4f}",
                flush=True,
            )
            beside = None if name == yardstick else against
            keep_figure(f"{name}, the whole process", seconds, "s", beside, other[0] / seconds)
            keep_figure(f"{name}, its processor time", cpu_seconds, "CPU s", beside, other[1] / cpu_seconds)
            keep_figure(f"{name}, F1 on held-out rows", scores["f1"], "")


def run(script: Path, job: Path) -> tuple[float, float]:
    """Seconds by the clock and of the CPUs. Both jobs wait for threads without spinning, so a busy machine is fair."""
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(job), "OMP_WAIT_POLICY": "PASSIVE"}
    started = time.monotonic()
    with (job / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, str(script)], env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status != 0:
        code = os.waitstatus_to_exitcode(status)
        sys.exit(f"{script.name} failed with exit code {code}:\n{(job / 'log').read_text('utf-8')}")
    return seconds, usage.ru_utime + usage.ru_stime


def score(
    model: Path, base_model: Path, held_out: list[dict[str, Any]], labels: list[str], max_length: int
) -> dict[str, float]:
    """Both models by one scorer: every word, strict entities."""
    tokenizer_config = json.loads((base_model / "tokenizer_config.json").read_text("utf-8"))
    folder = ModelFolder(
        folder=model,
        archive_sha256="",
        kind="keyphrases",
        algorithm="transformer",
        labels=labels,
        outputs=tags_of(labels),
        lower_case=tokenizer_config["do_lower_case"],
        max_length=max_length,
        train_documents=frozenset(),
        config=json.loads((model / "config.json").read_text("utf-8")),
    )
    rows = [Row(row["document"], row["tokens"], row["tags"]) for row in held_out]
    device, _ = choose_hardware("EvaluationFailed")
    tagged = tag_rows(folder, rows, device, "EvaluationFailed", lambda _done, _all: None)
    counts = Counts()
    for row, given in zip(rows, tagged, strict=True):
        counts.add(count_document(row.tags, given.tags))
    return counts.scores()


if __name__ == "__main__":
    main()
