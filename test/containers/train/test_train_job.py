"""Train as SageMaker runs it: a child process, its folders, its signals."""

from __future__ import annotations

import json
import re
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

from train.training_log import TrainingLog

import pytest
from job_folders import (
    EPOCHS,
    assert_valid,
    digest,
    log_of,
    make_rows,
    make_training_job,
    read,
    run_job,
    start_job,
    write_base_manifest,
    write_rows,
)
from safetensors.torch import load_file, save_file
from several_hosts import finish, read_until


def test_leaves_a_model_that_its_manifest_vouches_for(trained: Path) -> None:
    manifest = read(trained / "model/manifest.json")
    assert_valid(manifest, "model-manifest")
    present = {path.name for path in (trained / "model").iterdir()} - {"manifest.json"}
    assert set(manifest["files"]) == present
    assert all(digest(trained / "model" / name) == manifest["files"][name] for name in present)
    assert manifest["lowerCase"] is False
    assert manifest["finalLoss"] < 0.3


def test_trains_on_every_gold_token(trained: Path) -> None:
    """A row of 120 words in windows of 32 pieces, a word of 80 pieces, a word without any: all are counted."""
    lines = (trained / "input/data/train/train.jsonl").read_text("utf-8").splitlines()
    manifest = read(trained / "model/manifest.json")
    assert manifest["trainRows"] == len(lines)
    assert manifest["trainTokens"] == sum(len(json.loads(line)["tokens"]) for line in lines)


def test_names_the_documents_it_has_seen_and_none_of_their_words(trained: Path) -> None:
    documents = (trained / "model/train-documents.txt").read_text("utf-8").splitlines()
    assert documents == sorted(set(documents))
    assert {"e" * 16, "f" * 16} <= set(documents)


