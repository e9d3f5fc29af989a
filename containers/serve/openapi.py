"""The OpenAPI document, made of the table of routes and schemas/. `python -m serve.openapi` writes openapi.json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .messages import JSON, LINES, SCHEMA_OF
from .problems import PROBLEMS
from .routes import OPERATIONS
from .service import Operation

FILE = Path(__file__).with_name("openapi.json")
REFERENCE = re.compile(r"(?:(?P<file>[a-z-]+\.schema\.json))?#/\$defs/(?P<name>\w+)")
PROBLEMS_OF_A_BODY = (
    *("not-json", "unknown-model", "too-slow", "too-large", "wrong-type", "invalid", "wrong-kind", "which-model"),
    *("busy", "failed", "not-ready", "no-such-kind", "crowded", "too-late"),
)

STICKY = {
    "name": "x-pbp-sticky",
    "in": "header",
    "required": False,
    "description": "A key of the caller's. Who sends the same has the same generation while traffic is shared. Hashed.",
    "schema": {"type": "string", "maxLength": 1024},
}


def make_document() -> dict[str, Any]:
    components: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = describe(operation, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Answers of promoted models",
            "version": "1",
            "description": "Every answer names the model, generation and version that it comes from.",
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(components.items()))},
    }


def describe(operation: Operation, components: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"summary": operation.summary, "operationId": operation.handle.__name__}
    names = operation.problems
    if operation.body:
        content = in_forms(operation, component(operation.body, components), "A note a line, as one of `notes`.")
        found["parameters"] = [STICKY]
        found["requestBody"] = {"required": True, "content": content}
        names = (*PROBLEMS_OF_A_BODY, *names)
    answers = [component(name, components) for name in operation.answers]
    schema = answers[0] if len(answers) == 1 else {"anyOf": answers}
    content = in_forms(operation, schema, "An answer a line, with what the whole names beside it.") if answers else {}
    responses = {"200": {"description": "The answer", **({"content": content} if content else {})}}
    found["responses"] = {**responses, **problems(names, component("serve-problem", components))}
    return found


def in_forms(operation: Operation, schema: dict[str, Any], lines: str) -> dict[str, Any]:
    content: dict[str, Any] = {JSON: {"schema": schema}}
    return {**content, LINES: {"schema": {"type": "string", "description": lines}}} if operation.in_lines else content


def problems(names: Iterable[str], schema: dict[str, Any]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for name in names:
        status, title = PROBLEMS[name]
        by_status.setdefault(status, []).append(title)
    content = {"application/problem+json": {"schema": schema}}
    return {
        str(status): {"description": ". ".join(dict.fromkeys(titles)), "content": content}
        for status, titles in sorted(by_status.items())
    }


def component(name: str, components: dict[str, Any]) -> dict[str, Any]:
    """A reference to the schema of this name, which is added with all that it refers to."""
    schema = SCHEMA_OF[f"{name}.schema.json"]
    add(schema["title"], schema, f"{name}.schema.json", components)
    return {"$ref": f"#/components/schemas/{schema['title']}"}


def add(title: str, schema: dict[str, Any], file: str, components: dict[str, Any]) -> None:
    if title in components:
        return
    components[title] = {}  # so that a circle ends
    components[title] = moved({key: value for key, value in schema.items() if key[0] != "$"}, file, components)


def moved(value: Any, file: str, components: dict[str, Any]) -> Any:
    """A part of a schema of `file`, with references into the document."""
    if isinstance(value, list):
        return [moved(one, file, components) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: moved(one, file, components) for key, one in value.items()}
    match = REFERENCE.fullmatch(value.get("$ref", ""))
    if match:
        name, where = match["name"], match["file"] or file
        add(name, SCHEMA_OF[where]["$defs"][name], where, components)
        found["$ref"] = f"#/components/schemas/{name}"
    return found


def as_text() -> str:
    return json.dumps(make_document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(as_text(), "utf-8")
