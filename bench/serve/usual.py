"""The usual way to serve a model: Starlette around the library's own pipeline, a call a request, uvicorn's workers.

uvicorn usual:app --workers 2      with USUAL_MODELS, USUAL_THREADS (of torch; none: torch's own choice)
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from transformers import pipeline

FOLDER = Path(os.environ["USUAL_MODELS"])
if os.environ.get("USUAL_THREADS"):
    torch.set_num_threads(int(os.environ["USUAL_THREADS"]))


def keyphrases() -> Callable[[str], Any]:
    tagger = pipeline("token-classification", model=str(FOLDER / "keyphrases"), aggregation_strategy="simple")
    return lambda text: [
        {"start": found["start"], "end": found["end"], "label": found["entity_group"], "score": float(found["score"])}
        for found in tagger(text)
    ]


def transformer() -> Callable[[str], Any]:
    classifier = pipeline("text-classification", model=str(FOLDER / "transformer"))
    return lambda text: classifier(text, truncation=True)


def linear() -> Callable[[str], Any]:
    model = pickle.loads((FOLDER / "linear/model.pickle").read_bytes())
    return lambda text: model.predict_proba([text])[0].tolist()


@cache
def load(name: str) -> Callable[[str], Any]:
    return {"keyphrases": keyphrases, "transformer": transformer, "linear": linear}[name]()


async def answer(request: Request) -> JSONResponse:
    body = await request.json()
    model = load(body["model"])
    return JSONResponse([await run_in_threadpool(model, note["text"]) for note in body["notes"]])


app = Starlette(routes=[Route("/answer", answer, methods=["POST"])])
for name in os.environ.get("USUAL_LOADED", "keyphrases,transformer,linear").split(","):
    load(name)
