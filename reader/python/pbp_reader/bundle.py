"""One version of the model: a folder that never changes, and the manifest that vouches for its files."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbp_reader.verified import Verified

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")


class ModelsError(Exception):
    """The models folder is not as a promotion leaves it. The message says what, and what to do."""


@dataclass(frozen=True)
class Bundle:
    folder: Path
    version: str
    execution: str  # that trained it
    kind: str
    algorithm: str
    labels: list[str]
    files: dict[str, tuple[str, int]]  # SHA-256 and size in bytes by path
    verified: Verified | None = None

    def read(self, name: str) -> bytes:
        """A file's bytes, which are those that were promoted: hashed on their way, unless that has been done before.

        Errors: ModelsError when they are not, or the bundle has no such file; OSError, ENOENT and ESTALE among
        them when the version was removed meanwhile.
        """
        if name not in self.files:
            raise ModelsError(f"The bundle {self.version} has no file {name}.")
        sha256, size = self.files[name]
        with (self.folder / name).open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read()
        known = self.verified is not None and self.verified.knows(self.version, name, status)
        if len(content) != size or not (known or hashlib.sha256(content).hexdigest() == sha256):
            raise ModelsError(
                f"The bundle {self.version} has a damaged file, {name}. Roll back, or restore it from a backup."
            )
        if self.verified is not None and not known:
            self.verified.remember(self.version, name, status)
        return content

    def read_json(self, name: str) -> Any:
        """Errors: as read. Without the parser's words, which may quote the file."""
        try:
            return json.loads(self.read(name))
        except ValueError:
            raise ModelsError(f"The bundle {self.version} has a file that is not JSON, {name}.") from None


def open_bundle(folder: Path, verified: Verified | None = None, is_named: bool = True) -> Bundle:
    """Reads the manifest of models/versions/<version>. Its digest, of which the version's name holds the beginning,
    binds every file. is_named: whether the folder has the version's name. Errors: as Bundle.read."""
    text = (folder / "manifest.json").read_bytes()
    try:
        manifest: dict[str, Any] = json.loads(text)
        bundle = Bundle(
            folder=folder,
            version=manifest["version"],
            execution=manifest["execution"],
            # Earlier versions of the pipeline wrote neither, and trained nothing else.
            kind=manifest.get("kind", "keyphrases"),
            algorithm=manifest.get("algorithm", "transformer"),
            labels=manifest["labels"],
            files={name: (file["sha256"], file["sizeBytes"]) for name, file in manifest["files"].items()},
            verified=verified,
        )
        lines = sorted(f"{sha256}  {name}\n" for name, (sha256, _) in bundle.files.items())
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()
        whole = (
            digest == manifest["digest"]
            and (bundle.version == folder.name or not is_named)
            and bundle.version.endswith(f"-{digest[:12]}")
            and all(FILE_NAME.fullmatch(name) for name in bundle.files)
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise ModelsError(f"The bundle {folder.name} has a damaged manifest. Roll back, or restore it from a backup.")
    return bundle
