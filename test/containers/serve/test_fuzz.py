"""Every route of the OpenAPI document, asked with what its schema allows and with what it does not.

No 500, no connection without an answer, answers as the document has them, and nothing of a refused body in its refusal.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from serve.openapi import make_document

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings, strategies
from hypothesis import seed as with_seed
from serving import Answer, Serving

DOCUMENT = make_document()
ROUTES = [(method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations]
SEED = random.randrange(2**32)
CANARY = "Zanzibarova"
BOUNDED = settings(
    max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method.lower()]
    return found


def body_schema(method: str, path: str) -> dict[str, Any] | None:
    content = operation(method, path).get("requestBody", {}).get("content", {}).get("application/json")
    return content and {**content["schema"], "components": DOCUMENT["components"]}


def check(method: str, path: str, answer: Answer) -> None:
    """As the document has it."""
    responses = operation(method, path)["responses"]
    assert str(answer.status) in responses and answer.status not in (500, 504), (SEED, answer.status)
    contents = responses[str(answer.status)].get("content", {})
    if not contents:
        return
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = {**contents[media_type]["schema"], "components": DOCUMENT["components"]}
    if media_type.endswith("json"):
        jsonschema.Draft202012Validator(schema).validate(answer.json())


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_answers_whatever_its_schema_allows(service: Serving, method: str, path: str) -> None:
    schema = body_schema(method, path)
    if schema is None:
        check(method, path, service.ask(method, path))
        return

    @with_seed(SEED)
    @BOUNDED
    @given(allowed(schema))
    def ask(body: Any) -> None:
        check(method, path, service.ask(method, path, body))

    ask()


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if body_schema(*route)])
def test_refuses_whatever_else_without_repeating_it(service: Serving, method: str, path: str) -> None:
    texts = strategies.sampled_from([CANARY, f"/{CANARY}", f"\ud800{CANARY}", "notes", "text", "model", ""])
    values = strategies.recursive(
        strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | texts,
        lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(texts, inner, max_size=4),
        max_leaves=12,
    )

    @with_seed(SEED)
    @BOUNDED
    @given(values | strategies.fixed_dictionaries({"notes": strategies.lists(values, max_size=3)}), strategies.data())
    def ask(body: Any, data: strategies.DataObject) -> None:
        sent = json.dumps(body).encode()
        # Cut short, or with bytes that are no UTF-8.
        sent = data.draw(strategies.sampled_from([sent, sent[:-1], sent + b"\xff"]))
        answer = service.ask(method, path, sent)
        check(method, path, answer)
        if answer.status != 200:
            assert CANARY not in answer.content.decode() + str(answer.headers), SEED

    ask()


def allowed(schema: dict[str, Any]) -> strategies.SearchStrategy[Any]:
    """Values that the schema of a body allows, texts at most 200 characters long."""
    if "$ref" in schema:
        return allowed(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for forms in ("anyOf", "oneOf"):
        if forms in schema:
            return strategies.one_of(map(allowed, schema[forms]))
    if "enum" in schema:
        return strategies.sampled_from(schema["enum"])
    return BY_TYPE[schema["type"]](schema)


def allowed_object(schema: dict[str, Any]) -> strategies.SearchStrategy[Any]:
    if "properties" not in schema:
        names = allowed(schema["propertyNames"])
        return strategies.dictionaries(names, allowed(schema["additionalProperties"]), max_size=3)
    fields = {name: allowed(one) for name, one in schema["properties"].items()}
    required = {name: fields.pop(name) for name in schema["required"]}
    return strategies.fixed_dictionaries(required, optional=fields)


def allowed_array(schema: dict[str, Any]) -> strategies.SearchStrategy[Any]:
    least, most = schema.get("minItems", 0), min(schema.get("maxItems", 4), 4)
    unique_by = json.dumps if schema.get("uniqueItems") else None
    return strategies.lists(allowed(schema["items"]), min_size=least, max_size=most, unique_by=unique_by)


def allowed_string(schema: dict[str, Any]) -> strategies.SearchStrategy[Any]:
    least, most = schema.get("minLength", 0), min(schema.get("maxLength", 200), 200)
    if "pattern" in schema:
        return strategies.from_regex(schema["pattern"], fullmatch=True).filter(lambda text: least <= len(text) <= most)
    # Half a surrogate pair among them, which JSON may hold.
    return strategies.text(strategies.characters(), min_size=least, max_size=most)


BY_TYPE: dict[str, Callable[[dict[str, Any]], strategies.SearchStrategy[Any]]] = {
    "object": allowed_object,
    "array": allowed_array,
    "string": allowed_string,
    "integer": lambda schema: strategies.integers(schema.get("minimum"), schema.get("maximum")),
    "number": lambda schema: strategies.floats(schema.get("minimum"), schema.get("maximum")),
    "boolean": lambda _: strategies.booleans(),
    "null": lambda _: strategies.none(),
}
