"""Models folders as promotions leave them, and the service on them: a real process behind a real port."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from pbp_jobs.contract import CONTAINERS

import numpy as np
from class_folders import make_texts
from pbp_reader.embedder import Embedder
from safetensors.numpy import save_file
from versions import add_version

PYTHONPATH = os.pathsep.join([str(CONTAINERS), str(CONTAINERS.parent / "reader/python")])
PAST = [row["text"] for row in make_texts(30, 9, "multi-label")]


def promote(
    models: Path, files: Path, inside: str, kind: str, algorithm: str, labels: list[str], beside: Path | None = None
) -> str:
    """Makes a version of the model folder `files`, as `inside` of a bundle, and of what lies in `beside`, and puts it
    into use. Gives its name."""
    draft = models / "draft"
    shutil.copytree(files, draft / inside)
    if beside:
        shutil.copytree(beside, draft, dirs_exist_ok=True)
    generation = len(list((models / "history").glob("*"))) + 1
    version = add_version(models, draft, generation, execution="run", kind=kind, algorithm=algorithm, labels=labels)
    use(models, version)
    return version


def make_base_model(folder: Path, model: Path) -> str:
    """A base model of a trained one's weights. Gives the key of its embeddings."""
    shutil.copytree(model, folder)
    manifest = {"pooling": "mean", "normalize": True, "embeddingMaxLength": 64, "lowerCase": False}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    identity = {"weightsSha256": sha256(folder / "model.safetensors"), **manifest}
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def make_embeddings(folder: Path, base: Path, key: str, texts: list[str]) -> Path:
    """The files of a bundle for records named past-0, past-1 ..."""
    folder.mkdir()
    embedder = Embedder(base, key)
    vectors = np.stack([embedder.vector(text) for text in texts])
    save_file({"embeddings": vectors}, folder / "embeddings.safetensors")
    index = {"embeddingKey": key, "dimension": vectors.shape[1]}
    index["texts"] = [{"recordIds": [f"past-{number}"]} for number in range(len(texts))]
    (folder / "embeddings.index.json").write_text(json.dumps(index), "utf-8")
    return folder


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


def waits_for(word: Path, place: Path) -> None:
    """Makes a service whose also_path is `place` read classes of texts with "waits" in them when `word` has been
    opened for writing and closed."""
    os.mkfifo(word)
    (place / "sitecustomize.py").write_text(
        f"""
import pbp_reader.classifier as reader
right = reader.Classifier.classify_all
def waiting(self, texts):
    if any("waits" in text for text in texts):
        open({str(word)!r}).read()
    return right(self, texts)
reader.Classifier.classify_all = waiting
""",
        "utf-8",
    )


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
    """A running service. Its port is any that was free."""

    def __init__(
        self,
        models: Path,
        also_path: str = "",
        command: Sequence[str] = (sys.executable, "-m", "serve"),
        **environment: str,
    ) -> None:
        """also_path: where Python looks for more code, first."""
        self.process = subprocess.Popen(
            command,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{also_path}{os.pathsep}{PYTHONPATH}" if also_path else PYTHONPATH,
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
        self.seen = 0
        self.grown = Condition()
        self.reading = Thread(target=self.read_log)
        self.reading.start()
        self.port: int = self.wait_for("listening")["port"]

    def read_log(self) -> None:
        """All the time: a pipe that is full would stop the service."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.grown:
                self.log.append(line)
                self.grown.notify_all()

    def wait_for(self, event: str, part: str = "", after: int | None = None) -> dict[str, Any]:
        """The next line of the log about this event that has `part` in it: after the last one that was waited for, or
        after the first `after`."""
        start = self.seen if after is None else after
        with self.grown:
            found = self.grown.wait_for(lambda: self.lines(event, part, start), 120)
            assert found, "".join(self.log)
            self.seen = self.log.index(found[0], start) + 1
            first: dict[str, Any] = json.loads(found[0])
            return first

    def lines(self, event: str, part: str = "", after: int = 0) -> list[str]:
        return [line for line in self.log[after:] if f'"event": "{event}"' in line and part in line]

    def log_until_now(self) -> str:
        """One more line is caused, and waited for."""
        before = len(self.log)
        self.ask("GET", "/until-now")
        self.wait_for("request", '"route": "other"', before)
        return "".join(self.log)

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

    def metric(self, name: str) -> float:
        """Over all its labels."""
        text = self.ask("GET", "/metrics").content.decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.reading.join()
        return code


@contextmanager
def serving(models: Path, also_path: str = "", **environment: str) -> Iterator[Serving]:
    service = Serving(models, also_path, **environment)
    try:
        yield service
    finally:
        service.stop()
