"""What models say of new notes."""

from __future__ import annotations

from typing import Any

from ..answer import answer
from ..engine import READERS
from ..service import Call, Operation

KEYPHRASES = frozenset({"keyphrases"})
CLASSES = frozenset(READERS) - KEYPHRASES
KEYPHRASES_ANSWER, CLASSES_ANSWER = "serve-keyphrases-answer", "serve-classes-answer"


async def say_keyphrases(call: Call) -> dict[str, Any]:
    return await say(call, KEYPHRASES)


async def say_classes(call: Call) -> dict[str, Any]:
    return await say(call, CLASSES)


async def invoke(call: Call) -> dict[str, Any]:
    """SageMaker's route: whatever the model answers."""
    return await say(call, KEYPHRASES | CLASSES)


async def say(call: Call, kinds: frozenset[str]) -> dict[str, Any]:
    held = call.hold(kinds)
    service, notes = call.service, call.body["notes"]
    call.facts |= {"notes": len(notes), "characters": sum(len(note["text"]) for note in notes)}
    answers = await answer(service.queue, service.served, held, notes, call.body.get("offsets", "codepoint"))
    return {**held.named(), "answers": answers}


OPERATIONS = (
    Operation("POST", "/v1/keyphrases", "Keyphrases of new notes", say_keyphrases, (KEYPHRASES_ANSWER,), "serve-notes"),
    Operation("POST", "/v1/classes", "Classes of new notes", say_classes, (CLASSES_ANSWER,), "serve-notes"),
    Operation(
        "POST",
        "/invocations",
        "SageMaker's route: what its model says",
        invoke,
        (KEYPHRASES_ANSWER, CLASSES_ANSWER),
        "serve-notes",
        in_lines=True,
    ),
)
