"""Doubtful and unlike each other: of ten notes of one kind that the model is unsure of, one teaches almost as much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def choose(worths: Sequence[float], vectors: Sequence[NDArray[np.float32] | None], count: int) -> list[int]:
    """Indices of at most `count` notes, the best first.

    Greedily the one whose worth, times its distance (1 - cosine) from the nearest that is chosen already, is largest.
    So a copy of a chosen note is never chosen. Without a vector a note is at the full distance from all.

    worths: above 0. vectors: of length 1.
    """
    if not worths:
        return []
    dimension = next((len(vector) for vector in vectors if vector is not None), 1)
    matrix = np.stack([np.zeros(dimension, np.float32) if vector is None else vector for vector in vectors])
    worth = np.asarray(worths, np.float64)
    distance = np.ones(len(worths))
    chosen: list[int] = []
    while len(chosen) < count:
        gain = worth * distance
        gain[chosen] = 0
        best = int(gain.argmax())
        # Float32 leaves a copy at a distance of 1e-7.
        if distance[best] < 1e-5 or gain[best] <= 0:
            break
        chosen.append(best)
        distance = np.minimum(distance, np.clip(1 - matrix @ matrix[best], 0, 1))
    return chosen
