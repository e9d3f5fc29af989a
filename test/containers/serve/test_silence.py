"""Nothing of a request but its answer: no error, log line, metric or header repeats what was sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from serving import Serving, serving

CANARY = "Zanzibarova"
NOTE = {"id": f"id-{CANARY}", "text": f"{CANARY} has fever"}
PLACES: list[Any] = [
    {"notes": [NOTE], CANARY: 1},
    {"notes": [{**NOTE, CANARY: CANARY}]},
    {"notes": [{"id": [CANARY], "text": CANARY}]},
    {"notes": [NOTE], "model": CANARY},
    {"notes": [NOTE], "model": CANARY.lower()},
    {"notes": [NOTE], "offsets": CANARY},
    {"notes": {CANARY: CANARY}},
    {"notes": CANARY},
    {CANARY: CANARY},
    CANARY,
    f'{{"notes": [{{"text": "{CANARY}'.encode(),
    f'{{"notes": [{{"text": "{CANARY}"}}], "notes": {CANARY}}}'.encode(),
    CANARY.encode("utf-16"),
    f"{CANARY}".encode() + b"\xff",
]
PATHS = ["/v1/keyphrases", "/v1/classes", "/v1/similar", "/invocations", f"/{CANARY}", f"/v1/{CANARY}?text={CANARY}"]


def test_no_error_log_or_metric_repeats_what_was_sent(service: Serving) -> None:
    said = []
    for path in PATHS:
        for body in PLACES:
            said.append(service.ask("POST", path, body))
        said.append(service.ask("POST", path, {"notes": [NOTE]}, {"content-type": CANARY, "x-pbp-sticky": CANARY}))
        for method in ("GET", "PUT", "DELETE", "OPTIONS", "HEAD"):
            said.append(service.ask(method, f"{path}?{quote(CANARY)}", None, {"cookie": CANARY, "accept": CANARY}))
    said.append(service.ask("GET", "/metrics"))
    assert {answer.status for answer in said} <= {200, 404, 405, 415, 422, 400, 503}
    for answer in said:
        assert CANARY.lower() not in answer.content.decode().lower() + json.dumps(answer.headers).lower()
    # What is right is answered, by the id that the caller gave.
    answer = service.post("/v1/keyphrases", {"notes": [NOTE]})
    assert answer["answers"][0]["id"] == NOTE["id"]
    assert CANARY not in service.log_until_now()


def test_a_text_that_the_model_cannot_read_fails_alone_and_in_silence(models: Path, tmp_path: Path) -> None:
    """The model is broken on purpose, in a service of its own, for texts that have the name in them."""
    (tmp_path / "sitecustomize.py").write_text(
        f"""
import pbp_reader.classifier as reader
right = reader.Classifier.classify_all
def wrong(self, texts):
    if any({CANARY!r} in text for text in texts):
        raise ValueError(texts)
    return right(self, texts)
reader.Classifier.classify_all = wrong
""",
        "utf-8",
    )
    with serving(models, PBP_SERVED_MODELS="routing", also_path=str(tmp_path)) as broken:
        answer = broken.ask("POST", "/v1/classes", {"notes": [NOTE, {"text": "fever"}]})
        assert answer.status == 500 and answer.json()["type"] == "urn:pbp:problem:failed"
        assert broken.ask("POST", "/v1/classes", {"notes": [{"text": "fever"}]}).status == 200
        broken.stop()
    log = "".join(broken.log)
    assert "ValueError at" in log
    assert CANARY not in log + answer.content.decode()


def test_a_line_of_the_log_has_counts_and_names_of_ours(service: Serving) -> None:
    service.post("/v1/classes", {"notes": [NOTE, NOTE], "model": "routing"})
    line = json.loads([line for line in service.log_until_now().splitlines() if '"/v1/classes"' in line][-1])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("at"))
    assert isinstance(line.pop("worker"), int) and isinstance(line.pop("ms"), int) and line.pop("version")
    assert line == {
        "event": "request",
        "status": 200,
        "route": "/v1/classes",
        "model": "routing",
        "generation": 1,
        "arm": "champion",
        "notes": 2,
        "characters": 2 * len(NOTE["text"]),
    }


@pytest.mark.parametrize("name", ["pbp_requests_total", "pbp_answers_total", "pbp_generation", "pbp_resident_bytes"])
def test_metrics_are_in_prometheus_format(service: Serving, name: str) -> None:
    service.post("/v1/classes", {"notes": [NOTE], "model": "routing"})
    answer = service.ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    values = re.findall(rf"^{name}(?:\{{[^}}]*\}})? ([0-9.e+]+)$", answer.content.decode(), re.MULTILINE)
    assert values and all(float(value) > 0 for value in values)
