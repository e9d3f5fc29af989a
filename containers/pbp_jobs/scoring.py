"""Scores by counting over whole documents, for every kind; and the entities of keyphrases in strict IOB2, where one
counts when its label and both its boundaries are exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Entity = tuple[str, int, int]  # label, first token, token after the last


def entities_of(tags: Sequence[str]) -> set[Entity]:
    """Strict IOB2 (CoNLL-2002, as seqeval's mode="strict"): an I- that continues nothing of its label is no entity."""
    found: set[Entity] = set()
    label, start = "", -1
    for place, tag in enumerate((*tags, "O")):
        if start >= 0 and tag != f"I-{label}":
            found.add((label, start, place))
            start = -1
        if tag.startswith("B-"):
            label, start = tag[2:], place
    return found


@dataclass
class Counts:
    """What one model did on some documents: units right; items found, invented, missed (schemas/tables/kinds.json)."""

    units: int = 0
    right: int = 0
    found: Counter[str] = field(default_factory=Counter)  # true positives
    invented: Counter[str] = field(default_factory=Counter)  # false positives
    missed: Counter[str] = field(default_factory=Counter)  # false negatives

    def add(self, other: Counts) -> None:
        self.units += other.units
        self.right += other.right
        self.found.update(other.found)
        self.invented.update(other.invented)
        self.missed.update(other.missed)

    @property
    def items(self) -> int:
        """Those that are there to be found."""
        return self.found.total() + self.missed.total()

    def row(self) -> list[int]:
        """A line's counts in documents.jsonl: units right, true positives, false positives, false negatives."""
        return [self.right, self.found.total(), self.invented.total(), self.missed.total()]

    def scores(self) -> dict[str, float]:
        """The share of units that are right, item scores over all labels together, and the mean F1 of the labels with
        support; 0 where nothing was there to be counted."""
        found, invented, missed = self.found.total(), self.invented.total(), self.missed.total()
        supported = [score["f1"] for score in self.per_label(()).values() if score["support"]]
        return {
            "accuracy": ratio(self.right, self.units),
            **item_scores(found, invented, missed),
            "macroF1": sum(supported) / len(supported) if supported else 0.0,
        }

    def per_label(self, labels: Iterable[str]) -> dict[str, dict[str, float]]:
        """Scores by label: those given, then any other that the model invented."""
        every = dict.fromkeys((*labels, *sorted(self.found | self.invented | self.missed)))
        return {
            label: {
                **item_scores(self.found[label], self.invented[label], self.missed[label]),
                "support": self.found[label] + self.missed[label],
            }
            for label in every
        }


def count_document(gold: Sequence[str], predicted: Sequence[str]) -> Counts:
    """One document's tags, gold and predicted, token by token. A label that the other side never heard of is a miss."""
    expected, given = entities_of(gold), entities_of(predicted)
    return Counts(
        units=len(gold),
        right=sum(one == other for one, other in zip(gold, predicted, strict=True)),
        found=Counter(label for label, _, _ in expected & given),
        invented=Counter(label for label, _, _ in given - expected),
        missed=Counter(label for label, _, _ in expected - given),
    )


def item_scores(found: int, invented: int, missed: int) -> dict[str, float]:
    return {
        "precision": ratio(found, found + invented),
        "recall": ratio(found, found + missed),
        "f1": ratio(2 * found, 2 * found + invented + missed),
    }


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
