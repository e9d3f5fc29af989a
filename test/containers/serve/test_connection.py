"""Connections that never become requests."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from serve import connection

import pytest
import uvicorn


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("sent", [b"", b"GET / HTT", b"GET / HTTP/1.1\r\nhost: x\r\n"])
def test_who_never_ends_a_head_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(connection, "SECONDS_FOR_A_HEAD", 0.05)

    async def asked() -> None:
        config = uvicorn.Config(answer, port=0, http=connection.Connection, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0)
        port = server.servers[0].sockets[0].getsockname()[1]
        for before in (b"", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"):
            if before and not sent:
                continue  # between two requests, uvicorn's own timer holds
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            if before:
                writer.write(before)
                assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            writer.write(sent)
            with suppress(ConnectionResetError):
                assert await asyncio.wait_for(reader.read(), 60) == b""
            writer.close()
        server.should_exit = True
        await running

    asyncio.run(asked())
