"""moto's S3 on a free port of 127.0.0.1, one request at a time; the port is the first line of stdout.

One at a time because moto looks and then writes: with its own threaded server two conditional puts can both win, which
S3 never allows. One at a time each request is atomic, as in S3.
"""

import logging
import os
import sys
import threading

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def end_with_parent() -> None:
    sys.stdin.read()  # Returns when the test's process is gone, however it went.
    os._exit(0)


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
threading.Thread(target=end_with_parent, daemon=True).start()
print(server.port, flush=True)
server.serve_forever()
