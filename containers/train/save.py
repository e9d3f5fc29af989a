"""The trained model as a folder that is whole once it has its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pbp_jobs.contract import JobError, sha256_file, write_json
from pbp_jobs.model import first_not_finite, to_transformers

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


def save_settings(folder: Path, settings: Mapping[str, Any], labels: Sequence[str], outputs: Sequence[str]) -> None:
    """config.json with the outputs' names, and labels.json."""
    names = {
        "id2label": {str(number): output for number, output in enumerate(outputs)},
        "label2id": {output: number for number, output in enumerate(outputs)},
        "dtype": "float32",
    }
    write_json(folder / "config.json", {**settings, **names})
    write_json(folder / "labels.json", list(labels))


def save_documents(folder: Path, documents: Iterable[str]) -> None:
    """What the model has seen: it is never judged on these."""
    (folder / "train-documents.txt").write_text("".join(f"{name}\n" for name in sorted(set(documents))), "utf-8")


def save_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Last: it vouches for every other file."""
    files = [path for path in sorted(folder.iterdir()) if path.name != "manifest.json"]
    write_json(folder / "manifest.json", {**manifest, "files": {path.name: sha256_file(path) for path in files}})
