"""Starts the processes of one training, one a GPU and one on a host without, and stays until they have ended.

They get torchrun's variables, and train.py runs under torchrun too. Not started by torchrun, because it gives its
processes sessions of their own, which outlive the job's process group when that is killed, kills them 30 s after
SIGTERM, and hides how they ended.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from pbp_jobs.contract import EXIT_LOST, EXIT_STOPPED, JobError, Paths, StopRequested, StopSignal
from pbp_jobs.hosts import Hosts
from pbp_jobs.peers import Peers, together

FAILED = "TrainingFailed"

LOOK_SECONDS = 0.2
REASON_SECONDS = 15.0  # from a lost connection to the word of who broke it; a lost machine takes two minutes
STOP_SECONDS = 100.0  # SageMaker kills 120 s after SIGTERM; a checkpoint takes seconds
END_SECONDS = 5.0  # nothing is saved by a process whose training has failed
# How a process ends that another has left: ours says so, and gloo aborts when a connection breaks while it is made.
LEFT_ALONE = (EXIT_LOST, -signal.SIGABRT)

Process = subprocess.Popen[bytes]


def launch(paths: Paths, stop: StopSignal, hosts: Hosts, processes_here: int) -> None:
    """Errors: TrainingFailed with the reason of the process or host that failed first; StopRequested."""
    with together(hosts, FAILED, stop) as peers:
        paths.training_failure.unlink(missing_ok=True)  # an earlier attempt's
        meeting = meeting_place(hosts)
        processes = [start(hosts, meeting, processes_here, place) for place in range(processes_here)]
        try:
            watch(processes, peers, stop, paths.training_failure)
        finally:
            end(processes)


def meeting_place(hosts: Hosts) -> tuple[str, int]:
    """Where the first process of all listens. One host needs no network, and has a port to spare."""
    if len(hosts.every) > 1:
        return hosts.leader, hosts.port + 1
    with socket.create_server(("127.0.0.1", 0)) as server:
        return "127.0.0.1", server.getsockname()[1]


def start(hosts: Hosts, meeting: tuple[str, int], processes_here: int, place: int) -> Process:
    variables = {
        "RANK": str(hosts.rank * processes_here + place),
        "LOCAL_RANK": str(place),
        "WORLD_SIZE": str(len(hosts.every) * processes_here),
        "MASTER_ADDR": meeting[0],
        "MASTER_PORT": str(meeting[1]),
    }
    if hosts.interface:
        variables |= {"GLOO_SOCKET_IFNAME": hosts.interface, "NCCL_SOCKET_IFNAME": hosts.interface}
    script = Path(__file__).with_name("train.py")
    return subprocess.Popen([sys.executable, str(script)], env={**os.environ, **variables})


def watch(processes: list[Process], peers: Peers, stop: StopSignal, failure: Path) -> None:
    """Returns when all have trained to the end."""
    lost_until = stopped_until = float("inf")
    while True:
        codes = [process.poll() for process in processes]
        broken = [code for code in codes if code not in (None, 0, EXIT_STOPPED, -signal.SIGTERM)]
        if any(code not in LEFT_ALONE for code in broken):
            raise JobError(FAILED, reason_of(broken, failure))
        if None not in codes and not broken:
            if any(codes):
                raise StopRequested  # they agreed on it, whichever of them was told
            return
        if broken:
            lost_until = min(lost_until, time.monotonic() + REASON_SECONDS)
        if stop.requested and stopped_until == float("inf"):
            stopped_until = time.monotonic() + STOP_SECONDS
            for process in processes:
                process.terminate()  # it saves, and ends by itself
        if time.monotonic() > stopped_until:
            raise StopRequested
        if time.monotonic() > lost_until:
            raise JobError(FAILED, "a process lost touch with another, and none said why; see the logs of all hosts")
        listen(peers, stop)
        time.sleep(LOOK_SECONDS)


def listen(peers: Peers, stop: StopSignal) -> None:
    """Another host's stop is ours: its processes have agreed on it with ours, which may still be saving."""
    try:
        peers.check()
    except StopRequested:
        stop.requested = True


def reason_of(codes: list[int], failure: Path) -> str:
    """What the first process that failed has left, or how it ended."""
    if failure.is_file():
        return failure.read_text("utf-8").removeprefix(f"{FAILED}: ")
    code = next(code for code in codes if code not in LEFT_ALONE)
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"a training process {how} without saying why: out of memory, perhaps; see the log"


def end(processes: list[Process]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + END_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()  # one that waits for a sum hears nothing else
            process.wait()
