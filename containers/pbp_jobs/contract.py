"""The contract between a job and SageMaker: folders, hyperparameters, failure file, signals.

The same files exist in a container (/opt/ml), under the local runner, and in a folder made by hand;
only SAGEMAKER_BASE_DIR differs. Nothing here knows about models.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Literal

CONTAINERS = Path(__file__).resolve().parents[1]
SCHEMAS = CONTAINERS.parent / "schemas"  # images copy what they read of it to the same relative place
TABLES = SCHEMAS / "tables"
ERROR_NAMES: frozenset[str] = frozenset(json.loads((TABLES / "errors.json").read_text("utf-8"))["pipeline"])

FAILURE_BYTES = 1024  # SageMaker cuts FailureReason there
EXIT_FAILED = 1
EXIT_LOST = 3  # a process of a training on several lost touch with another one, which knows why
EXIT_STOPPED = 128 + signal.SIGTERM  # what a shell reports for a process that SIGTERM ended


class JobError(Exception):
    """A failure with a name of schemas/tables/errors.json. The message names a place and an expectation, no value."""

    def __init__(self, name: str, message: str) -> None:
        if name not in ERROR_NAMES:
            raise ValueError(f"expected an error name of schemas/tables/errors.json, got {name}")
        super().__init__(message)
        self.name = name
        self.message = message


class StopRequested(Exception):  # noqa: N818 - not an error: SageMaker asked for it
    """SIGTERM came (spot interruption, time limit, operator) and the work so far is saved."""


@dataclass(frozen=True)
class Paths:
    """SageMaker's folders below one root. None of them is created here."""

    base: Path

    @staticmethod
    def from_environment() -> Paths:
        return Paths(Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))

    @property
    def hyperparameters(self) -> Path:
        return self.base / "input/config/hyperparameters.json"

    def channel(self, name: str) -> Path:
        return self.base / "input/data" / name

    @property
    def training_hosts(self) -> Path:
        return self.base / "input/config/resourceconfig.json"

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def checkpoints(self) -> Path:
        return self.base / "checkpoints"

    @property
    def training_failure(self) -> Path:
        return self.base / "output/failure"

    @property
    def progress(self) -> Path:
        return self.base / "output/progress.json"

    def processing_input(self, name: str) -> Path:
        return self.base / "processing/input" / name

    def processing_output(self, name: str) -> Path:
        return self.base / "processing/output" / name

    @property
    def processing_hosts(self) -> Path:
        return self.base / "config/resourceconfig.json"

    @property
    def processing_failure(self) -> Path:
        return self.base / "output/message"


class StopSignal:
    """Turns SIGTERM into a flag that loops ask for between two steps, so that no step is cut in half."""

    def __init__(self) -> None:
        self.requested = False

    def install(self) -> StopSignal:
        signal.signal(signal.SIGTERM, self._request)
        return self

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True

    def check(self) -> None:
        """Raises StopRequested once SIGTERM came. Call it where everything worth keeping is saved."""
        if self.requested:
            raise StopRequested


def run_job(
    kind: Literal["training", "processing"], error_name: str, main: Callable[[Paths, StopSignal], None]
) -> None:
    """Runs a job and exits: 0, or 1 with "<ErrorName>: <sentence>" in the failure file, or 143 after SIGTERM.

    An exception that is no JobError is reported under error_name by its class and place alone, since its
    text may quote the data.
    """
    paths = Paths.from_environment()
    stop = StopSignal().install()
    failure = paths.training_failure if kind == "training" else paths.processing_failure
    try:
        main(paths, stop)
        return
    except StopRequested:
        reason, code = f"{error_name}: stopped by SIGTERM before it was finished", EXIT_STOPPED
    except JobError as error:
        reason, code = f"{error.name}: {error.message}", EXIT_FAILED
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # a panic in the tokenizer's Rust is no Exception, and its message quotes the text
        reason, code = f"{error_name}: {describe(error)}", EXIT_FAILED
    say(reason)
    if "RANK" in os.environ and failure.exists():
        sys.exit(code)  # one of several processes: the first to fail has said why
    failure.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(failure, reason.encode("utf-8")[:FAILURE_BYTES].decode("utf-8", "ignore").encode("utf-8"))
    sys.exit(code)


