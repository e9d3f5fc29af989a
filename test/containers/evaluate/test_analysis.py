"""What Evaluate tells of errors: the matching of keyphrases by itself, then the files that a job writes."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from pbp_jobs.analysis.confusion import MOST_PAIRS, Confusion
from pbp_jobs.analysis.errors import MOST_SUSPECTS, surest
from pbp_jobs.analysis.items import HOWS, Comparison, match, relation, union
from pbp_jobs.kinds import KINDS
from pbp_jobs.kinds.classes import MOST_CONFUSED, Said
from pbp_jobs.scoring import count_document, entities_of

import pytest
from class_folders import CLASSES, make_class_evaluation, make_texts, succeed
from job_folders import assert_valid, make_evaluation_job, make_rows, read, write_rows
from test_evaluate_job import relabelled

CANARY = "Zebrafishcanary"


def hows(gold: str, given: str) -> list[tuple[str, tuple[int, int]]]:
    return [(relation(*pair), union(*pair)) for pair in match(entities_of(gold.split()), entities_of(given.split()))]


def test_names_how_a_keyphrase_differs() -> None:
    gold = "O B-a I-a O B-a I-a I-a B-b O B-a I-a O B-a O O B-b"
    said = "B-a I-a I-a O B-a O O B-a O O B-a I-a O B-a O B-b"
    assert hows(gold, said) == [
        ("longer", (0, 3)),
        ("shorter", (4, 7)),
        ("otherLabel", (7, 8)),
        ("overlapping", (9, 12)),
        ("missed", (12, 13)),
        ("invented", (13, 14)),
        ("exact", (15, 16)),
    ]


def test_a_keyphrase_cut_in_two_is_too_short_once_and_the_rest_invented() -> None:
    assert hows("B-a I-a I-a I-a", "B-a B-a I-a I-a") == [("invented", (0, 1)), ("shorter", (0, 4))]
    # Of equal overlaps, the one with the right label.
    assert hows("B-a I-a", "B-b B-a") == [("invented", (0, 1)), ("shorter", (0, 2))]


@pytest.mark.parametrize("seed", range(20))
def test_every_keyphrase_is_told_once(seed: int) -> None:
    choose = random.Random(seed)
    tags = ["O", "B-a", "I-a", "B-b", "I-b"]
    for _ in range(50):
        length = choose.randint(1, 25)
        gold, given = (choose.choices(tags, weights=[3, 2, 4, 2, 4], k=length) for _ in range(2))
        golds, others = entities_of(gold), entities_of(given)
        pairs = match(golds, others)
        assert Counter(one for one, _ in pairs if one) == Counter(golds), f"seed {seed}"
        assert Counter(other for _, other in pairs if other) == Counter(others), f"seed {seed}"
        found = Counter(relation(*pair) for pair in pairs)
        counts = count_document(gold, given)
        assert found["exact"] == counts.found.total(), f"seed {seed}"
        assert found.total() - found["invented"] == counts.items, f"seed {seed}"
        for one, other in pairs:
            if one and other:
                assert max(one[1], other[1]) < min(one[2], other[2]), f"seed {seed}"
        # Nobody who is left alone overlaps another one who is.
        lonely = [one for one, other in pairs if one and not other]
        assert not any(
            max(one[1], other[1]) < min(one[2], other[2]) for one in lonely for gold_, other in pairs if gold_ is None
        ), f"seed {seed}"


def test_of_many_labels_the_largest_confusions_are_told_and_the_rest_counted() -> None:
    confusion = Confusion()
    for number in range(1000):
        confusion.add(Comparison([], [(f"l{number:03}", f"l{(number + 1) % 1000:03}")] * (1 + number % 7)))
    told = confusion.as_json([f"l{number:03}" for number in range(1000)])
    assert len(told["labels"]) == 1000
    assert len(told["pairs"]) == MOST_PAIRS
    assert told["pairs"][0] == {"gold": "l006", "predicted": "l007", "count": 7}
    every, shown = sum(1 + number % 7 for number in range(1000)), 142 * 7 + 143 * 6 + 15 * 5
    assert told["rest"] == {"pairs": 700, "count": every - shown}


def test_a_text_of_too_many_wrong_classes_says_nothing_about_pairs() -> None:
    right = Said(frozenset(f"a{number}" for number in range(20)))
    given = Said(frozenset(f"b{number}" for number in range(20)))
    comparison = KINDS["multi-label"].compare([], right, given)
    assert len(comparison.items) == 40 and comparison.confused == [] and MOST_CONFUSED < 400


def test_suspects_are_the_surest_of_each_sort_in_turn() -> None:
    # As it is: the model is surest of what it takes for nothing.
    kinds = [("missed", 0.9), *[("invented", 0.5)] * 2, ("longer", 0.3), ("shorter", 0.2)]
    errors = [
        {"document": f"{number % 50:016x}", "start": number, "end": number + 1, "gold": "a", "predicted": None}
        | {"kind": kind, "score": least + (number * 7919 % 1000) / 10_000}
        for number in range(3000)
        for kind, least in [kinds[number % len(kinds)]]
    ] + [{"document": "f" * 16, "kind": "otherLabel", "gold": "a", "predicted": "b", "score": 0.01}]
    ranked = surest(errors)
    assert len(ranked) == MOST_SUSPECTS
    turn = [one["kind"] for one in ranked[:7]]
    assert turn == ["invented", "otherLabel", "longer", "missed", "invented", "longer", "missed"]
    for sort in (["invented"], ["longer", "shorter", "overlapping"], ["missed"]):
        scores = [one["score"] for one in errors if one["kind"] in sort]
        told = [one["score"] for one in ranked if one["kind"] in sort]
        assert len(told) == 333 and told == sorted(scores, reverse=True)[:333]
    shuffled = random.Random(1).sample(errors, len(errors))
    assert surest(shuffled) == ranked
    # Pruned as they come, as in a long job.
    assert surest(surest(shuffled[:2500]) + shuffled[2500:]) == ranked


def lines_of(job: Path, name: str) -> list[dict[str, Any]]:
    text = (job / "processing/output/evaluation" / name).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def add_channels(job: Path, facets: list[dict[str, Any]], train: list[dict[str, Any]]) -> None:
    write_rows(job / "processing/input/facets/facets.jsonl", facets)
    write_rows(job / "processing/input/train/train.jsonl", train)


def analysed(job: Path) -> dict[str, Any]:
    ended = succeed("evaluate", job)
    analysis = read(job / "processing/output/evaluation/analysis.json")
    assert_valid(analysis, "analysis")
    for line in [*lines_of(job, "errors.jsonl"), *lines_of(job, "suspects.jsonl")]:
        assert_valid(line, "model-error")
    written = (job / "processing/output/evaluation").iterdir()
    assert not any(CANARY.lower() in path.read_text("utf-8").lower() for path in written)
    assert CANARY.lower() not in (ended.stdout + ended.stderr).lower()
    return analysis


def test_tells_what_the_model_gets_wrong_and_finds_planted_label_errors(tmp_path: Path, trained: Path) -> None:
    rows = make_rows(40, seed=2)
    # The model knows better: a keyphrase whose label was taken away, and one that got the other label.
    (lost, lost_at), (other, other_at) = [
        (row, row["tags"].index("B-problem")) for row in rows if {"B-problem", "B-test"} <= {*row["tags"]}
    ][:4:3]
    for row, place, tag in ((lost, lost_at, "O"), (other, other_at, "test")):
        while row["tags"][place].endswith("-problem"):
            row["tags"][place] = tag if tag == "O" else row["tags"][place][:2] + tag
            place += 1
            if row["tags"][place : place + 1] in ([], ["B-problem"]):
                break
    rows.append({"document": "c" * 16, "tokens": [CANARY, "a", "fever"], "tags": ["B-test", "O", "B-problem"]})
    documents = list(dict.fromkeys(row["document"] for row in rows))
    facets = [
        {"document": document, "facets": {"specialty": "Urology" if number % 2 else "Oncology", "ward": f"w{number}"}}
        for number, document in enumerate(documents[:30])
    ]
    job = make_evaluation_job(tmp_path / "ml", rows, trained / "model", champion=trained / "model")
    add_channels(job, [*facets, {"document": "d" * 16, "facets": {"ward": "none of these"}}], make_rows(60, seed=1))
    analysis = analysed(job)
    metrics = read(job / "processing/output/evaluation/metrics.json")
    challenger = analysis["challenger"]
    assert analysis["champion"] == challenger, "the same model on the same rows"
    assert challenger["precision"] == "float32"
    assert analysis["documents"] == metrics["documents"] == 41

    # Boundaries and confusion count the same items as the scores do
    gold = sum(tag.startswith("B-") for row in rows for tag in row["tags"])
    boundaries = challenger["boundaries"]
    assert list(boundaries) == list(HOWS)
    assert sum(boundaries.values()) - boundaries["invented"] == gold == metrics["items"]
    assert challenger["errors"] == sum(boundaries.values()) - boundaries["exact"] == len(lines_of(job, "errors.jsonl"))
    for told in challenger["confusion"]["labels"]:
        found = metrics["challenger"]["perLabel"][told["label"]]
        assert told["right"] == round(found["recall"] * found["support"])
    pairs = {(one["gold"], one["predicted"]): one["count"] for one in challenger["confusion"]["pairs"]}
    assert pairs["test", "problem"] >= 1

    # Slices add up to the whole
    by_length = challenger["byLength"]
    assert sum(one["documents"] for one in by_length) == 41
    assert sum(one["items"] for one in by_length) == gold
    specialty, ward = challenger["byFacet"]
    assert [(one["value"], one["documents"]) for one in specialty["values"]] == [("Oncology", 15), ("Urology", 15)]
    assert specialty["rest"] is None and specialty["without"]["documents"] == 11
    assert ward["values"] == [] and (ward["rest"]["values"], ward["rest"]["documents"]) == (30, 30)
    by_seen = challenger["bySeen"]
    assert [(one["from"], one["to"]) for one in by_seen] == [(0, 0), (1, 4), (5, 19), (20, None)]
    assert sum(one["items"] for one in by_seen) == gold
    assert by_seen[0]["items"] == 1, "no phrase but the canary is new"
    assert by_seen[3]["items"] == gold - 1

    # Every error has its place, and with it the gold tags
    tags_of_document: dict[str, list[str]] = {}
    for row in rows:
        tags_of_document.setdefault(row["document"], []).extend(row["tags"])
    for error in lines_of(job, "errors.jsonl"):
        if error["gold"]:
            assert (error["gold"], error["start"], error["end"]) in entities_of(tags_of_document[error["document"]])
        if error["kind"] != "otherLabel":
            assert ("predictedStart" in error) == (error["kind"] in ("longer", "shorter", "overlapping"))

    # What was planted is what the model is surest of
    suspects = lines_of(job, "suspects.jsonl")
    planted = {(lost["document"], "invented", None), (other["document"], "otherLabel", "test")}
    assert planted <= {(one["document"], one["kind"], one["gold"]) for one in suspects[:8]}
    assert suspects == surest(lines_of(job, "errors.jsonl"))


def test_does_without_channels_that_an_older_execution_does_not_give(tmp_path: Path, trained: Path) -> None:
    analysis = analysed(make_evaluation_job(tmp_path / "ml", make_rows(5, seed=2), trained / "model"))
    assert analysis["champion"] is None
    assert analysis["challenger"]["byFacet"] == [] and analysis["challenger"]["bySeen"] is None


def test_tells_of_labels_that_only_the_champion_knows(tmp_path: Path, trained: Path) -> None:
    other = relabelled(trained / "model", tmp_path / "other", {"problem": "disease"})
    job = make_evaluation_job(tmp_path / "ml", make_rows(5, seed=2), trained / "model", champion=other)
    champion = analysed(job)["champion"]
    assert [one["label"] for one in champion["confusion"]["labels"]] == ["problem", "test"]
    assert {(one["gold"], one["predicted"]) for one in champion["confusion"]["pairs"]} == {("problem", "disease")}


@pytest.mark.parametrize(("kind", "algorithm"), [("single-label", "linear"), ("multi-label", "transformer")])
def test_tells_which_classes_are_confused(
    tmp_path: Path, class_models: dict[tuple[str, str], Path], kind: str, algorithm: str
) -> None:
    rows = make_texts(80, 3, kind)
    planted = next(row for row in rows if row["classes"] == ["imaging"])
    planted["classes"] = ["laboratory"]
    rows.append({"document": "c" * 16, "text": f"{CANARY} the patient", "classes": ["symptoms"]})
    folder = class_models[kind, algorithm]
    job = make_class_evaluation(tmp_path / "ml", rows, folder)
    facets = [{"document": row["document"], "facets": {"channel": "fax"}} for row in rows[:20]]
    add_channels(job, facets, make_texts(120, 1, kind))
    analysis = analysed(job)
    metrics = read(job / "processing/output/evaluation/metrics.json")
    challenger = analysis["challenger"]
    assert challenger["boundaries"] is None
    assert challenger["precision"] == ("float64" if algorithm == "linear" else "float32")
    pairs = {(one["gold"], one["predicted"]): one["count"] for one in challenger["confusion"]["pairs"]}
    assert pairs["laboratory", "imaging"] >= 1
    told = {one["label"]: one for one in challenger["confusion"]["labels"]}
    for label in CLASSES:
        support = metrics["challenger"]["perLabel"][label]["support"]
        confused = sum(count for (gold, _), count in pairs.items() if gold == label)
        assert told[label]["right"] + told[label]["missed"] + (confused if kind == "single-label" else 0) == support
    assert challenger["byLength"][0]["from"] == 1
    assert sum(one["documents"] for one in challenger["byLength"]) == 81
    assert challenger["byFacet"][0]["values"][0]["documents"] == 20
    assert sum(one["items"] for one in challenger["bySeen"]) == metrics["items"]
    assert challenger["bySeen"][3]["f1"] == pytest.approx(metrics["challenger"]["scores"]["f1"])
    [*_, last] = lines_of(job, "suspects.jsonl")
    assert "start" not in last
    assert planted["document"] in {one["document"] for one in lines_of(job, "suspects.jsonl")[:6]}
