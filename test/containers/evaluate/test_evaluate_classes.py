"""Evaluate of the class kinds, as SageMaker runs it; scikit-learn is the oracle."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pbp_jobs.contract import TABLES
from pbp_jobs.kinds import is_suspicious
from pbp_jobs.kinds.classes import gold_of

import numpy as np
import pytest
from class_folders import CLASSES, make_class_evaluation, make_texts, probabilities, succeed
from job_folders import assert_valid, digest, read, run_job
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score


def evaluate(job: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    succeed("evaluate", job)
    output = job / "processing/output/evaluation"
    lines = (output / "documents.jsonl").read_text("utf-8").splitlines()
    return read(output / "metrics.json"), [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("single-label", "transformer"), ("multi-label", "linear"), ("multi-label", "frozen")]
)
def test_scores_a_model_by_its_own_decisions(
    tmp_path: Path, class_models: dict[tuple[str, str], Path], kind: str, algorithm: str
) -> None:
    """scikit-learn is the oracle, from the lines of documents.jsonl and from probabilities computed here."""
    rows = make_texts(80, 3, kind)
    folder = class_models[kind, algorithm]
    metrics, lines = evaluate(make_class_evaluation(tmp_path / "ml", rows, folder, champion=folder))
    assert_valid(metrics, "evaluation")
    for line in lines:
        assert_valid(line, "document-counts")
    assert metrics["challenger"] == metrics["champion"]
    gold = gold_of([row["classes"] for row in rows], CLASSES)
    said = np.zeros_like(gold)
    for row, line in zip(said, lines, strict=True):
        row[line["classes"]["challenger"]] = True
    assert [line["classes"]["gold"] for line in lines] == [list(np.flatnonzero(row)) for row in gold]
    scores = metrics["challenger"]["scores"]
    units = 80 if kind == "single-label" else 240
    assert metrics["units"] == units and metrics["items"] == gold.sum()
    right = (said == gold).all(1).sum() if kind == "single-label" else (said == gold).sum()
    assert scores["accuracy"] == right / units == sum(line["challenger"][0] for line in lines) / units
    assert scores["f1"] == pytest.approx(f1_score(gold, said, average="micro"))
    assert scores["macroF1"] == pytest.approx(f1_score(gold, said, average="macro", zero_division=0))
    assert metrics["challenger"]["subsetAccuracy"] == (said == gold).all(1).mean()
    assert metrics["challenger"]["emptyPredictions"] == (~said.any(1)).mean()
    assert 0 <= metrics["challenger"]["calibrationError"] < 0.35
    shares = probabilities(folder, [row["text"] for row in rows], kind)
    coverage = metrics["challenger"]["coverage"]
    assert coverage["precision"] == 0.95
    least = shares.max(1) if kind == "single-label" else np.where(said, shares, 1 - shares).min(1)
    sure = least >= coverage["threshold"]
    assert sure.any() and coverage["share"] == sure.mean()
    assert coverage["reached"] == (said == gold).all(1)[sure].mean()
    for place, label in enumerate(CLASSES):
        found = metrics["challenger"]["perLabel"][label]
        assert found["auroc"] == pytest.approx(roc_auc_score(gold[:, place], shares[:, place]))
        assert found["averagePrecision"] == pytest.approx(average_precision_score(gold[:, place], shares[:, place]))
    constant = "majority" if kind == "single-label" else "mostFrequent"
    commonest = gold.sum(0).max()
    assert set(metrics["baselines"]) == {"nothing", constant}
    assert metrics["baselines"][constant]["f1"] == pytest.approx(2 * commonest / (80 + gold.sum()))


def test_compares_over_the_classes_that_both_models_know(
    tmp_path: Path, class_models: dict[tuple[str, str], Path]
) -> None:
    folder = class_models["multi-label", "linear"]
    other = shutil.copytree(folder, tmp_path / "other")
    names = {"imaging": "radiology"}
    manifest = read(other / "manifest.json")
    config, decision = read(other / "config.json"), read(other / "decision.json")
    labels = [names.get(label, label) for label in CLASSES]
    config |= {"id2label": dict(enumerate(labels)), "label2id": {label: n for n, label in enumerate(labels)}}
    for name, value in (("config.json", config), ("labels.json", labels), ("decision.json", decision)):
        (other / name).write_text(json.dumps(value), "utf-8")
        manifest["files"][name] = digest(other / name)
    (other / "manifest.json").write_text(json.dumps(manifest | {"labels": labels}), "utf-8")
    rows = make_texts(30, 4, "multi-label")
    metrics, lines = evaluate(make_class_evaluation(tmp_path / "ml", rows, folder, champion=other))
    assert_valid(metrics, "evaluation")
    assert metrics["comparedLabels"] == ["laboratory", "symptoms"]
    assert metrics["units"] == 60
    assert metrics["challenger"]["scores"] == metrics["champion"]["scores"]
    assert all(0 not in line["classes"][who] for line in lines for who in ("gold", "challenger", "champion"))
    assert metrics["champion"]["perLabel"]["imaging"]["recall"] == 0
    assert "auroc" not in metrics["champion"]["perLabel"]["imaging"]


def test_refuses_a_champion_of_another_kind(tmp_path: Path, class_models: dict[tuple[str, str], Path]) -> None:
    rows = make_texts(5, 5, "single-label")
    job = make_class_evaluation(
        tmp_path / "ml", rows, class_models["single-label", "linear"], champion=class_models["multi-label", "linear"]
    )
    assert run_job("evaluate", job).returncode == 1
    expected = "ChampionUnreadable: champion/model.tar.gz: expected a model of the kind single-label"
    assert (job / "output/message").read_text("utf-8") == expected


def test_names_a_word_that_gives_the_answer_away(tmp_path: Path, class_models: dict[tuple[str, str], Path]) -> None:
    rows = [
        {"document": f"{number:016x}", "text": f"{word} the patient", "classes": [name]}
        for number, (word, name) in enumerate([("CT", "imaging"), ("fever", "symptoms")] * 25)
    ]
    metrics, _ = evaluate(make_class_evaluation(tmp_path / "ml", rows, class_models["single-label", "linear"]))
    assert_valid(metrics, "evaluation")
    assert metrics["separatedBy"] in ({"word": "ct", "documents": 25}, {"word": "fever", "documents": 25})


def test_looks_for_such_a_word_where_the_gate_warns() -> None:
    for kind, words in json.loads((TABLES / "kinds.json").read_bytes()).items():
        limit = words["suspiciousAbove"]
        for metric in words["metrics"]:
            scores = dict.fromkeys(words["metrics"], 0.5)
            assert not is_suspicious(kind, scores | {metric: limit or 1.0})
            assert is_suspicious(kind, scores | {metric: 1.0}) == (limit is not None)
