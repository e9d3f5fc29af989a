"""The image's files alone, laid out and started as SageMaker does it: without Docker, at another root.

docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html: `docker run <image> serve`, the model's
archive unpacked in /opt/ml/model, requests at port 8080 of /ping and /invocations.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

from pbp_jobs.contract import CONTAINERS
from serve.settings import SettingsError, read_settings

import pytest
from serving import Serving

ROOT = CONTAINERS.parent
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


def test_starts_with_sagemakers_folder_and_argument(models: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "ml/model"
    shutil.copytree(models / "registered/routing/current", bundle)
    entry, environment = lay_out(tmp_path / "pbp")
    assert entry[0] == "python"
    service = Serving(
        bundle,
        command=[sys.executable, *entry[1:], "serve"],
        **{**environment, "PBP_SERVED_MODELS": "routing", "PBP_GENERATION": "17"},
    )
    try:
        service.wait_for("ready")
        assert service.ask("GET", "/ping").status == 200
        answer = service.post("/invocations", {"notes": [{"text": "CT of the chest"}]})
        version = (models / "registered/routing/current").readlink().name
        assert (answer["model"], answer["generation"], answer["version"]) == ("routing", 17, version)
        assert answer["answers"][0]["classes"][0]["label"] == "imaging"
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
