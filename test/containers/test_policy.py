"""The policy by label decides alike in both readers: test/reader/policy.test.ts reads the same cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pbp_reader import ModelsError
from pbp_reader.classifier import Answer
from pbp_reader.policy import PolicyFile, read_policy
from pbp_reader.tagger import Keyphrase

SHARED: dict[str, Any] = json.loads((Path(__file__).parents[2] / "test/reader/policies.json").read_bytes())


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["name"])
def test_decides(case: dict[str, Any]) -> None:
    policy = read_policy(json.dumps(case["policy"]).encode(), SHARED["labels"])
    answer = case["answer"]
    if "classes" in answer:
        ruling = policy.of_classes(Answer(**answer["classes"], confidence=1.0, sure=True))
    else:
        found = [Keyphrase(0, 1, one["label"], "", one["confidence"]) for one in answer["keyphrases"]]
        ruling = policy.of_keyphrases(found)
    assert vars(ruling) == case["ruling"]


@pytest.mark.parametrize("case", SHARED["refused"], ids=lambda case: case["name"])
def test_refuses(case: dict[str, Any]) -> None:
    with pytest.raises(ModelsError, match=r"^policy\.json"):
        read_policy(case["text"].encode(), SHARED["labels"])


def test_takes_up_a_policy_when_it_changes(tmp_path: Path) -> None:
    file = PolicyFile(tmp_path)
    assert file.current(SHARED["labels"]) is None
    for otherwise in ("block", "flag"):
        text = json.dumps({"schemaVersion": "1.0", "labels": {}, "otherwise": otherwise})
        file.path.write_text(text)
        policy = file.current(SHARED["labels"])
        assert policy is not None and vars(policy.of_keyphrases([])) == {
            "action": otherwise,
            "label": None,
            "threshold": None,
        }
        assert file.current(SHARED["labels"]) is policy
    file.path.write_text("{")
    with pytest.raises(ModelsError):
        file.current(SHARED["labels"])
