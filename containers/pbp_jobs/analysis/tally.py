"""One model's errors on the test rows, counted as the documents come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..scoring import Counts, item_scores
from .confusion import Confusion
from .items import HOWS, RIGHT, Comparison
from .slices import STOOD, ByFacet, ByLength, FacetsOf, range_of, ranges


class Tally:
    def __init__(self, facets: FacetsOf, precision: str) -> None:
        self.precision = precision
        self.errors = 0
        self.hows = Counter[str]()
        self.confusion = Confusion()
        self.by_length = ByLength()
        self.by_facet = ByFacet(facets)
        self.found = Counter[str]()  # by what is looked up in the training side
        self.invented = Counter[str]()
        self.missed = Counter[str]()

    def add(self, document: str, words: int, counts: Counts, comparison: Comparison) -> None:
        self.confusion.add(comparison)
        self.by_length.add(words, counts)
        self.by_facet.add(document, counts)
        for item in comparison.items:
            self.hows[item.how] += 1
            if item.how == RIGHT:
                self.found[item.gold_key or ""] += 1
                continue
            self.errors += 1
            if item.gold is not None:
                self.missed[item.gold_key or ""] += 1
            if item.predicted is not None:
                self.invented[item.predicted_key or ""] += 1

    @property
    def keys(self) -> set[str]:
        """What is to be looked up in the training side."""
        return set(self.found) | set(self.invented) | set(self.missed)

    def as_json(self, labels: Sequence[str], has_bounds: bool, stood: Mapping[str, int] | None) -> dict[str, Any]:
        """stood: how often each key stands in the training side; None: it is not here."""
        return {
            "precision": self.precision,
            "errors": self.errors,
            "confusion": self.confusion.as_json(labels),
            "boundaries": {how: self.hows[how] for how in HOWS} if has_bounds else None,
            "byFacet": self.by_facet.as_json(),
            "byLength": self.by_length.as_json(),
            "bySeen": None if stood is None else self.by_seen(stood),
        }

    def by_seen(self, stood: Mapping[str, int]) -> list[dict[str, Any]]:
        counts = [[0, 0, 0] for _ in STOOD]  # found, invented, missed
        for place, counted in enumerate((self.found, self.invented, self.missed)):
            for key, count in counted.items():
                counts[range_of(stood.get(key, 0), STOOD)][place] += count
        return [
            {
                **bounds,
                **{"items": found + missed, "found": found, "invented": invented},
                **item_scores(found, invented, missed),
            }
            for bounds, (found, invented, missed) in zip(ranges(STOOD), counts, strict=True)
        ]
