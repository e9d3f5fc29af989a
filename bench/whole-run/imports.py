"""What the jobs of a run import, for bench/whole-run/whole-run.ts: CPU seconds, as JSON on the last line.

    .venv/bin/python bench/whole-run/imports.py <modules that are loaded once>…

Each job begins in a fork of the process that has loaded those, as the local runner does it.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "containers"), str(ROOT / "reader/python")]


def seconds_of(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def in_a_fork(work: Callable[[], object]) -> float:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, str(seconds_of(work)).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(writing)
    with os.fdopen(reading) as said:
        return float(said.read())


def script(name: str) -> None:
    """What its import statements take: its main function is not called."""
    runpy.run_path(str(ROOT / f"containers/{name}/{name}.py"), run_name="imported")


def first_step() -> None:
    """What Train loads when it starts to train."""
    from train.optimise import optimizer_of, repeat_exactly

    import torch

    repeat_exactly()
    optimizer_of(torch.nn.Linear(2, 2), 1e-3)


if __name__ == "__main__":
    once = seconds_of(lambda: [importlib.import_module(name) for name in sys.argv[1:]])
    jobs = {name: in_a_fork(lambda name=name: script(name)) for name in ("embed", "train", "evaluate")}
    both = in_a_fork(lambda: (script("train"), first_step()))
    print(json.dumps({"once": once, **jobs, "firstStep": both - jobs["train"]}))
