"""The trained model as a folder that is whole once it has its manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbp_jobs.base_model import BaseModel
from pbp_jobs.contract import JobError, say, sha256_file, write_json
from pbp_jobs.model import first_not_finite, to_transformers
from pbp_jobs.validation import Validation
from train.task import Task

import torch
from safetensors.torch import save_file


def empty_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.iterdir():  # of an attempt that was killed while saving
        leftover.unlink()


def save_network(
    folder: Path,
    trained: Mapping[str, torch.Tensor],
    occurring: torch.Tensor,
    weights: Mapping[str, torch.Tensor],
    config: Mapping[str, Any],
    error_name: str,
) -> None:
    """model.safetensors, with the base model's rows for the word pieces that did not occur."""
    tensors = {name: tensor.cpu() for name, tensor in trained.items()}
    pieces = weights["pieces.weight"]
    pieces[occurring] = tensors["pieces.weight"]
    tensors["pieces.weight"] = pieces
    # The last step's loss was finite, but it came before the last update.
    if damaged := first_not_finite(tensors):
        raise JobError(
            error_name, f"weights: expected finite numbers in {damaged} after the last step; lower learningRate"
        )
    save_file(to_transformers(tensors, config), folder / "model.safetensors", metadata={"format": "pt"})


def save_settings(folder: Path, settings: Mapping[str, Any], outputs: Sequence[str]) -> None:
    """config.json with the outputs' names."""
    names = {
        "id2label": {str(number): output for number, output in enumerate(outputs)},
        "label2id": {output: number for number, output in enumerate(outputs)},
        "dtype": "float32",
    }
    write_json(folder / "config.json", {**settings, **names})


@dataclass(frozen=True)
class Trained:
    """What only the algorithm knows of what it has trained."""

    steps: int
    final_loss: float
    base: BaseModel | None  # None: it reads no word pieces
    dtype: str  # what the matrix products ran in


def finish(folder: Path, task: Task, trained: Trained, validation: Validation | None) -> None:
    """What every model has beside its weights and settings; last the manifest, which vouches for every file."""
    write_json(folder / "labels.json", task.labels)
    seen = sorted({row.document for row in (*task.rows, *task.validation_rows)})  # it is never judged on these
    (folder / "train-documents.txt").write_text("".join(f"{document}\n" for document in seen), "utf-8")
    if (decision := task.kind.decide(validation)) is not None:
        write_json(folder / "decision.json", decision)
    files = [path for path in sorted(folder.iterdir()) if path.name != "manifest.json"]
    settings, base = task.settings, trained.base
    manifest = {
        "labels": task.labels,
        **task.kind.manifest(task.labels, settings.algorithm),
        **({"lowerCase": base.lower_case, "maxSequenceLength": settings.max_length} if base else {}),
        "epochs": settings.epochs,
        "seed": settings.seed,
        "trainRows": len(task.rows),
        "trainTokens": task.kind.count_words(task.rows),
        "steps": trained.steps,
        "finalLoss": trained.final_loss,
        "baseWeightsSha256": base.weights_sha256 if base else None,
        "trainSha256": task.train_sha256,
        "dtype": trained.dtype,
        **({} if validation is None else {"validation": validation.as_json()}),
        "files": {path.name: sha256_file(path) for path in files},
    }
    write_json(folder / "manifest.json", manifest)
    if validation is not None:
        say(validation.line())
