"""analysis.json (schemas/evaluation/analysis.schema.json): what each model gets wrong, in counts alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..kinds import Answers, Kind, Rows
from ..scoring import Counts
from .items import Comparison
from .slices import FacetsOf
from .tally import Tally


def tally(
    kind: Kind,
    rows: Rows,
    right: Answers,
    given: Answers,
    counts: Mapping[str, Counts],
    facets: FacetsOf,
    precision: str,
    on_document: Callable[[str, Comparison], None],
) -> Tally:
    """counts: of each document, over all labels."""
    counted = Tally(facets, precision)
    for document, part in rows.items():
        comparison = kind.compare(part, right[document], given[document])
        counted.add(document, kind.count_words(part), counts[document], comparison)
        on_document(document, comparison)
    return counted


def analyse(kind: Kind, labels: Sequence[str], models: Mapping[str, Tally], train: Path, error_name: str) -> Any:
    """By model. train: train.jsonl, of which nothing is kept but how often the test rows' own phrases stand in it;
    absent where an execution began before Evaluate had it."""
    stood = None
    if train.is_file():
        keys = frozenset[str]().union(*(counted.keys for counted in models.values()))
        stood = kind.count_training(train, keys, error_name)
    return {name: counted.as_json(labels, kind.has_bounds, stood) for name, counted in models.items()}
