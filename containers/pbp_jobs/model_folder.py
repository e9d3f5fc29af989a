"""What an unpacked and checked model archive says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ModelFolder:
    folder: Path
    archive_sha256: str
    kind: str
    labels: list[str]
    outputs: list[str]  # what each of the network's outputs stands for
    lower_case: bool
    max_length: int
    train_documents: frozenset[str]
    config: dict[str, Any]
