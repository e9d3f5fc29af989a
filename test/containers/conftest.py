from __future__ import annotations

from pathlib import Path

import pytest
from class_folders import CLASS_MODELS, train_classes
from job_folders import EPOCHS, make_clinical_base, make_pretrained_base, make_rows, make_training_job, run_job


@pytest.fixture(scope="session")
def clinical_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clinical_base(tmp_path_factory.mktemp("base") / "clinical")


@pytest.fixture(scope="session")
def pretrained_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pretrained_base(tmp_path_factory.mktemp("base") / "pretrained")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, clinical_base: Path) -> Path:
    """The job folder of an undisturbed run of Train; its model is in model/."""
    job = tmp_path_factory.mktemp("trained")
    rows = make_rows(documents=60, seed=1)
    # Longer than a window, and a word of more pieces than a window holds, and one that is nothing to the tokenizer.
    rows.append({"document": "f" * 16, "tokens": ["fever", "and"] * 60, "tags": ["B-problem", "O"] * 60})
    rows.append({"document": "e" * 16, "tokens": ["q" * 80, "\u200d", "CT"], "tags": ["B-problem", "O", "B-test"]})
    ended = run_job("train", make_training_job(job / "ml", clinical_base, rows, epochs=EPOCHS))
    assert ended.returncode == 0, ended.stderr
    return job / "ml"


@pytest.fixture(scope="session")
def class_models(tmp_path_factory: pytest.TempPathFactory, clinical_base: Path) -> dict[tuple[str, str], Path]:
    """Model folders by kind of classes and algorithm."""
    folder = tmp_path_factory.mktemp("classes")
    return {
        (kind, algorithm): train_classes(folder / kind / algorithm, clinical_base, kind, algorithm) / "model"
        for kind, algorithm in CLASS_MODELS
    }
