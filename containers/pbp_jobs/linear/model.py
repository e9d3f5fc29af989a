"""The linear model: a weight for each feature and label, read and written as linear.safetensors and linear.json.

All that it adds up are whole numbers whose sums stay below 2^53. They are exact in float64 in whatever order, so the
readers in Python and TypeScript, numpy, torch and any machine give a text the same scores to the last bit:

    part     = sqrt(count * rarity / sum of count * rarity over the text's known features of the same half)
    share    = floor(part * 2^20 + 0.5)
    score[j] = bias[j] + scale[j] * (sum of share * weight[j] over the text's known features)

with count from features.py, whose halves are n-grams of tokens and of characters, rarity = the square of the inverse
document frequency in units of 2^-12, weight from -32767 to 32767. IEEE 754 leaves no choice in a square root, a
division and a floor; a logarithm of the count would be another matter. A feature is known if its bucket is in at least
two training documents, so nothing stands in the archive for a word of one alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ..contract import JobError, read_json, write_json
from .design import Sparse, compressed
from .features import Counts, Hashing, count_features, parts
from .regression import fit

FORMAT = 1  # of what the files mean: a reader refuses another one
DEFAULT_HASHING = Hashing(bits=20, words=(1, 2), characters=(2, 5))
LEAST_DOCUMENTS = 2
SHARE_UNITS = 1 << 20
RARITY_UNITS = 1 << 12
MOST_WEIGHT = 32767
LABELS_TOGETHER = 64  # bounds the memory of scores: 128 MB of weights


@dataclass(frozen=True)
class LinearModel:
    hashing: Hashing
    buckets: NDArray[np.int32]  # [features], rising
    rarities: NDArray[np.int32]  # [features]
    weights: NDArray[np.int16]  # [features, labels]
    scales: NDArray[np.float32]  # [labels]
    bias: NDArray[np.float32]  # [labels]

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-odds [texts, labels], before temperature and thresholds."""
        found = [self._scores(part) for part in parts(texts, 1 << (32 - self.hashing.bits))]
        return np.concatenate([np.zeros((0, len(self.bias))), *found])

    def _scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        starts, columns, values = weigh(
            count_features(texts, self.hashing), self.hashing.bits, self.buckets, self.rarities
        )
        rows = matrix(starts, columns, values, len(self.buckets))
        sums = np.zeros((len(texts), len(self.bias)))
        for first in range(0, len(self.bias), LABELS_TOGETHER):
            some = slice(first, first + LABELS_TOGETHER)
            sums[:, some] = (rows @ torch.from_numpy(self.weights[:, some].astype(np.float64))).numpy()
        return self.bias.astype(np.float64) + self.scales.astype(np.float64) * sums


@dataclass(frozen=True)
class Training:
    regularization: float
    class_weights: str
    iterations: int
    loss: float  # the mean over the documents, without the penalty


def train_linear(
    texts: Sequence[str],
    gold: NDArray[np.bool_],
    exclusive: bool,
    regularization: float,
    class_weights: str = "none",
    step: Callable[[int, float], None] = lambda iteration, loss: None,
    hashing: Hashing = DEFAULT_HASHING,
) -> tuple[LinearModel, Training]:
    """gold: [texts, labels], one a row if exclusive. regularization: its inverse strength, C. step: as of fit."""
    counts = count_features(texts, hashing, lambda: step(0, 0.0))
    frequencies = np.bincount(counts.buckets, minlength=1 << hashing.bits)
    buckets = np.flatnonzero(frequencies >= LEAST_DOCUMENTS).astype(np.int32)
    inverse = np.log((1 + len(texts)) / (1 + frequencies[buckets])) + 1
    rarities = np.floor(inverse**2 * RARITY_UNITS + 0.5).astype(np.int32)
    starts, columns, values = weigh(counts, hashing.bits, buckets, rarities)
    design = Sparse(matrix(starts, columns, (values / SHARE_UNITS).astype(np.float32), len(buckets)))
    target = torch.from_numpy(gold.astype(np.float32))
    fitted = fit(design, target, exclusive, regularization, class_weights == "balanced", step=step)
    weights, scales = in_whole_numbers(fitted.weights)
    model = LinearModel(hashing, buckets, rarities, weights, scales, fitted.bias.numpy())
    return model, Training(regularization, class_weights, fitted.iterations, fitted.loss)


