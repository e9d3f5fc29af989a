"""Two hosts of one job: two job folders and two processes on this machine, which find each other over loopback."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from job_folders import command, environment

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


def start(name: str, job: Path) -> subprocess.Popen[str]:
    """In a process group of its own, as a machine's processes end together."""
    return subprocess.Popen(
        command(name), env=environment(job), stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def kill(process: subprocess.Popen[str]) -> None:
    """The whole host."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def finish(processes: list[subprocess.Popen[str]]) -> list[str]:
    """What each said, once all have ended."""
    try:
        return [process.communicate(timeout=PATIENCE_SECONDS)[1] for process in processes]
    finally:
        for process in processes:
            kill(process)


def read_until(process: subprocess.Popen[str], wanted: Callable[[str], bool]) -> str:
    """What a process says up to the first line that is wanted. Fails when it ends before."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if wanted(line):
            return said
    raise AssertionError(said)
