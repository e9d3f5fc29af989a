"""Runs jobs in processes that have torch already: importing it takes longer than most jobs of the tests.

Each job is forked before anything of ours but two settings is loaded, and runs its script from the first line, with an
environment, outputs, a process group and an exit status of its own. So is each script that it starts with its Python.
What is about the start itself (what is imported when, torchrun) starts a Python by job_folders.command instead.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any, NoReturn, TextIO

ROOT = Path(__file__).resolve().parents[2]
CONTAINERS = ROOT / "containers"
sys.path.append(str(ROOT / "pipeline" / "local" / "jobs"))
import supervisor  # noqa: E402


class Job:
    """A job that runs, with what tests use of subprocess.Popen."""

    def __init__(self, report: TextIO, stderr: TextIO) -> None:
        self._report, self.stderr = report, stderr
        self.pid = int(report.readline())
        self.returncode: int | None = None

    def send_signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def finish(self, timeout: float) -> str:
        """What else it says, once it has ended; at the latest it is killed."""
        patience = threading.Timer(timeout, self.kill_group)
        patience.start()
        with self.stderr, self._report:
            said = self.stderr.read()
            self.returncode = int(self._report.readline())
        patience.cancel()
        return said


class WarmJobs:
    """One server, which ends with this process: its orders end."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair()
        with theirs:
            place = theirs.fileno()
            self._server = subprocess.Popen([sys.executable, __file__, str(place)], pass_fds=[place], env={})

    def start(self, script: Path, environment: dict[str, str], stdout: IO[str] | None = None) -> Job:
        """stdout: where it goes; without, nowhere."""
        order = {"script": str(script), "environment": environment}
        (said, stderr), (report, reporting) = os.pipe(), os.pipe()
        with contextlib.ExitStack() as closing:
            to = closing.enter_context(Path(os.devnull).open("w")) if stdout is None else stdout
            socket.send_fds(self._orders, [json.dumps(order).encode()], [to.fileno(), stderr, reporting])
        for place in (stderr, reporting):
            os.close(place)
        return Job(os.fdopen(report, encoding="utf-8"), os.fdopen(said, encoding="utf-8", errors="replace"))

    def run(self, script: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryFile("w+", encoding="utf-8") as stdout:
            job = self.start(script, environment, stdout)
            stderr = job.finish(timeout=600)
            assert job.returncode is not None
            stdout.seek(0)
            return subprocess.CompletedProcess([str(script)], job.returncode, stdout.read(), stderr)


def serve(orders: socket.socket) -> None:
    """Starts what is ordered."""
    # The settings that torch reads when it is loaded, and torch.
    supervisor.load(["pbp_jobs", "safetensors.torch", "tokenizers"], str(CONTAINERS))
    subprocess.Popen = Forked  # type: ignore[misc]
    while True:
        # Whoever orders waits for the job's pid, so that there is one order at a time.
        order, places, _, _ = socket.recv_fds(orders, 1 << 20, 3)
        if not order:
            return
        if os.fork() == 0:
            orders.close()
            report_of(json.loads(order), *places)
        for place in places:
            os.close(place)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:  # those that have reported
                pass


def report_of(order: dict[str, Any], stdout: int, stderr: int, report: int) -> NoReturn:
    """Tells the pid of the job and how it ended."""
    pid = os.fork()
    if pid == 0:
        os.close(report)
        os.setpgid(0, 0)
        for number, place in ((1, stdout), (2, stderr)):
            os.dup2(place, number)
            os.close(place)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        be(**order)
    with contextlib.suppress(OSError):  # it has done so, and may have ended
        os.setpgid(pid, pid)
    for place in (stdout, stderr):
        os.close(place)
    os.write(report, f"{pid}\n".encode())
    os.write(report, f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
    os._exit(0)


def be(script: str, environment: dict[str, str]) -> NoReturn:
    """As `python <script>` would, but for its end, as in supervisor.py."""
    atexit._clear()  # that of a job which this one was forked from
    try:
        become(script, environment)
        supervisor.leave(supervisor.run(script))
    finally:  # nor through its frames
        os._exit(1)


def become(script: str, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [script]
    sys.path[:1] = [str(Path(script).parent), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    supervisor.forget(str(CONTAINERS))


class Forked(subprocess.Popen[bytes]):
    """A script that a job starts with its own Python, forked from the job.

    The job must not have computed with torch: its threads are not in the fork, which waits for them for ever.
    """

    def _execute_child(self, args: Any, *more: Any) -> None:
        if not (isinstance(args, list) and len(args) == 2 and args[0] == sys.executable):
            super()._execute_child(args, *more)  # type: ignore[misc]
            return
        sys.stdout.flush()  # else the child would say it too
        self.pid = os.fork()
        if self.pid:
            self._child_created = True
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        be(args[1], more[5])


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
