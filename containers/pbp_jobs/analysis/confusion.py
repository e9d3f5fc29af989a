"""Which labels are taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .items import RIGHT, Comparison

MOST_PAIRS = 300  # of 1,000 labels there may be a million; a screen shows dozens


class Confusion:
    def __init__(self) -> None:
        self.right = Counter[str]()
        self.missed = Counter[str]()
        self.invented = Counter[str]()
        self.pairs = Counter[tuple[str, str]]()

    def add(self, comparison: Comparison) -> None:
        for item in comparison.items:
            if item.gold is not None and item.how == RIGHT:
                self.right[item.gold] += 1
            if item.gold is not None and item.predicted is None:
                self.missed[item.gold] += 1
            if item.predicted is not None and item.gold is None:
                self.invented[item.predicted] += 1
        self.pairs.update(comparison.confused)

    def as_json(self, labels: Sequence[str]) -> dict[str, Any]:
        """Every label with its own counts; the largest pairs, and what the others are together."""
        every = dict.fromkeys((*labels, *sorted(self.right | self.missed | self.invented)))
        ranked = sorted(self.pairs.items(), key=lambda entry: (-entry[1], entry[0]))
        shown, rest = ranked[:MOST_PAIRS], ranked[MOST_PAIRS:]
        return {
            "labels": [
                {
                    "label": label,
                    "right": self.right[label],
                    "missed": self.missed[label],
                    "invented": self.invented[label],
                }
                for label in every
            ],
            "pairs": [{"gold": gold, "predicted": said, "count": count} for (gold, said), count in shown],
            "rest": {"pairs": len(rest), "count": sum(count for _, count in rest)},
        }
