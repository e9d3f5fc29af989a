"""Where an export's vectors lie, and how many of its word pieces the base model does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

PARTS = 16  # random parts of the export, which Preprocess numbers: tasks/preprocess/profile/parts.ts


class PieceCounts:
    """Word pieces, and unknown ones, of the texts that this run embeds, by part."""

    def __init__(self, part_of: Mapping[str, int]) -> None:
        self.part_of = part_of
        self.pieces = [0] * PARTS
        self.unknown = [0] * PARTS

    def add(self, digest: str, pieces: int, unknown: int) -> None:
        part = self.part_of[digest]
        self.pieces[part] += pieces
        self.unknown[part] += unknown


def profile_of(vectors: NDArray[np.float32], parts: NDArray[np.uint8], counts: PieceCounts) -> dict[str, Any]:
    """The `profile` of embeddings-manifest.schema.json. vectors: [texts, dimension]; parts: that of each text."""
    found = []
    total = np.zeros(vectors.shape[1], np.float64)
    squares = 0.0
    for part in range(PARTS):
        rows = vectors[parts == part]
        if not len(rows):
            continue
        of_part = rows.sum(axis=0, dtype=np.float64)
        total += of_part
        squares += float(np.square(rows).sum(dtype=np.float64))
        mean = [float(f"{value:.7g}") for value in of_part / len(rows)]
        found.append(
            {
                "part": part,
                "texts": len(rows),
                "mean": mean,
                "pieces": counts.pieces[part],
                "unknown": counts.unknown[part],
            }
        )
    mean_square = squares / len(vectors) - float(np.square(total / len(vectors)).sum())
    # Of equal vectors, rounding can leave less than nothing.
    return {"spread": float(f"{max(0.0, mean_square) ** 0.5:.7g}"), "parts": found}
