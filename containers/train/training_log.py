"""training.jsonl: how a training goes, for curves and findings (schemas/execution/training-log.schema.json).

It lies beside the checkpoints, which SageMaker copies to the bucket while the training runs. What a checkpoint needs of
it is in the checkpoint itself: of two files that are copied one after the other, either may be the older one.

Each line is said too, in a form that the metric definitions of states/jobs/train.ts read.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pbp_jobs.contract import say
from pbp_jobs.validation import Validation

MOST_LINES = 500  # of steps: more than a screen has columns, 70 KB


class TrainingLog:
    def __init__(self, folder: Path, prior_loss: float | None, steps: int | None = None) -> None:
        """prior_loss: of one who knows only how frequent each answer is; None with class weights, which change what the
        loss says. steps: of the whole training; None: it ends where it converges, after a few hundred at most."""
        self.file = folder / "training.jsonl"
        self.prior_loss = prior_loss
        self.steps = steps
        self.every = max(1, -(-(steps or 0) // MOST_LINES))
        self.lines: list[dict[str, Any]] = []
        self.seconds = 0.0  # of all attempts, without those that were lost
        self.since = EMPTY.copy()
        self.looked_at = time.monotonic()

    def begin(self, state: dict[str, Any] | None = None) -> None:
        """state: of the checkpoint that the training goes on from."""
        if state:
            self.lines, self.seconds, self.since = state["lines"], state["seconds"], state["since"]
        self.looked_at = time.monotonic()
        self._write("w", self.lines)

    def snapshot(self) -> dict[str, Any]:
        """For a checkpoint."""
        self._wait()
        return {"lines": self.lines, "seconds": self.seconds, "since": self.since}

    def step_begins(self) -> None:
        """The rows of the step are there."""
        self._wait()

    def step_ended(
        self, step: int, loss: float, epoch: int | None = None, rate: float = 0.0, pieces: int = 0, shows: bool = False
    ) -> None:
        """loss: the step's. shows: gets a line in any case. A linear model's fit has no epochs, no rate, no pieces."""
        since = self.since
        passed = self._pass()
        since["busy"] += passed
        since["wall"] += passed
        since["steps"] += 1
        since["loss"] += loss
        since["pieces"] += pieces
        if not shows and step != 1 and step % self.every:
            return
        line: dict[str, Any] = {"step": step, "loss": round(since["loss"] / since["steps"], 6)}
        if step == 1 and self.prior_loss is not None:
            line["priorLoss"] = round(self.prior_loss, 6)
        if epoch is not None:
            wall = max(since["wall"], 1e-9)
            line |= {"epoch": epoch, "steps": self.steps, "learningRate": float(f"{rate:.6g}")}
            line |= {"piecesPerSecond": round(since["pieces"] / wall), "busy": round(since["busy"] / wall, 4)}
        self.since = EMPTY.copy()
        self._add(line)
        said = [f"trainLoss={line['loss']:.6f}"]
        said += [f"{name}={line[name]}" for name in ("learningRate", "piecesPerSecond", "epoch") if name in line]
        say(f"metrics: {' '.join(said)} step={step}")

    def validation_begins(self) -> None:
        self._wait()

    def validated(self, step: int, validation: Validation, epoch: int | None = None) -> None:
        """After an epoch, or at the end of a training without epochs."""
        self._pass()  # what it took is no part of the steps' time
        loss = {} if validation.loss is None else {"loss": round(validation.loss, 6)}
        at = {"step": step} | ({} if epoch is None else {"epoch": epoch})
        self._add(at | {"validation": validation.as_json() | loss})
        said = [f"validationScore={validation.score:.6f}", *(f"validationLoss={value:.6f}" for value in loss.values())]
        say(f"metrics: {' '.join(said)} " + " ".join(f"{name}={value}" for name, value in at.items()))

    def _wait(self) -> None:
        self.since["wall"] += self._pass()

    def _pass(self) -> float:
        now = time.monotonic()
        passed = now - self.looked_at
        self.looked_at = now
        self.seconds += passed
        return passed

    def _add(self, line: dict[str, Any]) -> None:
        line["seconds"] = round(self.seconds, 3)
        self.lines.append(line)
        self._write("a", [line])

    def _write(self, mode: str, lines: list[dict[str, Any]]) -> None:
        with suppress(OSError):  # no training fails because of its log; a receipt says that it is missing
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open(mode, encoding="utf-8") as file:
                file.writelines(f"{json.dumps(line, allow_nan=False)}\n" for line in lines)


# Since the last line: steps, the sum of their losses, word pieces; seconds in steps, and in all but validations.
EMPTY: dict[str, Any] = {"steps": 0, "loss": 0.0, "pieces": 0, "busy": 0.0, "wall": 0.0}
