from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from pbp_jobs.contract import (
    CONTAINERS,
    ERROR_NAMES,
    SCHEMAS,
    JobError,
    describe,
    duration,
    parse_integer,
    parse_number,
    read_json,
    read_json_lines,
    write_json,
)
from train.settings import Settings, read_settings

import pytest
from job_folders import environment

RATE = {"exclusiveMinimum": 0, "maximum": 0.01}


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("100", 100), ("42", 42)])
def test_reads_integers(text: str, value: int) -> None:
    assert parse_integer("epochs", text, 1, 100, "TrainingFailed") == value


@pytest.mark.parametrize(
    "text", ["1e3", " 3", "3 ", "3.0", "+3", "03", "", "-1", "0", "101", "1_0", "٣", "NaN", "9" * 30, 3, None, True]
)
def test_refuses_what_is_no_integer_in_range(text: object) -> None:
    with pytest.raises(JobError, match=r"^hyperparameter epochs: expected an integer from 1 to 100$"):
        parse_integer("epochs", text, 1, 100, "TrainingFailed")


@pytest.mark.parametrize(("text", "value"), [("5e-5", 5e-5), ("0.00005", 5e-5), ("1E-2", 0.01), ("0.01", 0.01)])
def test_reads_numbers_as_jsonata_writes_them(text: str, value: float) -> None:
    assert parse_number("learningRate", text, RATE, "TrainingFailed") == value


@pytest.mark.parametrize(
    "text", ["nan", "inf", "1e999", " 1e-5", "1_0e-5", ".001", "0", "-1e-5", "0.02", "", 1e-5, None]
)
def test_refuses_what_is_no_number_in_range(text: object) -> None:
    with pytest.raises(JobError, match=r"^hyperparameter learningRate: expected a number above"):
        parse_number("learningRate", text, RATE, "TrainingFailed")


def test_train_takes_what_the_schema_takes_to_the_very_ends(tmp_path: Path) -> None:
    definitions = json.loads((SCHEMAS / "common.schema.json").read_bytes())["$defs"]
    limits = {"epochs": definitions["epochs"], **definitions["hyperparameters"]["properties"]}
    given = {name: str(limit.get("default", limit.get("minimum", 0.001))) for name, limit in limits.items()}

    def settings(name: str, value: float) -> Settings:
        (tmp_path / "hyperparameters.json").write_text(json.dumps(given | {name: json.dumps(value)}), "utf-8")
        return read_settings(tmp_path / "hyperparameters.json", "TrainingFailed")

    numbers = [name for name, limit in limits.items() if limit.get("type") in ("integer", "number")]
    assert {"epochs", "learningRate", "regularization", "reject", "patience"} <= set(numbers)
    for name in numbers:
        limit = limits[name]
        step = 1 if limit["type"] == "integer" else 1e-6
        ends = [limit["maximum"], limit["minimum"] if "minimum" in limit else limit["exclusiveMinimum"] + step]
        for end in ends:
            settings(name, end)
        beyond = [limit["maximum"] + step, limit["minimum"] - step if "minimum" in limit else limit["exclusiveMinimum"]]
        for value in beyond:
            with pytest.raises(JobError, match=f"^hyperparameter {name}: expected"):
                settings(name, value)


def test_knows_the_error_names_and_no_others() -> None:
    assert {"EmbeddingFailed", "TrainingFailed", "EvaluationFailed"} <= ERROR_NAMES
    with pytest.raises(ValueError, match="expected an error name"):
        JobError("Oops", "")


def test_describes_an_unknown_exception_without_its_text() -> None:
    try:
        json.loads('{"CANARY": ')
    except ValueError as error:
        assert describe(error).startswith("JSONDecodeError at decoder.py:")


@pytest.mark.parametrize(("kind", "file"), [("training", "failure"), ("processing", "message")])
@pytest.mark.parametrize("error", ["RuntimeError", "BaseException"])
def test_leaves_a_failure_file_without_data(tmp_path: Path, kind: str, file: str, error: str) -> None:
    script = f"""
import sys
sys.path.insert(0, {str(CONTAINERS)!r})
from pbp_jobs.contract import run_job
def main(paths, stop):
    raise {error}("CANARY")
run_job({kind!r}, "TrainingFailed", main)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    failure = (tmp_path / "output" / file).read_text("utf-8")
    assert re.fullmatch(rf"TrainingFailed: {error} at contract\.py:\d+, <string>:6", failure)
    assert "CANARY" not in ended.stdout + ended.stderr


def test_cuts_a_long_failure_at_a_whole_character(tmp_path: Path) -> None:
    script = f"""
import sys
sys.path.insert(0, {str(CONTAINERS)!r})
from pbp_jobs.contract import JobError, run_job
def main(paths, stop):
    raise JobError("TrainingFailed", "é" * 1000)
run_job("training", "TrainingFailed", main)
"""
    subprocess.run([sys.executable, "-c", script], env=environment(tmp_path), capture_output=True, check=False)
    failure = (tmp_path / "output/failure").read_bytes()
    assert len(failure) == 1024 or len(failure) == 1023
    assert failure.decode("utf-8").endswith("é")


def test_writes_json_whole_or_not_at_all(tmp_path: Path) -> None:
    write_json(tmp_path / "metrics.json", {"f1": 0.1 + 0.2})
    assert (tmp_path / "metrics.json").read_text("utf-8") == '{"f1": 0.30000000000000004}\n'
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(tmp_path / "metrics.json", {"f1": float("nan")})
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.json"]
    assert read_json(tmp_path / "metrics.json", "TrainingFailed") == {"f1": 0.30000000000000004}


def test_says_which_file_is_missing_or_broken_and_not_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"^train\.jsonl: expected a file in .*, found none$"):
        list(read_json_lines(tmp_path / "train.jsonl", "TrainingFailed"))
    (tmp_path / "train.jsonl").write_text('{"a": 1}\n{"CANARY\n', "utf-8")
    with pytest.raises(JobError, match=r"^train\.jsonl: expected JSON in UTF-8 at line 2$"):
        list(read_json_lines(tmp_path / "train.jsonl", "TrainingFailed"))


@pytest.mark.parametrize(("seconds", "text"), [(3.2, "3 s"), (125, "2 min 05 s"), (4020, "1 h 07 min")])
def test_writes_durations_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text
