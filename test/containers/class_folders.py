"""Job folders of the class kinds: small texts whose words give their classes away."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pbp_jobs.archive import describe
from pbp_jobs.classes.scorers import SCORERS
from pbp_jobs.kinds import KINDS

import torch
from job_folders import FILLERS, PHRASES, make_evaluation_job, read, run_job, write_rows

CLASSES = ["imaging", "laboratory", "symptoms"]
WORDS = {"imaging": ["CT", "X-ray"], "laboratory": ["blood count"], "symptoms": PHRASES["problem"]}
CLASS_KINDS = ["single-label", "multi-label"]
CLASS_MODELS = [(kind, algorithm) for kind in CLASS_KINDS for algorithm in ("linear", "frozen", "transformer")]


def make_texts(documents: int, seed: int, kind: str, longest: int = 12) -> list[dict[str, Any]]:
    """multi-label: none to all of the classes."""
    choose = random.Random(f"{seed}/{kind}")
    rows = []
    for number in range(documents):
        classes = [choose.choice(CLASSES)]
        if kind == "multi-label":
            classes = [name for name in CLASSES if choose.random() < 0.4]
        words = choose.choices(FILLERS, k=choose.randint(3, longest))
        for name in classes:
            words.insert(choose.randint(0, len(words)), choose.choice(WORDS[name]))
        document = hashlib.sha256(f"{seed}/{kind}/{number}".encode()).hexdigest()[:16]
        rows.append({"document": document, "text": " ".join(words), "classes": classes})
    return rows


def make_class_job(
    base: Path,
    model: Path | None,
    kind: str,
    rows: Sequence[dict[str, Any]],
    validation: Sequence[dict[str, Any]] = (),
    **hyperparameters: str,
) -> Path:
    (base / "input/config").mkdir(parents=True)
    given = {"epochs": "8", "batchSize": "8", "learningRate": "5e-3", "maxSequenceLength": "16", "seed": "7"}
    given |= {"kind": kind, "algorithm": "transformer", "trial": "0"} | hyperparameters
    (base / "input/config/hyperparameters.json").write_text(json.dumps(given), "utf-8")
    write_rows(base / "input/data/train/train.jsonl", rows)
    if validation:
        write_rows(base / "input/data/validation/validation.jsonl", validation)
    write_class_labels(base / "input/data/labels/labels.json")
    if model:
        (base / "input/data/model").symlink_to(model)
    return base


def make_class_evaluation(
    base: Path, rows: Sequence[dict[str, Any]], challenger: Path, champion: Path | None = None
) -> Path:
    make_evaluation_job(base, rows, challenger, champion)
    (base / "processing/input/labels/labels.json").write_text(json.dumps(CLASSES), "utf-8")
    return base


def write_class_labels(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(CLASSES), "utf-8")


def probabilities(folder: Path, texts: list[str], kind: str) -> Any:
    """Of a model's classes [texts, classes], as Evaluate computes them."""
    model = describe(folder, "", read(folder / "manifest.json"), "EvaluationFailed")
    scores = SCORERS[model.algorithm](model, texts, torch.device("cpu"), "EvaluationFailed", lambda _done, _all: None)
    return KINDS[kind].decision(model, "EvaluationFailed").probabilities(scores)


def train_classes(folder: Path, base: Path, kind: str, algorithm: str, **hyperparameters: str) -> Path:
    """The folder of a job that has trained; its model is in model/."""
    rows, validation = make_texts(120, 1, kind), make_texts(60, 2, kind)
    model = None if algorithm == "linear" else base
    job = make_class_job(folder, model, kind, rows, validation, algorithm=algorithm, **hyperparameters)
    succeed("train", job)
    return job


def succeed(name: str, job: Path) -> subprocess.CompletedProcess[str]:
    ended = run_job(name, job)
    assert ended.returncode == 0, ended.stderr
    return ended
