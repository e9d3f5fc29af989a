from __future__ import annotations

import random

from pbp_jobs.scoring import Counts, count_document, entities_of

import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

TAGS = ["O", "B-a", "I-a", "B-b", "I-b"]


def random_tags(choose: random.Random, length: int) -> list[str]:
    return choose.choices(TAGS, weights=[4, 2, 3, 2, 3], k=length)


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_seqeval_in_strict_mode_on_any_tags(seed: int) -> None:
    """seqeval 1.2.2, mode="strict", scheme=IOB2, ill-formed sequences included."""
    choose = random.Random(seed)
    gold = [random_tags(choose, choose.randint(1, 30)) for _ in range(40)]
    given = [[tag if choose.random() < 0.7 else choose.choice(TAGS) for tag in tags] for tags in gold]
    ours = Counts()
    for expected, predicted in zip(gold, given, strict=True):
        ours.add(count_document(expected, predicted))
    theirs = classification_report(gold, given, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)
    scores, labels = ours.scores(), ours.per_label(["a", "b"])
    for place, score in (("micro avg", scores), ("a", labels["a"]), ("b", labels["b"])):
        assert score["precision"] == pytest.approx(theirs[place]["precision"], abs=1e-12)
        assert score["recall"] == pytest.approx(theirs[place]["recall"], abs=1e-12)
        assert score["f1"] == pytest.approx(theirs[place]["f1-score"], abs=1e-12)
    assert labels["a"]["support"] == theirs["a"]["support"]


def test_an_inside_tag_that_continues_nothing_is_no_entity() -> None:
    assert entities_of(["I-a", "O", "B-a", "I-b", "I-a", "B-b", "B-b", "I-b"]) == {
        ("a", 2, 3),
        ("b", 5, 6),
        ("b", 6, 8),
    }


def test_boundaries_and_labels_must_be_exact() -> None:
    gold = ["B-a", "I-a", "O", "B-b"]
    counts = count_document(gold, ["B-a", "O", "O", "B-a"])
    assert counts.row() == [2, 0, 2, 2]
    assert count_document(gold, gold).scores() == {"accuracy": 1, "precision": 1, "recall": 1, "f1": 1, "macroF1": 1}


def test_finding_nothing_scores_the_share_of_outside_tokens() -> None:
    scores = count_document(["B-a", "O", "O", "O"], ["O"] * 4).scores()
    assert scores == {"accuracy": 0.75, "precision": 0, "recall": 0, "f1": 0, "macroF1": 0}
    assert Counts().scores() == {"accuracy": 0, "precision": 0, "recall": 0, "f1": 0, "macroF1": 0}
