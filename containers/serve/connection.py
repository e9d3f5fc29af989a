"""A connection that must begin its requests in time."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECONDS_FOR_A_HEAD = 20.0


class Connection(HttpToolsProtocol):
    """Is closed when it has no request to begin with, or never ends a request's head: uvicorn would wait for ever, and
    connections are as many as files may be open. Between two requests, uvicorn's own timer holds."""

    timer: asyncio.TimerHandle | None = None
    is_in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_in_head and self.timer is None:
            self.expect_head()

    def on_message_begin(self) -> None:
        self.is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        self.forget_head()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self.forget_head()
        super().connection_lost(exc)

    def expect_head(self) -> None:
        self.timer = self.loop.call_later(SECONDS_FOR_A_HEAD, self.transport.abort)

    def forget_head(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
