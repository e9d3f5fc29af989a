from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from class_folders import CLASSES
from serving import Serving, promote, serving


@pytest.fixture(scope="session")
def models(
    tmp_path_factory: pytest.TempPathFactory,
    trained: Path,
    class_models: dict[tuple[str, str], Path],
) -> Path:
    """Three registered models: keyphrases, routing (single-label, linear), specialty (multi-label, transformer)."""
    folder = tmp_path_factory.mktemp("models")
    labels = json.loads((trained / "model/manifest.json").read_bytes())["labels"]
    promote(folder, trained / "model", "ner", "keyphrases", "transformer", labels)
    for name, kind, algorithm in (
        ("routing", "single-label", "linear"),
        ("specialty", "multi-label", "transformer"),
    ):
        place = folder / "registered" / name
        place.mkdir(parents=True)
        promote(place, class_models[kind, algorithm], "model", kind, algorithm, CLASSES)
    return folder


@pytest.fixture(scope="session")
def service(models: Path) -> Iterator[Serving]:
    with serving(models) as service:
        yield service