def in_whole_numbers(weights: torch.Tensor) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Weights [features, labels] from -MOST_WEIGHT to MOST_WEIGHT, and the scale of each label."""
    whole = np.empty(weights.shape, np.int16)
    scales = np.empty(weights.shape[1], np.float32)
    for first in range(0, weights.shape[1], LABELS_TOGETHER):
        some = slice(first, first + LABELS_TOGETHER)
        exact = weights[:, some].double().numpy()
        peaks = np.abs(exact).max(0, initial=0.0)
        scales[some] = np.where(peaks > 0, peaks, 1) / (MOST_WEIGHT * SHARE_UNITS)
        rounded = np.rint(exact / (scales[some].astype(np.float64) * SHARE_UNITS))
        whole[:, some] = rounded.clip(-MOST_WEIGHT, MOST_WEIGHT)
    return whole, scales


def weigh(
    counts: Counts, bits: int, buckets: NDArray[np.int32], rarities: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """The known features of each text, as a sparse matrix of their shares: starts, columns, values."""
    columns = np.searchsorted(buckets, counts.buckets).astype(np.int32)
    known = np.flatnonzero(np.append(buckets, -1)[columns] == counts.buckets)
    texts = len(counts.starts) - 1
    owners = np.repeat(np.arange(texts), np.diff(counts.starts))[known]
    columns = columns[known]
    products = counts.counts[known] * rarities[columns].astype(np.float64)
    halves = 2 * owners + (columns >= np.searchsorted(buckets, 1 << (bits - 1)))
    sums = np.bincount(halves, products, minlength=2 * texts)
    values = np.floor(np.sqrt(products / sums[halves]) * SHARE_UNITS + 0.5)
    return np.searchsorted(owners, np.arange(texts + 1)).astype(np.int64), columns, values


def matrix(starts: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[Any], features: int) -> torch.Tensor:
    kind = np.int32 if len(columns) < 1 << 31 else np.int64  # the first is faster
    places = torch.from_numpy(starts.astype(kind)), torch.from_numpy(columns.astype(kind))
    return compressed(*places, torch.from_numpy(values), (len(starts) - 1, features))


def save_linear(model: LinearModel, training: Training, labels: Sequence[str], kind: str, folder: Path) -> None:
    """Writes linear.safetensors, linear.json and config.json. kind: single-label or multi-label."""
    tensors = {name: value for name, value in vars(model).items() if name != "hashing"}
    save_file(tensors, folder / "linear.safetensors")
    write_json(folder / "linear.json", {"format": FORMAT, **asdict(model.hashing), **asdict(training)})
    write_json(
        folder / "config.json",
        {
            "model_type": "pbp-linear",
            "problem_type": f"{kind.replace('-', '_')}_classification",
            "id2label": {str(number): label for number, label in enumerate(labels)},
            "label2id": {label: number for number, label in enumerate(labels)},
        },
    )


def load_linear(folder: Path, error_name: str) -> LinearModel:
    """Errors: error_name when the two files are not as save_linear leaves them."""
    settings = read_json(folder / "linear.json", error_name)
    try:
        if settings["format"] != FORMAT:
            raise JobError(error_name, f"linear.json: expected format {FORMAT}")
        hashing = Hashing(settings["bits"], tuple(settings["words"]), tuple(settings["characters"]))
        model = LinearModel(hashing, **load_file(folder / "linear.safetensors"))
        features, labels = model.weights.shape
    except (KeyError, TypeError, ValueError, AttributeError, OSError, SafetensorError):
        raise JobError(error_name, "linear.safetensors: expected the tensors of a linear model") from None
    shapes = {"buckets": (features,), "rarities": (features,), "scales": (labels,), "bias": (labels,)}
    if any(getattr(model, name).shape != shape for name, shape in shapes.items()):
        raise JobError(error_name, "linear.safetensors: expected a row for each bucket and a column for each label")
    return model
