"""What the environment says. It is read here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pbp_reader.models import MODEL_NAME

MOST_WORKERS = 256


class SettingsError(Exception):
    """The message names the variable and what was expected."""


@dataclass(frozen=True)
class Settings:
    models: Path  # the models folder, or one unpacked bundle
    names: tuple[str, ...] | None  # None: all that have a champion
    host: str
    port: int
    workers: int
    counters: Path | None  # where what was served is counted
    base_models: Path | None  # folders of base models, for /v1/similar
    generation: int | None  # of an unpacked bundle, which does not know it


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Errors: SettingsError."""
    names = environment.get("PBP_SERVED_MODELS")
    return Settings(
        models=folder(environment, "PBP_MODELS", "/opt/ml/model"),
        names=None if names is None else tuple(model_name(name) for name in names.split(",")),
        host=environment.get("PBP_SERVE_HOST", "0.0.0.0"),
        port=whole_number(environment, "PBP_SERVE_PORT", 8080, 0, 65535),
        workers=whole_number(environment, "PBP_SERVE_WORKERS", cores(), 1, MOST_WORKERS),
        counters=optional_path(environment, "PBP_SERVED"),
        base_models=optional_path(environment, "PBP_BASE_MODELS"),
        generation=whole_number(environment, "PBP_GENERATION", 0, 0, 999_999) or None,
    )


def cores() -> int:
    """That this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_WORKERS)


def folder(environment: Mapping[str, str], name: str, default: str) -> Path:
    path = Path(environment.get(name, default))
    if not path.is_dir():
        raise SettingsError(f"{name}: expected a folder that is there, got {path}")
    return path


def optional_path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return None if value is None else Path(value)


def model_name(name: str) -> str:
    if MODEL_NAME.fullmatch(name) is None:
        raise SettingsError("PBP_SERVED_MODELS: expected names of registered models, separated by commas")
    return name


def whole_number(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environment.get(name, str(default))
    if not (value.isascii() and value.isdecimal() and len(value) <= 6 and least <= int(value) <= most):
        raise SettingsError(f"{name}: expected a whole number from {least} to {most}")
    return int(value)
