"""The kinds of answer that a model gives about a text. A job takes the entry by its name and asks that; it never asks
which kind it has."""

from __future__ import annotations

from ..contract import JobError
from .keyphrases import Keyphrases
from .kind import Answers, Kind, OnBatch, Rows

__all__ = ["KINDS", "Answers", "Kind", "OnBatch", "Rows", "read_kind"]

DEFAULT = "keyphrases"  # of what was written before there were others
KINDS: dict[str, Kind] = {"keyphrases": Keyphrases()}


def read_kind(name: object, error_name: str) -> Kind:
    """Errors: error_name when no kind has this name."""
    if isinstance(name, str) and name in KINDS:
        return KINDS[name]
    raise JobError(error_name, f"kind: expected one of {', '.join(KINDS)}")
