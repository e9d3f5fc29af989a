"""From one request's notes and the generation that it holds to its answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from .generations.held import Held
from .problems import Problem
from .served import Served
from .work_queue import Queue

# With more that waits than this, shadows are left out.
SECONDS_BEFORE_A_SHADOW = 1.0


async def answer(queue: Queue, served: Served, held: Held, notes: Sequence[dict[str, Any]], offsets: str) -> list[Any]:
    """An answer for each note, in order. Errors: as Queue.ask."""
    texts = [note["text"] for note in notes]
    said = await queue.ask(held.engine.answers, [(text, held.policy) for text in texts], [len(text) for text in texts])
    served.answers(held, texts, said)
    if held.shadow is not None and not served.has_room():
        served.skipped(held.shadow, len(texts))
    elif held.shadow is not None:
        served.beside(read_in_shadow(queue, served, held, held.shadow, texts, said))
    return [
        with_id(served, held, note, in_units(held, one, note["text"], offsets))
        for note, one in zip(notes, said, strict=True)
    ]


def with_id(served: Served, held: Held, note: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    answer_id = served.ids.sign(held, said)
    served.kept.answer(held, note, answer_id, said)
    return {**identity(note), "answerId": answer_id, **said}


async def read_in_shadow(
    queue: Queue, served: Served, held: Held, shadow: Held, texts: Sequence[str], sent: Sequence[dict[str, Any]]
) -> None:
    """What the other generation would have answered. The caller has its answer by then, and callers come first."""
    if queue.seconds > SECONDS_BEFORE_A_SHADOW:
        served.skipped(shadow, len(texts))
        return
    try:
        said = await queue.ask(shadow.engine.answers, [(text, None) for text in texts], [len(text) for text in texts])
    except Problem:
        served.skipped(shadow, len(texts))
        return
    served.compared(held, shadow, texts, sent, said)


def identity(note: dict[str, Any]) -> dict[str, Any]:
    return {"id": note["id"]} if "id" in note else {}


def in_units(held: Held, said: dict[str, Any], text: str, offsets: str) -> dict[str, Any]:
    """Offsets as the caller counts them: JavaScript, Java and C# count UTF-16 units."""
    units = units_of(text, offsets)
    return said if units is None else held.engine.reader.with_offsets(said, units)


def units_of(text: str, offsets: str) -> list[int] | None:
    """The caller's offset of each code point, and of the end; None: the same."""
    if offsets != "utf16" or text.isascii():
        return None
    return [0, *accumulate(2 if character > "\uffff" else 1 for character in text)]
