"""What the Dockerfiles promise, checked without Docker."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pbp_jobs.contract import CONTAINERS

import pytest

ROOT = CONTAINERS.parent
IMAGES = ["embed", "evaluate", "train"]


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_holds_the_job_the_shared_package_and_the_schemas_at_their_places(name: str) -> None:
    lines = (CONTAINERS / name / "Dockerfile").read_text("utf-8").splitlines()
    copied = [line.split()[1:] for line in lines if line.startswith("COPY ")]
    for source, target in copied:
        assert list(ROOT.glob(source)), source
        assert Path(source).parent / Path(target).name == Path(target) or target == f"{Path(source).parent}/"
    sources = {source for source, _ in copied}
    assert {"schemas/*.json", "containers/pbp_jobs", f"containers/{name}", "containers/requirements.txt"} <= sources
    entry = next(json.loads(line.removeprefix("ENTRYPOINT ")) for line in lines if line.startswith("ENTRYPOINT "))
    assert entry == ["python", f"/opt/pbp/containers/{name}/{name}.py"]
    assert "WORKDIR /opt/pbp" in lines


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_built_on_a_pinned_base(name: str) -> None:
    text = (CONTAINERS / name / "Dockerfile").read_text("utf-8")
    assert re.search(r"^ARG BASE_IMAGE=\S+/huggingface-pytorch-training:[0-9]\S+$", text, re.MULTILINE)
    assert "FROM ${BASE_IMAGE}" in text


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (CONTAINERS / name).read_text("utf-8").splitlines():
            assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+(\[[a-z0-9,]+\])?==[0-9][0-9.]*", line), line
