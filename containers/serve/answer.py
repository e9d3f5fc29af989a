"""From one request's notes and the generation that it holds to its answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from .generations import Held
from .queue import Queue
from .served import Served, new_answer_id


async def answer(queue: Queue, served: Served, held: Held, notes: Sequence[dict[str, Any]], offsets: str) -> list[Any]:
    """An answer for each note, in order. Errors: as Queue.ask."""
    texts = [note["text"] for note in notes]
    said = await queue.ask(held.engine.answers, texts, [len(text) for text in texts])
    served.answers(held, len(said))
    return [
        {**identity(note), "answerId": new_answer_id(), **in_units(held, one, note["text"], offsets)}
        for note, one in zip(notes, said, strict=True)
    ]


def identity(note: dict[str, Any]) -> dict[str, Any]:
    return {"id": note["id"]} if "id" in note else {}


def in_units(held: Held, said: dict[str, Any], text: str, offsets: str) -> dict[str, Any]:
    """Offsets as the caller counts them: JavaScript, Java and C# count UTF-16 units."""
    if offsets != "utf16" or text.isascii():
        return said
    units = [0, *accumulate(2 if character > "\uffff" else 1 for character in text)]
    return held.engine.reader.with_offsets(said, units)
