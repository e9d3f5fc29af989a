"""What would have been right, said by whoever knows it later."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..problems import Problem
from ..record.answer_id import Answered, as_found
from ..record.tally import Found
from ..service import Call, Operation


async def take_feedback(call: Call) -> dict[str, Any]:
    served, body = call.service.served, call.body
    if served.counts.folder is None:
        raise Problem("unavailable", "The service keeps no feedback: PBP_SERVED is not set.")
    answered = served.ids.read(body["answerId"])
    call.facts |= {"model": answered.model, "generation": answered.generation, "arm": answered.arm}
    wanted, other = ("keyphrases", "labels") if answered.has_places else ("labels", "keyphrases")
    if wanted not in body:
        raise Problem("invalid", f"Of this answer, expected {wanted}.")
    if other in body:
        raise Problem("invalid", f"Of this answer, expected {wanted} alone.", f"/{other}")
    for number, one in enumerate(body.get("keyphrases", ())):
        if one["start"] >= one["end"]:
            raise Problem("invalid", "Expected an end behind the start.", f"/keyphrases/{number}")
    right = as_found(body[wanted] if answered.has_places else [{"label": label} for label in body[wanted]])
    refuse_other_labels(call, answered, right, wanted)
    await served.feedback(answered, right)
    return {
        "model": answered.model,
        "generation": answered.generation,
        "version": answered.version,
        "arm": answered.arm,
        "exact": right == answered.found,
    }


def refuse_other_labels(call: Call, answered: Answered, right: Counter[Found], wanted: str) -> None:
    """A label that the model never had would carry whatever the caller writes into what is kept."""
    known = {label for label, _, _ in answered.found}
    for held in call.service.generations.in_use():
        if held.model == answered.model:
            known |= set(held.engine.bundle.labels)
    if any(label not in known for label, _, _ in right):
        raise Problem("invalid", "Expected labels of the model alone. See /v1/models.", f"/{wanted}")


OPERATIONS = (
    Operation(
        "POST",
        "/v1/feedback",
        "What would have been right",
        take_feedback,
        ("serve-feedback-answer",),
        "serve-feedback",
        problems=("unknown-answer", "unavailable"),
    ),
)
