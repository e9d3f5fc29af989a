"""The exported notes as vectors: which past notes are like this one."""

from __future__ import annotations

from dataclasses import dataclass

from pbp_reader.bundle import Bundle, ModelsError

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors.numpy import load


class UnknownRecord(Exception):  # noqa: N818 - its name is the same in TypeScript
    """The export of the bundle had no such record. The message does not repeat the id: whoever asked has it."""


@dataclass(frozen=True)
class Neighbour:
    record_ids: list[str]  # more than one where records share their text
    similarity: float  # cosine, from -1 to 1


class Notes:
    """A row a distinct text. `embedding_key` names the base model and pooling: only their vectors may be compared."""

    def __init__(self, bundle: Bundle) -> None:
        """Errors: as Bundle.read."""
        index = bundle.read_json("embeddings.index.json")
        vectors: NDArray[np.float32] = load(bundle.read("embeddings.safetensors"))["embeddings"]
        self.embedding_key: str = index["embeddingKey"]
        self.dimension: int = index["dimension"]
        self.record_ids: list[list[str]] = [text["recordIds"] for text in index["texts"]]
        if vectors.shape != (len(self.record_ids), self.dimension):
            raise ModelsError(f"The bundle {bundle.version} has embeddings that do not fit their index.")
        # In place: the vectors of a million notes are gigabytes.
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        self.vectors = vectors
        self._version = bundle.version
        self._row_of = {record: row for row, records in enumerate(self.record_ids) for record in records}

    def vector(self, record_id: str) -> NDArray[np.float32]:
        """Of length 1. Errors: UnknownRecord when the export had none of this id."""
        row = self._row_of.get(record_id)
        if row is None:
            raise UnknownRecord(f"The export of {self._version} had no such record.")
        found: NDArray[np.float32] = self.vectors[row]
        return found

    def nearest(self, vector: ArrayLike, count: int) -> list[Neighbour]:
        """The `count` texts that are most like `vector` (of any length but 0), the most similar first."""
        wanted = np.asarray(vector, np.float32)
        similarities = self.vectors @ (wanted / np.linalg.norm(wanted))
        count = min(count, len(similarities))
        # A full sort of a million similarities takes 20 times as long as finding the few.
        rows = np.argpartition(-similarities, count - 1)[:count] if count > 0 else np.empty(0, np.intp)
        return [
            Neighbour(self.record_ids[row], float(similarities[row]))
            for row in sorted(rows, key=lambda row: (-similarities[row], row))
        ]
