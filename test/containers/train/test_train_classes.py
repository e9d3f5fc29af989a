"""Train of the class kinds, as SageMaker runs it."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

from pbp_jobs.contract import CONTAINERS, JobError, Paths, StopSignal
from train.task import read_task

import pytest
from class_folders import CLASS_KINDS, CLASS_MODELS, CLASSES, make_class_job, make_texts, probabilities, succeed
from job_folders import assert_valid, command, environment, log_of, read, warm_jobs, without_dropout
from several_hosts import write_resource_config
from test_train_job import interrupt_at_checkpoint


@pytest.mark.parametrize(("kind", "algorithm"), CLASS_MODELS)
def test_leaves_a_model_with_what_was_fitted_on_the_validation_side(
    class_models: dict[tuple[str, str], Path], kind: str, algorithm: str
) -> None:
    folder = class_models[kind, algorithm]
    manifest = read(folder / "manifest.json")
    assert_valid(manifest, "model-manifest")
    assert (manifest["kind"], manifest["algorithm"]) == (kind, algorithm)
    assert set(manifest["files"]) == {path.name for path in folder.iterdir()} - {"manifest.json"}
    config = read(folder / "config.json")
    assert config["problem_type"] == f"{kind.replace('-', '_')}_classification"
    assert [config["id2label"][str(number)] for number in range(3)] == CLASSES
    assert manifest["validation"]["documents"] == 60
    assert manifest["validation"]["metric"] == ("macroF1" if kind == "single-label" else "f1")
    assert manifest["validation"]["score"] > (0.6 if algorithm == "frozen" else 0.9)  # its base model is random
    decision = read(folder / "decision.json")
    assert decision["temperature"] > 0
    assert decision["reject"]["precision"] == 0.95
    seen = (folder / "train-documents.txt").read_text("utf-8").split()
    assert len(seen) == 180 and seen == sorted(seen)


def test_says_at_the_end_what_the_service_reads_the_score_from(tmp_path: Path) -> None:
    rows, validation = make_texts(60, 1, "single-label"), make_texts(30, 2, "single-label")
    job = make_class_job(tmp_path / "ml", None, "single-label", rows, validation, algorithm="linear")
    ended = succeed("train", job)
    found = re.findall(r"^validation: score=(\S+) error=(\S+) documents=(\d+)$", ended.stdout + ended.stderr, re.M)
    said = read(job / "model/manifest.json")["validation"]
    assert found == [(f"{said['score']:.6f}", f"{said['standardError']:.6f}", "30")]


def test_goes_on_after_sigterm_to_the_same_bits_with_early_stopping(tmp_path: Path, clinical_base: Path) -> None:
    rows, validation = make_texts(60, 6, "multi-label", 40), make_texts(30, 7, "multi-label", 40)
    jobs = [
        make_class_job(
            tmp_path / name, clinical_base, "multi-label", rows, validation, epochs="30", patience="2", seed="3"
        )
        for name in ("whole", "interrupted")
    ]
    ended = succeed("train", jobs[0])
    manifest = read(jobs[0] / "model/manifest.json")
    best = max(line["validation"]["score"] for line in log_of(jobs[0]) if "validation" in line)
    assert manifest["validation"]["score"] == best
    assert "stopped after epoch" in ended.stderr
    status, _ = interrupt_at_checkpoint(jobs[1], signal.SIGTERM)
    assert status == 128 + signal.SIGTERM
    said = succeed("train", jobs[1]).stderr
    assert "going on from step" in said
    assert read(jobs[1] / "model/manifest.json") == manifest
    assert [line["step"] for line in log_of(jobs[1])] == [line["step"] for line in log_of(jobs[0])]


@pytest.mark.parametrize("algorithm", ["linear", "frozen"])
def test_a_fit_logs_each_iteration_and_what_it_scored(tmp_path: Path, clinical_base: Path, algorithm: str) -> None:
    rows, validation = make_texts(60, 1, "multi-label"), make_texts(30, 2, "multi-label")
    base = clinical_base if algorithm == "frozen" else None
    job = make_class_job(tmp_path / "ml", base, "multi-label", rows, validation, algorithm=algorithm)
    succeed("train", job)
    *steps, last = log_of(job)
    manifest = read(job / "model/manifest.json")
    assert [line["step"] for line in steps] == list(range(1, manifest["steps"] + 1))
    assert steps[0]["priorLoss"] > steps[-1]["loss"] == pytest.approx(manifest["finalLoss"], abs=1e-6)
    scored = {name: value for name, value in last["validation"].items() if name != "loss"}
    assert scored == manifest["validation"] and last["validation"]["loss"] > 0


@pytest.mark.parametrize(
    ("hyperparameters", "expected"),
    [
        ({"kind": "sentiment"}, "kind: expected one of keyphrases, single-label, multi-label"),
        ({"algorithm": "fasttext"}, "hyperparameter algorithm: expected linear or frozen or transformer"),
        ({"classWeights": "heavy"}, "hyperparameter classWeights: expected none or balanced"),
        ({"patience": "2"}, "hyperparameter patience: expected 0, since there is no validation side"),
    ],
)
def test_refuses_what_it_cannot_train_by_name(tmp_path: Path, hyperparameters: dict[str, str], expected: str) -> None:
    rows = make_texts(4, 1, "single-label")
    job = make_class_job(tmp_path, None, rows=rows, **{"kind": "single-label", "algorithm": "linear"} | hyperparameters)
    assert refusal(job) == f"TrainingFailed: {expected}"


def refusal(job: Path) -> str:
    with pytest.raises(JobError) as refused:
        read_task(Paths(job), StopSignal())
    return f"{refused.value.name}: {refused.value.message}"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"classes": ["CANARYCLASS"]}, "train.jsonl: expected only classes of labels.json"),
        ({"classes": ["imaging", "symptoms"]}, "train.jsonl: expected a text with one class at line 2"),
        ({"classes": []}, "train.jsonl: expected a text with one class at line 2"),
    ],
)
def test_says_nothing_of_the_data_when_a_row_is_wrong(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    rows = make_texts(3, 1, "single-label")
    rows[1] |= {"text": "CANARYTEXT", **change}
    job = make_class_job(tmp_path, None, "single-label", rows, algorithm="linear")
    assert refusal(job) == f"TrainingFailed: {expected}"


def test_balanced_classes_find_more_of_the_rare_one(tmp_path: Path, clinical_base: Path) -> None:
    """Where the words do not decide it: every tenth of equal texts is of the rare class."""
    rows = [
        {
            "document": f"{number:016x}",
            "text": "the patient had fever",
            "classes": ["imaging" if number % 10 else "symptoms"],
        }
        for number in range(100)
    ]
    for weights, likeliest in (("none", "imaging"), ("balanced", None)):
        job = make_class_job(
            tmp_path / weights, None, "single-label", rows, rows[:30], algorithm="linear", classWeights=weights
        )
        succeed("train", job)
        # Under equal weights the two classes are as likely: the temperature can only make both surer.
        shares = probabilities(job / "model", ["the patient had fever"], "single-label")[0]
        if likeliest:
            assert CLASSES[int(shares.argmax())] == likeliest
            assert shares.max() > 0.8
        else:
            assert abs(shares[0] - shares[2]) < 0.4


@pytest.mark.parametrize("kind", CLASS_KINDS)
def test_a_transformer_starts_with_the_head_of_a_frozen_model(tmp_path: Path, clinical_base: Path, kind: str) -> None:
    rows, validation = make_texts(60, 8, kind), make_texts(30, 9, kind)
    texts = [row["text"] for row in validation]
    given = []
    for algorithm in ("frozen", "transformer"):
        job = make_class_job(
            tmp_path / algorithm,
            clinical_base,
            kind,
            rows,
            validation,
            algorithm=algorithm,
            epochs="1",
            learningRate="1e-9",
        )
        succeed("train", job)
        given.append(probabilities(job / "model", texts, kind))
    frozen, transformer = given
    assert abs(frozen - 1 / 2).mean() > 0.1  # a head of noise is not that sure of anything
    assert abs(frozen - transformer).max() < 0.05  # the one read the texts in fp32, the other in bf16


def test_two_processes_train_and_validate_as_one_does(tmp_path: Path, clinical_base: Path) -> None:
    """But for dropout, which each draws for itself: hence none."""
    base = without_dropout(clinical_base, tmp_path / "base")
    rows, validation = make_texts(60, 6, "multi-label", 40), make_texts(31, 7, "multi-label", 40)
    manifests = []
    launch = tmp_path / "launch.py"
    launch.write_text(
        "from pbp_jobs.contract import run_job; from pbp_jobs.hosts import Hosts; from train.launch import launch;"
        "hosts = Hosts('algo-1', ('algo-1',), 'lo');"
        "run_job('training', 'TrainingFailed', lambda paths, stop: launch(paths, stop, hosts, 2))"
    )
    for name, script in (("alone", Path(command("train")[1])), ("together", launch)):
        job = make_class_job(tmp_path / name, base, "multi-label", rows, validation, epochs="6", patience="5")
        ended = warm_jobs().run(script, environment(job) | {"PYTHONPATH": str(CONTAINERS), "GLOO_SOCKET_IFNAME": "lo"})
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr.count("validation: score=") == 1
        manifests.append(read(job / "model/manifest.json"))
    alone, together = manifests
    assert together["steps"] == alone["steps"]
    assert together["finalLoss"] == pytest.approx(alone["finalLoss"], rel=0.02)
    assert together["validation"]["score"] == pytest.approx(alone["validation"]["score"], abs=0.03)


def test_a_second_host_leaves_what_one_process_trains_to_the_first(tmp_path: Path) -> None:
    rows = make_texts(20, 1, "single-label")
    job = make_class_job(tmp_path, None, "single-label", rows, algorithm="linear")
    write_resource_config(job, "input/config", "algo-2", ["algo-1", "algo-2"])
    succeed("train", job)
    assert not (job / "model").exists()
