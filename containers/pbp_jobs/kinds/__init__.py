"""The kinds of answer that a model gives about a text. A job takes the entry by its name and asks that; it never asks
which kind it has."""

from __future__ import annotations

import json

from ..contract import SCHEMAS, JobError
from .classes import Classes
from .keyphrases import Keyphrases
from .kind import Answers, Kind, OnBatch, Rows

__all__ = ["ALGORITHMS_OF", "DEFAULT", "DEFAULT_ALGORITHM", "KINDS", "Answers", "Kind", "OnBatch", "Rows", "read_kind"]

# Of what was written before there were others.
DEFAULT = "keyphrases"
DEFAULT_ALGORITHM = "transformer"
KINDS: dict[str, Kind] = {
    "keyphrases": Keyphrases(),
    "single-label": Classes("single-label", exclusive=True),
    "multi-label": Classes("multi-label", exclusive=False),
}
# By which a model of each kind can be trained.
ALGORITHMS_OF: dict[str, list[str]] = {
    name: words["algorithms"] for name, words in json.loads((SCHEMAS / "kinds.json").read_bytes()).items()
}


def read_kind(name: object, error_name: str) -> Kind:
    """Errors: error_name when no kind has this name."""
    if isinstance(name, str) and name in KINDS:
        return KINDS[name]
    raise JobError(error_name, f"kind: expected one of {', '.join(KINDS)}")
