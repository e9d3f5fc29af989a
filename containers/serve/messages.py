"""Bodies of requests: bounded, JSON, and as their schema has them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from pbp_jobs.contract import SCHEMAS

import jsonschema_rs
from starlette.types import Receive

from .problems import Problem
from .strict_json import NotJson, Twice, parse_json, place_of_twice

JSON, LINES = "application/json", "application/jsonlines"  # the second as SageMaker spells it
CHARSETS = ("utf-8", "us-ascii")  # the second is a part of the first
MOST_BYTES = 1 << 20
SECONDS_FOR_A_BODY = 20
SECONDS_FOR_A_REFUSED_BODY = 2
# A client that still sends does not read. So what is too much is read and thrown away, but not without end.
MOST_BYTES_DISCARDED = 8 << 20

HALF_A_PAIR = re.compile(r"\\ud[89a-f][0-9a-f]{2}")  # as JSON writes it

SCHEMA_OF = {path.name: json.loads(path.read_bytes()) for path in sorted(SCHEMAS.rglob("*.schema.json"))}
REGISTRY = jsonschema_rs.Registry([(f"json-schema:///{name}", schema) for name, schema in SCHEMA_OF.items()])


def fields_of(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from fields_of(part)


# What a pointer may name: all other keys of a body are the caller's.
FIELDS = frozenset(
    name for file, schema in SCHEMA_OF.items() if file.startswith("serve-") for name in fields_of(schema)
)
MOST_NOTES = SCHEMA_OF["serve-notes.schema.json"]["properties"]["notes"]["maxItems"]

EXPECTED = {
    "additionalProperties": "no other fields",
    "required": "the field {property}, too",
    "type": "{types}",
    "minItems": "at least {limit:,} of them",
    "maxItems": "at most {limit:,} of them",
    "minLength": "a string of at least {limit:,} characters",
    "maxLength": "a string of at most {limit:,} characters",
    "oneOf": "one of the forms that are allowed",
    "anyOf": "one of the forms that are allowed",
    "pattern": "a string of another form",
    "enum": "one of the values that are allowed",
    "minimum": "a number of at least {limit:,}",
    "maximum": "a number of at most {limit:,}",
    "uniqueItems": "no two that are equal",
}


class Message:
    """A kind of body, by the name of its schema."""

    def __init__(self, name: str) -> None:
        schema = SCHEMA_OF[f"{name}.schema.json"]
        self.validator = jsonschema_rs.Draft202012Validator(
            {**schema, "$id": f"json-schema:///{name}.schema.json"}, registry=REGISTRY
        )

    async def read(self, content_type: str, receive: Receive, content_types: Sequence[str] = (JSON,)) -> Any:
        """Of lines, an object whose `notes` they are. Errors: Problem."""
        if content_type not in content_types:
            raise Problem("wrong-type", f"Expected the content type {' or '.join(content_types)}.")
        try:
            async with asyncio.timeout(SECONDS_FOR_A_BODY):
                body = await read_bytes(receive)
        except TimeoutError:
            raise Problem("too-slow", f"Expected it within {SECONDS_FOR_A_BODY} seconds.") from None
        return self.check({"notes": parse_lines(body)} if content_type == LINES else parse(body))

    def check(self, value: Any, place: Sequence[str | int] = ()) -> Any:
        """Errors: Problem; place: where the value stands in the body."""
        try:
            if self.validator.is_valid(value):
                return value
            error = next(self.validator.iter_errors(value), None)
        except UnicodeEncodeError:  # what is wrong has half a surrogate pair in it, and cannot be told as it is
            error = next(self.validator.iter_errors(json.loads(HALF_A_PAIR.sub(r"\\ufffd", json.dumps(value)))), None)
        if error is not None:
            refuse([*place, *error.instance_path], str(error.schema_path[-1]), error.kind.as_dict())
        return value


def content_type_of(headers: Mapping[bytes, bytes]) -> str:
    """Errors: Problem when the body's bytes are not those of its text in UTF-8."""
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        accepted = {"accept-encoding": "identity"}
        raise Problem("wrong-type", "Expected no content encoding: send the body uncompressed.", None, accepted)
    value = headers.get(b"content-type", b"").decode("latin-1")
    if value == JSON:
        return JSON
    content_type, *parameters = value.lower().split(";")
    for name, _, given in (parameter.partition("=") for parameter in parameters):
        if name.strip() == "charset" and given.strip().strip('"') not in CHARSETS:
            raise Problem("wrong-type", "Expected the charset utf-8, or none.")
    return content_type.strip()


def refuse(path: Sequence[str | int], keyword: str, asked: Mapping[str, Any]) -> NoReturn:
    """asked: what the schema says at this keyword; nothing of it is the caller's."""
    words = {name: " or ".join(value) if isinstance(value, list) else value for name, value in asked.items()}
    expected = EXPECTED.get(keyword, "another value").format(**words)
    raise Problem("invalid", f"Expected here: {expected}.", pointer_of(path))


def pointer_of(path: Sequence[str | int]) -> str:
    named = [part if isinstance(part, int) or part in FIELDS else "*" for part in path]
    return "".join(f"/{part}" for part in named)


async def read_bytes(receive: Receive) -> bytes:
    parts, size, is_last = list[bytes](), 0, False
    while not is_last and size <= MOST_BYTES_DISCARDED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("gone", "The caller has closed the connection.")
        part, is_last = message.get("body", b""), not message.get("more_body", False)
        size += len(part)
        if size <= MOST_BYTES:
            parts.append(part)
    if size > MOST_BYTES:
        headers = {"connection": "close"}
        raise Problem("too-large", f"A body has at most {MOST_BYTES:,} bytes. Send fewer notes at once.", None, headers)
    return b"".join(parts)


async def discard(receive: Receive) -> None:
    """What still comes, for a while: a caller that still sends would not hear its answer."""
    with suppress(Problem, TimeoutError):
        async with asyncio.timeout(SECONDS_FOR_A_REFUSED_BODY):
            await read_bytes(receive)


def parse(body: bytes, place: Sequence[str | int] = ()) -> Any:
    """place: where it stands, of several. Errors: Problem."""
    try:
        return parse_json(body)
    except NotJson:
        raise Problem("not-json", "Expected JSON in UTF-8.") from None
    except Twice:
        where = pointer_of([*place, *place_of_twice(body)])
        raise Problem("invalid", "Expected here: one value, not two of the same name.", where) from None


def parse_lines(body: bytes) -> list[Any]:
    """No more than are refused by their number. Errors: Problem."""
    lines = [line for line in body.split(b"\n") if line.strip()][: MOST_NOTES + 1]
    return [parse(line, ("notes", number)) for number, line in enumerate(lines)]
