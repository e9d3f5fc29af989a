"""Connections: those that never become requests, that are too many, that are closed on one side, that wait at the
end."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from serve import connection, listener

import pytest
import uvicorn
from serving import Answer, Serving, serving, waits_for
from uvicorn.server import ServerState

BODY = json.dumps({"notes": [{"text": "waits for CT of the chest"}]}).encode()
REQUEST = b"POST /v1/classes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)


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


@contextmanager
def connected(service: Serving, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as open_ones:
        yield [
            open_ones.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=60))
            for _ in range(count)
        ]


def ask(over: socket.socket, request: bytes = REQUEST) -> Answer:
    over.sendall(request)
    return answer_over(over)


def answer_over(over: socket.socket) -> Answer:
    response = HTTPResponse(over)
    response.begin()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, response.read())


@pytest.fixture
def routing(models: Path) -> Iterator[Serving]:
    with serving(models, PBP_SERVED_MODELS="routing") as service:
        yield service


def test_what_waits_to_be_taken_at_the_end_is_answered(routing: Serving) -> None:
    worker = routing.wait_for("ready")["worker"]
    routing.process.send_signal(signal.SIGTERM)
    while routing.ask("GET", "/readyz").status == 200:
        pass
    os.kill(worker, signal.SIGSTOP)
    try:
        with connected(routing, 250) as waiting:
            # Longer than the second in which connections are taken after the signal.
            for one in waiting:
                one.sendall(REQUEST)
                one.settimeout(0.006)
                with pytest.raises(TimeoutError):
                    one.recv(1)
                one.settimeout(60)
            os.kill(worker, signal.SIGCONT)
            for one in waiting:
                answer = answer_over(one)
                assert (answer.status, answer.headers["connection"]) == (200, "close")
    finally:
        os.kill(worker, signal.SIGCONT)
    assert routing.process.wait(60) == 0
    with pytest.raises(ConnectionRefusedError):
        routing.ask("GET", "/readyz")


def test_what_waits_at_the_end_is_taken_before_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """All the answers take longer than the listener is held open for those that wait."""
    monkeypatch.setattr(listener, "SECONDS_TO_EMPTY", 1.0)

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        time.sleep(0.05)  # as on a busy core: nothing else is done meanwhile
        await answer(scope, receive, send)

    async def asked() -> None:
        config = uvicorn.Config(slow, lifespan="off", log_config=None)
        config.load()
        state = ServerState()
        own = socket.create_server(("127.0.0.1", 0))
        door = listener.Listener(own, state.connections, lambda: connection.Connection(config, state, {}))
        with ExitStack() as open_ones:
            waiting = [
                open_ones.enter_context(socket.create_connection(own.getsockname(), timeout=60)) for _ in range(40)
            ]
            for one in waiting:
                one.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            door.open()
            await door.close(is_last=True)
            statuses = [await asyncio.to_thread(answer_over, one) for one in waiting]
            assert {one.status for one in statuses} == {200}

    asyncio.run(asked())


@pytest.mark.parametrize("after", [b"", b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"])
def test_a_request_whose_end_comes_after_the_signal_is_answered(routing: Serving, after: bytes) -> None:
    """On a new connection, and on one that has had an answer."""
    routing.wait_for("ready")
    with connected(routing, 1) as (one,):
        if after:
            assert ask(one, after).status == 200
        one.sendall(REQUEST[:20])
        routing.process.send_signal(signal.SIGTERM)
        # The listening socket is closed by then.
        with suppress(ConnectionRefusedError):
            while True:
                routing.ask("GET", "/readyz")
        assert ask(one, REQUEST[20:]).status == 200
    assert routing.process.wait(60) == 0


def test_connections_that_are_too_many_are_told_so(models: Path) -> None:
    most = 40
    files = most + listener.MOST_REFUSED + listener.OTHER_FILES
    command = ("/bin/sh", "-c", f'ulimit -n {files}; exec "$0" -m serve', sys.executable)
    service = Serving(models, command=command, PBP_SERVED_MODELS="routing")
    try:
        service.wait_for("ready")
        with connected(service, most) as held:
            assert {ask(one).status for one in held} == {200}
            refused = service.ask("POST", "/v1/classes", BODY)
            assert (refused.status, refused.json()["type"]) == (503, "urn:pbp:problem:crowded")
            assert (refused.headers["retry-after"], refused.headers["connection"]) == ("1", "close")
            # More than may be open: what is neither taken nor refused waits, and nobody else's answer is lost by it.
            with connected(service, files):
                assert {ask(one).status for one in held} == {200}
            held.pop().close()
            while service.ask("POST", "/v1/classes", BODY).status != 200:
                pass
            assert {ask(one).status for one in held} == {200}
        assert service.lines("no-connection-taken") == []
    finally:
        service.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of another process is set")
def test_takes_connections_again_when_there_are_files_again(routing: Serving) -> None:
    worker = routing.wait_for("ready")["worker"]
    files = Path(f"/proc/{worker}/fd")
    with connected(routing, 1) as (held,):
        assert ask(held).status == 200
        _, highest = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        # Where a file is opened meanwhile, there are fewer.
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (len(list(files.iterdir())) + 3, highest))
        with connected(routing, 10):
            assert routing.wait_for("no-connection-taken")["error"] == "Too many open files"
            assert ask(held).status == 200
        assert routing.ask("POST", "/v1/classes", BODY).status == 200


def test_who_closes_the_sending_side_is_answered(routing: Serving) -> None:
    routing.wait_for("ready")
    with connected(routing, 1) as (one,):
        one.sendall(REQUEST)
        one.shutdown(socket.SHUT_WR)
        answer = answer_over(one)
        assert answer.status == 200 and len(answer.json()["answers"]) == 1
        assert one.recv(1) == b""
    with connected(routing, 1) as (one,):
        one.sendall(REQUEST[:-1])
        one.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            assert one.recv(1) == b""


@pytest.mark.parametrize("leave", [socket.socket.close, lambda one: one.shutdown(socket.SHUT_WR)])
def test_what_nobody_waits_for_any_more_is_not_computed(models: Path, tmp_path: Path, leave: Any) -> None:
    """The model waits for a word of the test, in a service of its own."""
    word = tmp_path / "word"
    waits_for(word, tmp_path)
    with serving(models, PBP_SERVED_MODELS="routing", also_path=str(tmp_path)) as service:
        service.wait_for("ready")
        with connected(service, 2) as (computed, waiting):
            computed.sendall(REQUEST)
            with word.open("w"):  # it is read once the model has the first request
                waiting.sendall(REQUEST)
                leave(waiting)
                assert service.wait_for("request")["status"] == 499
            assert answer_over(computed).status == 200
        # The second request was never computed: the model would wait for another word.
        assert service.ask("POST", "/v1/classes", {"notes": [{"text": "cough"}]}).status == 200
