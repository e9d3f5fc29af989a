"""The embedding store: shards of vectors under the digests of their texts. A shard is written once and never changed.

A shard is one safetensors file, so that it is there whole or not at all: `keys` uint8 [n, 16], the digests in rising
order, which Preprocess reads alone, and `vectors` float32 [n, dimension]; its metadata holds the embeddingKey and the
digests of both tensors. Two shards may hold the same text: whichever comes first by name is read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from pbp_jobs.contract import JobError, replacing, say
from pbp_jobs.safetensors_header import read_header

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 16
MAX_HEADER_BYTES = 1024 * 1024  # a shard's takes under a kilobyte

Vectors = NDArray[np.float32]


class DamagedShard(Exception):  # noqa: N818 - becomes a JobError only when its vectors are needed
    """What was expected of a shard and not found."""


@dataclass(frozen=True)
class Shard:
    path: Path
    keys: bytes  # KEY_BYTES a row
    vectors: Vectors  # memory-mapped
    sha256: str  # of the vectors' bytes, not yet compared


class EmbeddingStore:
    """Shards of one folder, verified when they are read. Vectors stay on the disk until they are asked for."""

    def __init__(self, folder: Path, embedding_key: str, dimension: int) -> None:
        self.folder, self.embedding_key, self.dimension = folder, embedding_key, dimension

    def collect(self, row_of: dict[str, int], into: Vectors) -> set[str]:
        """Copies the vector of each wanted text, digest to row, into its row; returns the digests that were found.

        Errors: EmbeddingFailed when a shard with a wanted vector is damaged, or when one that cannot be read at all
        may be the one that holds what is nowhere else. An unreadable shard that nobody needs is reported and left out.
        """
        found: set[str] = set()
        unreadable: list[tuple[Path, str]] = []
        for path in sorted(self.folder.glob("shards/*.safetensors")):
            try:
                shard = self.open(path)
                places = [(row, digest) for row, digest in enumerate(hex_keys(shard.keys)) if digest in row_of]
                new = [(row, digest) for row, digest in places if digest not in found]
                if new:
                    verify(shard)
            except DamagedShard as problem:
                unreadable.append((path, str(problem)))
                continue
            into[[row_of[digest] for _, digest in new]] = shard.vectors[[row for row, _ in new]]
            found.update(digest for _, digest in new)
        for path, damage in unreadable:
            if len(found) < len(row_of):
                raise JobError("EmbeddingFailed", self.remedy(path, damage))
            say(f"left out: {self.remedy(path, damage)}")
        return found

    def remedy(self, path: Path, damage: str) -> str:
        return (
            f"embeddings/{self.embedding_key}/shards/{path.name} is damaged ({damage}): delete this object and start"
            " the export again; its texts are then embedded anew"
        )

    def open(self, path: Path) -> Shard:
        """Reads header and keys. Errors: DamagedShard."""
        size = path.stat().st_size
        with path.open("rb") as file:
            header, start = read_shard_header(file)
            metadata = header["__metadata__"]
            keys, vectors = header["keys"], header["vectors"]
            count = keys["shape"][0] if keys["shape"] else 0
            expect("embeddingKey", metadata.get("embeddingKey"), self.embedding_key)
            expect("keys", (keys["dtype"], keys["shape"]), ("U8", [count, KEY_BYTES]))
            expect("vectors", (vectors["dtype"], vectors["shape"]), ("F32", [count, self.dimension]))
            extents = sorted(tuple(tensor["data_offsets"]) for tensor in (keys, vectors))
            lengths = {tuple(keys["data_offsets"]): count * KEY_BYTES}
            lengths[tuple(vectors["data_offsets"])] = count * self.dimension * 4
            before = 0
            for begin, end in extents:
                expect("layout", (begin, end - begin), (before, lengths[(begin, end)]))
                before = end
            expect("size", size, start + before)
            file.seek(start + keys["data_offsets"][0])
            key_bytes = file.read(count * KEY_BYTES)
        expect("keysSha256", hashlib.sha256(key_bytes).hexdigest(), metadata.get("keysSha256"))
        digests = hex_keys(key_bytes)
        if any(later <= earlier for earlier, later in pairwise(digests)):
            raise DamagedShard("expected keys in rising order")
        offset = start + vectors["data_offsets"][0]
        shape = (count, self.dimension)
        mapped = np.memmap(path, np.float32, "r", offset, shape) if count else np.empty(shape, np.float32)
        return Shard(path, key_bytes, mapped, str(metadata.get("sha256")))


def verify(shard: Shard) -> None:
    """Reads the vectors: compares their digest, and looks at every number. Errors: DamagedShard."""
    expect("sha256", hashlib.sha256(shard.vectors.data).hexdigest(), shard.sha256)
    if not are_finite(shard.vectors):
        raise DamagedShard("expected finite numbers")


def are_finite(vectors: Vectors) -> bool:
    """NaN and the infinities are among the least and the greatest, and no array of a bool for each number is made."""
    return bool(np.isfinite([vectors.min(initial=0), vectors.max(initial=0)]).all())


def expect(what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise DamagedShard(f"{what} is not as expected")


def read_shard_header(file: BinaryIO) -> tuple[dict[str, Any], int]:
    try:
        header, start = read_header(file, MAX_HEADER_BYTES)
    except ValueError:
        raise DamagedShard("expected a safetensors header") from None
    try:
        for name in ("keys", "vectors"):
            begin, end = header[name]["data_offsets"]
            sizes = (begin, end, *header[name]["shape"])
            if header[name]["dtype"] is None or not all(isinstance(size, int) and size >= 0 for size in sizes):
                raise ValueError
        if not isinstance(header["__metadata__"], dict):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise DamagedShard("expected a header with keys, vectors and metadata") from None
    return header, start


def hex_keys(keys: bytes) -> list[str]:
    """The digests as hex, in the order of the rows."""
    text = keys.hex()
    return [text[start : start + 2 * KEY_BYTES] for start in range(0, len(text), 2 * KEY_BYTES)]


def write_shard(folder: Path, embedding_key: str, digests: list[str], vectors: Vectors) -> Path:
    """Writes a shard of texts in rising order of their digests, named by its content: the same shard has one name."""
    from safetensors.numpy import save_file

    keys = np.frombuffer(bytes.fromhex("".join(digests)), np.uint8).reshape(len(digests), KEY_BYTES)
    keys_sha256, sha256 = (hashlib.sha256(data).hexdigest() for data in (keys.data, vectors.data))
    metadata = {"embeddingKey": embedding_key, "keysSha256": keys_sha256, "sha256": sha256}
    name = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    with replacing(path) as temporary:
        save_file({"keys": keys, "vectors": vectors}, temporary, metadata)
    return path
