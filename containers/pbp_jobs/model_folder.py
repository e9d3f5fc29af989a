"""What an unpacked and checked model archive says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .algorithms import NEEDS


@dataclass(frozen=True)
class ModelFolder:
    folder: Path
    archive_sha256: str
    kind: str
    algorithm: str
    labels: list[str]
    outputs: list[str]  # what each of the network's outputs stands for
    lower_case: bool | None  # of the tokenizer; None: the model reads no word pieces
    max_length: int | None  # of a window, in word pieces
    train_documents: frozenset[str]
    config: dict[str, Any]

    @property
    def precision(self) -> str:
        """The number format in which it answers, in Evaluate and in the readers alike: tagger.py, linear/model.py."""
        return NEEDS[self.algorithm].answers_in
