"""Counts of one generation and arm in one hour."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pbp_jobs.contract import TABLES

from pbp_reader.words import count_words

from ..generations.traffic import PARTS
from .histogram import COUNTS, PERCENTS, Bins, bin_of, percent_bin

# An answer of each kind has one of them.
FIELDS = frozenset(words["annotation"] for words in json.loads((TABLES / "kinds.json").read_bytes()).values())

Said = dict[str, Any]
Found = tuple[str, int, int]


def items_of(said: Said) -> list[dict[str, Any]]:
    """The keyphrases or classes of an answer, each with its label and confidence."""
    [field] = FIELDS & said.keys()
    found: list[dict[str, Any]] = said[field]
    return found


def found_in(said: Said) -> Counter[Found]:
    """What two answers have in common is the same of these: a class has no place."""
    return Counter((item["label"], item.get("start", 0), item.get("end", 0)) for item in items_of(said))


def by_label(found: Counter[Found], right: Counter[Found]) -> list[dict[str, Any]]:
    """How right an answer was, by label."""
    labels: dict[str, list[int]] = {}
    for column, some in enumerate((found & right, found - right, right - found)):
        for (label, _, _), count in some.items():
            labels.setdefault(label, [0, 0, 0])[column] += count
    return [
        {"label": label, "right": counts[0], "wrong": counts[1], "missed": counts[2]}
        for label, counts in sorted(labels.items())
    ]


class Tally:
    def __init__(self) -> None:
        self.answers = 0
        self.labels: dict[str, list[int]] = {}
        self.annotations, self.lengths, self.confidences = Bins(), Bins(), Bins()

    def add(self, text: str, said: Said, part: int) -> None:
        items = items_of(said)
        self.answers += 1
        for item in items:
            self.labels.setdefault(item["label"], [0] * PARTS)[part] += 1
            self.confidences.add(percent_bin(item["confidence"]), part)
        self.annotations.add(bin_of(len(items)), part)
        self.lengths.add(bin_of(count_words(text)), part)

    def as_json(self) -> dict[str, Any]:
        return {
            "answers": self.answers,
            "labels": [{"label": label, "parts": parts} for label, parts in sorted(self.labels.items())],
            "annotations": self.annotations.as_json(COUNTS),
            "lengths": self.lengths.as_json(COUNTS),
            "confidences": self.confidences.as_json(PERCENTS),
        }


class Differences:
    """Of a shadow from the answers that were sent."""

    def __init__(self) -> None:
        self.compared = self.same = 0
        self.labels: dict[str, list[int]] = {}  # only the shadow's, only the answer's

    def add(self, sent: Said, shadow: Said) -> Iterator[str]:
        """Gives the label of each difference."""
        before, other = found_in(sent), found_in(shadow)
        self.compared += 1
        self.same += before == other
        for side, more in enumerate((other - before, before - other)):
            for (label, _, _), count in more.items():
                self.labels.setdefault(label, [0, 0])[side] += count
                yield label

    def as_json(self) -> dict[str, Any]:
        return {
            "compared": self.compared,
            "same": self.same,
            "labels": [
                {"label": label, "added": added, "dropped": dropped}
                for label, (added, dropped) in sorted(self.labels.items())
            ],
        }
