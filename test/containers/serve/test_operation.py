"""Promotions, kills and ends of a service that answers all the while."""

from __future__ import annotations

import json
import os
import shutil
import signal
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import pytest
from class_folders import CLASSES, train_classes
from pbp_reader.bundle import open_bundle
from pbp_reader.classifier import Classifier
from serving import promote, serving, use

TEXTS = ["fever and CT of the chest", "blood count", "X-ray"]
PROMOTIONS = int(os.environ.get("PBP_PROMOTIONS", "20"))


@pytest.fixture(scope="module")
def two_models(
    tmp_path_factory: pytest.TempPathFactory, clinical_base: Path, class_models: dict[tuple[str, str], Path]
) -> list[Path]:
    """That answer differently."""
    folder = tmp_path_factory.mktemp("other") / "job"
    other = train_classes(folder, clinical_base, "single-label", "linear", regularization="0.01") / "model"
    return [class_models["single-label", "linear"], other]


@pytest.fixture
def two_versions(tmp_path: Path, two_models: list[Path]) -> tuple[Path, list[str]]:
    """A models folder and the versions in it, of which the second is in use."""
    models = tmp_path / "models"
    models.mkdir()
    return models, [promote(models, one, "model", "single-label", "linear", CLASSES) for one in two_models]


class Asking:
    """Clients that ask without a pause. A connection that breaks is one of the answers."""

    def __init__(self, port: int, clients: int) -> None:
        self.port = port
        self.answers: list[dict[str, Any]] = []
        self.grown = Condition()
        self.over = False
        self.threads = [Thread(target=self.ask) for _ in range(clients)]

    def __enter__(self) -> Asking:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over = True
        for thread in self.threads:
            thread.join()

    def ask(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = json.dumps({"notes": [{"text": text} for text in TEXTS]})
        answer: dict[str, Any]
        while not self.over:
            try:
                connection.request("POST", "/v1/classes", body, {"content-type": "application/json"})
                response = connection.getresponse()
                answer = {"status": response.status, **json.loads(response.read())}
            except (OSError, HTTPException) as error:  # none came, or a part of one: it is lost
                answer = {"status": type(error).__name__}
                connection.close()
            with self.grown:
                self.answers.append(answer)
                self.grown.notify_all()
        connection.close()

    def wait_for(self, more: int) -> None:
        with self.grown:
            wanted = len(self.answers) + more
            assert self.grown.wait_for(lambda: len(self.answers) >= wanted, 60)

    def statuses(self) -> set[int | str]:
        return {answer["status"] for answer in self.answers}


def test_promotions_and_rollbacks_mix_and_lose_no_answer(two_versions: tuple[Path, list[str]]) -> None:
    models, versions = two_versions
    said = {version: confidences(models, version) for version in versions}
    assert said[versions[0]] != said[versions[1]]
    version_of, generation = {2: versions[1]}, 2
    memory = []
    with serving(models, PBP_SERVE_WORKERS="2") as service:
        for _ in range(2):  # the memory below is of both workers
            service.wait_for("ready")
        with Asking(service.port, 4) as asking:
            for number in range(PROMOTIONS):
                asking.wait_for(50)
                generation = use(models, versions[number % 2])
                version_of[generation] = versions[number % 2]
                if number == PROMOTIONS // 2:  # else the looks might see every other one alone
                    for _ in range(2):  # each worker looks by itself, and one may have all the connections
                        service.wait_for("in-use", f'"generation": {generation}')
                if number % (PROMOTIONS // 4) == PROMOTIONS // 8:
                    memory.append(service.metric("pbp_resident_bytes"))
            for _ in range(2):
                service.wait_for("in-use", f'"generation": {generation}')
            asking.wait_for(50)
        assert service.stop() == 0
    assert asking.statuses() == {200}
    for answer in asking.answers:
        assert answer["version"] == version_of[answer["generation"]]
        assert [one["confidence"] for one in answer["answers"]] == said[answer["version"]]
    assert {answer["version"] for answer in asking.answers} == set(versions)
    assert max(answer["generation"] for answer in asking.answers) == generation
    print(f"{len(asking.answers)} answers, resident bytes of both workers {memory}")
    assert max(memory) < 1.2 * memory[0]


def confidences(models: Path, version: str) -> list[float]:
    classifier = Classifier(open_bundle(models / "versions" / version))
    return [answer.confidence for answer in classifier.classify_all(TEXTS)]


@pytest.mark.parametrize(("number", "lost"), [(signal.SIGKILL, 6), (signal.SIGTERM, 0)])
def test_a_worker_that_ends_alone_comes_back_while_the_other_answers(
    two_versions: tuple[Path, list[str]], number: int, lost: int
) -> None:
    models, _ = two_versions
    with serving(models, PBP_SERVE_WORKERS="2") as service:
        workers = {service.wait_for("ready")["worker"]}
        while len(workers) < 2:
            workers |= {json.loads(line)["worker"] for line in service.lines("ready")}
        victim = min(workers)
        with Asking(service.port, 6) as asking:
            before = len(service.log)
            os.kill(victim, number)
            assert service.wait_for("worker-ended", after=before)["ended"] == victim
            new = service.wait_for("ready", after=before)["worker"]
            assert new not in workers
            asking.wait_for(20)
        # No more than what a killed one had begun: one request of each client.
        assert len([answer for answer in asking.answers if answer["status"] != 200]) <= lost
        gone = service.ask("GET", "/metrics").content.decode()
        assert gone.count("pbp_generation{") == 1


def test_waits_for_the_first_promotion_and_then_answers(tmp_path: Path, two_versions: tuple[Path, list[str]]) -> None:
    models, versions = two_versions
    empty = tmp_path / "empty"
    empty.mkdir()
    with serving(empty) as service:
        service.wait_for("waiting-for-a-model")
        assert [service.ask("GET", path).status for path in ("/ping", "/readyz", "/healthz")] == [503, 503, 200]
        answer = service.ask("POST", "/v1/classes", {"notes": [{"text": "fever"}]})
        assert (answer.status, answer.json()["type"]) == (503, "urn:pbp:problem:not-ready")
        shutil.copytree(models / "versions", empty / "versions")
        use(empty, versions[0])
        service.wait_for("in-use")
        assert service.ask("GET", "/readyz").status == 503 or service.ask("GET", "/ping").status == 200


def test_a_damaged_bundle_is_told_once_and_the_one_before_answers_on(two_versions: tuple[Path, list[str]]) -> None:
    models, versions = two_versions
    with serving(models) as service:
        service.wait_for("ready")
        damaged = models / "versions" / versions[0] / "model/linear.safetensors"
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"\xff")
        use(models, versions[0])
        told = service.wait_for("not-taken-up")
        assert told["error"] == (
            f"The bundle {versions[0]} has a damaged file, model/linear.safetensors."
            " Roll back, or restore it from a backup."
        )
        assert service.post("/v1/classes", {"notes": [{"text": "fever"}]})["generation"] == 2
        use(models, versions[1])
        assert service.wait_for("in-use", '"generation": 4')["version"] == versions[1]
        assert len(service.lines("not-taken-up")) == 1
        assert "pbp_model_refresh_failures_total 0" not in service.ask("GET", "/metrics").content.decode()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_was_begun_is_answered_before_the_end(two_versions: tuple[Path, list[str]], workers: str) -> None:
    models, _ = two_versions
    with serving(models, PBP_SERVE_WORKERS=workers) as service:
        for _ in range(int(workers)):
            service.wait_for("ready")
        with Asking(service.port, 8) as asking:
            asking.wait_for(8)
            service.process.send_signal(signal.SIGTERM)
            # Whoever balances load is told first; requests are answered meanwhile.
            while service.ask("GET", "/readyz").status == 200:
                pass
            assert service.ask("POST", "/v1/classes", {"notes": [{"text": "fever"}]}).status == 200
            assert service.process.wait(60) == 0
        # After the end a connection is refused; no connection that was made is lost, wherever it waited.
        assert asking.statuses() <= {200, "ConnectionRefusedError"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loading", ["service", "worker"])
def test_an_end_that_is_asked_for_while_it_loads_is_one_like_any_other(
    tmp_path: Path, loading: str, number: int
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    # Signals the process that is loading, and the one above it, as Ctrl-C does.
    (place / "sitecustomize.py").write_text(
        f"""
import os, sys
class Signalling:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            sys.meta_path.remove(self)
            if {loading == "worker"}:
                os.kill(os.getppid(), {number})
            os.kill(os.getpid(), {number})
if ("PBP_SERVE_LISTENER" in os.environ) == {loading == "worker"}:
    sys.meta_path.insert(0, Signalling())
""",
        "utf-8",
    )
    with serving(tmp_path, str(place)) as service:
        assert service.process.wait(60) == 0
        service.reading.join()
    events = [json.loads(line)["event"] for line in service.log]
    assert events == ["listening", "ended", "ended"]
