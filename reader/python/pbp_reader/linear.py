"""The linear model's scores of a text, with numpy alone.

They are those of the job to the last bit, since all that is added up are whole numbers below 2^53, which float64 adds
exactly in whatever order: see containers/pbp_jobs/linear/model.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pbp_reader.attribution import Attribution, weigh
from pbp_reader.bundle import Bundle, ModelsError
from pbp_reader.features import Hashing, Places, count_features, words_and_ngrams

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

FORMAT = 1
SHARE_UNITS = 1 << 20
ROUNDING = 1e-12  # what dividing parts among words may cost
CHARACTERS_TOGETHER = 1 << 17  # bounds the memory: some 30 MB of n-grams


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
        self.features = np.full(1 << self.hashing.bits, -1, np.int32)  # by bucket
        self.features[self.buckets] = np.arange(len(self.buckets))

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-odds [texts, labels], before temperature and thresholds."""
        return np.concatenate([self.scores_of(some) for some in together(texts)])

    def scores_of(self, texts: Sequence[str]) -> NDArray[np.float64]:
        owners, features, shares, _ = self.read(texts)
        ends = np.searchsorted(owners, np.arange(len(texts) + 1))
        sums = [shares[a:b] @ self.weights[features[a:b]].astype(np.float64) for a, b in pairwise(ends.tolist())]
        scores: NDArray[np.float64] = self.bias + self.scales * np.stack(sums)
        return scores

    def read(self, texts: Sequence[str]) -> tuple[Places, NDArray[np.int32], NDArray[np.float64], Places]:
        """The features of texts that the model knows, text by text: the text's place, the feature, its share, and how
        many n-grams it has."""
        owners, buckets, counts = count_features(texts, self.hashing)
        features = self.features[buckets]
        known = np.flatnonzero(features >= 0)
        owners, features, counts = owners[known], features[known], counts[known]
        products = counts * self.rarities[features]
        halves = 2 * owners + (features >= self.first_of_characters)
        totals = np.bincount(halves, products, minlength=2 * len(texts))
        return owners, features, np.floor(np.sqrt(products / totals[halves]) * SHARE_UNITS + 0.5), counts

    def attribute(self, text: str, label: int) -> Attribution:
        """Exact, since a score is a sum over n-grams: each n-gram's part is divided among the words that it lies in."""
        _, features, shares, counts = self.read([text])
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
        bias, score = float(self.bias[label]), float(self.scores([text])[0, label])
        spread = 1 + float(np.abs(weights).sum())
        return Attribution(bias, score, weigh(words, weights), tolerance=ROUNDING * spread, passes=1)


def together(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts, so many at once as the memory is bounded by."""
    first = size = 0
    for place, text in enumerate(texts):
        if place > first and size + len(text) > CHARACTERS_TOGETHER:
            yield texts[first:place]
            first, size = place, 0
        size += len(text)
    yield texts[first:]
