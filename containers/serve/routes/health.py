"""For whoever runs the service."""

from __future__ import annotations

from starlette.responses import Response

from ..metrics import exposition
from ..problems import Problem
from ..service import Call, Operation


async def ready(call: Call) -> Response:
    """200 once every served model is loaded; 503 before, and when the worker is about to end."""
    if not call.service.is_ready():
        raise Problem("not-ready", "Not every model that is to be served is loaded, or the service is ending.")
    return Response(status_code=200)


async def healthy(call: Call) -> Response:
    return Response(status_code=200)


async def metrics(call: Call) -> Response:
    return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


OPERATIONS = (
    Operation("GET", "/ping", "SageMaker's question whether requests may come", ready, (), problems=("not-ready",)),
    Operation("GET", "/readyz", "Whether requests may come", ready, (), problems=("not-ready",)),
    Operation("GET", "/healthz", "Whether the process is alive", healthy, ()),
    Operation("GET", "/metrics", "Counts and times of all workers, for Prometheus", metrics, ()),
)
