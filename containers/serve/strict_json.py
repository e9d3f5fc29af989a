"""JSON, strictly: no NaN, no bytes that are not UTF-8, no depth without end, and no name twice in an object: one of the
two values would be dropped, and who reads it elsewhere may drop the other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn


class NotJson(Exception):  # noqa: N818 - it says what the body is
    """It says nothing of the body."""


class Twice(Exception):  # noqa: N818 - as above
    """An object has a name twice. place_of_twice says which."""


def parse_json(body: bytes) -> Any:
    """Errors: NotJson, Twice."""
    try:
        return parse(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NotJson from None


def place_of_twice(body: bytes) -> list[str | int]:
    """The way to a name that is there twice, in a body of which parse_json has said so. Errors: NotJson."""
    found: dict[int, tuple[Any, str]] = {}  # by identity; held, so that no other object gets it

    def note(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
            found[id(value)] = value, name
        return value

    path: list[str | int] = []

    def is_in(value: Any) -> bool:
        if id(value) in found:
            path.append(found[id(value)][1])
            return True
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(part, dict | list):
                path.append(name)
                if is_in(part):
                    return True
                path.pop()
        return False

    try:
        is_in(json.loads(body, object_pairs_hook=note))
    except (ValueError, RecursionError):
        raise NotJson from None
    return path


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Twice
    return value


def refuse_constant(_: str) -> NoReturn:
    raise ValueError


# Made once: json.loads would make a decoder for each body.
parse = json.JSONDecoder(parse_constant=refuse_constant, object_pairs_hook=once).decode
