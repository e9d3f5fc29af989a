"""What an operator, or the plan of trials, has chosen for this training."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pbp_jobs.contract import SCHEMAS, JobError, parse_integer, parse_number, read_json
from pbp_jobs.kinds import DEFAULT


@dataclass(frozen=True)
class Settings:
    kind: str
    epochs: int
    batch_size: int
    learning_rate: float
    max_length: int
    seed: int


def read_settings(path: Path, error_name: str) -> Settings:
    """Reads hyperparameters.json. Errors: error_name with the name of the one that is wrong."""
    given = read_json(path, error_name)
    if not isinstance(given, dict):
        raise JobError(error_name, "hyperparameters.json: expected an object")
    definitions = json.loads((SCHEMAS / "common.schema.json").read_bytes())["$defs"]
    limits = {"epochs": definitions["epochs"], **definitions["hyperparameters"]["properties"]}

    def integer(name: str) -> int:
        return parse_integer(name, given.get(name), limits[name]["minimum"], limits[name]["maximum"], error_name)

    return Settings(
        kind=given.get("kind", DEFAULT),
        epochs=integer("epochs"),
        batch_size=integer("batchSize"),
        seed=integer("seed"),
        max_length=integer("maxSequenceLength"),
        learning_rate=parse_number(
            "learningRate", given.get("learningRate"), 0.0, limits["learningRate"]["maximum"], error_name
        ),
    )
