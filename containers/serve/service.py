"""What the routes of one worker share."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from .generations.generations import Generations
from .generations.held import Held
from .generations.traffic import key_of
from .messages import LINES
from .served import Served
from .settings import Settings
from .work_queue import Queue


class Service:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.generations = Generations(settings)
        self.served = Served(settings)
        self.queue = Queue()
        self.queue.on_batch = self.served.batch
        self.is_ending = False  # no longer ready: whoever balances load is to go elsewhere

    def is_ready(self) -> bool:
        return not self.is_ending and self.generations.is_ready()


@dataclass
class Call:
    """One request that a route answers. `body` is as the route's schema has it."""

    service: Service
    body: Any
    sticky: bytes | None = None  # what the caller calls itself: hashed, and never in a log
    facts: dict[str, str | int] = field(default_factory=dict)  # for the log: counts and names of ours

    def hold(self, kinds: frozenset[str]) -> Held:
        """Errors: as Generations.hold."""
        notes = self.body.get("notes", [self.body])
        key = key_of(self.sticky, [note.get("text", "") for note in notes])
        held = self.service.generations.hold(self.body.get("model"), kinds, key)
        self.facts |= held.named()
        return held


@dataclass(frozen=True)
class Operation:
    """A route, of which the application and the OpenAPI document are made."""

    method: str
    path: str
    summary: str
    handle: Callable[[Call], Coroutine[Any, Any, Any]]
    answers: tuple[str, ...]  # names of the schemas of its answer, one of which it is; none: no JSON
    body: str | None = None  # name of the schema of its body; None: it has none
    in_lines: bool = False  # it also takes a note a line, and then answers in lines
    problems: tuple[str, ...] = ()  # beside those that every route with a body has


def json_response(value: Any, media_type: str = "application/json") -> Response:
    """In ASCII, since half a surrogate pair, which an id may hold, has no UTF-8."""
    headers = {"x-pbp-generation": str(value["generation"])} if "generation" in value else None
    return Response(as_json(value), 200, headers, media_type)


def lines_response(value: dict[str, Any]) -> Response:
    """An answer a line, each of which says where it comes from: they may be cut apart and put together with others."""
    named = {name: part for name, part in value.items() if name != "answers"}
    lines = "".join(f"{as_json({**named, **answer})}\n" for answer in value["answers"])
    return Response(lines, 200, {"x-pbp-generation": str(value["generation"])}, LINES)


# Made once: json.dumps would make an encoder for each value.
as_json = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