def describe(error: BaseException) -> str:
    """An exception without its text: class, place, and the innermost place in our own code."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    ours = [place for frame, place in zip(frames, places, strict=True) if frame.filename.startswith(str(CONTAINERS))]
    where = list(dict.fromkeys(ours[-1:] + places[-1:]))
    return f"{type(error).__name__} at {', '.join(where) or 'an unknown place'}"


# Hyperparameters: SageMaker hands them over as strings, whatever they were.

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def parse_integer(name: str, text: object, minimum: int, maximum: int, error_name: str) -> int:
    """A decimal integer and nothing else: "1e3", " 3", "3.0", "+3" and "03" are refused."""
    if isinstance(text, str) and len(text) <= 20 and INTEGER.fullmatch(text) and minimum <= int(text) <= maximum:
        return int(text)
    raise JobError(error_name, f"hyperparameter {name}: expected an integer from {minimum} to {maximum}")


def parse_number(name: str, text: object, limits: Mapping[str, Any], error_name: str) -> float:
    """A JSON number as its schema allows it, ends included unless it says otherwise: "nan", "inf", "1_0" and " 1" are
    refused."""
    above, least, most = limits.get("exclusiveMinimum"), limits.get("minimum"), limits["maximum"]
    if isinstance(text, str) and len(text) <= 40 and NUMBER.fullmatch(text):
        value = float(text)
        if (above is None or value > above) and (least is None or value >= least) and value <= most:
            return value
    low = f"above {above}" if least is None else f"of at least {least}"
    raise JobError(error_name, f"hyperparameter {name}: expected a number {low} and at most {most}")


# Files


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path next to `path`; what was written there takes its place whole, durably, or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """A rename survives a power cut only once its folder is synced too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any) -> None:
    """Full precision, and never NaN or Infinity, which JSON.parse on the other side refuses."""
    write_bytes(path, (json.dumps(value, allow_nan=False, ensure_ascii=False) + "\n").encode("utf-8"))


def read_json(path: Path, error_name: str) -> Any:
    """Errors: error_name when the file is missing or no JSON."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise JobError(error_name, f"{path.name}: expected a file in {path.parent.name}/, found none") from None
    except ValueError:
        raise JobError(error_name, f"{path.name}: expected JSON in UTF-8") from None


def read_json_lines(path: Path, error_name: str) -> Iterator[Any]:
    """One value a line. Errors: error_name with the line's number."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise JobError(error_name, f"{path.name}: expected a file in {path.parent.name}/, found none") from None
    with file:
        for number, line in enumerate(file, start=1):
            try:
                yield json.loads(line)
            except ValueError:
                raise JobError(error_name, f"{path.name}: expected JSON in UTF-8 at line {number}") from None


def sha256_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Progress: numbers only. A line on stderr, which CloudWatch keeps, and a small file, which the local engine reads


def say(message: str) -> None:
    sys.stderr.write(f"{message}\n")  # at once: print writes the line's end by itself, and threads say things too
    sys.stderr.flush()


def show_progress(step: str, **known: str | int | float) -> None:
    """What the job does now, in two or three words, and how far it is: whole or absent for whoever reads the file."""
    path = Paths.from_environment().progress
    temporary = path.with_name(f".{path.name}.tmp")
    with suppress(OSError):  # a folder made by hand may lack the place, and no job fails because of it
        temporary.write_text(json.dumps({"step": step, **known}), "utf-8")
        temporary.replace(path)


class Progress:
    """A line every few seconds: how far, how fast, how long still."""

    SECONDS_BETWEEN_LINES = 5.0  # often enough for a person, 720 lines an hour in CloudWatch
    SECONDS_BETWEEN_FILES = 1.0  # a screen that stands still for longer looks dead

    def __init__(self, what: str, total: int, unit: str, done: int = 0) -> None:
        """`done` units were finished by an earlier run and do not count for the speed."""
        self.what, self.total, self.unit, self.skipped = what, total, unit, done
        self.started = self.said = self.shown = time.monotonic()

    def update(self, done: int, epoch: str = "", loss: float | None = None) -> None:
        """`done` of `total` units, counted from the very start of the work; `epoch` as `1/3`."""
        now = time.monotonic()
        is_last = done >= self.total
        speed = (done - self.skipped) / max(now - self.started, 1e-9)
        left = (self.total - done) / speed if speed > 0 else 0.0
        if now - self.shown >= self.SECONDS_BETWEEN_FILES or is_last:
            self.shown = now
            known: dict[str, str | int | float] = {"done": done, "total": self.total, "unit": self.unit}
            known |= {"secondsLeft": left} | ({"epoch": epoch} if epoch else {})
            show_progress(self.what, **known, **({} if loss is None else {"loss": loss}))
        if now - self.said >= self.SECONDS_BETWEEN_LINES or is_last:
            self.said = now
            parts = [
                f"{self.what} {100 * done / max(self.total, 1):3.0f} %",
                f"{done:,}/{self.total:,} {self.unit}",
                f"{speed:,.0f} {self.unit}/s",
                *([f"epoch {epoch}"] if epoch else []),
                *([] if loss is None else [f"loss {loss:.4f}"]),
                f"{duration(left)} left",
            ]
            say(" · ".join(parts))


def duration(seconds: float) -> str:
    """3 s, 2 min 05 s, 1 h 07 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
