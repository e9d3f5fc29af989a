"""Runs an engine's jobs, each as a process group, and ends the groups when told to or when the engine is gone.

Started by supervisor.ts, with the Python that has the jobs' packages. It may load what every job needs (torch takes
longer to import than a small job takes) and forks each job from there, so that a run pays for it once and not three to
twenty times. A job runs as `python <script>` would, with an environment, an output and an exit status of its own.

Orders are lines of JSON on stdin, reports are lines of JSON on stdout. The end of stdin is how it hears of the engine's
kill -9.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import runpy
import selectors
import signal
import sys
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

READ_BYTES = 65_536


@dataclass
class Job:
    id: int
    pid: int
    log: int
    grace_seconds: float
    gate: int  # closed unused, it ends the process before it has begun
    lines: dict[int, bytes]  # by pipe that is still open: what has come of a line
    status: int | None = None  # of waitpid
    kill_at: float | None = None


@dataclass
class Supervisor:
    selector: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)
    jobs: list[Job] = field(default_factory=list)
    orders: bytes = b""
    is_alone: bool = False  # the engine is gone

    def run(self) -> None:
        """Until the engine is gone, and the jobs with it. In a forked child it returns with its order."""
        wake_up, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        # A signal for the engine's terminal is not meant for the jobs.
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.selector.register(wake_up, selectors.EVENT_READ, self.collect)
        self.selector.register(0, selectors.EVENT_READ, self.read_orders)
        while self.jobs or not self.is_alone:
            for key, _ in self.selector.select(self.seconds_to_next_kill()):
                key.data(key.fd)
            self.kill_overdue()
            self.report_ended()

    def read_orders(self, stdin: int) -> None:
        read = os.read(stdin, READ_BYTES)
        if not read:
            self.is_alone = True
            self.selector.unregister(stdin)
            for job in self.jobs:
                self.stop(job)
        *lines, self.orders = (self.orders + read).split(b"\n")
        for line in lines:
            self.obey(json.loads(line))

    def obey(self, order: dict[str, Any]) -> None:
        if order["do"] == "load":
            load(order["modules"], order["folder"])
        elif order["do"] == "start":
            self.start(order)
        for job in self.jobs:
            if job.id != order.get("id"):
                continue
            if order["do"] == "go":
                with contextlib.suppress(BrokenPipeError):  # stopped before it began, and not collected yet
                    os.write(job.gate, b"\n")
            elif order["do"] == "stop":
                self.stop(job)

    def start(self, order: dict[str, Any]) -> None:
        """Forks the job's process, which begins when the engine has noted whose it is."""
        try:
            log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            say(id=order["id"], failed=os.strerror(error.errno or 0))
            return
        gate, stdout, stderr, grouped = os.pipe(), os.pipe(), os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            self.selector.close()
            become(order, gate[0], stdout[1], stderr[1])
        for end in (gate[0], stdout[1], stderr[1], grouped[1]):
            os.close(end)
        os.read(grouped[0], 1)  # ends when the child has a group and has closed what is not its own
        os.close(grouped[0])
        job = Job(order["id"], pid, log, order["graceMs"] / 1000, gate[1], {stdout[0]: b"", stderr[0]: b""})
        self.jobs.append(job)
        for pipe in job.lines:
            self.selector.register(pipe, selectors.EVENT_READ, lambda end, job=job: self.copy_lines(job, end))
        say(id=job.id, started=pid)

    def copy_lines(self, job: Job, pipe: int) -> None:
        """Whole lines, so that stdout and stderr do not mix within one."""
        read = os.read(pipe, READ_BYTES)
        *lines, job.lines[pipe] = (job.lines[pipe] + read).split(b"\n")
        if not read:
            lines = [job.lines.pop(pipe)] if job.lines[pipe] else lines
            job.lines.pop(pipe, None)
            self.selector.unregister(pipe)
            os.close(pipe)
        for line in lines:
            os.write(job.log, line.removesuffix(b"\r") + b"\n")

    def stop(self, job: Job) -> None:
        if job.kill_at is None and job.status is None:
            job.kill_at = monotonic() + job.grace_seconds
            signal_group(job, signal.SIGTERM)

    def seconds_to_next_kill(self) -> float | None:
        times = [job.kill_at for job in self.jobs if job.kill_at is not None and job.status is None]
        return max(0.0, min(times) - monotonic()) if times else None

    def kill_overdue(self) -> None:
        for job in self.jobs:
            if job.status is None and job.kill_at is not None and monotonic() >= job.kill_at:
                signal_group(job, signal.SIGKILL)
                job.kill_at = monotonic() + job.grace_seconds

    def collect(self, wake_up: int) -> None:
        os.read(wake_up, READ_BYTES)
        for job in self.jobs:
            if job.status is not None:
                continue
            # Looked at before it is collected: until then its group cannot be another's.
            if os.waitid(os.P_PID, job.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            # Workers that outlive their leader would hold the pipes, and the memory.
            signal_group(job, signal.SIGKILL)
            job.status = os.waitpid(job.pid, 0)[1]

    def report_ended(self) -> None:
        """What has ended, once all that it wrote is in its log."""
        for job in [job for job in self.jobs if job.status is not None and not job.lines]:
            self.jobs.remove(job)
            os.close(job.log)
            os.close(job.gate)
            assert job.status is not None
            say(id=job.id, exited=os.waitstatus_to_exitcode(job.status))


def signal_group(job: Job, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(job.pid, number)


def load(modules: list[str], folder: str) -> None:
    """Loads what the jobs would. What lies in `folder` is loaded for its settings, and by each job again."""
    gc.disable()
    sys.path.insert(0, folder)
    try:
        for name in modules:
            importlib.import_module(name)
    except Exception:
        pass  # a package that is broken is the jobs' to tell, each in its log
    sys.path.remove(folder)
    forget(folder)
    # What has been loaded stays. Looking for garbage among it would take each job longer than some of its work, and
    # would copy pages that it shares with the others.
    gc.freeze()
    gc.enable()


def forget(folder: str) -> None:
    """Lets what lies in `folder` be loaded again."""
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(f"{folder}/"):
            del sys.modules[name]


def become(order: dict[str, Any], gate: int, stdout: int, stderr: int) -> None:
    """In the child: waits at the gate, then is the job to its end."""
    os.setsid()
    for number, end in enumerate((os.open(os.devnull, os.O_RDONLY), stdout, stderr)):
        os.dup2(end, number)
    # The other jobs' pipes and gates, which must end with the supervisor.
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if number > 2 and number != gate:
            with contextlib.suppress(OSError):  # the folder of open files was one itself
                os.close(number)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not os.read(gate, 1):
        os._exit(1)
    os.close(gate)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    # Without a buffer: what a job has said before it is killed is in its log.
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(number, "wb", buffering=0), "utf-8", errors, write_through=True)
        for number, errors in ((1, "surrogateescape"), (2, "backslashreplace"))
    )
    script = order["script"]
    with contextlib.suppress(OSError):  # what ps and top show, on Linux
        Path("/proc/self/comm").write_text(f"pbp {Path(script).stem}", "utf-8")
    sys.argv = [script]
    sys.path[:0] = [str(Path(script).parent), *order["environment"]["PYTHONPATH"].split(os.pathsep)]
    raise Begin(script)


class Begin(BaseException):
    """Leads a forked child out of the supervisor's loop, to the script of its job."""


def say(**report: Any) -> None:
    with contextlib.suppress(BrokenPipeError):  # the engine is gone; the end of stdin says so too
        os.write(1, f"{json.dumps(report)}\n".encode())


def run(script: str) -> int:
    """Runs a job's script as `python <script>` would. Gives its exit status."""
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except Exception as error:
        # Without the frames of this file and of runpy.
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != script:
            frames = frames.tb_next
        traceback.print_exception(type(error), error, frames or error.__traceback__)
        return 1
    return 0


def leave(status: int) -> NoReturn:
    """Ends as a child of multiprocessing does: without taking apart what has been loaded, which would copy the pages
    that the jobs share, for 0.2 s of CPU each."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    try:
        Supervisor().run()
    except Begin as begin:
        job = str(begin)
    else:
        leave(0)
    leave(run(job))
