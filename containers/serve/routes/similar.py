"""Past notes that are like a new one."""

from __future__ import annotations

from typing import Any

from ..answer import identity
from ..engine import READERS
from ..service import Call, Operation


async def find_similar(call: Call) -> dict[str, Any]:
    held = call.hold(frozenset(READERS))
    notes, count = call.body["notes"], int(call.body.get("count", 5))  # JSON Schema takes 5.0 for an integer, too
    texts = [note["text"] for note in notes]
    call.facts |= {"notes": len(notes), "characters": sum(map(len, texts))}
    wanted = [(text, count) for text in texts]
    found = await call.service.queue.ask(held.engine.neighbours, wanted, [len(text) for text in texts])
    answers = [{**identity(note), "neighbours": some} for note, some in zip(notes, found, strict=True)]
    return {**held.named(), "answers": answers}


OPERATIONS = (
    Operation(
        "POST",
        "/v1/similar",
        "Past notes that are most like new ones",
        find_similar,
        ("serve-similar-answer",),
        "serve-similar",
        problems=("unavailable",),
    ),
)
