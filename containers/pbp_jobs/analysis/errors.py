"""The list of errors, by document and place, without text; and those that are most likely errors of the truth."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..contract import replacing, write_bytes
from .items import RIGHT, Comparison

MOST_SUSPECTS = 1000  # what annotators look through in a few days
# Sorts of errors, in the order of their turns; wrong bounds are one.
SORTS = {"invented": 0, "otherLabel": 1, "longer": 2, "shorter": 2, "overlapping": 2, "missed": 3}


@contextmanager
def listing(folder: Path) -> Iterator[Errors]:
    """Lists errors in errors.jsonl; at the end writes suspects.jsonl beside it."""
    with replacing(folder / "errors.jsonl") as path, path.open("wb") as file:
        errors = Errors(file)
        yield errors
        write_bytes(folder / "suspects.jsonl", b"".join(map(as_line, surest(errors.suspects))))


class Errors:
    """Writes a line for each error as the documents come; keeps the surest."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.suspects: list[dict[str, Any]] = []

    def add(self, document: str, comparison: Comparison) -> None:
        for item in comparison.items:
            if item.how == RIGHT:
                continue
            line = {
                "document": document,
                **named(("start", "end"), item.place),
                **named(("predictedStart", "predictedEnd"), item.predicted_place),
                "kind": item.how,
                "gold": item.gold,
                "predicted": item.predicted,
                "score": round(item.sure, 4),
            }
            self.file.write(as_line(line))
            self.suspects.append(line)
        if len(self.suspects) > 2 * MOST_SUSPECTS:
            self.suspects = surest(self.suspects)


def surest(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One sort of error after the other in turn, of each the one of which the model is surest: sorts cannot be compared
    by probability, since the model is surest of words that it takes for no keyphrase at all. Of equal ones by document
    and place, so that the same errors have the same order on every machine."""

    def rank(error: dict[str, Any]) -> tuple[Any, ...]:
        return -error["score"], error["document"], error.get("start", 0), error["gold"] or "", error["predicted"] or ""

    turns = Counter[int]()
    ranked = []
    for error in sorted(errors, key=rank):
        sort = SORTS[error["kind"]]
        ranked.append((turns[sort], sort, error))
        turns[sort] += 1
    return [error for *_, error in sorted(ranked, key=lambda one: one[:2])][:MOST_SUSPECTS]


def named(names: tuple[str, str], place: tuple[int, int] | None) -> dict[str, int]:
    return {} if place is None else dict(zip(names, place, strict=True))


def as_line(value: dict[str, Any]) -> bytes:
    return f"{json.dumps(value, ensure_ascii=False)}\n".encode()
