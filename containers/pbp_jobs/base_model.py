"""The base model as it arrives in a job's channel: a Hugging Face folder and the manifest that vouches for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .contract import JobError, read_json, sha256_file


@dataclass(frozen=True)
class BaseModel:
    folder: Path
    name: str
    weights_sha256: str
    lower_case: bool
    normalize: bool
    embedding_max_length: int
    embedding_key: str
    dimension: int


def read_base_model(folder: Path, error_name: str) -> BaseModel:
    """Reads manifest.json (schemas/models/base-model.schema.json) and checks every file it lists.

    Errors: error_name when a file is missing or its digest differs. Paths that leave the folder are refused.
    """
    manifest = read_json(folder / "manifest.json", error_name)
    try:
        files: dict[str, str] = manifest["files"]
        for name, digest in sorted(files.items()):
            path = folder / name
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise JobError(error_name, "manifest.json: expected file names inside the base model's folder")
            if not path.is_file() or sha256_file(path) != digest:
                raise JobError(error_name, f"{name}: expected the base model's file with the digest in its manifest")
        if files.get("model.safetensors") != manifest["weightsSha256"]:
            raise JobError(error_name, "manifest.json: expected weightsSha256 to be the digest of model.safetensors")
        return BaseModel(
            folder=folder,
            name=manifest["name"],
            weights_sha256=manifest["weightsSha256"],
            lower_case=manifest["lowerCase"],
            normalize=manifest["normalize"],
            embedding_max_length=manifest["embeddingMaxLength"],
            embedding_key=manifest["embeddingKey"],
            dimension=manifest["dimension"],
        )
    except (KeyError, TypeError, AttributeError):
        raise JobError(error_name, "manifest.json: expected the fields of base-model.schema.json") from None
