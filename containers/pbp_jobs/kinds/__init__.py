"""The kinds of answer that a model gives about a text. A job takes the entry by its name and asks that; it never asks
which kind it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..contract import TABLES, JobError
from .classes import Classes
from .keyphrases import Keyphrases
from .kind import Answers, Kind, OnBatch, Rows

__all__ = ["ALGORITHMS_OF", "DEFAULT", "KINDS", "Answers", "Kind", "OnBatch", "Rows", "is_suspicious", "read_kind"]

# Of what was written before there were others.
DEFAULT = "keyphrases"
KINDS: dict[str, Kind] = {
    "keyphrases": Keyphrases(),
    "single-label": Classes("single-label", exclusive=True),
    "multi-label": Classes("multi-label", exclusive=False),
}
WORDS: dict[str, dict[str, Any]] = json.loads((TABLES / "kinds.json").read_bytes())
# By which a model of each kind can be trained.
ALGORITHMS_OF: dict[str, list[str]] = {name: words["algorithms"] for name, words in WORDS.items()}


def is_suspicious(kind: str, scores: Mapping[str, float]) -> bool:
    """Whether one of the scores that the gate may decide by is so high that it warns of it."""
    limit = WORDS[kind]["suspiciousAbove"]
    return limit is not None and any(scores[metric] > limit for metric in WORDS[kind]["metrics"])


def read_kind(name: object, error_name: str) -> Kind:
    """Errors: error_name when no kind has this name."""
    if isinstance(name, str) and name in KINDS:
        return KINDS[name]
    raise JobError(error_name, f"kind: expected one of {', '.join(KINDS)}")
