"""Evaluate as SageMaker runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from job_folders import (
    assert_valid,
    digest,
    make_evaluation_job,
    make_rows,
    make_training_job,
    read,
    run_job,
)


def results(job: Path) -> tuple[dict[str, dict[str, dict[str, float]]], list[dict[str, list[int]]]]:
    output = job / "processing/output/evaluation"
    lines = (output / "documents.jsonl").read_text("utf-8").splitlines()
    return read(output / "metrics.json"), [json.loads(line) for line in lines]


def failure(job: Path) -> str:
    assert run_job("evaluate", job).returncode == 1
    assert not (job / "processing/output/evaluation/metrics.json").exists()
    return (job / "output/message").read_text("utf-8")


def test_scores_both_models_on_documents_that_the_champion_has_not_seen(tmp_path: Path, trained: Path) -> None:
    fresh, seen = make_rows(20, seed=2), make_rows(5, seed=1)  # seed 1: the first documents of the training rows
    job = make_evaluation_job(tmp_path / "ml", [*fresh, *seen], trained / "model", champion=trained / "model")
    ended = run_job("evaluate", job)
    assert ended.returncode == 0, ended.stderr
    metrics, documents = results(job)
    assert_valid(metrics, "evaluation")
    assert metrics["documents"] == 20 == len(documents)
    assert metrics["excludedDocuments"] == 5
    assert metrics["tokens"] == sum(len(row["tokens"]) for row in fresh)
    assert metrics["entities"] == sum(tag.startswith("B-") for row in fresh for tag in row["tags"])
    assert metrics["challenger"]["perLabel"] == metrics["champion"]["perLabel"]
    assert metrics["challenger"]["scores"]["f1"] > 0.9
    archive = job / "processing/input/challenger/model.tar.gz"
    assert metrics["challenger"]["modelSha256"] == digest(archive)
    outside = sum(tag == "O" for row in fresh for tag in row["tags"])
    assert metrics["baseline"]["accuracy"] == outside / metrics["tokens"]
    for line in documents:
        assert_valid(line, "document-counts")
    right, found, invented, missed = (sum(line["challenger"][place] for line in documents) for place in range(4))
    assert metrics["challenger"]["scores"]["accuracy"] == right / metrics["tokens"]
    assert metrics["challenger"]["scores"]["f1"] == 2 * found / (2 * found + invented + missed)


def test_counts_a_label_that_the_model_does_not_know_as_missed(tmp_path: Path, trained: Path) -> None:
    rows = [{"document": "d" * 16, "tokens": ["fever", "CT"], "tags": ["B-problem", "B-drug"]}]
    job = make_evaluation_job(tmp_path / "ml", rows, trained / "model")
    labels = job / "processing/input/labels/labels.json"
    labels.write_text(json.dumps(["problem", "drug"]), "utf-8")
    assert run_job("evaluate", job).returncode == 0
    metrics, documents = results(job)
    assert_valid(metrics, "evaluation")
    assert metrics["champion"] is None
    assert metrics["challenger"]["perLabel"]["drug"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}
    assert metrics["challenger"]["perLabel"]["test"]["support"] == 0
    assert documents == [{"document": "d" * 16, "tokens": 2, "challenger": [1, 1, 1, 1], "champion": None}]


def test_scores_a_pretrained_model_that_lower_cases(tmp_path: Path, pretrained_base: Path) -> None:
    rows = make_rows(30, seed=3)
    job = make_training_job(tmp_path / "train", pretrained_base, rows, epochs="3", learningRate="1e-3")
    ended = run_job("train", job)
    assert ended.returncode == 0, ended.stderr
    assert read(job / "model/manifest.json")["lowerCase"] is True
    scored = make_evaluation_job(tmp_path / "ml", make_rows(10, seed=4), job / "model")
    ended = run_job("evaluate", scored)
    assert ended.returncode == 0, ended.stderr
    assert results(scored)[0]["challenger"]["scores"]["f1"] > 0.9


@pytest.mark.parametrize(("name", "error"), [("challenger", "EvaluationFailed"), ("champion", "ChampionUnreadable")])
def test_blames_the_model_that_has_no_manifest(tmp_path: Path, trained: Path, name: str, error: str) -> None:
    partial = shutil.copytree(trained / "model", tmp_path / "partial")
    (partial / "manifest.json").unlink()
    models = {"challenger": trained / "model", "champion": trained / "model", name: partial}
    job = make_evaluation_job(tmp_path / "ml", make_rows(1, seed=2), **models)
    assert failure(job) == f"{error}: manifest.json: expected a file in {name}/, found none"


def test_refuses_a_tokenizer_that_lower_cases_against_the_manifest(tmp_path: Path, trained: Path) -> None:
    changed = shutil.copytree(trained / "model", tmp_path / "changed")
    manifest = read(changed / "manifest.json")
    (changed / "manifest.json").write_text(json.dumps(manifest | {"lowerCase": True}), "utf-8")
    job = make_evaluation_job(tmp_path / "ml", make_rows(1, seed=2), changed)
    assert failure(job).startswith("EvaluationFailed: tokenizer.json: expected lower-casing to be True")
