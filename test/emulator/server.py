"""ministack on a free port of 127.0.0.1; the port is the first line of stdout.

The socket is bound before the emulator is loaded, so that no other process can take the port meanwhile, and a client
that is early waits in the socket's queue instead of being refused.
"""

import asyncio
import os
import socket
import sys
import threading

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
# Read when the emulator is loaded: where it is, for itself and for its functions.
os.environ["GATEWAY_PORT"] = str(port)
os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"

from hypercorn.asyncio import serve  # noqa: E402
from hypercorn.config import Config  # noqa: E402
from ministack.app import app  # noqa: E402


async def behind_tls(scope, receive, send):
    """As a load balancer hands on what came to it by TLS: bucket and queue policies deny everything else."""
    if scope["type"] == "http":
        scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
    await app(scope, receive, send)


def end_with_parent() -> None:
    sys.stdin.read()  # Returns when the test's process is gone, however it went.
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
config = Config()
config.bind = [f"fd://{listener.detach()}"]
config.loglevel = "ERROR"
print(port, flush=True)
asyncio.run(serve(behind_tls, config))
