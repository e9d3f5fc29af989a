"""The algorithms for classes side by side: linear, frozen and transformer, on the same sides.

    .venv/bin/python bench/jobs/classes_bench.py <export 1.1> ... --algorithms linear frozen
    .venv/bin/python bench/jobs/classes_bench.py <export 1.1> --algorithms transformer --epochs 4 --learning-rate 1e-4

Train and Evaluate run as they do in the pipeline, as child processes. Sides that the export pins are kept, else a
fifth of the texts is the test side, by a hash of the folded text; a tenth of the rest is the validation side. Seconds
and memory are Train's, start-up included; on a busy machine the CPU's seconds are the ones to trust.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "containers"))

from pbp_jobs.archive import unpack_model
from pbp_jobs.classes.ranking import calibration_error
from pbp_jobs.classes.texts import TextRow
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.kinds import KINDS

import numpy as np
from export_rows import export_name
from job_folder import make_base_model
from recording.record import keep_figure

ROOT = Path(__file__).resolve().parents[2]
ALGORITHMS = ("linear", "frozen", "transformer")
COLUMNS = ("accuracy", "macroF1", "f1")


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the algorithms for classes.")
    parser.add_argument("exports", type=Path, nargs="+")
    parser.add_argument("--algorithms", nargs="+", choices=ALGORITHMS, default=list(ALGORITHMS))
    parser.add_argument("--rows", type=int, help="train on the first of them only")
    for name, value in (("epochs", "3"), ("batch-size", "32"), ("learning-rate", "2e-4"), ("patience", "0")):
        parser.add_argument(f"--{name}", default=value)
    parser.add_argument("--max-sequence-length", default="128")
    parser.add_argument("--regularization", default="10")
    parser.add_argument("--class-weights", default="none", choices=("none", "balanced"))
    parser.add_argument("--thresholds", default="one", choices=("one", "label"))
    parser.add_argument("--seed", default="42")
    options = parser.parse_args()
    for export in options.exports:
        compare(export, options)


def compare(export: Path, options: argparse.Namespace) -> None:
    content = json.loads(gzip.decompress(export.read_bytes()))
    kind, labels = content["kind"], content["labels"]
    sides = split(content)
    sides["train"] = sides["train"][: options.rows]
    name = export_name(export)
    print(
        f"{name}: {kind}, {len(labels)} classes; " + ", ".join(f"{len(rows):,} {side}" for side, rows in sides.items())
    )
    heads = ("", *COLUMNS, "subset", "ECE", "coverage", "reached", "valid.", "s", "CPU s", "MB")
    print(f"{heads[0]:14}" + "".join(f"{head:>10}" for head in heads[1:]))
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        make_base_model(scratch / "base")
        baselines: dict[str, dict[str, float]] = {}
        for algorithm in options.algorithms:
            job = scratch / algorithm
            lay_out(job, sides, labels, hyperparameters(kind, algorithm, options))
            (job / "input/data/model").symlink_to(scratch / "base")
            usage = run("train", job)
            pack(job)
            run("evaluate", job)
            metrics = json.loads((job / "processing/output/evaluation/metrics.json").read_text("utf-8"))
            baselines = metrics["baselines"]
            validation = json.loads((job / "model/manifest.json").read_text("utf-8"))["validation"]["score"]
            ours = metrics["challenger"]
            cells = [*(ours["scores"][name] for name in COLUMNS), ours["subsetAccuracy"], ours["calibrationError"]]
            covered = ours["coverage"] or {"share": 0.0, "reached": None}
            cells += [covered["share"], covered["reached"] or 0.0, validation]
            print(f"{algorithm:14}" + "".join(f"{cell:10.4f}" for cell in cells) + "".join(f"{n:10.1f}" for n in usage))
            report_rare(ours["perLabel"], job, sides["test"])
            keep_figure(f"{name}, {algorithm}: accuracy", ours["scores"]["accuracy"], "")
            keep_figure(f"{name}, {algorithm}: macro F1", ours["scores"]["macroF1"], "")
            keep_figure(f"{name}, {algorithm}: micro F1", ours["scores"]["f1"], "")
            keep_figure(f"{name}, {algorithm}: Train", usage[1], "CPU s")
            keep_figure(f"{name}, {algorithm}: memory of Train", usage[2], "MB")
        for baseline, scores in baselines.items():
            print(f"{baseline:14}" + "".join(f"{scores[column]:10.4f}" for column in COLUMNS))


def report_rare(per_label: dict[str, dict[str, float]], job: Path, rows: list[dict[str, Any]]) -> None:
    """The third of the labels that has the fewest test documents: what class weights are for, and what they do to the
    probabilities of these labels."""
    supported = sorted(
        (label for label in per_label if per_label[label]["support"]), key=lambda label: per_label[label]["support"]
    )
    rare = supported[: max(1, len(supported) // 3)]
    means = {name: sum(per_label[label][name] for label in rare) / len(rare) for name in ("recall", "precision", "f1")}
    shares, gold = probabilities(rare, job, rows)
    figures = {**means, "calibration error": calibration_error(shares.ravel(), gold.ravel())}
    told = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
    print(f"{'':14}  rarest {len(rare)} of {len(supported)} classes: {told}")
    print(f"{'':14}  their probabilities add up to {shares.sum():.0f}, of {gold.sum():,} in the texts", flush=True)


def probabilities(labels: list[str], job: Path, rows: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """The model's, and whether each label applies: [texts, labels]."""
    folder = job / "scored"
    folder.mkdir()
    model = unpack_model(job / "processing/input/challenger/model.tar.gz", folder, "EvaluationFailed")
    texts = {row["document"]: [TextRow(row["document"], row["text"], row["classes"])] for row in rows}
    device, _ = choose_hardware("EvaluationFailed")
    answers = KINDS[model.kind].answer(model, texts, device, "EvaluationFailed", lambda *_: None)
    places = [model.labels.index(label) for label in labels]
    shares = np.stack([said.shares for said in answers.values()])[:, places]
    return shares, np.array([[label in row["classes"] for label in labels] for row in rows])


