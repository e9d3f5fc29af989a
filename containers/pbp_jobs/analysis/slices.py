"""Scores of some of the documents: those of one length, those of one specialty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..contract import JobError, read_json_lines
from ..scoring import Counts

LENGTHS = (1, 33, 65, 129, 257, 513, 1025)  # where each range of words begins
STOOD = (0, 1, 5, 20)  # likewise, of how often something stood in training
MOST_VALUES = 50  # of a facet, that are told by name
FEWEST_DOCUMENTS = 5  # of a value that is told: a score of fewer says nothing, and a rare value may name a person

Facets = tuple[tuple[str, str], ...]  # of a document: names and values


class Slice:
    def __init__(self) -> None:
        self.documents = 0
        self.counts = Counts()

    def add(self, counts: Counts) -> None:
        self.documents += 1
        self.counts.add(counts)

    def as_json(self) -> dict[str, Any]:
        return {"documents": self.documents, "items": self.counts.items, "scores": self.counts.scores()}


class ByLength:
    def __init__(self) -> None:
        self.slices = [Slice() for _ in LENGTHS]

    def add(self, words: int, counts: Counts) -> None:
        self.slices[range_of(words, LENGTHS)].add(counts)

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {**bounds, **one.as_json()}
            for bounds, one in zip(ranges(LENGTHS), self.slices, strict=True)
            if one.documents
        ]


class FacetsOf:
    """The facets of the documents, and which of their values are told by name."""

    def __init__(self, file: Path, documents: Mapping[str, Any], error_name: str) -> None:
        self.of: dict[str, Facets] = {}
        every: dict[Facets, Facets] = {}  # documents share theirs: there are few distinct ones
        found = Counter[tuple[str, str]]()
        for number, value in enumerate(read_json_lines(file, error_name) if file.is_file() else (), start=1):
            document, facets = parse_facets(value, number, file.name, error_name)
            if document in documents:
                self.of[document] = every.setdefault(facets, facets)
                found.update(facets)
        self.names = sorted({name for name, _ in found})
        self.told = frozenset(
            entry
            for name in self.names
            for entry in sorted(
                (entry for entry in found if entry[0] == name and found[entry] >= FEWEST_DOCUMENTS),
                key=lambda entry: (-found[entry], entry),
            )[:MOST_VALUES]
        )
        self.values = Counter(name for name, _ in found)


class ByFacet:
    def __init__(self, facets: FacetsOf) -> None:
        self.facets = facets
        self.told = {entry: Slice() for entry in facets.told}
        self.rest = {name: Slice() for name in facets.names}
        self.without = {name: Slice() for name in facets.names}

    def add(self, document: str, counts: Counts) -> None:
        own = dict(self.facets.of.get(document, ()))
        for name in self.facets.names:
            value = own.get(name)
            told = None if value is None else self.told.get((name, value), self.rest[name])
            (self.without[name] if told is None else told).add(counts)

    def as_json(self) -> list[dict[str, Any]]:
        return [self.facet(name) for name in self.facets.names]

    def facet(self, name: str) -> dict[str, Any]:
        told = [(value, one) for (of, value), one in self.told.items() if of == name]
        told.sort(key=lambda entry: (-entry[1].documents, entry[0]))
        rest, without = self.rest[name], self.without[name]
        others = self.facets.values[name] - len(told)
        return {
            "facet": name,
            "values": [{"value": value, **one.as_json()} for value, one in told],
            "rest": {"values": others, **rest.as_json()} if others else None,
            "without": without.as_json() if without.documents else None,
        }


def range_of(number: int, beginnings: tuple[int, ...]) -> int:
    return max(place for place, beginning in enumerate(beginnings) if place == 0 or beginning <= number)


def ranges(beginnings: tuple[int, ...]) -> Iterable[dict[str, int | None]]:
    for place, beginning in enumerate(beginnings):
        yield {"from": beginning, "to": beginnings[place + 1] - 1 if place + 1 < len(beginnings) else None}


def parse_facets(value: object, number: int, file: str, error_name: str) -> tuple[str, Facets]:
    match value:
        case {"document": str(document), "facets": dict(facets)} if all(
            isinstance(part, str) for entry in facets.items() for part in entry
        ):
            return document, tuple(sorted(facets.items()))
    raise JobError(error_name, f"{file}: expected a document's facets at line {number}")
