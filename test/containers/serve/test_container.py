"""The image's files alone, laid out and started as SageMaker does it: without Docker, at another root.

docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html: `docker run <image> serve`, the model's
archive unpacked in /opt/ml/model, requests at port 8080 of /ping and /invocations; 200 to /ping says that requests may
come, and each is waited for 2 seconds. Publish sets PBP_SERVED_MODELS and PBP_GENERATION.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from time import monotonic

from pbp_jobs.contract import CONTAINERS
from serve.settings import SettingsError, read_settings
from serve.supervisor import main

import pytest
from serving import PYTHONPATH, Serving

ROOT = CONTAINERS.parent
SECONDS_FOR_A_PING = 2
DOCKERFILE = (CONTAINERS / "serve/Dockerfile").read_text("utf-8")


def lay_out(root: Path) -> tuple[list[str], dict[str, str]]:
    """What COPY puts below /opt/pbp. Gives the entry point and the environment."""
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
        for path in ROOT.glob(source):
            place = root / target / path.name if target.endswith("/") else root / target
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(path, place)
    entry = json.loads(re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE)[0])
    environment = dict(pair.split("=") for pair in re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)[0].split())
    return entry, {name: value.replace("/opt/pbp", str(root)) for name, value in environment.items()}


def unpack(current: Path, folder: Path) -> None:
    """The archive that Publish makes, of the model and the manifest alone, unpacked as SageMaker does."""
    archive = folder.with_suffix(".tar.gz")
    with tarfile.open(archive, "w:gz") as packed:
        for path in current.resolve().iterdir():
            if not path.name.startswith("embeddings."):
                packed.add(path, path.name)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")


@pytest.mark.parametrize(
    ("model", "place", "text", "label"),
    [
        ("routing", "registered/routing/current", "CT of the chest", "imaging"),
        ("billing", "current", "severe chest pain since Monday", "problem"),
    ],
)
def test_starts_with_sagemakers_folder_and_argument(
    models: Path, tmp_path: Path, model: str, place: str, text: str, label: str
) -> None:
    unpack(models / place, tmp_path / "model")
    entry, environment = lay_out(tmp_path / "pbp")
    assert entry[0] == "python"
    service = Serving(
        tmp_path / "model",
        command=[sys.executable, *entry[1:], "serve"],
        **{**environment, "PBP_SERVED_MODELS": model, "PBP_GENERATION": "17"},
    )
    named = {"model": model, "generation": 17, "version": (models / place).readlink().name, "arm": "champion"}
    try:
        service.wait_for("ready")
        asked = monotonic()
        assert service.ask("GET", "/ping").status == 200
        assert monotonic() - asked < SECONDS_FOR_A_PING
        whole = service.post("/invocations", {"notes": [{"id": "r-1", "text": text}]})
        answers = whole.pop("answers")
        assert whole == named
        assert label in json.dumps(answers)
        # A batch transform sends lines and takes them apart again, with whatever is behind the last of them.
        lines = "".join(f"{json.dumps({'id': f'r-{number}', 'text': text})}\r\n" for number in (1, 2))
        headers = {"content-type": "application/jsonlines; charset=utf-8"}
        answer = service.ask("POST", "/invocations", f"{lines}\n".encode(), headers)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/jsonlines")
        assert answer.headers["x-pbp-generation"] == "17"
        found = [json.loads(line) for line in answer.content.decode().splitlines()]
        assert [one["id"] for one in found] == ["r-1", "r-2"]
        for one in found:
            assert {name: one[name] for name in named} == named
            assert one | {"id": "r-1", "answerId": ""} == named | answers[0] | {"answerId": ""}
        for body, status, pointer in (
            (b'{"text": 3}\n', 422, "/notes/0/text"),
            (b'{"text": "a"}\n{"text": \n', 400, None),
            (b"", 422, "/notes"),
            (b'{"text": ""}\n' * 65, 422, "/notes"),
        ):
            refused = service.ask("POST", "/invocations", body, headers)
            assert (refused.status, refused.json().get("pointer")) == (status, pointer)
        # The other routes have answers that are no list of notes.
        assert service.ask("POST", "/v1/similar", lines.encode(), headers).status == 415
        # Without its embeddings a bundle has no past notes.
        similar = service.ask("POST", "/v1/similar", {"notes": [{"text": text}]})
        assert similar.status == 503
    finally:
        assert service.stop() == 0


def test_the_workflows_trial_of_the_image_passes_on_its_files(tmp_path: Path) -> None:
    """.github/workflows/images.yml has it with Docker."""
    trial = [sys.executable, str(Path(__file__).with_name("trial.py"))]
    model = tmp_path / "model"
    model.mkdir()
    path = f"{PYTHONPATH}:{ROOT}/test/reader"
    subprocess.run([*trial, "bundle", str(model)], env={"PYTHONPATH": path}, check=True)
    entry, environment = lay_out(tmp_path / "pbp")
    given = {"PBP_SERVED_MODELS": "trial", "PBP_GENERATION": "17"}
    service = Serving(model, command=[sys.executable, *entry[1:], "serve"], **{**environment, **given})
    try:
        said = subprocess.run([*trial, "ask", str(service.port)], capture_output=True, check=True)
        answer = json.loads(said.stdout)
        assert (answer["model"], answer["generation"]) == ("trial", 17)
    finally:
        assert service.stop() == 0


def test_without_settings_it_is_where_sagemaker_expects_it(tmp_path: Path) -> None:
    settings = read_settings({"PBP_MODELS": str(tmp_path)})
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)
    with pytest.raises(SettingsError, match=r"^PBP_MODELS: expected a folder that is there, got /opt/ml/model$"):
        read_settings({})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PBP_SERVE_PORT", "80a", "a whole number from 0 to 65535"),
        ("PBP_SERVE_PORT", "65536", "a whole number from 0 to 65535"),
        ("PBP_SERVE_WORKERS", "0", "a whole number from 1 to 256"),
        ("PBP_SERVED_MODELS", "Routing", "names of registered models"),
        ("PBP_GENERATION", "-1", "a whole number from 0 to 999999"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}: expected {said}"):
        read_settings({"PBP_MODELS": str(tmp_path), name: value})


def test_a_folder_that_cannot_be_written_to_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "served").write_text("a file", "utf-8")
    for name, value in {"PBP_MODELS": tmp_path, "PBP_SERVED": tmp_path / "served", "PBP_SERVE_PORT": "0"}.items():
        monkeypatch.setenv(name, str(value))
    with pytest.raises(SystemExit, match=r"^PBP_SERVED: expected a folder that can be written to"):
        main()
