"""Where connections come in: no more than files may be open, and at the end every one that still waits."""

from __future__ import annotations

import asyncio
import ctypes
import resource
import select
import socket
import struct
import sys
from collections.abc import Callable, Collection
from contextlib import suppress

from .connection import Connection
from .log import say

MOST_CONNECTIONS = 1024  # of one worker
MOST_REFUSED = 64  # connections beyond those, which are told so
OTHER_FILES = 128  # that a worker opens
SECONDS_OF_A_PAUSE = 0.2
SECONDS_OF_A_HANDSHAKE = 0.2
SECONDS_TO_EMPTY = 2.0
# Linux's SO_ATTACH_FILTER, which Python does not name, and a filter that drops what would begin a connection.
ATTACH_FILTER = 26
FLAGS, SYN = 13, 2  # of a TCP header
NO_NEW_CONNECTION = (
    (0x30, 0, 0, FLAGS),  # load the byte
    (0x45, 0, 1, SYN),  # skip one line where the bit is not set
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # take
)


class Listener:
    """Takes one connection at a time, and so leaves the next ones to the other workers. asyncio's own server cannot
    stop taking them: it has as many as there are files, and then none."""

    def __init__(self, own: socket.socket, connections: Collection[object], make: Callable[[], Connection]) -> None:
        self.own, self.connections, self.make = own, connections, make
        self.most = most_connections()
        self.loop = asyncio.get_running_loop()
        self.taking: dict[Connection, asyncio.Task[object]] = {}
        self.pausing: asyncio.TimerHandle | None = None
        self.is_told = False
        own.setblocking(False)

    def open(self) -> None:
        self.loop.add_reader(self.own, self.take)

    def take(self) -> bool:
        """Whether there was one, and room for it."""
        count = len(self.connections) + sum(one not in self.connections for one in self.taking)
        if count >= self.most + MOST_REFUSED:
            self.pause()
            return False
        try:
            taken, _ = self.own.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError as error:  # no file may be opened any more, or there is no memory
            if not self.is_told:
                say("no-connection-taken", error=error.strerror or "unknown")
            self.is_told = True
            self.pause()
            return False
        self.is_told = False
        connection = self.make()
        connection.is_refused = count >= self.most
        task = self.loop.create_task(self.loop.connect_accepted_socket(lambda: connection, taken))
        self.taking[connection] = task
        task.add_done_callback(lambda _: self.taken(connection))
        return True

    def taken(self, connection: Connection) -> None:
        task = self.taking.pop(connection)
        if not task.cancelled():
            task.exception()  # it was reset meanwhile

    def pause(self) -> None:
        """What comes meanwhile waits in the kernel."""
        self.loop.remove_reader(self.own)
        if self.pausing is not None:
            self.pausing.cancel()
        self.pausing = self.loop.call_later(SECONDS_OF_A_PAUSE, self.open)

    async def close(self, is_last: bool) -> None:
        """is_last: no other process has the socket for long. The kernel resets what waits for one that is closed, so
        that nothing may wait any more."""
        if is_last:
            refuse_new(self.own)
            ends = self.loop.time() + SECONDS_TO_EMPTY
            await asyncio.sleep(SECONDS_OF_A_HANDSHAKE)
            while has_waiting(self.own) and self.loop.time() < ends:
                # One after the other, and only then their answers: on a busy machine these take longer than that.
                if not self.take():
                    await asyncio.sleep(0.01)
        if self.pausing is not None:
            self.pausing.cancel()
        self.loop.remove_reader(self.own)
        self.own.close()
        await asyncio.gather(*self.taking.values(), return_exceptions=True)


def most_connections() -> int:
    """As many as files may be open, which is set as high as it may be."""
    wanted = MOST_CONNECTIONS + MOST_REFUSED + OTHER_FILES
    allowed, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= allowed < wanted:
        allowed = wanted if highest < 0 else min(wanted, highest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, highest))
    return MOST_CONNECTIONS if allowed < 0 else max(1, min(MOST_CONNECTIONS, allowed - MOST_REFUSED - OTHER_FILES))


def refuse_new(listener: socket.socket) -> None:
    """Where the kernel can: a connection that would begin now finds no answer, and is refused once the socket is
    closed, before its caller has sent anything."""
    if sys.platform != "linux":
        return
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in NO_NEW_CONNECTION))
    program = struct.pack("HP", len(NO_NEW_CONNECTION), ctypes.addressof(lines))
    with suppress(OSError):  # a kernel without filters, in a sandbox
        listener.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, program)


def has_waiting(listener: socket.socket) -> bool:
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    return bool(poll.poll(0))