def test_goes_on_after_sigterm_and_kill_to_the_same_bits(tmp_path: Path, trained: Path, clinical_base: Path) -> None:
    lines = (trained / "input/data/train/train.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    job = make_training_job(tmp_path / "ml", clinical_base, rows, epochs=EPOCHS)

    stopped, said = interrupt_at_checkpoint(job, signal.SIGTERM)
    assert stopped == 128 + signal.SIGTERM
    assert (job / "output/failure").read_text("utf-8").startswith("TrainingFailed: stopped by SIGTERM")
    assert not (job / "model/manifest.json").exists()

    killed, said = interrupt_at_checkpoint(job, signal.SIGKILL)
    assert killed == -signal.SIGKILL
    assert "going on from step" in said
    assert not (job / "model/manifest.json").exists()

    ended = run_job("train", job)
    assert ended.returncode == 0, ended.stderr
    assert "going on from step" in ended.stderr
    assert [untimed(line) for line in log_of(job)] == [untimed(line) for line in log_of(trained)]
    assert digest(job / "model/model.safetensors") == digest(trained / "model/model.safetensors")
    assert read(job / "model/manifest.json") == read(trained / "model/manifest.json")


def untimed(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in ("seconds", "piecesPerSecond", "busy")}


def test_logs_the_first_and_the_last_step_and_few_between(trained: Path) -> None:
    lines = log_of(trained)
    steps = read(trained / "model/manifest.json")["steps"]
    assert [line["step"] for line in lines] == sorted({line["step"] for line in lines})
    assert (lines[0]["step"], lines[-1]["step"], lines[-1]["epoch"]) == (1, steps, int(EPOCHS))
    assert lines[-1]["learningRate"] < lines[len(lines) // 2]["learningRate"]
    assert lines[0]["loss"] > lines[0]["priorLoss"] > lines[-1]["loss"]
    assert all(line["steps"] == steps and 0 <= line["busy"] <= 1 for line in lines)
    assert sum(line["seconds"] < next_one["seconds"] for line, next_one in pairwise(lines)) == len(lines) - 1


def test_a_log_of_many_steps_has_five_hundred_lines_spread_evenly(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path, prior_loss=1.0, steps=123_457)
    log.begin()
    for step in range(1, 123_458):
        log.step_begins()
        log.step_ended(step, 1 / step, 1, 1e-5, 100, shows=step == 123_457)
    lines = [json.loads(line) for line in log.file.read_text("utf-8").splitlines()]
    gaps = {later["step"] - earlier["step"] for earlier, later in pairwise(lines[1:-1])}
    assert 450 < len(lines) <= 502 and gaps == {247}
    assert lines[1]["loss"] == pytest.approx(sum(1 / step for step in range(2, 248)) / 246, abs=1e-6)


def test_a_place_that_takes_no_log_fails_no_training(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file where a folder belongs")
    log = TrainingLog(tmp_path / "checkpoints", prior_loss=None)
    log.begin()
    log.step_ended(1, 0.5)
    assert [line["step"] for line in log.lines] == [1]


def interrupt_at_checkpoint(job: Path, number: signal.Signals) -> tuple[int | None, str]:
    """Sends the signal when the job says that it saved a checkpoint; its exit status and what it had said."""
    process = start_job("train", job)
    said = read_until(process, lambda line: line.startswith("checkpoint saved"))
    process.send_signal(number)
    finish([process])
    return process.returncode, said


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("epochs", "1e3", "hyperparameter epochs: expected an integer from 1 to 100"),
        ("learningRate", "0.02", "hyperparameter learningRate: expected a number above 0 and at most 0.01"),
    ],
)
def test_refuses_a_hyperparameter_by_name(
    tmp_path: Path, clinical_base: Path, name: str, value: str, expected: str
) -> None:
    job = make_training_job(tmp_path / "ml", clinical_base, make_rows(1, seed=1), **{name: value})
    assert run_job("train", job).returncode == 1
    assert (job / "output/failure").read_text("utf-8") == f"TrainingFailed: {expected}"


def test_says_nothing_of_the_data_when_it_fails(tmp_path: Path, clinical_base: Path) -> None:
    rows = make_rows(2, seed=1)
    rows[1]["tags"][0] = "B-CANARYLABEL"
    rows[1]["tokens"][0] = "CANARYWORD"
    job = make_training_job(tmp_path / "ml", clinical_base, rows)
    ended = run_job("train", job)
    assert ended.returncode == 1
    failure = (job / "output/failure").read_text("utf-8")
    assert failure == "TrainingFailed: train.jsonl: expected only O and the B- and I- tags of labels.json"
    assert "CANARY" not in ended.stderr + ended.stdout


def test_refuses_a_base_model_that_is_not_what_its_manifest_says(tmp_path: Path, clinical_base: Path) -> None:
    job = make_training_job(tmp_path / "ml", clinical_base, make_rows(1, seed=1))
    (job / "input/data/model").unlink()
    (job / "input/data/model").mkdir()
    for path in clinical_base.iterdir():
        (job / "input/data/model" / path.name).write_bytes(path.read_bytes())
    with (job / "input/data/model/vocab.txt").open("a") as file:
        file.write("more\n")
    assert run_job("train", job).returncode == 1
    assert "vocab.txt: expected" in (job / "output/failure").read_text("utf-8")


def test_refuses_a_base_model_with_a_number_that_is_none(tmp_path: Path, clinical_base: Path) -> None:
    """Vouched for by its manifest: one that was added before every number was looked at."""
    base = tmp_path / "base"
    base.mkdir()
    for file in ("config.json", "vocab.txt", "model.safetensors"):
        (base / file).write_bytes((clinical_base / file).read_bytes())
    tensors = load_file(base / "model.safetensors")
    tensors["embeddings.position_embeddings.weight"][20, 7] = float("nan")
    save_file(tensors, base / "model.safetensors")
    write_base_manifest(base, lower_case=False)
    job = make_training_job(tmp_path / "ml", base, make_rows(2, seed=1))
    assert run_job("train", job).returncode == 1
    failure = (job / "output/failure").read_text("utf-8")
    assert failure.endswith("expected finite numbers, found NaN or infinity in positions.weight")
    assert not (job / "model/manifest.json").exists()


def test_stops_early_on_a_validation_side_and_keeps_the_best_epoch(tmp_path: Path, clinical_base: Path) -> None:
    job = make_training_job(tmp_path / "ml", clinical_base, make_rows(30, seed=1), epochs="40", patience="1")
    write_rows(job / "input/data/validation/validation.jsonl", make_rows(10, seed=2))
    ended = run_job("train", job)
    assert ended.returncode == 0, ended.stderr
    found = [line for line in log_of(job) if "validation" in line]
    scores = [line["validation"]["score"] for line in found]
    assert [line["epoch"] for line in found] == list(range(1, len(found) + 1))
    assert all(line["validation"]["loss"] > 0 for line in found)
    said = re.findall(r"^metrics: validationScore=(\S+) validationLoss=\S+ step=\d+ epoch=\d+$", ended.stderr, re.M)
    assert [float(score) for score in said] == pytest.approx(scores, abs=1e-6)
    assert 2 <= len(scores) < 40 and max(scores) == scores[-2] > scores[-1] - 1e-9
    manifest = read(job / "model/manifest.json")
    assert_valid(manifest, "model-manifest")
    assert manifest["validation"]["score"] == max(scores)
    assert (manifest["validation"]["metric"], manifest["validation"]["documents"]) == ("f1", 10)
    assert len((job / "model/train-documents.txt").read_text("utf-8").split()) == 40
    assert len(re.findall(r"^validation: score=\S+ error=\S+ documents=10$", ended.stderr, re.M)) == 1
