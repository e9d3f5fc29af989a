"""Folders that test/reader/python.test.ts makes by a whole run, and then calls pytest."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def fixture_folder() -> Path:
    return Path(os.environ["PBP_READER_FIXTURE"])


@pytest.fixture(scope="session")
def promoted() -> Path:
    """A models folder with the run's model in use, and another version. Not to be changed."""
    return Path(os.environ["PBP_READER_MODELS"])


@pytest.fixture
def models_folder(promoted: Path, tmp_path: Path) -> Path:
    """A copy of it to be changed."""
    return shutil.copytree(promoted, tmp_path / "models", symlinks=True)


@pytest.fixture(scope="session")
def notes(fixture_folder: Path) -> list[dict[str, Any]]:
    """recordId and text of the first records, and what the TypeScript reader found nearest to each."""
    found: list[dict[str, Any]] = json.loads((fixture_folder / "notes.json").read_bytes())
    return found
