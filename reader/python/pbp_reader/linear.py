"""The linear model's scores of a text, with numpy alone.

They are those of the job to the last bit, since all that is added up are whole numbers below 2^53, which float64 adds
exactly in whatever order: see containers/pbp_jobs/linear/model.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbp_reader.bundle import Bundle, ModelsError
from pbp_reader.features import Hashing, count_features

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

FORMAT = 1
SHARE_UNITS = 1 << 20


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
        buckets, counts = count_features(text, self.hashing)
        places = np.searchsorted(self.buckets, buckets)
        known = np.append(self.buckets, -1)[places] == buckets
        features = places[known]
        products = counts[known] * self.rarities[features]
        halves = (features >= self.first_of_characters).astype(np.int64)
        totals = np.bincount(halves, products, minlength=2)
        shares = np.floor(np.sqrt(products / totals[halves]) * SHARE_UNITS + 0.5)
        scores: NDArray[np.float64] = self.bias + self.scales * (shares @ self.weights[features].astype(np.float64))
        return scores
