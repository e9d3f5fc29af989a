"""One training's data and choices, whatever it is trained by."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbp_jobs.base_model import BaseModel, read_base_model
from pbp_jobs.contract import JobError, Paths, StopSignal, read_json, sha256_file, show_progress
from pbp_jobs.kinds import KINDS, Kind
from pbp_jobs.model import check_config
from pbp_jobs.tokens import load_tokenizer, read_labels
from train.settings import Settings, read_settings

from tokenizers import Tokenizer

FAILED = "TrainingFailed"


@dataclass(frozen=True)
class Task:
    paths: Paths
    stop: StopSignal
    settings: Settings
    kind: Kind
    labels: list[str]
    outputs: list[str]
    rows: list[Any]
    validation_rows: list[Any]  # none: nothing is chosen by a validation side
    train_sha256: str
    validation_sha256: str | None


def read_task(paths: Paths, stop: StopSignal) -> Task:
    """Errors: TrainingFailed with the place of what is wrong."""
    settings = read_settings(paths.hyperparameters, FAILED)
    kind = KINDS[settings.kind]
    if os.environ.get("RANK", "0") == "0":
        show_progress("reading the rows")
    labels = read_labels(read_json(paths.channel("labels") / "labels.json", FAILED), FAILED)
    outputs = kind.outputs(labels)
    train_file = paths.channel("train") / "train.jsonl"
    validation_file = paths.channel("validation") / "validation.jsonl"
    validates = validation_file.parent.is_dir()
    rows = read_rows(kind, train_file, outputs)
    validation_rows = read_rows(kind, validation_file, outputs) if validates else []
    if not rows:
        raise JobError(FAILED, "train.jsonl: expected at least one row")
    if settings.patience and not validation_rows:
        raise JobError(FAILED, "hyperparameter patience: expected 0, since there is no validation side")
    return Task(
        paths=paths,
        stop=stop,
        settings=settings,
        kind=kind,
        labels=labels,
        outputs=outputs,
        rows=rows,
        validation_rows=validation_rows,
        train_sha256=sha256_file(train_file),
        validation_sha256=sha256_file(validation_file) if validates else None,
    )


def read_rows(kind: Kind, file: Path, outputs: list[str]) -> list[Any]:
    rows = kind.read_rows(file, FAILED)
    kind.check_rows(rows, outputs, file, FAILED)
    return rows


def read_base(task: Task) -> tuple[BaseModel, dict[str, Any], Tokenizer]:
    """The base model, its config.json and its tokenizer. Errors: TrainingFailed, also where windows do not fit it."""
    base = read_base_model(task.paths.channel("model"), FAILED)
    config = read_json(base.folder / "config.json", FAILED)
    check_config(config, FAILED)
    if task.settings.max_length > config["max_position_embeddings"]:
        raise JobError(
            FAILED, f"hyperparameter maxSequenceLength: expected at most {config['max_position_embeddings']}"
        )
    return base, config, load_tokenizer(base.folder, base.lower_case, FAILED)
