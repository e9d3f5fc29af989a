"""A connection that must begin its requests in time, and that hears the last answer."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECONDS_FOR_A_HEAD = 20.0
SECONDS_FOR_A_REFUSED_HEAD = 2.0
SECONDS_FOR_A_LAST_HEAD = 1.0
SECONDS_FOR_WHO_SENDS_NO_MORE = 1.0


class Connection(HttpToolsProtocol):
    """Is closed when it has no request to begin with, or never ends a request's head: uvicorn would wait for ever, and
    connections are as many as files may be open. Between two requests, uvicorn's own timer holds."""

    is_refused = False  # it is one too many, and is to be told so
    timer: asyncio.TimerHandle | None = None
    is_in_head = False
    sends_no_more = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.expect_head(SECONDS_FOR_A_REFUSED_HEAD if self.is_refused else SECONDS_FOR_A_HEAD)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_in_head and self.timer is None:
            self.expect_head(SECONDS_FOR_A_HEAD)

    def on_message_begin(self) -> None:
        self.is_in_head = True
        super().on_message_begin()
        if self.is_refused:
            self.scope["refused"] = True  # type: ignore[typeddict-unknown-key]

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        self.forget_head()
        super().on_headers_complete()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Who closes the sending side may read on, or be gone, which looks the same. An answer is given if it does not
        take long. True: the connection stays."""
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body or self.is_in_head:
            return False
        if not self.sends_no_more:
            self.sends_no_more = True
            self.cycle.keep_alive = False
            self.loop.call_later(SECONDS_FOR_WHO_SENDS_NO_MORE, self.transport.close)
        return True

    def shutdown(self) -> None:
        """A request that is under way is answered, also if it was sent before the connection was taken."""
        if self.cycle is None or self.is_in_head:
            self.forget_head()
            self.expect_head(SECONDS_FOR_A_LAST_HEAD)
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self.forget_head()
        super().connection_lost(exc)

    def expect_head(self, seconds: float) -> None:
        self.timer = self.loop.call_later(seconds, self.transport.abort)

    def forget_head(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
