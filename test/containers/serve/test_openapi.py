"""The document says what the routes do, and its page needs nothing but the service."""

from __future__ import annotations

import re

from serve import openapi

from serving import Serving


def test_the_committed_document_is_what_the_routes_and_schemas_make() -> None:
    assert openapi.FILE.read_text("utf-8") == openapi.as_text(), "run: npm run generate"


def test_every_reference_leads_somewhere() -> None:
    text = openapi.as_text()
    names = set(openapi.make_document()["components"]["schemas"])
    references = set(re.findall(r'"\$ref": "([^"]+)"', text))
    assert references == {f"#/components/schemas/{name}" for name in names}


def test_the_service_serves_it_and_a_page_that_loads_nothing_from_elsewhere(service: Serving) -> None:
    assert service.ask("GET", "/openapi.json").json() == openapi.make_document()
    page = service.ask("GET", "/docs")
    text = page.content.decode()
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert re.findall(r'(?:src|href)="([^"]+)"', text) == ["docs.css", "openapi.json"]
    assert "<script" not in text and "style=" not in text and "://" not in text
    for path in openapi.make_document()["paths"]:
        assert f" {path}</h2>" in text
    assert service.ask("GET", "/docs.css").headers["content-type"].startswith("text/css")
