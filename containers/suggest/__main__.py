"""Which notes teach most, by the model in use: notes as JSON lines in, those to annotate as JSON lines out.

    python -m suggest --models .pbp/efs/models --count 200 < notes.jsonl > chosen.jsonl

A note is {"recordId", "text"}, with "keyphrases" (in code points) or "classes" where it is annotated. The last line
that is written says what was looked at.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import heapq
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import Any

from suggest.choose import choose
from suggest.judge import Judge, Judged, judge_of

import numpy as np
from numpy.typing import NDArray
from pbp_reader import Models
from pbp_reader.bundle import Bundle, ModelsError
from pbp_reader.notes import Notes, UnknownRecord

NOTES_TOGETHER = 32  # short notes share a matrix product
# Of so many of the most doubtful for each that is asked for, those are taken that are least alike. More would bring in
# notes that the model is sure of.
POOL = 10


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", required=True)
    parser.add_argument("--model", default="keyphrases")
    parser.add_argument("--count", type=int, help="absent: every note, in order")
    arguments = parser.parse_args()
    try:
        bundle, judge, notes = Models(arguments.models, load, model=arguments.model).current()
    except ModelsError as error:
        print(error, file=sys.stderr)
        return 1
    looked = count()
    pool: list[Judged] = []
    without_vector = 0
    if arguments.count is None:
        for judged in in_order(judge, read_notes(looked)):
            tell(judged)
    else:
        pool = most_doubtful(judge, read_notes(looked), arguments.count * POOL)
        vectors = [vector_of(notes, judged.note["recordId"]) for judged in pool]
        without_vector = sum(vector is None for vector in vectors)
        for index in choose([judged.worth for judged in pool], vectors, arguments.count):
            tell(pool[index])
    summary = {"looked": next(looked), "pool": len(pool), "withoutVector": without_vector, "version": bundle.version}
    print(json.dumps(summary))
    return 0


def tell(judged: Judged) -> None:
    print(json.dumps({**judged.answer, "note": judged.note, "worth": judged.worth}))


def load(bundle: Bundle) -> tuple[Bundle, Judge, Notes]:
    return bundle, judge_of(bundle), Notes(bundle)


def read_notes(looked: Iterator[int]) -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        next(looked)
        yield json.loads(line)


def in_order(judge: Judge, notes: Iterable[dict[str, Any]]) -> Iterator[Judged]:
    left = iter(notes)
    while group := list(islice(left, NOTES_TOGETHER)):
        yield from judge(group)


def most_doubtful(judge: Judge, notes: Iterable[dict[str, Any]], size: int) -> list[Judged]:
    """The `size` notes that are worth most; the first come first where worths are equal."""
    order = count(0, -1)
    heap: list[tuple[float, int, Judged]] = []
    for judged in in_order(judge, notes):
        if judged.worth <= 0:
            continue
        push = heapq.heappush if len(heap) < size else heapq.heappushpop
        push(heap, (judged.worth, next(order), judged))
    return [judged for _, _, judged in sorted(heap, reverse=True)]


def vector_of(notes: Notes, record_id: str) -> NDArray[np.float32] | None:
    """None: the export of the bundle did not have the note."""
    try:
        return notes.vector(record_id)
    except UnknownRecord:
        return None


if __name__ == "__main__":
    atexit.register(gc.freeze)  # as pbp_jobs has it: the end looks for garbage in all of torch, for 0.45 s of CPU
    sys.exit(main())
