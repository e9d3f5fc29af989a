"""Evaluate as SageMaker runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from pbp_jobs.tokens import tags_of

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
    assert metrics["units"] == sum(len(row["tokens"]) for row in fresh)
    assert metrics["items"] == sum(tag.startswith("B-") for row in fresh for tag in row["tags"])
    assert metrics["challenger"]["perLabel"] == metrics["champion"]["perLabel"]
    assert metrics["challenger"]["scores"]["f1"] > 0.9
    archive = job / "processing/input/challenger/model.tar.gz"
    assert metrics["challenger"]["modelSha256"] == digest(archive)
    outside = sum(tag == "O" for row in fresh for tag in row["tags"])
    assert metrics["baselines"]["nothing"]["accuracy"] == outside / metrics["units"]
    for line in documents:
        assert_valid(line, "document-counts")
    right, found, invented, missed = (sum(line["challenger"][place] for line in documents) for place in range(4))
    assert metrics["challenger"]["scores"]["accuracy"] == right / metrics["units"]
    assert metrics["challenger"]["scores"]["f1"] == 2 * found / (2 * found + invented + missed)


def test_refuses_a_challenger_of_other_labels_than_the_test_set(tmp_path: Path, trained: Path) -> None:
    job = make_evaluation_job(tmp_path / "ml", make_rows(1, seed=2), trained / "model")
    (job / "processing/input/labels/labels.json").write_text(json.dumps(["problem", "drug"]), "utf-8")
    assert failure(job).startswith("EvaluationFailed: challenger/model.tar.gz: expected a model of the labels")


def test_compares_over_the_labels_that_both_models_know(tmp_path: Path, trained: Path) -> None:
    other = relabelled(trained / "model", tmp_path / "other", {"problem": "disease"})
    words = {"tokens": ["fever", "and", "CT"], "tags": ["B-problem", "O", "B-test"]}
    rows = [{"document": f"{number:016x}", **words} for number in range(3)]
    job = make_evaluation_job(tmp_path / "ml", rows, trained / "model", champion=other)
    ended = run_job("evaluate", job)
    assert ended.returncode == 0, ended.stderr
    metrics, documents = results(job)
    assert_valid(metrics, "evaluation")
    assert metrics["comparedLabels"] == ["test"]
    assert metrics["items"] == 3
    assert metrics["baselines"]["nothing"]["accuracy"] == 6 / 9
    assert metrics["challenger"]["scores"] == metrics["champion"]["scores"]
    assert all(line["challenger"] == line["champion"] == [3, 1, 0, 0] for line in documents)
    assert metrics["challenger"]["perLabel"]["problem"] == {"precision": 1, "recall": 1, "f1": 1, "support": 3}
    assert metrics["champion"]["perLabel"]["problem"] == {"precision": 0, "recall": 0, "f1": 0, "support": 3}
    assert metrics["champion"]["perLabel"]["disease"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_scores_nothing_where_the_champion_has_seen_everything(tmp_path: Path, trained: Path) -> None:
    job = make_evaluation_job(tmp_path / "ml", make_rows(5, seed=1), trained / "model", champion=trained / "model")
    assert run_job("evaluate", job).returncode == 0
    metrics, documents = results(job)
    assert_valid(metrics, "evaluation")
    assert documents == []
    assert (metrics["documents"], metrics["excludedDocuments"], metrics["units"]) == (0, 5, 0)
    assert metrics["champion"]["scores"] == {"accuracy": 0, "precision": 0, "recall": 0, "f1": 0, "macroF1": 0}


def relabelled(model: Path, folder: Path, names: dict[str, str]) -> Path:
    """The same model under other label names, as its own training would have written them."""
    shutil.copytree(model, folder)
    manifest = read(folder / "manifest.json")
    config = read(folder / "config.json")
    labels = [names.get(label, label) for label in manifest["labels"]]
    tags = tags_of(labels)
    config["id2label"] = {str(number): tag for number, tag in enumerate(tags)}
    config["label2id"] = {tag: number for number, tag in enumerate(tags)}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "labels.json").write_text(json.dumps(labels), "utf-8")
    files = manifest["files"] | {name: digest(folder / name) for name in ("config.json", "labels.json")}
    manifest |= {"labels": labels, "tags": tags, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def test_scores_a_pretrained_model_that_lower_cases(tmp_path: Path, pretrained_base: Path) -> None:
    rows = make_rows(16, seed=3)
    job = make_training_job(tmp_path / "train", pretrained_base, rows, epochs="2", learningRate="1e-3")
    ended = run_job("train", job)
    assert ended.returncode == 0, ended.stderr
    assert read(job / "model/manifest.json")["lowerCase"] is True
    scored = make_evaluation_job(tmp_path / "ml", make_rows(5, seed=4), job / "model")
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
