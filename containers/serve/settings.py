"""What the environment says. It is read here and nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from pbp_reader.models import MODEL_NAME

MOST_WORKERS = 256
LEAST_SECRET = 32
MOST_PROCESSES = 1 << 22  # the kernel's limit of process ids


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
    review_below: float | None  # confidence below which an answer is for a person to look at
    captures: bool  # of every answer, what was answered
    captures_text: bool  # and the text
    feedback_key: bytes | None  # what ids of answers are signed with; None: one beside the counters
    generation: int | None  # of an unpacked bundle, which does not know it
    parent: int | None  # process without which the service ends; None: it runs on its own


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Errors: SettingsError."""
    names = environment.get("PBP_SERVED_MODELS")
    counters = optional_path(environment, "PBP_SERVED")
    captures, captures_text = switch(environment, "PBP_CAPTURE"), switch(environment, "PBP_CAPTURE_TEXT")
    review_below = share(environment, "PBP_REVIEW_BELOW")
    if captures_text and not captures:
        raise SettingsError("PBP_CAPTURE_TEXT: expected PBP_CAPTURE=on beside it")
    if counters is None and (captures or review_below is not None):
        raise SettingsError("PBP_CAPTURE, PBP_REVIEW_BELOW: expected PBP_SERVED, the folder that they write to")
    return Settings(
        models=folder(environment, "PBP_MODELS", "/opt/ml/model"),
        names=None if names is None else tuple(model_name(name) for name in names.split(",")),
        host=environment.get("PBP_SERVE_HOST", "0.0.0.0"),
        port=whole_number(environment, "PBP_SERVE_PORT", 8080, 0, 65535),
        workers=whole_number(environment, "PBP_SERVE_WORKERS", cores(), 1, MOST_WORKERS),
        counters=counters,
        base_models=optional_path(environment, "PBP_BASE_MODELS"),
        review_below=review_below,
        captures=captures,
        captures_text=captures_text,
        feedback_key=secret(environment, "PBP_FEEDBACK_KEY"),
        generation=whole_number(environment, "PBP_GENERATION", 0, 0, 999_999) or None,
        parent=whole_number(environment, "PBP_SERVE_PARENT", 0, 0, MOST_PROCESSES) or None,
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


def require_writable(place: Path) -> None:
    """Errors: SettingsError."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise not_writable(error) from None


def not_writable(error: OSError) -> SettingsError:
    return SettingsError(f"PBP_SERVED: expected a folder that can be written to ({error.strerror})")


def switch(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "off")
    if value not in ("on", "off"):
        raise SettingsError(f"{name}: expected on or off")
    return value == "on"


def share(environment: Mapping[str, str], name: str) -> float | None:
    value = environment.get(name)
    if value is None:
        return None
    if re.fullmatch(r"0?\.[0-9]{1,6}|1(\.0{1,6})?", value) is None or float(value) == 0:
        raise SettingsError(f"{name}: expected a number above 0, up to 1")
    return float(value)


def secret(environment: Mapping[str, str], name: str) -> bytes | None:
    value = environment.get(name)
    if value is not None and len(value) < LEAST_SECRET:
        raise SettingsError(f"{name}: expected at least {LEAST_SECRET} characters")
    return None if value is None else value.encode("utf-8", "surrogateescape")


def model_name(name: str) -> str:
    if MODEL_NAME.fullmatch(name) is None:
        raise SettingsError("PBP_SERVED_MODELS: expected names of registered models, separated by commas")
    return name


def whole_number(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environment.get(name, str(default))
    if not (value.isascii() and value.isdecimal() and len(value) <= 7 and least <= int(value) <= most):
        raise SettingsError(f"{name}: expected a whole number from {least} to {most}")
    return int(value)
