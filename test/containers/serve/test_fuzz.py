"""Every route of the OpenAPI document, asked with what its schema allows and with what it does not.

No 500, no connection without an answer, answers as the document has them, and nothing of a refused body in its refusal.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from serve.messages import JSON
from serve.openapi import make_document

import jsonschema
import pytest
from class_folders import CLASSES
from hypothesis import HealthCheck, given, settings, strategies
from hypothesis import seed as with_seed
from serving import Answer, Serving, serving

DOCUMENT = make_document()
ROUTES = [(method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations]
SEED = random.randrange(2**32)
CANARY = "Zanzibarova"
# Of each route with a body: so many that are allowed, and so many that are not.
BOUNDED = settings(
    max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
)


# What a caller would know, beside what its schema allows.
KNOWN: dict[str, list[str]] = {"model": ["keyphrases", "routing", "specialty"], "label": CLASSES, "labels": CLASSES}


@pytest.fixture(scope="module")
def fuzzed(models: Path, base_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Takes feedback, on answers that it has given."""
    counted = str(tmp_path_factory.mktemp("fuzzed"))
    with serving(models, PBP_BASE_MODELS=str(base_models), PBP_SERVED=counted) as service:
        service.wait_for("ready")
        note = {"notes": [{"text": "severe headache after CT of the chest"}]}
        KNOWN["answerId"] = [
            service.post("/invocations", {**note, "model": model})["answers"][0]["answerId"] for model in KNOWN["model"]
        ]
        yield service


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method.lower()]
    return found


def body_schema(method: str, path: str) -> dict[str, Any] | None:
    content = operation(method, path).get("requestBody", {}).get("content", {}).get("application/json")
    return content and {**content["schema"], "components": DOCUMENT["components"]}


def content_types(method: str, path: str) -> list[str]:
    return list(operation(method, path)["requestBody"]["content"])


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
def test_answers_whatever_its_schema_allows(fuzzed: Serving, method: str, path: str) -> None:
    schema = body_schema(method, path)
    if schema is None:
        check(method, path, fuzzed.ask(method, path))
        return

    statuses = Counter[int]()

    @with_seed(SEED)
    @BOUNDED
    @given(allowed(schema), strategies.sampled_from(content_types(method, path)))
    def ask(body: Any, content_type: str) -> None:
        sent = json.dumps(body)
        if content_type != JSON:
            sent = "\n".join(json.dumps(note) for note in body["notes"])
        answer = fuzzed.ask(method, path, sent.encode(), {"content-type": content_type})
        check(method, path, answer)
        statuses[answer.status] += 1

    ask()
    assert statuses.total() >= BOUNDED.max_examples and statuses[200] > 0, (SEED, statuses)


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if body_schema(*route)])
def test_refuses_whatever_else_without_repeating_it(fuzzed: Serving, method: str, path: str) -> None:
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
        content_type = data.draw(strategies.sampled_from(content_types(method, path)))
        answer = fuzzed.ask(method, path, sent, {"content-type": content_type})
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


def known(name: str, others: strategies.SearchStrategy[Any]) -> strategies.SearchStrategy[Any]:
    if name not in KNOWN:
        return others
    some = strategies.sampled_from(KNOWN[name])
    return (strategies.lists(some, max_size=3, unique=True) if name == "labels" else some) | others


def allowed_object(schema: dict[str, Any]) -> strategies.SearchStrategy[Any]:
    if "properties" not in schema:
        names = allowed(schema["propertyNames"])
        return strategies.dictionaries(names, allowed(schema["additionalProperties"]), max_size=3)
    fields = {name: known(name, allowed(one)) for name, one in schema["properties"].items()}
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
