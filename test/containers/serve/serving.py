"""Models folders as promotions leave them, and the service on them: a real process behind a real port."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

from pbp_jobs.contract import CONTAINERS

PYTHONPATH = os.pathsep.join([str(CONTAINERS), str(CONTAINERS.parent / "reader/python")])


def promote(models: Path, files: Path, inside: str, kind: str, algorithm: str, labels: list[str]) -> str:
    """Makes a version of the model folder `files`, as `inside` of a bundle, and it the one in use. Gives its name."""
    draft = models / "draft"
    shutil.copytree(files, draft / inside)
    digests = {
        str(path.relative_to(draft)): {
            "sha256": sha256(path),
            "sizeBytes": path.stat().st_size,
        }
        for path in draft.rglob("*")
        if path.is_file()
    }
    lines = sorted(f"{file['sha256']}  {name}\n" for name, file in digests.items())
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    generation = len(list((models / "history").glob("*"))) + 1
    version = f"{generation:06}-{digest[:12]}"
    manifest = {
        "version": version,
        "execution": "run",
        "kind": kind,
        "algorithm": algorithm,
        "labels": labels,
    }
    (draft / "manifest.json").write_text(json.dumps({**manifest, "digest": digest, "files": digests}), "utf-8")
    (models / "versions").mkdir(exist_ok=True)
    draft.rename(models / "versions" / version)
    use(models, version)
    return version


def use(models: Path, version: str) -> int:
    """The next generation, which is this version. Gives its number."""
    history = models / "history"
    history.mkdir(exist_ok=True)
    generation = len(list(history.iterdir())) + 1
    entry = {"generation": generation, "version": version}
    (history / f"{generation:06}.json").write_text(json.dumps(entry), "utf-8")
    pointer = models / "next"
    pointer.symlink_to(f"versions/{version}")
    pointer.replace(models / "current")
    return generation


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Serving:
    """A running service. Its port is any that was free; its log is read to the end by stop()."""

    def __init__(self, models: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "serve"],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": PYTHONPATH,
                "PBP_MODELS": str(models),
                "PBP_SERVE_HOST": "127.0.0.1",
                "PBP_SERVE_PORT": "0",
                "PBP_SERVE_WORKERS": "1",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.log: list[str] = []
        self.lines: Queue[str | None] = Queue()
        # All the time: a service whose log nobody reads stands still when the pipe is full.
        self.reader = Thread(target=self.read)
        self.reader.start()
        self.port: int = self.wait_for("listening")["port"]

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(line)
            self.lines.put(line)
        self.lines.put(None)

    def wait_for(self, event: str) -> dict[str, Any]:
        """The next line of the log about this event."""
        while (line := self.lines.get(timeout=120)) is not None:
            if f'"event": "{event}"' in line:
                found: dict[str, Any] = json.loads(line)
                return found
        raise AssertionError("".join(self.log))

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Over a connection of its own. A body that is no bytes goes as JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(
                method,
                path,
                content,
                {"content-type": "application/json", **(headers or {})},
            )
            response = connection.getresponse()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.headers.items()},
                response.read(),
            )
        finally:
            connection.close()

    def post(self, path: str, body: Any) -> Any:
        answer = self.ask("POST", path, body)
        assert answer.status == 200, answer.content
        return answer.json()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.reader.join(60)
        return self.process.wait(60)


@contextmanager
def serving(models: Path, **environment: str) -> Iterator[Serving]:
    service = Serving(models, **environment)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()
