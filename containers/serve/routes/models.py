"""What is served."""

from __future__ import annotations

from typing import Any

from ..service import Call, Operation


async def list_models(call: Call) -> dict[str, Any]:
    return {
        "models": [
            {
                **held.named(),
                "kind": held.engine.bundle.kind,
                "algorithm": held.engine.bundle.algorithm,
                "labels": held.engine.bundle.labels,
            }
            for held in call.service.generations.answering()
        ]
    }


OPERATIONS = (Operation("GET", "/v1/models", "The models that are served", list_models, ("serve-models",)),)
