"""Requests a second and their times, of the service and of the usual way, in turns on the same machine.

    npm run bench:serve -- [--seconds 6] [--clients 1,8,64] [--models keyphrases,transformer,linear] [--overload]

A request has one note of the sample export. Both have two workers. CPU milliseconds a request, of all the server's
processes, say more than the clock where others use the machine too. --overload: requests at ten times the rate that was
answered, what became of them, the memory meanwhile, and how soon a single request is as fast again as before.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, sleep

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bundles import make_models, read_texts
from clients import Client, Load, at_a_rate, without_a_pause
from recording.record import keep_figure

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
PATHS = {"keyphrases": "/v1/keyphrases", "transformer": "/v1/classes", "linear": "/v1/classes"}
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}/containers:{ROOT}/reader/python"}


class Server:
    def __init__(self, command: list[str], environment: dict[str, str], port: int) -> None:
        self.port = port
        self.process = subprocess.Popen(
            command, env={**ENVIRONMENT, **environment}, cwd=Path(__file__).parent, stdout=subprocess.DEVNULL
        )

    def pids(self) -> list[int]:
        """Its own and those of its workers."""
        found, children = [], [self.process.pid]
        while children:
            pid = children.pop()
            found.append(pid)
            children += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    def cpu_seconds(self) -> float:
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.pids()]
        return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids())
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(way: str, models: Path, usual: Path, model: str) -> Server:
    port = free_port()
    if way == "pbp serve":
        settings = {"PBP_MODELS": str(models), "PBP_SERVE_HOST": "127.0.0.1", "PBP_SERVE_PORT": str(port)}
        settings |= {"PBP_SERVE_WORKERS": str(WORKERS), "PBP_SERVED_MODELS": model}
        return Server([sys.executable, "-m", "serve"], settings, port)
    threads = "1" if way == "usual, 1 thread" else ""
    settings = {"USUAL_MODELS": str(usual), "USUAL_LOADED": model, "USUAL_THREADS": threads, "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "uvicorn", "usual:app", "--workers", str(WORKERS), "--port", str(port)]
    return Server([*command, "--log-level", "error"], settings, port)


def clients_of(server: Server, way: str, model: str, count: int) -> list[Client]:
    path = PATHS[model] if way == "pbp serve" else "/answer"
    return [Client(server.port, path, model) for _ in range(count)]


async def until_it_answers(server: Server, way: str, model: str, text: str) -> None:
    load, client = Load(), clients_of(server, way, model, 1)[0]
    while not load.times:
        await client.ask(text, load)
        sleep(0.2)
    # All workers have loaded by then, and every one has answered.
    await without_a_pause(clients_of(server, way, model, 16), [text], 3)
    client.close()


async def overload(server: Server, way: str, model: str, texts: list[str], rate: float, seconds: float) -> None:
    calm = (await without_a_pause(clients_of(server, way, model, 1), texts, seconds)).quantile(0.5)
    before = server.memory_mb()
    load = await at_a_rate(clients_of(server, way, model, 900), texts, seconds, 10 * rate)
    ended, memory, waited = perf_counter(), server.memory_mb(), Load()
    client = clients_of(server, way, model, 1)[0]
    while not waited.times or waited.times[-1] > 2 * calm:
        await client.ask(texts[0], waited)
    recovery = perf_counter() - ended
    client.close()
    said = ", ".join(f"{status}: {count}" for status, count in sorted(load.statuses.items()))
    slowest, memory_then = load.quantile(0.99), f"{before:.0f} to {memory:.0f} MB"
    print(f"  {way}, {10 * rate:.0f} requests a second for {seconds:.0f} s: {said}", flush=True)
    print(f"    p99 {slowest:.2f} s; {memory_then}; as fast as before after {recovery:.1f} s", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--clients", default="1,8,64")
    parser.add_argument("--models", default="keyphrases,transformer,linear")
    parser.add_argument("--overload", action="store_true")
    arguments = parser.parse_args()
    texts = read_texts(400)
    with tempfile.TemporaryDirectory() as folder:
        models, usual = Path(folder) / "models", Path(folder) / "usual"
        make_models(models, usual, texts)
        for model in arguments.models.split(","):
            print(f"{model}, one note a request, {WORKERS} workers", flush=True)
            last: dict[str, tuple[float, float, float]] = {}  # of the most clients: requests/s, CPU ms each, MB
            for way in ("pbp serve", "usual, 1 thread", "usual"):
                server = start(way, models, usual, model)
                try:
                    await until_it_answers(server, way, model, texts[0])
                    rate = 0.0
                    for count in map(int, arguments.clients.split(",")):
                        cpu = server.cpu_seconds()
                        clients = clients_of(server, way, model, count)
                        load = await without_a_pause(clients, texts, arguments.seconds)
                        rate = load.per_second()
                        answers = max(1, len(load.times))
                        cpu_each, memory = (server.cpu_seconds() - cpu) / answers * 1e3, server.memory_mb()
                        last[way] = rate, cpu_each, memory
                        print(
                            f"  {way:16} {count:3} clients {rate:8.1f}/s  p50 {load.quantile(0.5) * 1e3:7.1f} ms"
                            f"  p99 {load.quantile(0.99) * 1e3:7.1f} ms"
                            f"  CPU {cpu_each:6.1f} ms  {memory:5.0f} MB",
                            flush=True,
                        )
                    if arguments.overload and way == "pbp serve":
                        await overload(server, way, model, texts, rate, arguments.seconds)
                finally:
                    server.end()
            (rate, cpu_each, memory), usual_one = last["pbp serve"], last["usual, 1 thread"]
            most, beside = f"{model}, {count} clients", "the usual way with one thread"
            keep_figure(f"{most}: answers", rate, "requests/s", beside, rate / usual_one[0])
            keep_figure(f"{most}: an answer", cpu_each, "CPU ms", beside, usual_one[1] / cpu_each)
            keep_figure(f"{most}: memory", memory, "MB", beside, usual_one[2] / memory)
            keep_figure(f"{most}: answers of the usual way with torch's threads", last["usual"][0], "requests/s")


asyncio.run(main())
