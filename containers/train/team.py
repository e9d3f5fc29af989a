"""The processes that train one model together: each computes a share of every step, and all make the same update.

A step's batch is what one process would have taken, so batchSize means the same however many there are. The loss of a
share is its words' sum over the words of the whole batch; hence the sum of the shares' gradients is the gradient of
the mean over the batch: exactly, but for the order of sums (and dropout, which each process draws for itself). A sum
comes out alike to the bit on every process, and so the models stay alike.

Every process speaks torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from pbp_jobs.checkpoints import Checkpoint
from pbp_jobs.contract import EXIT_LOST, JobError, StopSignal, say

import torch
import torch.distributed as dist
from torch import Tensor, nn

# The longest that a process waits for another is while the first saves a checkpoint: seconds; under a minute for a
# large model on a slow volume. One that died is noticed long before, by its closed connection or by the launcher.
TIMEOUT = timedelta(minutes=10)

T = TypeVar("T")


class Team:
    """Alone, it does nothing and costs nothing."""

    def __init__(self) -> None:
        self.rank, self.size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        self.gradients = torch.empty(0)
        self.agreed_to_stop = False
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self.size > 1:
            if self.device.type == "cuda":
                torch.cuda.set_device(own_gpu())
            with losing_touch():
                dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo", timeout=TIMEOUT)

    @property
    def leads(self) -> bool:
        """The one that speaks, keeps checkpoints and saves the model."""
        return self.rank == 0

    def say(self, message: str) -> None:
        if self.leads:
            say(message)

    def share(self, batch: Sequence[T]) -> Sequence[T]:
        """Every size-th: a batch is in order of length, so that the shares are as long. May be empty."""
        return batch[self.rank :: self.size]

    def collect_gradients(self, model: nn.Module) -> None:
        """From here on the gradients of a model lie end to end, so that one sum goes over the network a step."""
        if self.size == 1:
            return
        parameters = list(model.parameters())
        count = sum(parameter.numel() for parameter in parameters)
        self.gradients = torch.zeros(count + 2, device=self.device)  # and two numbers, see sum_step
        start = 0
        for parameter in parameters:
            parameter.grad = self.gradients[start : start + parameter.numel()].view_as(parameter)
            start += parameter.numel()

    def sum_step(self, loss: Tensor, stop: StopSignal) -> Tensor:
        """Sums a step's gradients and losses over all processes. What it gives is for read."""
        if self.size == 1:
            return loss
        self.gradients[-2] = loss
        self.gradients[-1] = float(stop.requested)
        with losing_touch():
            dist.all_reduce(self.gradients)
        return self.gradients[-2:].clone()

    def read(self, sums: Tensor) -> float:
        """The loss of a step. If any process was told to stop, from here on all know."""
        if self.size == 1:
            return float(sums)
        with losing_touch():
            loss, stops = sums.tolist()
        self.agreed_to_stop = stops > 0
        return float(loss)

    def sum(self, tensor: Tensor) -> Tensor:
        """Over all processes."""
        if self.size == 1:
            return tensor
        moved = tensor.to(self.device)
        with losing_touch():
            dist.all_reduce(moved)
        return moved.cpu()

    def clear_gradients(self, model: nn.Module) -> None:
        if self.size == 1:
            model.zero_grad()
        else:
            self.gradients.zero_()

    def stops(self, stop: StopSignal) -> bool:
        """Alike on all, so that none waits for a sum to which another will not come."""
        return stop.requested if self.size == 1 else self.agreed_to_stop

    def start_alike(
        self, run: dict[str, Any], load: Callable[[], Checkpoint | None], error_name: str
    ) -> Checkpoint | None:
        """The leader's checkpoint, or its absence, on every process. Errors: error_name when their inputs differ."""
        checkpoint = load() if self.leads else None
        if self.size == 1:
            return checkpoint
        described = None
        if checkpoint:
            described = {
                "state": checkpoint.state,
                "tensors": {name: [list(value.shape), str(value.dtype)] for name, value in checkpoint.tensors.items()},
            }
        with losing_touch():
            said = json.loads(self.broadcast_text(json.dumps({"run": run, "checkpoint": described})))
            found = said["checkpoint"]
            if found:
                ours = checkpoint.tensors if checkpoint else {}
                tensors = {name: self.broadcast(ours.get(name), *how) for name, how in found["tensors"].items()}
                checkpoint = Checkpoint(tensors, found["state"])
        if said["run"] != json.loads(json.dumps(run)):
            raise JobError(error_name, "channels: expected the same data, base model and hyperparameters on every host")
        return checkpoint

    def broadcast_text(self, text: str) -> str:
        content = torch.tensor(list(text.encode("utf-8")), dtype=torch.uint8, device=self.device)
        length = torch.tensor([len(content)], device=self.device)
        dist.broadcast(length, 0)
        content = content if self.leads else content.new_empty(int(length))
        dist.broadcast(content, 0)
        return bytes(content.tolist()).decode("utf-8")

    def broadcast(self, tensor: Tensor | None, shape: list[int], dtype: str) -> Tensor:
        kind = getattr(torch, dtype.removeprefix("torch."))
        tensor = torch.empty(shape, dtype=kind, device=self.device) if tensor is None else tensor.to(self.device)
        dist.broadcast(tensor, 0)
        return tensor

    def part(self) -> None:
        """When nothing is left to be done together."""
        if self.size > 1:
            with losing_touch():
                dist.destroy_process_group()


def own_gpu() -> int:
    """Errors: TrainingFailed when two processes of a host would share a GPU, which NCCL refuses in words of its own."""
    place, count = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if place >= count:
        raise JobError("TrainingFailed", f"LOCAL_RANK {place}: expected one process a GPU, and this host has {count}")
    return place


@contextmanager
def losing_touch() -> Iterator[None]:
    """Ends the process, without its own failure, when another one of the team is gone: that one, or who started
    both, knows the reason."""
    try:
        yield
    except RuntimeError as error:
        say(f"lost touch with another process ({type(error).__name__})")
        raise SystemExit(EXIT_LOST) from None
