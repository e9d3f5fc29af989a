"""One worker a core behind one port, each started again when it ends by itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from time import monotonic, sleep

from prometheus_client.multiprocess import mark_process_dead

from .log import say
from .record.answer_id import shared_key
from .settings import Settings, SettingsError, read_settings, require_writable

SECONDS_BETWEEN_STARTS = 5.0  # of a worker that does not stay
SECONDS_BETWEEN_LOOKS = 0.2
CONNECTIONS_WAITING = 2048  # in the kernel, before a worker takes them
MEMORY_KEPT = str(256 << 20)


class Worker:
    """A process that is started again when it ends by itself."""

    def __init__(self, listener: socket.socket, metrics: str) -> None:
        self.listener, self.metrics = listener, metrics
        self.start()

    def start(self) -> None:
        self.started = monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "serve.worker"],
            stdin=subprocess.PIPE,  # whose end tells it that this process ends, or is gone
            pass_fds=[self.listener.fileno()],
            env={
                **os.environ,
                # One thread each: several would wait for each other by spinning.
                "OMP_NUM_THREADS": "1",
                # What a layer frees stays for the next one. glibc would give it back to the kernel and ask again, which
                # was 7 % of a transformer's CPU time.
                "MALLOC_MMAP_THRESHOLD_": MEMORY_KEPT,
                "MALLOC_TRIM_THRESHOLD_": MEMORY_KEPT,
                "PBP_SERVE_LISTENER": str(self.listener.fileno()),
                "PROMETHEUS_MULTIPROC_DIR": self.metrics,
            },
        )

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.terminate()
        self.process.stdin.close()

    def look_after(self) -> None:
        code = self.process.poll()
        if code is None or monotonic() - self.started < SECONDS_BETWEEN_STARTS:
            return
        say("worker-ended", ended=self.process.pid, code=code)
        mark_process_dead(self.process.pid, self.metrics)
        self.start()


def listen(settings: Settings) -> socket.socket:
    """Errors: SettingsError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise SettingsError(
            f"Port {settings.port} of {settings.host} cannot be taken ({error.strerror})."
            " Choose another one: pbp serve --port N, or PBP_SERVE_PORT."
        ) from None
    listener.listen(CONNECTIONS_WAITING)
    return listener


def is_orphan(settings: Settings) -> bool:
    """Whether the process that is to end this one is gone, killed perhaps."""
    return settings.parent is not None and os.getppid() != settings.parent


def main() -> None:
    try:
        settings = read_settings(os.environ)
        # A worker that cannot write would be started again and again.
        if settings.counters:
            require_writable(settings.counters)
        shared_key(settings.counters, settings.feedback_key)
        listener = listen(settings)
    except SettingsError as error:
        sys.exit(str(error))
    say("listening", port=listener.getsockname()[1], workers=settings.workers)
    with tempfile.TemporaryDirectory(prefix="pbp-serve-") as metrics:
        workers = [Worker(listener, metrics) for _ in range(settings.workers)]
        # Those that end the service are held back: __main__.py.
        while not signal.sigpending() and not is_orphan(settings):
            sleep(SECONDS_BETWEEN_LOOKS)
            for worker in workers:
                worker.look_after()
        for worker in workers:
            worker.end()
        listener.close()
        for worker in workers:
            worker.process.wait()
    say("ended")
