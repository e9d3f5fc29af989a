"""The linear model's scores of a text, with numpy alone.

They are those of the job to the last bit, since all that is added up are whole numbers below 2^53, which float64 adds
exactly in whatever order: see containers/pbp_jobs/linear/model.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbp_reader.attribution import Attribution, weigh
from pbp_reader.bundle import Bundle, ModelsError
from pbp_reader.features import Hashing, count_features, words_and_ngrams

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

FORMAT = 1
SHARE_UNITS = 1 << 20
ROUNDING = 1e-12  # what dividing parts among words may cost


class LinearModel:
    def __init__(self, bundle: Bundle, folder: str, labels: int) -> None:
        """folder: the model's in the bundle, with its slash. labels: how many. Errors: as Bundle.read."""
        try:
            settings = bundle.read_json(f"{folder}linear.json")
            if settings["format"] != FORMAT:
                raise ValueError
            self.hashing = Hashing(settings["bits"], settings["words"], settings["characters"])
            tensors = load(bundle.read(f"{folder}linear.safetensors"))
            self.buckets: NDArray[np.int32] = tensors["buckets"]
            self.rarities = tensors["rarities"].astype(np.float64)
            self.weights: NDArray[np.int16] = tensors["weights"]  # [features, labels]
            self.scales, self.bias = (tensors[name].astype(np.float64) for name in ("scales", "bias"))
            if self.weights.shape != (len(self.rarities), labels) or len(self.buckets) != len(self.rarities):
                raise ValueError
        except (KeyError, TypeError, ValueError, SafetensorError):
            raise ModelsError(f"The bundle {bundle.version} has a linear model that this reader cannot read.") from None
        self.first_of_characters = int(np.searchsorted(self.buckets, 1 << (self.hashing.bits - 1)))

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-odds [texts, labels], before temperature and thresholds."""
        return np.stack([self.score(text) for text in texts])

    def score(self, text: str) -> NDArray[np.float64]:
        features, shares, _ = self.read(text)
        scores: NDArray[np.float64] = self.bias + self.scales * (shares @ self.weights[features].astype(np.float64))
        return scores

    def read(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """The features of a text that the model knows, their shares, and how many n-grams each has."""
        buckets, counts = count_features(text, self.hashing)
        places = np.searchsorted(self.buckets, buckets)
        known = np.append(self.buckets, -1)[places] == buckets
        features = places[known]
        products = counts[known] * self.rarities[features]
        halves = (features >= self.first_of_characters).astype(np.int64)
        totals = np.bincount(halves, products, minlength=2)
        return features, np.floor(np.sqrt(products / totals[halves]) * SHARE_UNITS + 0.5), counts[known]

    def attribute(self, text: str, label: int) -> Attribution:
        """Exact, since a score is a sum over n-grams: each n-gram's part is divided among the words that it lies in."""
        features, shares, counts = self.read(text)
        # What one n-gram of each known bucket adds to the score; the last stands for all others.
        parts = np.append(self.scales[label] * shares * self.weights[features, label] / counts, 0.0)
        known = np.append(self.buckets[features].astype(np.int64), 1 << self.hashing.bits)
        words, ngrams = words_and_ngrams(text, self.hashing)
        weights = np.zeros(len(words))
        for buckets, owners in ngrams:
            places = np.searchsorted(known, buckets)
            values = parts[np.where(known[places] == buckets, places, -1)]
            inside = owners >= 0
            sizes = inside.sum(1)
            weights += np.bincount(owners[inside], np.repeat(values / sizes, sizes), len(words))
        bias, score = float(self.bias[label]), float(self.score(text)[label])
        spread = 1 + float(np.abs(weights).sum())
        return Attribution(bias, score, weigh(words, weights), tolerance=ROUNDING * spread, passes=1)
