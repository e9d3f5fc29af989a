"""A trained model's scores of texts, whatever it was trained by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from ..linear.model import load_linear
from ..model_folder import ModelFolder
from .classifier import score_texts
from .decision import Floats

OnBatch = Callable[[int, int], None]
TEXTS_TOGETHER = 1000  # between two looks at whether to stop


def score_by_network(
    model: ModelFolder, texts: Sequence[str], device: torch.device, error_name: str, on_batch: OnBatch
) -> Floats:
    scores: Floats = score_texts(model, texts, device, error_name, on_batch).double().numpy()
    return scores


def score_by_counting(
    model: ModelFolder, texts: Sequence[str], device: torch.device, error_name: str, on_batch: OnBatch
) -> Floats:
    """On the CPU, in whole numbers: the same on every machine."""
    linear = load_linear(model.folder, error_name)
    parts = [linear.scores([])]
    for first in range(0, len(texts), TEXTS_TOGETHER):
        parts.append(linear.scores(texts[first : first + TEXTS_TOGETHER]))
        on_batch(min(first + TEXTS_TOGETHER, len(texts)), len(texts))
    return np.concatenate(parts)


# Scores [texts, classes] in float64, before temperature and thresholds, by a model's algorithm.
SCORERS: dict[str, Callable[[ModelFolder, Sequence[str], torch.device, str, OnBatch], Floats]] = {
    "linear": score_by_counting,
    "frozen": score_by_network,
    "transformer": score_by_network,
}
