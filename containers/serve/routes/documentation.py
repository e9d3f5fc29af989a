"""The description of the API, for programs and for people. The page loads nothing from elsewhere and runs no script."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from typing import Any

from starlette.responses import Response

from ..service import Call, Operation, json_response

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid; border-radius: .25rem; }
h2 { margin-top: 2.5rem; }
th, td { text-align: left; vertical-align: top; padding-right: 1.5rem; }
"""


@cache
def document() -> dict[str, Any]:
    from ..openapi import make_document  # which is made of all routes, these among them

    return make_document()


async def describe_api(call: Call) -> Response:
    return json_response(document())


async def show_api(call: Call) -> Response:
    return Response(page(document()), media_type="text/html; charset=utf-8")


async def style(call: Call) -> Response:
    return Response(STYLE, media_type="text/css")


def page(api: dict[str, Any]) -> str:
    parts = [
        section(api, method.upper(), path, operation)
        for path, operations in api["paths"].items()
        for method, operation in operations.items()
    ]
    title = escape(api["info"]["title"])
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="stylesheet" href="docs.css">
<h1>{title}</h1>
<p>{escape(api["info"]["description"])} <a href="openapi.json">OpenAPI 3.1</a></p>
{"".join(parts)}
</html>
"""


def section(api: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    body, answer = example(api, operation.get("requestBody")), example(api, operation["responses"]["200"])
    statuses = "".join(
        f"<tr><td>{status}</td><td>{escape(response['description'])}</td></tr>"
        for status, response in operation["responses"].items()
    )
    return (
        f"<h2>{method} {escape(path)}</h2><p>{escape(operation['summary'])}.</p>"
        f"{sample('Body', body)}{sample('Answer', answer)}"
        f"<table><tr><th>Status</th><th>Means</th></tr>{statuses}</table>"
    )


def example(api: dict[str, Any], message: dict[str, Any] | None) -> Any:
    content = (message or {}).get("content", {}).get("application/json")
    if content is None:
        return None
    reference = content["schema"].get("anyOf", [content["schema"]])[0]["$ref"]
    return api["components"]["schemas"][reference.rpartition("/")[2]]["examples"][0]


def sample(title: str, value: Any) -> str:
    return "" if value is None else f"<h3>{title}</h3><pre>{escape(json.dumps(value, indent=2))}</pre>"


OPERATIONS = (
    Operation("GET", "/openapi.json", "This document", describe_api, ()),
    Operation("GET", "/docs", "The same for people", show_api, ()),
    Operation("GET", "/docs.css", "How it looks", style, ()),
)
