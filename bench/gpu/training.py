"""Train and Evaluate on a device, as the processes that SageMaker starts, beside transformers' Trainer at its best.

Speed is that of the steps after the first third, when everything is warm; what a process takes besides is told too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from gpu.made import LABELS, flop_a_piece, longest, make_base_model, make_rows
from gpu.report import Report
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parents[2]
STEPPED = str(ROOT / "bench/gpu/stepped.py")
TRAIN = [STEPPED, "compiled"]  # however short: what a long training does


def compare(
    report: Report,
    layout: str,
    shape: str,
    rows: int,
    batch_size: int,
    epochs: int,
    programs: Sequence[str],
    peak: float,
) -> None:
    """peak: FLOP/s of a large matrix product on this device."""
    pieces = sum(len(row["tokens"]) + 2 for row in make_rows(shape, rows))
    limit = peak / 3 / flop_a_piece(layout, pieces // rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_base_model(layout, folder)
        for program in programs:
            job = lay_out(folder, program, layout, shape, rows, batch_size, epochs)
            whole = run([STEPPED, program], job)
            ends = json.loads((job / "steps.json").read_text("utf-8"))
            warm = ends[len(ends) // 3 :]
            speed = pieces * epochs / len(ends) * (len(warm) - 1) / (warm[-1] - warm[0])
            report.say(
                f"train {layout} {shape} {program}",
                batch=batch_size,
                steps=len(ends),
                milliseconds_a_step=1000 * (warm[-1] - warm[0]) / (len(warm) - 1),
                pieces_a_second=speed,
                share_of_limit=speed / limit,
                besides_seconds=whole - pieces * epochs / speed,
            )


def sturdy(report: Report, layout: str, rows: int) -> None:
    """Same bits twice, the same bits after an interruption, two processes on one device refused, Evaluate."""
    with tempfile.TemporaryDirectory() as name:
        make_base_model(layout, Path(name))
        check_all(report, Path(name), layout, rows)


def check_all(report: Report, folder: Path, layout: str, rows: int) -> None:
    shape, batch_size, epochs = "sentences", 64, 3
    whole = lay_out(folder, "whole", layout, shape, rows, batch_size, epochs)
    again = lay_out(folder, "again", layout, shape, rows, batch_size, epochs)
    cut = lay_out(folder, "cut", layout, shape, rows, batch_size, epochs)
    with ThreadPoolExecutor() as at_once:  # their bits matter, not their speed
        trained = [at_once.submit(run, TRAIN, job) for job in (whole, again)]
        stopped = at_once.submit(interrupt_and_resume, cut).result()
        for one in trained:
            one.result()
    report.say(
        "train twice and interrupted",
        same_bits_twice=same_weights(whole, again),
        stopped_with_code=stopped,
        same_bits_after_resume=same_weights(whole, cut),
    )
    if torch.cuda.is_available():
        report.say("two processes on one device", said=two_processes(lay_out(folder, "two", layout, shape, 50, 8, 1)))
    seconds, tokens = evaluate(whole, shape, 20000 if torch.cuda.is_available() else 200)
    report.say("evaluate", tokens=tokens, seconds=seconds)


def lay_out(folder: Path, name: str, layout: str, shape: str, rows: int, batch_size: int, epochs: int) -> Path:
    """A folder as SageMaker lays it out for Train."""
    job = folder / name
    for part in ("config", "data/train", "data/labels"):
        (job / "input" / part).mkdir(parents=True)
    given = {
        "epochs": epochs,
        "batchSize": batch_size,
        "learningRate": 5e-5,
        "maxSequenceLength": longest(shape),
        "seed": 1,
    }
    write(job / "input/config/hyperparameters.json", json.dumps({key: str(value) for key, value in given.items()}))
    write(job / "input/data/train/train.jsonl", "".join(f"{json.dumps(row)}\n" for row in make_rows(shape, rows)))
    write(job / "input/data/labels/labels.json", json.dumps(LABELS))
    (job / "input/data/model").symlink_to(folder / layout)
    return job


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def environment(job: Path) -> dict[str, str]:
    return {**os.environ, "SAGEMAKER_BASE_DIR": str(job), "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}


def run(script: list[str], job: Path) -> float:
    """Seconds of the whole process."""
    started = time.perf_counter()
    ended = subprocess.run([sys.executable, *script], env=environment(job), capture_output=True, text=True)
    if ended.returncode != 0:
        raise RuntimeError(f"{script[0]} ended with {ended.returncode}:\n{ended.stderr[-3000:]}")
    return time.perf_counter() - started


def interrupt_and_resume(job: Path) -> int:
    """SIGTERM in the third step, then a second run to the end. The first one's exit code."""
    stopped = subprocess.run([sys.executable, *TRAIN, "--stop-in-step", "3"], env=environment(job), capture_output=True)
    run(TRAIN, job)
    return stopped.returncode


def same_weights(one: Path, other: Path) -> bool:
    first, second = (load_file(job / "model/model.safetensors") for job in (one, other))
    return all(first[name].tobytes() == second[name].tobytes() for name in first)


def two_processes(job: Path) -> str:
    """What torchrun's variables for two processes on one host come to, where the host has one device."""
    world = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29511"}
    processes = [
        subprocess.Popen(
            [sys.executable, *TRAIN],
            env={**environment(job), **world, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.DEVNULL,
        )
        for rank in range(2)
    ]
    first, second = processes
    try:
        second.wait(60)
    except subprocess.TimeoutExpired:
        return "it hung"
    finally:
        for process in (first, second):  # the first waits for the second, until its launcher ends it
            process.kill()
            process.wait()
    failure = job / "output/failure"
    return failure.read_text("utf-8") if failure.is_file() else f"it ended with code {second.returncode}"


def evaluate(trained: Path, shape: str, rows: int) -> tuple[float, int]:
    inputs = trained / "processing/input"
    for name in ("test", "labels", "challenger"):
        (inputs / name).mkdir(parents=True)
    made = make_rows(shape, rows)
    write(inputs / "test/test.jsonl", "".join(f"{json.dumps(row)}\n" for row in made))
    write(inputs / "labels/labels.json", json.dumps(LABELS))
    with tarfile.open(inputs / "challenger/model.tar.gz", "w:gz", compresslevel=1) as archive:
        for path in sorted((trained / "model").iterdir()):
            archive.add(path, path.name)
    return run([str(ROOT / "containers/evaluate/evaluate.py")], trained), sum(len(row["tokens"]) for row in made)
