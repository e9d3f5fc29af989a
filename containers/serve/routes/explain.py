"""Which words made an answer."""

from __future__ import annotations

from typing import Any

from ..answer import units_of
from ..engine import READERS
from ..service import Call, Operation


async def explain(call: Call) -> dict[str, Any]:
    held = call.hold(frozenset(READERS))
    text, offsets = call.body["text"], call.body.get("offsets", "codepoint")
    units = units_of(text, offsets)
    at = call.body.get("at")
    call.facts |= {"notes": 1, "characters": len(text)}
    at = None if at is None else int(at)  # JSON Schema takes 5.0 for an integer, too
    wanted = (text, call.body.get("label"), at if at is None or units is None else place_of(at, units))
    [found] = await call.service.queue.ask(held.engine.explanations, [wanted], [len(text)])
    if units is not None:
        for one in (*found["words"], *([found["at"]] if found.get("at") else [])):
            one["start"], one["end"] = units[one["start"]], units[one["end"]]
    return {**held.named(), **found}


def place_of(at: int, units: list[int]) -> int:
    """The code point that a caller's offset lies in; behind the text, none."""
    return next((place for place, unit in enumerate(units[1:]) if unit > at), len(units))


OPERATIONS = (
    Operation(
        "POST",
        "/v1/explain",
        "Which words made an answer",
        explain,
        ("serve-explain-answer",),
        "serve-explain",
        problems=("unknown-label", "unknown-word"),
    ),
)
