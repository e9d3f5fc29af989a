"""Runs jobs in processes that have torch already: importing it takes longer than most jobs of the tests.

Each job is forked before anything of ours but two settings is loaded, and runs its script from the first line, with an
environment, an output and an exit status of its own. What is about the process itself (signals, several hosts, what is
imported when) starts one by job_folders.command instead.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

CONTAINERS = Path(__file__).resolve().parents[2] / "containers"


class WarmJobs:
    """One server, which ends with this process: its orders end."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={}
        )

    def run(self, script: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        assert self._server.stdin is not None and self._server.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            outputs = [Path(folder) / name for name in ("stdout", "stderr")]
            order = {"script": str(script), "environment": environment, "outputs": [str(path) for path in outputs]}
            self._server.stdin.write(f"{json.dumps(order)}\n")
            self._server.stdin.flush()
            code = int(self._server.stdout.readline())
            return subprocess.CompletedProcess([str(script)], code, *(path.read_text("utf-8") for path in outputs))


def serve() -> None:
    """Reads orders, answers with exit statuses. In a forked child it returns only by what the script raises."""
    sys.path.insert(0, str(CONTAINERS))
    import pbp_jobs  # noqa: F401 - its settings, which torch reads when it is loaded

    import safetensors.torch  # noqa: F401 - and torch
    import tokenizers  # noqa: F401

    del sys.path[0]
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            run(**order)
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def run(script: str, environment: dict[str, str], outputs: list[str]) -> None:
    """As `python <script>` would."""
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate([os.devnull, *outputs]):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.argv = [script]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    serve()
