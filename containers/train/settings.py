"""What an operator, or the plan of trials, has chosen for this training."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pbp_jobs.algorithms import DEFAULT_ALGORITHM
from pbp_jobs.contract import SCHEMAS, JobError, parse_integer, parse_number, read_json
from pbp_jobs.kinds import ALGORITHMS_OF, DEFAULT, read_kind

# What a training job was not told before there were kinds: the schema has the other defaults.
FIRST = {"kind": DEFAULT, "algorithm": DEFAULT_ALGORITHM}
LATER = ("patience", "classWeights", "thresholds", "regularization", "reject")


@dataclass(frozen=True)
class Settings:
    kind: str
    epochs: int
    batch_size: int
    learning_rate: float
    max_length: int
    seed: int
    algorithm: str
    patience: int  # epochs without a better validation score after which training stops; 0: it never does
    balanced: bool  # classes count alike in the loss, however rare
    by_label: bool  # a threshold for each label
    regularization: float
    reject: float  # the precision that answers without a person are to have


def read_settings(path: Path, error_name: str) -> Settings:
    """Reads hyperparameters.json. Errors: error_name with the name of the one that is wrong."""
    given = read_json(path, error_name)
    if not isinstance(given, dict):
        raise JobError(error_name, "hyperparameters.json: expected an object")
    definitions = json.loads((SCHEMAS / "common.schema.json").read_bytes())["$defs"]
    limits = {"epochs": definitions["epochs"], **definitions["hyperparameters"]["properties"]}

    given = FIRST | {name: str(limits[name]["default"]) for name in LATER} | given

    def integer(name: str) -> int:
        return parse_integer(name, given.get(name), limits[name]["minimum"], limits[name]["maximum"], error_name)

    def number(name: str) -> float:
        return parse_number(name, given.get(name), limits[name], error_name)

    def one_of(name: str, *values: str) -> str:
        if given[name] in values:
            return str(given[name])
        raise JobError(error_name, f"hyperparameter {name}: expected {' or '.join(values)}")

    read_kind(given["kind"], error_name)
    return Settings(
        kind=given["kind"],
        algorithm=one_of("algorithm", *ALGORITHMS_OF[given["kind"]]),
        epochs=integer("epochs"),
        batch_size=integer("batchSize"),
        seed=integer("seed"),
        max_length=integer("maxSequenceLength"),
        learning_rate=number("learningRate"),
        patience=integer("patience"),
        balanced=one_of("classWeights", *limits["classWeights"]["enum"]) == "balanced",
        by_label=one_of("thresholds", *limits["thresholds"]["enum"]) == "label",
        regularization=number("regularization"),
        reject=number("reject"),
    )
