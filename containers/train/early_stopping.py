"""Stops a training whose validation score gets no better, and keeps the weights of its best epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pbp_jobs.validation import Validation

from torch import Tensor, nn


class EarlyStopping:
    def __init__(self, patience: int) -> None:
        """patience: epochs without a better score after which it stops."""
        self.patience = patience
        self.score: float | None = None
        self.epochs_since = 0
        self.weights: dict[str, Tensor] = {}
        self.best: Validation | None = None  # None too after an interruption

    @property
    def stops(self) -> bool:
        return self.epochs_since >= self.patience

    def look(self, scored: Validation, network: nn.Module) -> None:
        """At the end of an epoch. Of equal ones the earlier is kept."""
        self.epochs_since += 1
        if self.score is None or scored.score > self.score:
            self.score, self.epochs_since, self.best = scored.score, 0, scored
            self.weights = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}

    def snapshot(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and state, for a checkpoint."""
        tensors = {f"best.{name}": tensor for name, tensor in self.weights.items()}
        return tensors, {"score": self.score, "epochsSince": self.epochs_since}

    def restore(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        self.score, self.epochs_since = state["score"], state["epochsSince"]
        self.weights = {name.removeprefix("best."): t for name, t in tensors.items() if name.startswith("best.")}
