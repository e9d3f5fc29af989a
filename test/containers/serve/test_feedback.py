"""What callers say of answers later, what is listed for people, and what is kept of answers where that is asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from serve.messages import SCHEMA_OF, Message
from serve.problems import Problem
from serve.record import lines
from serve.record.answer_id import AnswerIds, shared_key
from serve.record.counts import Counts
from serve.record.kept import Kept
from serve.record.tally import by_label
from serve.settings import SettingsError, read_settings

import pytest
from class_folders import make_texts
from serving import Serving, serving
from test_traffic import check

TEXTS = [row["text"] for row in make_texts(12, 8, "multi-label")]
CANARY = "zebrafish-canary"


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "served"


@pytest.fixture(scope="module")
def keeping(models: Path, counted: Path) -> Iterator[Serving]:
    """Lists everything that is not certain, and captures answers without their texts."""
    with serving(models, PBP_SERVED=str(counted), PBP_REVIEW_BELOW="1", PBP_CAPTURE="on") as service:
        yield service


def lines_in(folder: Path, model: str, name: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(folder.glob(f"{model}/*/*.{name}.jsonl"))
        for line in path.read_text("ascii").splitlines()
    ]


def answers(service: Serving, path: str, **more: Any) -> list[dict[str, Any]]:
    notes = [{"id": f"r-{number}", "text": f"{text} {CANARY}"} for number, text in enumerate(TEXTS)]
    found: list[dict[str, Any]] = service.post(path, {"notes": notes, **more})["answers"]
    return found


def test_feedback_on_classes_is_kept_by_label(keeping: Serving, counted: Path) -> None:
    for answer in answers(keeping, "/v1/classes", model="routing"):
        said = [one["label"] for one in answer["classes"]]
        found = keeping.post("/v1/feedback", {"answerId": answer["answerId"], "labels": said})
        assert found["exact"] is True
        assert (found["model"], found["generation"], found["arm"]) == ("routing", 1, "champion")
    other = next(label for label in keeping.ask("GET", "/v1/models").json()["models"][1]["labels"] if label not in said)
    wrong = keeping.post("/v1/feedback", {"answerId": answer["answerId"], "labels": [other]})
    assert wrong["exact"] is False
    kept = [check("feedback-record", line) for line in lines_in(counted, "routing", "feedback")]
    assert len(kept) == len(TEXTS) + 1
    # The same answer: whoever adds up takes the later one.
    assert kept[-1]["answer"] == kept[-2]["answer"]
    assert sorted(kept[-1]["labels"], key=lambda one: one["wrong"]) == [
        {"label": other, "right": 0, "wrong": 0, "missed": 1},
        {"label": said[0], "right": 0, "wrong": 1, "missed": 0},
    ]


@pytest.mark.parametrize("offsets", ["codepoint", "utf16"])
def test_feedback_on_keyphrases_counts_places(keeping: Serving, counted: Path, offsets: str) -> None:
    before = len(lines_in(counted, "keyphrases", "feedback"))
    found = keeping.post("/v1/keyphrases", {"notes": [{"text": f"\U0001f600 {TEXTS[0]}"}], "offsets": offsets})
    (answer,) = found["answers"]
    right = [{name: one[name] for name in ("start", "end", "label")} for one in answer["keyphrases"]]
    assert keeping.post("/v1/feedback", {"answerId": answer["answerId"], "keyphrases": right})["exact"] is True
    right[0]["end"] += 1
    assert keeping.post("/v1/feedback", {"answerId": answer["answerId"], "keyphrases": right})["exact"] is False
    (_, last) = lines_in(counted, "keyphrases", "feedback")[before:]
    totals = {name: sum(one[name] for one in last["labels"]) for name in ("right", "wrong", "missed")}
    assert totals == {"right": len(right) - 1, "wrong": 1, "missed": 1}


def test_what_no_answer_was_or_what_could_carry_text_is_refused(keeping: Serving, counted: Path) -> None:
    before = len(lines_in(counted, "*", "feedback"))
    answer = answers(keeping, "/v1/classes", model="routing")[0]["answerId"]
    middle = len(answer) // 2
    changed = answer[:middle] + ("A" if answer[middle] != "A" else "B") + answer[middle + 1 :]
    for status, body in [
        (404, {"answerId": changed, "labels": []}),
        (404, {"answerId": "A" * 40, "labels": []}),
        (404, {"answerId": "A" * 41, "labels": []}),
        (422, {"answerId": answer}),
        (422, {"answerId": answer, "keyphrases": []}),
        (422, {"answerId": answer, "labels": [CANARY]}),
        (422, {"answerId": answer, "labels": ["x" * 129]}),
        (422, {"answerId": answer + "/", "labels": []}),
        (422, {"answerId": answer, "labels": [], "text": CANARY}),
    ]:
        refused = keeping.ask("POST", "/v1/feedback", body)
        assert refused.status == status, (body, refused.content)
        assert CANARY.encode() not in refused.content
        assert answer.encode() not in refused.content
    assert len(lines_in(counted, "*", "feedback")) == before


def test_feedback_that_cannot_be_meant_is_refused_at_its_place(keeping: Serving, counted: Path) -> None:
    before = len(lines_in(counted, "*", "feedback"))
    classes = answers(keeping, "/v1/classes", model="routing")[0]["answerId"]
    phrases = next(answer for answer in answers(keeping, "/v1/keyphrases") if answer["keyphrases"])
    right = [{name: one[name] for name in ("start", "end", "label")} for one in phrases["keyphrases"]]
    start, end = right[0]["start"], right[0]["end"]
    for body, pointer in [
        ({"answerId": classes, "labels": [], "keyphrases": []}, "/keyphrases"),
        ({"answerId": phrases["answerId"], "keyphrases": right, "labels": []}, "/labels"),
        ({"answerId": phrases["answerId"], "keyphrases": [{**right[0], "start": end, "end": start}]}, "/keyphrases/0"),
        ({"answerId": phrases["answerId"], "keyphrases": [*right[1:], {**right[0], "end": start}]}, None),
    ]:
        refused = keeping.ask("POST", "/v1/feedback", body)
        assert (refused.status, refused.json()["type"]) == (422, "urn:pbp:problem:invalid")
        assert refused.json()["pointer"] == (pointer or f"/keyphrases/{len(right) - 1}")
    assert len(lines_in(counted, "*", "feedback")) == before


def test_ids_hold_after_a_restart_and_nobody_else_can_make_them(models: Path, counted: Path, keeping: Serving) -> None:
    answer = answers(keeping, "/v1/classes", model="routing")[0]
    assert (counted / "feedback.key").stat().st_mode & 0o777 == 0o600
    key = (counted / "feedback.key").read_bytes()
    assert shared_key(counted, None) == key
    read = AnswerIds(key).read(answer["answerId"])
    assert (read.model, read.generation, read.arm) == ("routing", 1, "champion")
    with pytest.raises(Problem, match="unknown-answer"):
        AnswerIds(b"0" * 32).read(answer["answerId"])


def test_uncertain_answers_are_listed_and_answers_captured_without_a_text(keeping: Serving, counted: Path) -> None:
    notes = [{"id": "r-1", "text": f"{TEXTS[0]} {CANARY}", "facets": {"channel": "fax"}}, {"text": TEXTS[1]}]
    found = keeping.post("/v1/classes", {"model": "specialty", "notes": notes})
    keeping.post("/v1/keyphrases", {"notes": notes})
    assert keeping.stop() == 0
    listed = [check("review-record", line) for line in lines_in(counted, "specialty", "review")]
    # The note without a name cannot be found again.
    assert [line["id"] for line in listed] == ["r-1"]
    assert listed[0]["confidence"] == found["answers"][0]["confidence"]
    captured = [check("captured-answer", line) for line in lines_in(counted, "specialty", "capture")]
    assert [line["facets"] for line in captured] == [{"channel": "fax"}, {}]
    assert [line["characters"] for line in captured] == [len(note["text"]) for note in notes]
    assert {path.stat().st_mode & 0o077 for path in counted.rglob("*.capture.jsonl")} == {0}
    labels = [[one["label"] for one in answer["classes"]] for answer in found["answers"]]
    assert [[one["label"] for one in line["items"]] for line in captured] == labels
    for name in ("review", "capture"):
        assert {path.stat().st_mode & 0o777 for path in counted.rglob(f"*.{name}.jsonl")} == {0o600}
    everything = "".join(path.read_text("utf-8") for path in counted.rglob("*.json*")) + "".join(keeping.log)
    assert CANARY not in everything
    assert '"text"' not in everything


def test_a_label_of_any_length_that_a_model_may_have_can_be_right() -> None:
    longest = "x" * SCHEMA_OF["common.schema.json"]["$defs"]["label"]["maxLength"]
    feedback = Message("serve-feedback")
    feedback.check({"answerId": "A" * 40, "labels": [longest]})
    feedback.check({"answerId": "A" * 40, "keyphrases": [{"start": 0, "end": 1, "label": longest}]})


def test_by_label() -> None:
    found = Counter([("a", 0, 4), ("a", 5, 9), ("b", 0, 4)])
    right = Counter([("a", 0, 4), ("b", 1, 4), ("c", 0, 1)])
    assert by_label(found, right) == [
        {"label": "a", "right": 1, "wrong": 1, "missed": 0},
        {"label": "b", "right": 0, "wrong": 1, "missed": 1},
        {"label": "c", "right": 0, "wrong": 0, "missed": 1},
    ]


def test_lines_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_LINES", 3)
    some = lines.Lines(Counts(tmp_path), "review")
    for number in range(3):
        some.add("routing", {"n": number})
    with pytest.raises(lines.Full):
        some.add("routing", {"n": 3})
    some.add("other", {"n": 0})
    some.write(some.due())
    assert some.due() == []
    assert [line["n"] for line in lines_in(tmp_path, "routing", "review")] == [0, 1, 2]


def test_the_text_is_kept_by_two_switches_alone(tmp_path: Path) -> None:
    environment = {"PBP_MODELS": str(tmp_path), "PBP_SERVED": str(tmp_path)}
    assert read_settings(environment).captures is read_settings(environment).captures_text is False
    one = read_settings({**environment, "PBP_CAPTURE": "on"})
    both = read_settings({**environment, "PBP_CAPTURE": "on", "PBP_CAPTURE_TEXT": "on"})
    note, said = {"text": "no pain"}, {"classes": []}
    assert "text" not in Kept(one, Counts(tmp_path)).captured(note, said)
    assert Kept(both, Counts(tmp_path)).captured(note, said)["text"] == "no pain"
    for wrong in (
        {**environment, "PBP_CAPTURE_TEXT": "on"},
        {**environment, "PBP_CAPTURE": "yes"},
        {"PBP_MODELS": str(tmp_path), "PBP_CAPTURE": "on"},
        {"PBP_MODELS": str(tmp_path), "PBP_REVIEW_BELOW": "0.5"},
        {**environment, "PBP_REVIEW_BELOW": "0"},
        {**environment, "PBP_REVIEW_BELOW": "1.5"},
        {**environment, "PBP_FEEDBACK_KEY": "short"},
    ):
        with pytest.raises(SettingsError, match="expected"):
            read_settings(wrong)
    (tmp_path / "feedback.key").write_bytes(b"")
    with pytest.raises(SettingsError, match="32 bytes"):
        shared_key(tmp_path, None)
