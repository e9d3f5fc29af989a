"""A file of notes answered whole: nothing twice and nothing lost, wherever it was cut short."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pbp_jobs.contract import CONTAINERS
from serve.settings import cores

import pytest
from class_folders import CLASSES, make_texts
from pbp_reader import Models
from pbp_reader.classifier import Classifier
from serving import PYTHONPATH, promote, use

COUNT = 64 * (2 * cores() + 6)  # so many wait at once, and the first ones are to be written
NOTES: list[dict[str, Any]] = [
    {"recordId": f"r-{number}", "text": row["text"]}
    for number, row in enumerate(make_texts(COUNT, 8, "multi-label", longest=60))
]
NOTES[7] = {"recordId": "r-7", "refused": "/records/7: expected a record"}


@pytest.fixture
def models(tmp_path: Path, class_models: dict[tuple[str, str], Path]) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    promote(folder, class_models["multi-label", "linear"], "model", "multi-label", "linear", CLASSES)
    return folder


def begin(models: Path, out: Path, source: str = "aa") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "serve.predict", str(out), "keyphrases", source],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH, "PBP_MODELS": str(models)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def predict(models: Path, out: Path, notes: Sequence[dict[str, Any]] = NOTES, source: str = "aa") -> tuple[int, str]:
    process = begin(models, out, source)
    lines = [json.dumps(note) for note in (*notes, {"end": True})]
    _, said = process.communicate("\n".join(lines) + "\n", timeout=120)
    return process.returncode, said


def test_killed_again_and_again_it_ends_with_one_answer_for_each_note(models: Path, tmp_path: Path) -> None:
    out, part = tmp_path / "answers.jsonl", tmp_path / "answers.jsonl.part"
    version = (models / "current").readlink().name
    for enough in (0, 64, 130):
        process = begin(models, out)
        assert process.stdin is not None and process.stdout is not None
        for note in NOTES:
            process.stdin.write(f"{json.dumps(note)}\n")
        process.stdin.flush()
        while json.loads(process.stdout.readline())["done"] < enough:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not out.exists()
        # As a kill in the middle of a write leaves it.
        with (part / "answers.jsonl").open("ab") as file:
            file.write(b'{"recordId":"r-')
        # Another generation does not mix with the one that has begun.
        use(models, version)
    assert predict(models, out) == (0, "")
    answers = [json.loads(line) for line in out.read_text().splitlines()]
    assert [answer["recordId"] for answer in answers] == [note["recordId"] for note in NOTES]
    assert {(answer["generation"], answer["version"]) for answer in answers} == {(1, version)}
    assert answers[7]["refused"] == NOTES[7]["refused"]
    classifier = Models(models, Classifier).current()
    for note, answer in zip(NOTES, answers, strict=True):
        if "text" in note:
            expected = classifier.classify(note["text"])
            assert [one["label"] for one in answer["classes"]] == expected.classes
            assert answer["confidence"] == expected.confidence and answer["sure"] == expected.sure
    assert not part.exists()


def test_refuses_what_would_mix_or_lose_answers(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    process = begin(models, out)
    assert process.communicate(json.dumps(NOTES[0]) + "\n")[1].startswith("The notes were cut short")
    assert process.returncode == 1
    assert predict(models, out, source="bb") == (
        1,
        f"{out}.part has answers to another file. Remove it, or name another one with --out.\n",
    )
    first = {"recordId": "r-0", "generation": 1}
    (tmp_path / "answers.jsonl.part/answers.jsonl").write_text(json.dumps(first) + "\n")
    assert predict(models, out, NOTES[1:]) == (1, f"{out}.part has answers to other records. Remove it.\n")
    # Killed when the file was whole, and its folder not yet removed.
    os.link(tmp_path / "answers.jsonl.part/answers.jsonl", out)
    assert predict(models, out) == (0, "") and not (tmp_path / "answers.jsonl.part").exists()
    assert predict(models, out) == (1, f"{out} is there already. Remove it, or name another one with --out.\n")


def test_waits_for_no_other_process_that_writes_the_same_file(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    first = begin(models, out)
    assert first.stdin is not None and first.stdout is not None
    for note in NOTES:
        first.stdin.write(f"{json.dumps(note)}\n")
    first.stdin.flush()
    first.stdout.readline()  # it has begun
    assert predict(models, out) == (
        1,
        f"Another process writes {out}.part. Wait until it has ended, or name another file with --out.\n",
    )
    first.kill()
    first.communicate()
    assert predict(models, out) == (0, "")


def test_says_what_cannot_be_written(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "none" / "answers.jsonl"
    assert predict(models, out) == (1, f"{out}.part cannot be written or read: No such file or directory.\n")


def run_job(
    root: Path, models: Path, notes: str, policy: dict[str, Any] | None = None
) -> subprocess.CompletedProcess[str]:
    """The program that a processing job starts, in SageMaker's folders."""
    inputs = root / "processing/input"
    for name in ("notes", "model", *(["policy"] if policy else [])):
        (inputs / name).mkdir(parents=True, exist_ok=True)
    if policy:
        (inputs / "policy/policy.json").write_text(json.dumps(policy))
    (inputs / "notes/notes.jsonl").write_text(notes)
    if not (inputs / "model/serving.tar.gz").exists():
        with tarfile.open(inputs / "model/serving.tar.gz", "w:gz") as archive:
            for path in (models / "current").resolve().iterdir():
                archive.add(path, path.name)
    return subprocess.run(
        [sys.executable, str(CONTAINERS / "serve/predict/job.py")],
        env={
            **{"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH, "SAGEMAKER_BASE_DIR": str(root)},
            "PBP_GENERATION": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_job_answers_as_the_command_does_or_says_why_not(models: Path, tmp_path: Path) -> None:
    lines = "".join(f"{json.dumps(note)}\n" for note in (*NOTES, {"end": True}))
    policy = {"schemaVersion": "1.0", "labels": {CLASSES[0]: {"action": "block"}}, "otherwise": "flag"}
    (models / "policy.json").write_text(json.dumps(policy))
    job = run_job(tmp_path / "ml", models, lines, policy)
    assert job.returncode == 0, job.stderr
    assert predict(models, tmp_path / "answers.jsonl") == (0, "")
    whole = tmp_path / "ml/processing/output/answers"
    assert [path.name for path in whole.iterdir()] == ["answers.jsonl"]
    assert (whole / "answers.jsonl").read_bytes() == (tmp_path / "answers.jsonl").read_bytes()
    actions = {json.loads(line).get("policy", {}).get("action") for line in (whole / "answers.jsonl").open()}
    assert actions == {"block", "flag", None}  # None: a note that cannot be read
    text = next(note["text"] for note in NOTES if "text" in note)
    assert text not in job.stdout + job.stderr
    # Nothing is uploaded of what is not whole, and the reason is where SageMaker looks for it.
    cut = run_job(tmp_path / "cut", models, '{"recordId":"r","text":"Canary"}\n')
    assert cut.returncode == 1
    assert (tmp_path / "cut/output/message").read_text() == (
        "PredictionFailed: notes.jsonl: expected an end, which it has not"
    )
    assert list((tmp_path / "cut/processing/output/answers").iterdir()) == []
    assert "Canary" not in cut.stderr
    misfit = {**policy, "labels": {"of another model": {"action": "block"}}}
    assert run_job(tmp_path / "misfit", models, lines, misfit).returncode == 1
    assert (tmp_path / "misfit/output/message").read_text() == (
        "PredictionFailed: policy.json has rules for labels that the model does not have. pbp policy show names them."
    )
    damaged = tmp_path / "damaged/processing/input/model"
    damaged.mkdir(parents=True)
    (damaged / "serving.tar.gz").write_bytes(b"no archive")
    assert run_job(tmp_path / "damaged", models, lines).returncode == 1
    assert (tmp_path / "damaged/output/message").read_text() == (
        "PredictionFailed: serving.tar.gz: expected the archive of a bundle"
    )
