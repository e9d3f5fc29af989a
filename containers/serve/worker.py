"""One worker: a process that answers with one thread that computes. `python -m serve` starts one a core."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from .app import Application
from .connection import Connection
from .listener import Listener
from .log import say
from .metrics import note_memory
from .service import Service
from .settings import SettingsError, read_settings

SECONDS_OF_FAREWELL = 1.0  # /readyz says no, requests are still answered: whoever balances load looks elsewhere
SECONDS_TO_FINISH = 26.0  # SageMaker kills 30 s after SIGTERM
SECONDS_OF_AN_IDLE_CONNECTION = 75  # longer than load balancers keep theirs, which are 60 s at AWS
SECONDS_BETWEEN_MEASUREMENTS = 5.0


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, service: Service, listener: socket.socket) -> None:
        super().__init__(config)
        self.service = service
        self.all_end = False  # not this worker alone
        self.listener = Listener(listener, self.server_state.connections, self.make)

    def make(self) -> Connection:
        return Connection(self.config, self.server_state, {})

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.service.is_ending = True
        asyncio.get_event_loop().call_later(SECONDS_OF_FAREWELL, self.end)

    def end(self) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listener.open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.listener.close(is_last=self.all_end)
        await super().shutdown(sockets)


async def work(service: Service, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    config = uvicorn.Config(
        Application(service),
        timeout_keep_alive=SECONDS_OF_AN_IDLE_CONNECTION,
        log_config=None,
        log_level="critical",  # the rest may quote a request
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        timeout_graceful_shutdown=int(SECONDS_TO_FINISH),
    )
    server = Server(config, service, listener)

    def follow_parent() -> None:
        """It has closed the pipe, or is gone, and nobody is left to end this process, or to start it again."""
        loop.remove_reader(sys.stdin.fileno())
        server.all_end = True
        server.handle_exit(0, None)

    loop.add_reader(sys.stdin.fileno(), follow_parent)
    # Who is connected when a signal to end comes is answered, also while the first models are loaded. One that came
    # before was held back (__main__.py), as one that comes when all is answered will be.
    with server.capture_signals(), let_through(HANDLED_SIGNALS):
        await service.generations.look()
        forever = (service.queue.compute(), service.generations.watch(), service.served.keep_writing(), measure())
        tasks = [loop.create_task(one) for one in forever]
        if not service.is_ending:
            say("ready" if service.is_ready() else "waiting-for-a-model")
        try:
            await server.serve(sockets=[])
            await service.served.finish()
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
    say("ended")


@contextmanager
def let_through(signals: Sequence[signal.Signals]) -> Iterator[None]:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)


async def measure() -> None:
    while True:
        note_memory()
        await asyncio.sleep(SECONDS_BETWEEN_MEASUREMENTS)


def main() -> None:
    try:
        service = Service(read_settings(os.environ))
    except SettingsError as error:
        sys.exit(str(error))
    listener = socket.socket(fileno=int(os.environ["PBP_SERVE_LISTENER"]))
    asyncio.run(work(service, listener))


if __name__ == "__main__":
    main()