def split(content: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Distinct folded texts. multi-label: with the classes of all their records; single-label: of the first."""
    order = {label: place for place, label in enumerate(content["labels"])}
    texts: dict[str, dict[str, Any]] = {}
    for record in content["records"]:
        if "classes" not in record:
            continue
        document = hashlib.sha256(" ".join(record["text"].split()).lower().encode()).hexdigest()[:16]
        found = texts.setdefault(document, {"text": record["text"], "classes": [], "side": record.get("split")})
        if content["kind"] == "multi-label" or not found["classes"]:
            found["classes"] = sorted({*found["classes"], *record["classes"]}, key=order.__getitem__)
    pinned = any(found["side"] == "test" for found in texts.values())
    sides: dict[str, list[dict[str, Any]]] = {"train": [], "validation": [], "test": []}
    for document, found in texts.items():
        drawn = int(document[:8], 16)
        is_test = found["side"] == "test" if pinned else drawn % 5 == 0
        side = "test" if is_test else "validation" if drawn // 5 % 10 == 0 else "train"
        sides[side].append({"document": document, "text": found["text"], "classes": found["classes"]})
    return sides


def hyperparameters(kind: str, algorithm: str, options: argparse.Namespace) -> dict[str, str]:
    return {
        **{"kind": kind, "algorithm": algorithm, "trial": "0", "epochs": options.epochs, "seed": options.seed},
        **{"batchSize": options.batch_size, "learningRate": options.learning_rate, "patience": options.patience},
        **{"maxSequenceLength": options.max_sequence_length, "classWeights": options.class_weights},
        **{"thresholds": options.thresholds, "regularization": options.regularization},
    }


def lay_out(folder: Path, sides: dict[str, list[dict[str, Any]]], labels: list[str], given: dict[str, str]) -> None:
    files = {
        "input/config/hyperparameters.json": json.dumps(given),
        "input/data/labels/labels.json": json.dumps(labels),
        "processing/input/labels/labels.json": json.dumps(labels),
    }
    for side, place in (("train", "input/data"), ("validation", "input/data"), ("test", "processing/input")):
        files[f"{place}/{side}/{side}.jsonl"] = "".join(f"{json.dumps(row)}\n" for row in sides[side])
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "processing/input/challenger").mkdir()


def pack(job: Path) -> None:
    """The trained model as Evaluate gets it."""
    with tarfile.open(job / "processing/input/challenger/model.tar.gz", "w:gz", compresslevel=1) as archive:
        for path in sorted((job / "model").iterdir()):
            archive.add(path, path.name)


def run(name: str, job: Path) -> tuple[float, float, float]:
    """Seconds by the clock and of the CPUs; megabytes of memory at the most."""
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(job)}
    started = time.monotonic()
    with (job / f"{name}.log").open("w") as log:
        script = ROOT / "containers" / name / f"{name}.py"
        process = subprocess.Popen([sys.executable, str(script)], env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{name} failed:\n{(job / f'{name}.log').read_text('utf-8')}")
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


if __name__ == "__main__":
    main()
