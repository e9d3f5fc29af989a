"""Every route of the OpenAPI document, asked with what its schema allows and with what it does not.

No 500, no connection without an answer, answers as the document has them, and nothing of a refused body in its refusal.
"""

from __future__ import annotations

import json
import random
from typing import Any

from serve.openapi import make_document

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings, strategies
from hypothesis import seed as with_seed
from hypothesis_jsonschema import from_schema
from serving import Answer, Serving

DOCUMENT = make_document()
ROUTES = [(method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations]
SEED = random.randrange(2**32)
CANARY = "Zanzibarova"
BOUNDED = settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
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
    for media_type, content in responses[str(answer.status)].get("content", {}).items():
        assert answer.headers["content-type"].startswith(media_type)
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        if media_type.endswith("json"):
            jsonschema_rs.Draft202012Validator(schema).validate(answer.json())


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_answers_whatever_its_schema_allows(service: Serving, method: str, path: str) -> None:
    schema = body_schema(method, path)
    if schema is None:
        check(method, path, service.ask(method, path))
        return

    @with_seed(SEED)
    @BOUNDED
    @given(from_schema(inline(schema)))
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


def inline(schema: dict[str, Any]) -> dict[str, Any]:
    """Without references, which hypothesis-jsonschema follows only within its own kinds of documents."""

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(one) for one in value]
        if not isinstance(value, dict):
            return value
        found = {key: resolve(one) for key, one in value.items() if key not in ("$ref", "components", "examples")}
        if "$ref" in value:
            found = {**resolve(DOCUMENT["components"]["schemas"][value["$ref"].rpartition("/")[2]]), **found}
        # Texts of a million characters are the limits' tests.
        if found.get("maxLength", 0) > 200:
            found["maxLength"] = 200
        return found

    resolved: dict[str, Any] = resolve(schema)
    return resolved
