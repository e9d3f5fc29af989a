"""The application: routes from the table, and around them what holds of every request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter
from typing import Any

from pbp_jobs.contract import describe

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import messages
from .log import say
from .problems import Problem
from .routes import OPERATIONS
from .service import Call, Operation, Service, json_response, lines_response

MOST_AT_ONCE = 512  # requests with a body, of one worker
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
]


def make_app(service: Service) -> ASGIApp:
    routes = [Route(one.path, endpoint(service, one), methods=[one.method]) for one in OPERATIONS]
    app = Starlette(
        routes=routes,
        exception_handlers={
            Problem: problem_response,
            # Starlette raises it again all the same, for the log.
            500: lambda request, error: Problem("failed", "The log says where.").response(),
            404: lambda request, error: Problem("unknown-route", "See /openapi.json.").response(),
            405: lambda request, error: Problem("wrong-method", "See /openapi.json.").response(),
        },
    )
    app.router.redirect_slashes = False
    return Around(app, service)


def endpoint(service: Service, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    body = None if operation.body is None else messages.Message(operation.body)
    content_types = (messages.JSON, messages.LINES) if operation.in_lines else (messages.JSON,)

    async def handle(request: Request) -> Response:
        request.scope["pbp"]["route"] = operation.path
        sticky = dict(request.scope["headers"]).get(b"x-pbp-sticky")
        call = Call(service, await body.read(request, content_types) if body else None, sticky)
        try:
            answering = operation.handle(call)
            found = await (while_connected(request, answering) if body else answering)
        finally:
            request.scope["pbp"] |= call.facts
        if isinstance(found, Response):
            return found
        return lines_response(found) if messages.content_type_of(request) == messages.LINES else json_response(found)

    return handle


async def while_connected(request: Request, answering: Coroutine[Any, Any, Any]) -> Any:
    """What nobody waits for any more is not computed. Errors: Problem when the caller has gone, for the log."""
    answer, gone = asyncio.ensure_future(answering), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise Problem("gone", "The caller has closed the connection.")
        return answer.result()
    finally:
        answer.cancel()
        gone.cancel()


def problem_response(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem.response()


class Around:
    """Bounds how many requests there are at once, writes the log and counts, and lets no exception out: uvicorn would
    log its text."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service = app, service
        self.at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started, status = perf_counter(), 0
        facts = scope["pbp"] = {"route": "other"}

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                leaving = [(b"connection", b"close")] if self.service.is_ending else []
                message["headers"] = [*message["headers"], *HEADERS, *leaving]
            await send(message)

        self.at_once += 1
        try:
            if self.at_once > MOST_AT_ONCE and scope["method"] == "POST":
                busy = Problem("busy", "Try again later.", headers={"retry-after": "1"})
                await busy.response()(scope, receive, send_with_headers)
            else:
                await self.app(scope, receive, send_with_headers)
        except Exception as error:
            say("failed", error=describe(error))
            if status == 0:
                await Problem("failed", "The log says where.").response()(scope, receive, send_with_headers)
        finally:
            self.at_once -= 1
            seconds = perf_counter() - started
            self.service.served.request(facts["route"], status, seconds)
            if facts["route"] in LOGGED or status >= 400:
                say("request", status=status, ms=round(seconds * 1000), **facts)


# Health and metrics are asked for every few seconds.
LOGGED = {operation.path for operation in OPERATIONS if operation.method == "POST"}
