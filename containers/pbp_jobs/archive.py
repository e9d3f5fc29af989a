"""model.tar.gz, read as if a stranger had packed it: plain files in a flat folder, each vouched for by the manifest."""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

from .algorithms import DEFAULT_ALGORITHM, NEEDS
from .contract import JobError, read_json, sha256_file
from .kinds import ALGORITHMS_OF, read_kind
from .kinds import DEFAULT as DEFAULT_KIND
from .model_folder import ModelFolder

FILE_NAME = re.compile(r"(?:\./)?([A-Za-z0-9_][A-Za-z0-9_.-]{0,99})")
MOST_BYTES = 4 << 30  # BERT-large is 1.3 GB
MOST_FILES = 33  # 32 that the manifest may list, and itself


def unpack_model(archive: Path, folder: Path, error_name: str) -> ModelFolder:
    """Unpacks an archive of Train into an empty folder and checks every file against its manifest.

    Errors: error_name for links, paths, devices, more bytes or files than a model has, a missing manifest, a file
    that it does not list, a digest that differs, or settings that contradict each other.
    """
    if not archive.is_file():
        raise JobError(error_name, f"{archive.parent.name}/{archive.name}: expected a model archive, found none")
    try:
        extract(archive, folder, error_name)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's trouble, not the archive's
        raise JobError(error_name, f"{archive.parent.name}/{archive.name}: expected a gzipped tar archive") from None
    manifest = read_json(folder / "manifest.json", error_name)
    listed = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(listed, dict):
        raise JobError(error_name, "manifest.json: expected the fields of model-manifest.schema.json")
    present = {path.name for path in folder.iterdir()} - {"manifest.json"}
    if present != set(listed):
        raise JobError(error_name, "model archive: expected exactly the files that its manifest lists")
    for name in sorted(present):
        if sha256_file(folder / name) != listed[name]:
            raise JobError(error_name, f"{name}: expected the digest that the model's manifest lists")
    return describe(folder, sha256_file(archive), manifest, error_name)


def extract(archive: Path, folder: Path, error_name: str) -> None:
    """Writes the members as plain files of ours: no owner, mode, link or path of theirs is ever applied."""
    budget = MOST_BYTES
    names: set[str] = set()
    with tarfile.open(archive, "r|gz") as members:  # a stream: nothing is read twice, nothing is sought
        for member in members:
            if member.isdir() and member.name in (".", "./"):
                continue
            match = FILE_NAME.fullmatch(member.name)
            name = match[1] if match and member.isreg() and not member.issparse() else ""
            budget -= member.size
            if not name or name in names or len(names) == MOST_FILES or budget < 0:
                expected = f"at most {MOST_FILES} plain files of {MOST_BYTES >> 30} GiB together in one folder"
                raise JobError(error_name, f"model archive: expected {expected}, not so member {len(names) + 1}")
            names.add(name)
            content = members.extractfile(member)
            assert content is not None
            with content, (folder / name).open("xb") as file:
                shutil.copyfileobj(content, file)


def describe(folder: Path, archive_sha256: str, manifest: dict[str, Any], error_name: str) -> ModelFolder:
    config = read_json(folder / "config.json", error_name)
    try:
        kind = manifest.get("kind", DEFAULT_KIND)
        algorithm = manifest.get("algorithm", DEFAULT_ALGORITHM)
        expected = read_kind(kind, error_name)
        reads_pieces = NEEDS[algorithm].reads_base_model
        documents = (folder / "train-documents.txt").read_text("utf-8").split()
        model = ModelFolder(
            folder=folder,
            archive_sha256=archive_sha256,
            kind=kind,
            algorithm=algorithm,
            labels=manifest["labels"],
            outputs=[config["id2label"][str(number)] for number in range(len(config["id2label"]))],
            lower_case=manifest["lowerCase"] if reads_pieces else None,
            max_length=manifest["maxSequenceLength"] if reads_pieces else None,
            train_documents=frozenset(documents),
            config=config,
        )
        said = expected.manifest(model.labels, algorithm)
        consistent = (
            algorithm in ALGORITHMS_OF[kind]
            and model.outputs == expected.outputs(model.labels)
            and said == {name: manifest[name] for name in said}
            and (model.max_length is None or model.max_length >= 16)
        )
    except (KeyError, TypeError, FileNotFoundError):
        consistent = False
    if not consistent or read_json(folder / "labels.json", error_name) != model.labels:
        raise JobError(error_name, "model archive: expected the same tags in manifest, labels.json and config.json")
    return model
