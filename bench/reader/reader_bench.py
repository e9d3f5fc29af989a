"""Notes per second of the reader: with torch's threads (as before) and with one, alone and while others run.

    npm run bench:reader -- <models folder> <export> [--seconds 5]

Each cell starts its own processes, one or two readers, and on the "busy" rows one endless
loop for each core; all of them are ended again. The two settings alternate, so that other load on the machine meets
both. CPU milliseconds a note say more than the clock on a machine that is not idle. Ratios count, not single figures.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from export_texts import texts_of
from recording.record import keep_figure


def read_notes(models: Path, export: Path, threads: str, seconds: float) -> None:
    """A reader: says that it is ready, waits for a line, reads notes for that long, prints notes and CPU seconds."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "reader/python"))
    import pbp_reader.tagger
    from pbp_reader import Models
    from pbp_reader.tagger import Tagger

    if threads == "torch's":
        pbp_reader.tagger.one_thread = contextlib.nullcontext
    texts = texts_of(export)
    tagger = Models(models, Tagger).current()
    tagger.keyphrases(texts[0])
    print("ready", flush=True)
    sys.stdin.readline()
    done, cpu, end = 0, time.process_time(), time.perf_counter() + seconds
    while time.perf_counter() < end:
        tagger.keyphrases(texts[done % len(texts)])
        done += 1
    print(done, time.process_time() - cpu, flush=True)


def measure(arguments: argparse.Namespace, threads: str, readers: int, busy: bool) -> tuple[float, float]:
    """(notes a second of all readers, CPU milliseconds a note)"""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores if busy else 0)]
    started: list[subprocess.Popen[str]] = []
    try:
        command = [sys.executable, __file__, arguments.models, arguments.export, f"--threads={threads}"]
        command.append(f"--seconds={arguments.seconds}")
        pipe = subprocess.PIPE
        for _ in range(readers):
            started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        for reader in started:
            assert reader.stdout is not None
            reader.stdout.readline()
        for reader in started:
            assert reader.stdin is not None
            reader.stdin.write("go\n")
            reader.stdin.flush()
        results = [reader.communicate()[0].split() for reader in started]
    finally:
        for process in (*loops, *started):
            process.kill()
            process.wait()
    notes = sum(int(done) for done, _ in results)
    return notes / arguments.seconds, 1000 * sum(float(cpu) for _, cpu in results) / max(1, notes)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("models")
    parser.add_argument("export")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", choices=["one", "torch's"], help="internal: be a reader")
    arguments = parser.parse_args()
    if arguments.threads:
        read_notes(Path(arguments.models), Path(arguments.export), arguments.threads, arguments.seconds)
        return
    print("machine  readers  torch's threads        one thread             ratio")
    for busy in (False, True):
        for readers in (1, 2):
            before = measure(arguments, "torch's", readers, busy)
            after = measure(arguments, "one", readers, busy)
            cells = "  ".join(f"{rate:7.1f}/s {cpu:6.1f} ms CPU" for rate, cpu in (before, after))
            name = "busy" if busy else "as it is"
            print(f"{name:8} {readers:7}  {cells}  {after[0] / max(before[0], 1e-9):5.1f}", flush=True)
            who = f"{readers} process{'es' if readers > 1 else ''}, {'all cores busy' if busy else 'nothing else'}"
            keep_figure(who, after[0], "notes/s", "PyTorch's threads", after[0] / max(before[0], 1e-9))
            keep_figure(f"{who}: a note", after[1], "CPU ms", "PyTorch's threads", before[1] / max(after[1], 1e-9))


if __name__ == "__main__":
    main()
