"""Real, small trainings, sound ones and one for each health rule: prints {name: lines of its training.jsonl}.

    PYTHONPATH=containers .venv/bin/python test/containers/planted_trainings.py

Trained in one process, because starting torch takes longer than any of them.
"""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

from pbp_jobs.checkpoints import Checkpoints
from pbp_jobs.contract import Paths, StopSignal
from train import optimise
from train.train import main

import pytest
import torch
from class_folders import make_class_job, make_texts
from job_folders import log_of, make_clinical_base, make_rows, make_training_job, write_rows


def shuffled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same classes, each beside a text that it says nothing about."""
    classes = [row["classes"] for row in rows]
    random.Random(5).shuffle(classes)
    return [{**row, "classes": some} for row, some in zip(rows, classes, strict=True)]


def many_times(save: Any) -> Any:
    """As a slow disk: each checkpoint takes as long as fifteen."""

    def slowly(*given: Any) -> None:
        for _ in range(15):
            save(*given)

    return slowly


def plant(folder: Path) -> dict[str, list[Any]]:
    base = make_clinical_base(folder / "base")
    logs = {}

    def train(name: str, job: Path) -> None:
        main(Paths(job), StopSignal())
        logs[name] = log_of(job)

    def keyphrases(name: str, documents: int = 60, validation: int = 0, **chosen: str) -> Path:
        job = make_training_job(folder / name, base, make_rows(documents, seed=1), **chosen)
        if validation:
            write_rows(job / "input/data/validation/validation.jsonl", make_rows(validation, seed=2))
        return job

    train("sound", keyphrases("sound", validation=20, epochs="10"))
    texts, others = make_texts(90, 1, "single-label"), make_texts(60, 2, "single-label")
    train("sound linear", make_class_job(folder / "linear", None, "single-label", texts, others, algorithm="linear"))
    alike = [{**row, "text": "the patient was seen again"} for row in texts]  # nothing that a head could remember
    train("nothing to learn", make_class_job(folder / "alike", base, "single-label", alike, alike[:30], epochs="3"))
    with pytest.MonkeyPatch.context() as patch:  # higher than any setting allows, and at the end the highest
        patch.setattr(optimise, "schedule", lambda step, steps, _warm_up: 100 * step / steps)
        train("rate too high", keyphrases("rate", documents=40, epochs="10", learningRate="0.01"))
    noise = make_class_job(
        folder / "noise",
        base,
        "single-label",
        shuffled(texts[:30]),
        shuffled(others),
        epochs="20",
        learningRate="0.008",
    )
    train("few texts, many epochs", noise)
    train("one epoch", keyphrases("one", documents=120, epochs="1", learningRate="0.002"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoints, "due", lambda _self: True)
        patch.setattr(Checkpoints, "save", many_times(Checkpoints.save))
        train("a checkpoint each step", keyphrases("disk", documents=20, epochs="5"))
    return logs


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(plant(Path(folder))))
