"""The log: a JSON object a line, of counts, times, names of ours. Nothing of a request's text, ids or address."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime


def say(event: str, **facts: str | int | float | None) -> None:
    """In one write, so that lines of several workers do not mix."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"at": at, "event": event, "worker": os.getpid(), **facts}, ensure_ascii=True)
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads the log any more, which is no reason to stop answering
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
