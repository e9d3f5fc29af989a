"""What a model scored on the validation side: the number by which trials are compared, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

DRAWS = 200  # of the bootstrap: the standard error is right to 5 %
SEED = 0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Validation:
    score: float
    metric: str
    standard_error: float
    documents: int
    decision: dict[str, Any] | None  # what of the model was fitted there
    loss: float | None = None  # mean, as the training's

    def as_json(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "score": self.score,
            "metric": self.metric,
            "standardError": self.standard_error,
            "documents": self.documents,
        }

    def line(self) -> str:
        """What the training job's metric definitions read."""
        return f"validation: score={self.score:.6f} error={self.standard_error:.6f} documents={self.documents}"


def standard_error(counts: Floats, score: Callable[[Floats], Floats]) -> float:
    """Of a score of sums over documents, by the bootstrap.

    counts: [documents, columns]. score: from sums [draws, columns] to [draws].
    """
    documents = len(counts)
    if documents == 0:
        return 0.0
    drawn = np.random.default_rng(SEED).multinomial(documents, np.full(documents, 1 / documents), DRAWS)
    return float(score(drawn.astype(np.float64) @ counts).std(ddof=1))


def entropy(shares: Tensor) -> float:
    """In nats."""
    return float(-torch.xlogy(shares, shares).sum())


def micro_f1(sums: Floats) -> Floats:
    """From [draws, found, invented, missed]; 0 where nothing was there to be counted."""
    found, invented, missed = sums[:, 0], sums[:, 1], sums[:, 2]
    return ratio(2 * found, 2 * found + invented + missed)


def macro_f1(sums: Floats) -> Floats:
    """From [draws, found of each label, invented of each, missed of each]: the mean over the labels with support."""
    found, invented, missed = np.split(sums, 3, axis=1)
    supported = found + missed > 0
    each = ratio(2 * found, 2 * found + invented + missed) * supported
    return ratio(each.sum(1), supported.sum(1))


def ratio(part: Floats, whole: Any) -> Floats:
    shares: Floats = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return shares
