"""The hosts of one job in touch with each other, from its start: the first is connected to every other one.

A connection tells at once when a process at its other end is gone, and keep-alive probes when its machine is; a host
that fails says why before it goes. So no host works on for a job that has failed, and each can name the one at fault.

Plain TCP, not torch.distributed: its calls can neither be interrupted by SIGTERM nor say which host is gone, and a
job with nothing to embed shall not load torch. Encrypted by SageMaker (inter-container encryption), not here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from .contract import JobError, StopRequested, StopSignal, describe, say, sha256_file
from .hosts import Hosts

MEETING_SECONDS = 600.0  # instances of a job start within minutes of one another, and copy the same channels first
PATIENCE_SECONDS = 1800.0  # shares are equal: hosts of one type finish minutes apart
LOOK_SECONDS = 1.0  # how late a stop or another host's failure is seen by a host that waits
GREETING_SECONDS = 10.0  # one packet
# A machine that is gone answers no probe: noticed after 60 + 4 * 15 seconds.
KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
CHUNK_BYTES = 4 << 20  # bounds the memory of a transfer
MESSAGE_BYTES = 4096  # a failure's sentence, a file's size and digest

# Messages: a letter, the length, a text. To the leader HELLO, FILE*, DONE; from each to each FAILED or STOPPED instead.
HELLO, FILE, DONE, FAILED, STOPPED = b"h", b"f", b"d", b"!", b"s"
HEAD = struct.Struct(">cI")

T = TypeVar("T")


@contextmanager
def together(hosts: Hosts, error_name: str, stop: StopSignal) -> Iterator[Peers]:
    """Connects the hosts of a job for as long as the block runs. With one host it does nothing.

    Errors: error_name naming the host that failed, did not come, or was lost; StopRequested when any was stopped.
    A failure of the block is told to the others, and raised with this host's name before it.
    """
    peers = Peers(hosts, error_name, stop)
    if len(hosts.every) == 1:
        yield peers
        return
    try:
        peers.meet()
        yield peers
        peers.tell(DONE)
    except StopRequested:
        peers.tell(STOPPED)
        raise
    except PeerError as error:
        peers.tell(FAILED, error.message)
        raise
    except Exception as error:
        sentence = error.message if isinstance(error, JobError) else describe(error)
        message = f"{hosts.current}: {sentence}"
        peers.tell(FAILED, message)
        raise JobError(error.name if isinstance(error, JobError) else error_name, message) from error
    finally:
        peers.close()


class PeerError(JobError):
    """The message names a host already."""


class Peers:
    def __init__(self, hosts: Hosts, error_name: str, stop: StopSignal) -> None:
        self.hosts, self.error_name, self.stop = hosts, error_name, stop
        self.connections: dict[str, socket.socket] = {}
        self.quiet: dict[str, socket.socket] = {}  # those from which no message has begun

    def meet(self) -> None:
        """Every host greets the leader with its name. Nobody leaves before all have come: who came late to a leader
        that is gone would knock for ten minutes. Errors: error_name naming who did not come in time."""
        deadline = time.monotonic() + MEETING_SECONDS
        if self.hosts.rank == 0:
            self.receive_greetings(deadline)
        else:
            self.greet(deadline)
        self.quiet = dict(self.connections)
        say(f"{len(self.hosts.every)} hosts, this is {self.hosts.current}")

    def receive_greetings(self, deadline: float) -> None:
        with socket.create_server(("", self.hosts.port), backlog=len(self.hosts.every)) as server:
            server.settimeout(LOOK_SECONDS)
            while awaited := [host for host in self.hosts.every[1:] if host not in self.connections]:
                self.wait_until(deadline, ", ".join(awaited))
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                host = greeting(connection)
                if host in awaited:
                    self.connections[host] = prepared(connection)
                else:
                    connection.close()  # a stranger

    def greet(self, deadline: float) -> None:
        while not self.connections:
            self.wait_until(deadline, self.hosts.leader)
            try:  # its name may not resolve yet, and it may not listen yet
                connection = socket.create_connection((self.hosts.leader, self.hosts.port), timeout=LOOK_SECONDS)
                connection.sendall(message(HELLO, self.hosts.current))
            except OSError:
                time.sleep(0.1)
            else:
                self.connections[self.hosts.leader] = prepared(connection)

    def wait_until(self, deadline: float, awaited: str) -> None:
        self.stop.check()
        if time.monotonic() > deadline:
            raise PeerError(self.error_name, f"{awaited}: not to be reached in {MEETING_SECONDS:.0f} s; see its log")

    def check(self) -> None:
        """Between two steps of the work. Errors: StopRequested, or error_name with what another host said."""
        self.stop.check()
        by_connection = {connection: host for host, connection in self.quiet.items()}
        ready = select.select([*by_connection], [], [], 0)[0] if by_connection else []
        for host in [by_connection[connection] for connection in ready]:
            kind = self.attempt(host, socket.socket.recv, 1, socket.MSG_PEEK)
            if kind in (FILE, DONE):
                del self.quiet[host]  # to be read when it is time
            else:
                self.receive(host)

    def send_file(self, path: Path) -> None:
        """To the leader, which `receive_files`."""
        size = path.stat().st_size
        self.send(self.hosts.leader, message(FILE, json.dumps({"bytes": size, "sha256": sha256_file(path)})))
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                self.send(self.hosts.leader, chunk)

    def receive_files(self, folder: Path, suffix: str) -> None:
        """The files of all hosts, until each is done, into a folder. Errors: error_name naming the host."""
        for host in self.hosts.every[1:]:
            number = 0
            while (received := self.receive(host))[0] == FILE:
                self.receive_file(host, json.loads(received[1]), folder / f"{host}-{number}{suffix}")
                number += 1

    def receive_file(self, host: str, described: dict[str, Any], path: Path) -> None:
        digest, left = hashlib.sha256(), int(described["bytes"])
        buffer = bytearray(min(CHUNK_BYTES, left))
        with path.open("wb") as file:
            while left:
                view = memoryview(buffer)[: min(len(buffer), left)]
                count = self.attempt(host, socket.socket.recv_into, view)
                digest.update(view[:count])
                file.write(view[:count])
                left -= count
        if digest.hexdigest() != described["sha256"]:
            raise PeerError(self.error_name, f"{host}: its file came with another digest than it was sent with")

    def receive(self, host: str) -> tuple[bytes, str]:
        """A message. Errors: StopRequested when the host was stopped, error_name when it failed."""
        self.quiet.pop(host, None)
        kind, length = HEAD.unpack(self.receive_bytes(host, HEAD.size))
        text = self.receive_bytes(host, min(length, MESSAGE_BYTES)).decode("utf-8", "replace")
        if kind == STOPPED:
            raise StopRequested
        if kind not in (FILE, DONE):
            raise PeerError(self.error_name, text)
        return kind, text

    def receive_bytes(self, host: str, count: int) -> bytes:
        received = b""
        while len(received) < count:
            received += self.attempt(host, socket.socket.recv, count - len(received))
        return received

    def send(self, host: str, content: bytes) -> None:
        view = memoryview(content)
        while view:
            view = view[self.attempt(host, socket.socket.send, view) :]

    def attempt(self, host: str, act: Callable[..., T], *arguments: Any) -> T:
        """Reads or writes something, while it looks for a stop and for what the others say."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if result := act(self.connections[host], *arguments):
                    return result
                break  # closed
            except TimeoutError:
                if time.monotonic() > deadline:
                    waited = f"{PATIENCE_SECONDS:.0f} s"
                    raise PeerError(self.error_name, f"{host}: no word from it in {waited}; see its log") from None
                self.check()
            except OSError:
                break
        if host in self.quiet:
            self.receive(host)  # its last words, if it left any
        raise PeerError(self.error_name, f"{host}: ended without a word (killed, or its machine lost); see its log")

    def tell(self, kind: bytes, text: str = "") -> None:
        """What every connected host shall know; who is gone already need not."""
        for connection in self.connections.values():
            with contextlib.suppress(OSError):
                connection.sendall(message(kind, text))

    def close(self) -> None:
        for connection in self.connections.values():
            connection.close()


def message(kind: bytes, text: str) -> bytes:
    content = text.encode("utf-8")[:MESSAGE_BYTES]
    return HEAD.pack(kind, len(content)) + content


def greeting(connection: socket.socket) -> str:
    """The name that the other end says, "" when it says nothing of the kind. What follows stays unread."""
    connection.settimeout(GREETING_SECONDS)
    try:
        kind, length = HEAD.unpack(read_exactly(connection, HEAD.size))
        return read_exactly(connection, min(length, MESSAGE_BYTES)).decode("utf-8", "replace") if kind == HELLO else ""
    except OSError:
        return ""


def read_exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        if not (part := connection.recv(count - len(received))):
            raise ConnectionError
        received += part
    return received


def prepared(connection: socket.socket) -> socket.socket:
    connection.settimeout(LOOK_SECONDS)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE.items():
        if hasattr(socket, name):  # macOS names the first one otherwise; its default of two hours does there
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return connection
