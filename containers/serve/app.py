"""The application: which route answers, and what holds of every request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter
from typing import Any

from pbp_jobs.contract import describe

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

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
# Health and metrics are asked for every few seconds.
LOGGED = {operation.path for operation in OPERATIONS if operation.method == "POST"}

Handler = Callable[[Scope, Receive], Awaitable[Response]]


class Application:
    """Bounds how many requests there are at once, writes the log and counts, and lets no exception out: uvicorn would
    log its text. Without Starlette's router, whose layers took a tenth of a linear request."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.handlers = {one.path: (one.method, handler(service, one)) for one in OPERATIONS}
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
            response = await self.answer(scope, receive)
            await response(scope, receive, send_with_headers)
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

    async def answer(self, scope: Scope, receive: Receive) -> Response:
        try:
            if "refused" in scope:
                await messages.discard(receive)
                raise Problem("crowded", "Try again later.", None, {"retry-after": "1", "connection": "close"})
            if self.at_once > MOST_AT_ONCE and scope["method"] == "POST":
                raise Problem("busy", "Try again later.", headers={"retry-after": "1"})
            return await self.handler_of(scope["method"], scope["path"])(scope, receive)
        except Problem as problem:
            return problem.response()

    def handler_of(self, asked: str, path: str) -> Handler:
        """Errors: Problem."""
        method, handle = self.handlers.get(path, (None, None))
        if handle is None:
            raise Problem("unknown-route", "See /openapi.json.")
        if asked != method and (asked, method) != ("HEAD", "GET"):
            allowed = "GET, HEAD" if method == "GET" else method
            raise Problem("wrong-method", "See /openapi.json.", headers={"allow": allowed or ""})
        return handle


def handler(service: Service, operation: Operation) -> Handler:
    body = None if operation.body is None else messages.Message(operation.body)
    content_types = (messages.JSON, messages.LINES) if operation.in_lines else (messages.JSON,)

    async def handle(scope: Scope, receive: Receive) -> Response:
        facts, headers = scope["pbp"], dict(scope["headers"])
        facts["route"] = operation.path
        content_type = messages.content_type_of(headers) if body else messages.JSON
        said = await body.read(content_type, receive, content_types) if body else None
        answering = operation.handle(Call(service, said, headers.get(b"x-pbp-sticky"), facts))
        found = await (while_connected(receive, answering) if body else answering)
        if isinstance(found, Response):
            return found
        return lines_response(found) if content_type == messages.LINES else json_response(found)

    return handle


async def while_connected(receive: Receive, answering: Coroutine[Any, Any, Any]) -> Any:
    """What nobody waits for any more is not computed. Errors: Problem when the caller has gone, for the log."""
    answerer, has_gone = asyncio.current_task(), False
    assert answerer is not None

    async def watch() -> None:
        nonlocal has_gone
        await receive()
        has_gone = True
        answerer.cancel()

    watching = asyncio.ensure_future(watch())
    try:
        return await answering
    except asyncio.CancelledError:
        # Unless the service ends as well.
        if has_gone and answerer.uncancel() == 0:
            raise Problem("gone", "The caller has closed the connection.") from None
        raise
    finally:
        watching.cancel()
