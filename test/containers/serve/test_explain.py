"""Which words made an answer, and what is to be done about it by the policy: as the reader says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from class_folders import CLASSES, make_texts
from pbp_reader import Models
from pbp_reader.classifier import Classifier
from pbp_reader.tagger import Tagger
from serving import Serving, promote, serving

TEXT = "\U0001f600 \ud800 the patient had severe headache after CT of the chest"


@pytest.mark.parametrize("offsets", ["codepoint", "utf16"])
@pytest.mark.parametrize("model", ["routing", "specialty", "keyphrases"])
def test_words_are_the_readers(service: Serving, models: Path, model: str, offsets: str) -> None:
    found = service.post("/v1/explain", {"model": model, "text": TEXT, "offsets": offsets})
    reader = Models(models, Tagger if model == "keyphrases" else Classifier, model=model).current()
    expected = reader.explain(TEXT)
    assert (found["model"], found["generation"], found["arm"]) == (model, 1, "champion")
    assert found["label"] == expected.label and found["score"] == pytest.approx(expected.attribution.score, abs=1e-4)
    assert found["complete"] is (abs(found["baseline"] + found["sum"] - found["score"]) <= found["tolerance"])
    assert found["sum"] == pytest.approx(sum(word["weight"] for word in found["words"]))
    code, width = ("utf-16-le", 2) if offsets == "utf16" else ("utf-32-le", 4)
    units = TEXT.encode(code, "surrogatepass")

    def word_at(place: dict[str, Any]) -> str:
        return units[place["start"] * width : place["end"] * width].decode(code, "surrogatepass")

    words = expected.attribution.words
    assert [word_at(word) for word in found["words"]] == [TEXT[word.start : word.end] for word in words]
    weights = [word["weight"] for word in found["words"]]
    assert weights == pytest.approx([word.weight for word in words], abs=1e-3)
    if expected.at:
        assert word_at(found["at"]) == TEXT[slice(*expected.at)]
        again = service.post(
            "/v1/explain", {"model": model, "text": TEXT, "offsets": offsets, "at": found["at"]["start"]}
        )
        assert again["at"] == found["at"]


def test_what_cannot_be_explained_is_named(service: Serving) -> None:
    for body, problem, pointer in (
        ({"model": "routing", "text": "fever", "label": "CANARY"}, "unknown-label", "/label"),
        ({"model": "keyphrases", "text": "fever", "at": 5}, "unknown-word", "/at"),
        ({"model": "keyphrases", "text": " "}, "unknown-word", "/text"),
        ({"model": "routing", "text": "x" * 10_001}, "invalid", "/text"),
    ):
        answer = service.ask("POST", "/v1/explain", body)
        assert answer.status == 422 and answer.json()["type"] == f"urn:pbp:problem:{problem}"
        assert answer.json()["pointer"] == pointer and b"CANARY" not in answer.content


def write_policy(place: Path, labels: dict[str, Any], otherwise: str = "allow") -> None:
    """As pbp policy set writes it."""
    draft = place / "draft.json"
    draft.write_text(json.dumps({"schemaVersion": "1.0", "labels": labels, "otherwise": otherwise}), "utf-8")
    draft.rename(place / "policy.json")


def test_a_policy_is_taken_up_at_once_and_one_that_does_not_fit_keeps_what_was_in_use(
    tmp_path: Path, class_models: dict[tuple[str, str], Path]
) -> None:
    place = tmp_path / "registered/specialty"
    place.mkdir(parents=True)
    promote(place, class_models["multi-label", "linear"], "model", "multi-label", "linear", CLASSES)
    notes = [{"text": row["text"]} for row in make_texts(20, 8, "multi-label")]
    body = {"notes": notes}
    with serving(tmp_path) as service:
        assert all("policy" not in answer for answer in service.post("/v1/classes", body)["answers"])
        write_policy(place, {"imaging": {"action": "block", "threshold": 0.3}, "symptoms": {"action": "flag"}})
        service.wait_for("policy")
        answers = service.post("/v1/classes", body)["answers"]
        policies = [answer["policy"] for answer in answers]
        assert {policy["action"] for policy in policies} == {"block", "flag", "allow"}
        for answer in answers:
            said = {one["label"] for one in answer["classes"]}
            if answer["policy"]["label"] is None:
                assert "symptoms" not in said and answer["policy"] == {
                    "action": "allow",
                    "label": None,
                    "threshold": None,
                }
        # Another model's labels: neither it nor a policy that does not fit is taken up.
        write_policy(place, {"CANARY": {"action": "block"}})
        refused = service.wait_for("not-taken-up")
        assert "rules for labels that the model does not have" in refused["error"] and "CANARY" not in refused["error"]
        assert [answer["policy"] for answer in service.post("/v1/classes", body)["answers"]] == policies
        write_policy(place, {}, "flag")
        service.wait_for("policy")
        answers = service.post("/v1/classes", body)["answers"]
        assert all(answer["policy"]["action"] == "flag" for answer in answers)
