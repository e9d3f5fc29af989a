"""A line for each note of a file, in order.

A note is a JSON object on a line of its own: {"recordId", "text"}, or {"recordId", "refused"} of one that cannot be
read. At last comes {"end": true}: without it the file was cut short.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from pbp_reader.policy import Policy

from ..engine import Engine
from ..settings import cores

NOTES_TOGETHER, CHARACTERS_TOGETHER = 64, 16_000
Note = dict[str, Any]
T = TypeVar("T")


class CutShort(Exception):  # noqa: N818 - it says what is the case
    """The notes end without saying so."""


def answers(
    engine: Engine, policy: Policy | None, named: dict[str, Any], notes: Iterator[Note]
) -> Iterator[tuple[bytes, int]]:
    """Some lines at a time, and how many. `named`: what each says of where it comes from."""

    def answer(some: Sequence[Note]) -> tuple[bytes, int]:
        said = iter(engine.answers.run([(note["text"], policy) for note in some if "text" in note]))
        found = [{"refused": note["refused"]} if "refused" in note else next(said) for note in some]
        lines = [
            json.dumps({"recordId": note["recordId"], **named, **one}, allow_nan=False, separators=(",", ":"))
            for note, one in zip(some, found, strict=True)
        ]
        return "".join(f"{line}\n" for line in lines).encode("ascii"), len(lines)

    return in_order(answer, batches(notes))


def read_notes(lines: Iterable[str]) -> Iterator[Note]:
    """Errors: CutShort."""
    for line in lines:
        note = json.loads(line)
        if "end" in note:
            return
        yield note
    raise CutShort("The notes were cut short. Start it again: it goes on where it was.")


def batches(notes: Iterator[Note]) -> Iterator[list[Note]]:
    batch, characters = list[Note](), 0
    for note in notes:
        batch.append(note)
        characters += len(note.get("text", ""))
        if len(batch) == NOTES_TOGETHER or characters >= CHARACTERS_TOGETHER:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def in_order(answer: Callable[[Sequence[Note]], T], some: Iterator[list[Note]]) -> Iterator[T]:
    """What is answered to each batch, in order, computed a batch a core; few wait, so the memory stays the same."""
    with ThreadPoolExecutor(cores()) as threads:
        waiting: deque[Future[T]] = deque()
        for batch in some:
            waiting.append(threads.submit(answer, batch))
            if len(waiting) > 2 * cores():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
