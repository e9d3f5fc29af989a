from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from class_folders import CLASSES
from serving import PAST, Serving, make_base_model, make_embeddings, promote, serving


@pytest.fixture(scope="session")
def base_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("base-models")


@pytest.fixture(scope="session")
def models(
    tmp_path_factory: pytest.TempPathFactory,
    base_models: Path,
    trained: Path,
    class_models: dict[tuple[str, str], Path],
) -> Path:
    """Three registered models: keyphrases, with past notes; routing (single-label, linear); specialty (multi-label,
    transformer)."""
    folder = tmp_path_factory.mktemp("models")
    labels = json.loads((trained / "model/manifest.json").read_bytes())["labels"]
    key = make_base_model(base_models / "tiny", trained / "model")
    past = make_embeddings(tmp_path_factory.mktemp("past") / "embeddings", base_models / "tiny", key, PAST)
    promote(folder, trained / "model", "ner", "keyphrases", "transformer", labels, past)
    for name, kind, algorithm in (("routing", "single-label", "linear"), ("specialty", "multi-label", "transformer")):
        place = folder / "registered" / name
        place.mkdir(parents=True)
        promote(place, class_models[kind, algorithm], "model", kind, algorithm, CLASSES)
    return folder


@pytest.fixture(scope="session")
def service(models: Path, base_models: Path) -> Iterator[Serving]:
    with serving(models, PBP_BASE_MODELS=str(base_models)) as service:
        yield service
