"""What the service answers is what the reader answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from class_folders import make_texts
from pbp_reader import Models, Notes
from pbp_reader.classifier import Classifier
from pbp_reader.embedder import Embedder
from pbp_reader.tagger import Tagger
from serving import PAST, Serving, serving

TEXTS = [row["text"] for row in make_texts(40, 8, "multi-label")]
TEXTS += [
    "",
    " \n",
    "fever",
    "\U0001f600 fever \ud800 CT of the \U0001f600 chest",
    "severe " * 400,
]


def asked(texts: list[str], **more: Any) -> dict[str, Any]:
    return {
        "notes": [{"id": str(number), "text": text} for number, text in enumerate(texts)],
        **more,
    }


@pytest.mark.parametrize("offsets", ["codepoint", "utf16"])
def test_keyphrases_are_the_readers(service: Serving, models: Path, offsets: str) -> None:
    found = service.post("/v1/keyphrases", asked(TEXTS, offsets=offsets))
    tagger = Models(models, Tagger).current()
    assert {name: found[name] for name in ("model", "generation", "arm")} == {
        "model": "keyphrases",
        "generation": 1,
        "arm": "champion",
    }
    assert found["version"] == (models / "current").readlink().name
    assert [answer["id"] for answer in found["answers"]] == [str(number) for number in range(len(TEXTS))]
    assert len({answer["answerId"] for answer in found["answers"]}) == len(TEXTS)
    assert sum(len(answer["keyphrases"]) for answer in found["answers"]) > 10
    for text, answer, expected in zip(TEXTS, found["answers"], tagger.keyphrases_of(TEXTS), strict=True):
        code = "utf-16-le" if offsets == "utf16" else "utf-32-le"
        width = 2 if offsets == "utf16" else 4
        units = text.encode(code, "surrogatepass")
        phrases = [
            units[one["start"] * width : one["end"] * width].decode(code, "surrogatepass")
            for one in answer["keyphrases"]
        ]
        assert phrases == [one.text for one in expected]
        assert [one["label"] for one in answer["keyphrases"]] == [one.label for one in expected]
        confidences = [one["confidence"] for one in answer["keyphrases"]]
        assert confidences == pytest.approx([one.confidence for one in expected], abs=1e-4)


@pytest.mark.parametrize("model", ["routing", "specialty"])
def test_classes_are_the_readers(service: Serving, models: Path, model: str) -> None:
    found = service.post("/v1/classes", asked(TEXTS, model=model))
    classifier = Models(models, Classifier, model=model).current()
    assert found["model"] == model
    for text, answer in zip(TEXTS, found["answers"], strict=True):
        expected = classifier.classify(text)
        assert [one["label"] for one in answer["classes"]] == expected.classes
        assert answer["sure"] == expected.sure
        assert answer["confidence"] == pytest.approx(expected.confidence, abs=1e-4)
        for one in answer["classes"]:
            assert one["confidence"] == pytest.approx(expected.probabilities[one["label"]], abs=1e-4)


def test_finds_past_notes_as_the_reader_does(service: Serving, models: Path, base_models: Path) -> None:
    found = service.post("/v1/similar", asked([*PAST[3:5], TEXTS[0]], count=4.0))
    past = Models(models, Notes).current()
    embedder = Embedder(base_models / "tiny", past.embedding_key)
    assert [answer["neighbours"][0]["recordIds"] for answer in found["answers"][:2]] == [["past-3"], ["past-4"]]
    for text, answer in zip([*PAST[3:5], TEXTS[0]], found["answers"], strict=True):
        expected = past.nearest(embedder.vector(text), 4)
        assert [one["recordIds"] for one in answer["neighbours"]] == [one.record_ids for one in expected]
        assert [one["similarity"] for one in answer["neighbours"]] == pytest.approx(
            [one.similarity for one in expected]
        )


def test_lists_what_is_served(service: Serving) -> None:
    answer = service.ask("GET", "/v1/models")
    listed = {one["model"]: (one["kind"], one["algorithm"], one["generation"]) for one in answer.json()["models"]}
    assert listed == {
        "keyphrases": ("keyphrases", "transformer", 1),
        "routing": ("single-label", "linear", 1),
        "specialty": ("multi-label", "transformer", 1),
    }


def test_says_that_it_is_ready_and_names_the_generation_in_a_header(
    service: Serving,
) -> None:
    for path in ("/ping", "/readyz", "/healthz"):
        assert service.ask("GET", path).status == 200
    assert service.ask("POST", "/v1/keyphrases", asked(["fever"])).headers["x-pbp-generation"] == "1"


@pytest.mark.parametrize(
    ("path", "body", "problem", "pointer"),
    [
        ("/v1/keyphrases", asked(["fever"], model="routing"), "wrong-kind", "/model"),
        ("/v1/keyphrases", asked(["fever"], model="nobody"), "unknown-model", "/model"),
        ("/v1/classes", asked(["fever"]), "which-model", "/model"),
        ("/invocations", asked(["fever"], model="nobody"), "unknown-model", "/model"),
        ("/v1/keyphrases", {"notes": [{"text": 1}]}, "invalid", "/notes/0/text"),
        (
            "/v1/keyphrases",
            {"notes": [{"text": "fever", "CANARY": 1}]},
            "invalid",
            "/notes/0",
        ),
        ("/v1/keyphrases", {"notes": []}, "invalid", "/notes"),
        ("/v1/keyphrases", asked(["fever"], model="CANARY 4711"), "invalid", "/model"),
        ("/v1/keyphrases", {"notes": [{"text": "fever", "facets": {"CANARY": 1}}]}, "invalid", "/notes/0/facets/*"),
        ("/v1/explain", {"text": "fever", "at": 10**20}, "invalid", "/at"),
        ("/v1/keyphrases", {"notes": [{"text": "a"}] * 65}, "invalid", "/notes"),
        ("/v1/keyphrases", [], "invalid", ""),
        ("/v1/keyphrases", b'{"notes": [{"text": "a"}, {"text": "a", "text": "a"}]}', "invalid", "/notes/1/text"),
        ("/v1/keyphrases", b'{"notes": [], "\\u006eotes": []}', "invalid", "/notes"),
        ("/v1/keyphrases", b'{"notes": [{"facets": {"CANARY": 1, "CANARY": 2}}]}', "invalid", "/notes/0/facets/*"),
        ("/v1/keyphrases", b'{"notes": [{"id": "a", "id": "b"}], "notes": []}', "invalid", "/notes"),
        ("/v1/explain", b'{"text": "fever", "at": 1, "at": 1}', "invalid", "/at"),
        ("/v1/keyphrases", b"[" * 500 + b'{"a": {}, "a": {}}' + b"]" * 500, "invalid", "/0" * 500 + "/*"),
        ("/v1/keyphrases", b'{"notes": NaN}', "not-json", None),
        ("/v1/keyphrases", b"[" * 100_000, "not-json", None),
        ("/v1/keyphrases", b'"\xff"', "not-json", None),
        ("/v1/keyphrases", b" " * ((1 << 20) + 1), "too-large", None),
        ("/v1/similar", asked(["fever"], model="routing"), "unavailable", None),
        ("/v1/similar", asked(["fever"], count=0), "invalid", "/count"),
        ("/v1/nothing", {}, "unknown-route", None),
        ("/v1/models", {}, "wrong-method", None),
    ],
)
def test_refuses_by_name_and_place(service: Serving, path: str, body: Any, problem: str, pointer: str | None) -> None:
    answer = service.ask("POST", path, body)
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (found["type"], found["status"], found.get("pointer")) == (
        f"urn:pbp:problem:{problem}",
        answer.status,
        pointer,
    )
    assert answer.headers.get("allow") == ("GET, HEAD" if problem == "wrong-method" else None)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"notes": []}, "Expected here: at least 1 of them."),
        ({"notes": [{"text": "a"}] * 65}, "Expected here: at most 64 of them."),
        ({"notes": [{"text": "a"}], "count": 101}, "Expected here: a number of at most 100."),
        ({"notes": [{"text": "a"}], "count": "CANARY"}, "Expected here: integer."),
        ({"notes": [{}]}, "Expected here: the field text, too."),
        ({"notes": [{"text": "a", "CANARY": 1}]}, "Expected here: no other fields."),
        ({"notes": [{"text": "a", "id": "CANARY" * 30}]}, "Expected here: a string of at most 128 characters."),
    ],
)
def test_says_what_is_expected_and_nothing_of_the_body(service: Serving, body: Any, detail: str) -> None:
    assert service.ask("POST", "/v1/similar", body).json()["detail"] == detail


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({"content-encoding": "gzip"}, "Expected no content encoding: send the body uncompressed."),
        ({"content-encoding": "CANARY"}, "Expected no content encoding: send the body uncompressed."),
        ({"content-type": "application/json; charset=utf-16"}, "Expected the charset utf-8, or none."),
        ({"content-type": "application/json;q=1; Charset=CANARY"}, "Expected the charset utf-8, or none."),
        ({"content-type": "text/plain"}, "Expected the content type application/json."),
        ({"content-encoding": "Identity", "content-type": 'Application/JSON ; charset="UTF-8"'}, None),
        ({"content-type": "application/json;charset=us-ascii"}, None),
    ],
)
def test_takes_the_bytes_of_a_text_in_utf_8_alone(
    service: Serving, headers: dict[str, str], detail: str | None
) -> None:
    answer = service.ask("POST", "/v1/keyphrases", asked(["fever"]), headers)
    if detail is None:
        assert answer.status == 200
        return
    assert (answer.status, answer.json()["type"]) == (415, "urn:pbp:problem:wrong-type")
    assert answer.json()["detail"] == detail
    assert answer.headers.get("accept-encoding") == ("identity" if "content-encoding" in headers else None)


def test_says_which_line_has_a_name_twice(service: Serving) -> None:
    lines = b'{"text": "fever"}\n\n{"text": "fever", "CANARY": 1, "CANARY": 2}\n'
    answer = service.ask("POST", "/invocations", lines, {"content-type": "application/jsonlines"})
    assert (answer.status, answer.json()["pointer"]) == (422, "/notes/1/*")


def test_says_that_no_model_in_use_is_of_the_kind(models: Path) -> None:
    with serving(models, PBP_SERVED_MODELS="routing") as service:
        service.wait_for("ready")
        assert service.ask("GET", "/readyz").status == 200
        problem = service.ask("POST", "/v1/keyphrases", asked(["fever"])).json()
        assert (problem["status"], problem["type"]) == (503, "urn:pbp:problem:no-such-kind")
        assert problem["title"] == "No model in use gives such answers"
