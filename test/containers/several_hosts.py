"""Two hosts of one job: two job folders and two processes on this machine, which find each other over loopback.

Each has a process group of its own, as a machine's processes end together.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

from warm_jobs import Job

PATIENCE_SECONDS = 300  # for what ends by itself within seconds: a hang fails the test instead of the whole suite


def make_hosts(count: int = 2) -> list[str]:
    """Only the first one's name is looked up. On Linux, where all of 127/8 is this machine, each call has another, so
    that jobs side by side use other ports."""
    some = random.SystemRandom()
    leader = f"127.{some.randrange(1, 255)}.{some.randrange(255)}.1" if sys.platform == "linux" else "127.0.0.1"
    return [leader, *(f"algo-{number}" for number in range(2, count + 1))]


def write_resource_config(job: Path, folder: str, current: str, hosts: list[str]) -> None:
    """As SageMaker's; `folder` is config for processing jobs, input/config for training jobs."""
    path = job / folder / "resourceconfig.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    config = {"current_host": current, "hosts": hosts, "network_interface_name": "lo"}
    path.write_text(json.dumps(config), "utf-8")


def finish(jobs: list[Job]) -> list[str]:
    """What each said, once all have ended."""
    try:
        return [job.finish(PATIENCE_SECONDS) for job in jobs]
    finally:
        for job in jobs:
            job.kill_group()


def read_until(job: Job, wanted: Callable[[str], bool]) -> str:
    """What a job says up to the first line that is wanted. Fails when it ends before."""
    said = ""
    for line in job.stderr:
        said += line
        if wanted(line):
            return said
    raise AssertionError(said)
