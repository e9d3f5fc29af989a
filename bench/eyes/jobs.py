"""The jobs' part of bench/eyes/eyes.ts, which lays out Evaluate's inputs: CPU seconds, as JSON on the last line.

SAGEMAKER_BASE_DIR=<folder> .venv/bin/python bench/eyes/jobs.py <folder> <texts> <dimension> <steps of each trial>…
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "containers"))

from embed.vector_profile import PARTS, PieceCounts, profile_of
from evaluate import evaluate
from pbp_jobs.contract import Paths, StopSignal
from train.training_log import TrainingLog

import numpy as np

spent = 0.0


@contextmanager
def counted() -> Iterator[None]:
    global spent
    began = time.process_time()
    yield
    spent += time.process_time() - began


def counting(function: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*given: Any) -> Any:
        with counted():
            return function(*given)

    return timed


@contextmanager
def counted_listing(folder: Path) -> Iterator[Any]:
    """What is added to the list is counted where it is added: in tally."""
    listing = LISTING(folder)
    with counted():
        errors = listing.__enter__()
    yield errors
    with counted():
        listing.__exit__(None, None, None)


LISTING = evaluate.listing


def analysis(folder: Path) -> tuple[float, float]:
    """Of Evaluate, all of it and the error analysis."""
    evaluate.listing = counted_listing
    evaluate.FacetsOf = counting(evaluate.FacetsOf)
    evaluate.tally = counting(evaluate.tally)
    evaluate.analyse = counting(evaluate.analyse)
    began = time.process_time()
    evaluate.main(Paths(folder), StopSignal())
    return time.process_time() - began, spent


def training_log(folder: Path, trials: list[int]) -> float:
    began = time.process_time()
    for trial, steps in enumerate(trials):
        log = TrainingLog(folder / f"log-{trial}", prior_loss=1.0, steps=steps)
        log.begin()
        for step in range(1, steps + 1):
            log.step_begins()
            log.step_ended(step, 1 / step, epoch=1, rate=1e-4, pieces=4096)
    return time.process_time() - began


def embeddings(texts: int, dimension: int) -> float:
    random = np.random.default_rng(42)
    vectors = random.standard_normal((texts, dimension), np.float32)
    parts = random.integers(PARTS, size=texts).astype(np.uint8)
    digests = [str(number) for number in range(texts)]
    part_of = {digest: int(part) for digest, part in zip(digests, parts, strict=True)}
    began = time.process_time()
    counts = PieceCounts(part_of)
    for digest in digests:
        counts.add(digest, 100, 1)
    profile_of(vectors, parts, counts)
    return time.process_time() - began


if __name__ == "__main__":
    folder, texts, dimension, *trials = sys.argv[1:]
    evaluated, analysed = analysis(Path(folder))
    found = {
        "evaluate": evaluated,
        "analysis": analysed,
        "trainingLog": training_log(Path(folder), [int(steps) for steps in trials]),
        "embeddings": embeddings(int(texts), int(dimension)),
    }
    print(json.dumps(found))
