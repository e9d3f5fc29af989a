"""Checkpoints that a killed job continues from: one safetensors file each, so that each is whole or absent.

Never a pickle: the folder comes back from S3. Two names take turns, since SageMaker copies every file it ever saw
there and deletes none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from .contract import replacing, say

NAMES = ("checkpoint-a.safetensors", "checkpoint-b.safetensors")
SECONDS_BETWEEN = 60.0  # what an interruption may cost
SAVING_SHARE = 0.02  # or, where saving is slow, as often as keeps it below this share of the time


@dataclass(frozen=True)
class Checkpoint:
    tensors: dict[str, Tensor]
    state: dict[str, Any]  # JSON


class Checkpoints:
    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        """`run`: everything that decides what the training does. A checkpoint of another run is not gone on from."""
        self.folder = folder
        self.run = json.dumps(run, sort_keys=True)
        self.next = 0
        self.saved_at = time.monotonic()
        self.seconds_between = SECONDS_BETWEEN
        self.writer = ThreadPoolExecutor(1)
        self.last: Future[None] | None = None

    def load(self) -> Checkpoint | None:
        """The newest readable checkpoint of this run."""
        found: list[tuple[int, int, Checkpoint]] = []
        for number, name in enumerate(NAMES):
            try:
                with safe_open(self.folder / name, framework="pt") as file:
                    metadata = file.metadata() or {}
                    if metadata.get("run") != self.run:
                        say(f"{name}: of another run, not used")
                        continue
                    state = json.loads(metadata["state"])
                    tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
                    found.append((state["step"], number, Checkpoint(tensors, state)))
            except FileNotFoundError:
                continue
            except Exception as error:  # cut off or damaged: the other one, or the start, is as good
                say(f"{name}: not readable ({type(error).__name__}), not used")
        if not found:
            return None
        _, number, newest = max(found, key=lambda entry: entry[:2])
        self.next = 1 - number
        return newest

    def due(self) -> bool:
        return time.monotonic() - self.saved_at >= self.seconds_between

    def save(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Copies what is to be saved, which a thread writes while the training goes on: most of it is waiting for the
        disk. `state` needs a step. Waits for the checkpoint before, and raises what went wrong with it."""
        self.wait()
        kept = {name: tensor.to("cpu", copy=True) for name, tensor in tensors.items()}
        metadata = {"run": self.run, "state": json.dumps(state)}
        self.last = self.writer.submit(self._write, kept, metadata, state["step"])
        self.saved_at = time.monotonic()

    def wait(self) -> None:
        """Until what was saved is durable. Raises what went wrong."""
        if self.last is not None:
            self.last.result()

    def _write(self, tensors: dict[str, Tensor], metadata: dict[str, str], step: int) -> None:
        started = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self.folder / NAMES[self.next]) as temporary:
            save_file(tensors, temporary, metadata=metadata)
        self.next = 1 - self.next
        self.seconds_between = max(SECONDS_BETWEEN, (time.monotonic() - started) / SAVING_SHARE)
        say(f"checkpoint saved at step {step}")
