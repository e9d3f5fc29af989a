"""The bundle: the vectors of one execution's notes, in the three forms that readers know, and the manifest."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from pbp_jobs.contract import replacing, sha256_file, write_json

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file


def write_bundle(
    folder: Path,
    embedding_key: str,
    records_of: dict[str, list[str]],
    records: list[tuple[str, str]],
    vectors: NDArray[np.float32],
    embedded: int,
    profile: dict[str, Any] | None,
) -> None:
    """Writes embeddings.{safetensors,index.json,sav} and, last, manifest.json (embeddings-manifest.schema.json).

    records_of: text digest to record ids, in rising order of the digests; row i of vectors is its i-th text.
    records: (record id, text digest) in the order of the notes. profile: what drift is told by; None where Preprocess
    said no part of the notes. All four files are functions of the arguments alone.
    embeddings.sav is a pickle for the reader that the billing app has today, of
    {"record_ids": list[str], "embeddings": float32 [records, dimension]}. A pickle can run code when it is loaded, so
    nothing of ours ever does: whatever we need is in the other two.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "embeddings.safetensors") as temporary:
        save_file({"embeddings": vectors}, temporary)
    texts = [{"text": digest, "recordIds": ids} for digest, ids in records_of.items()]
    index = {"embeddingKey": embedding_key, "dimension": vectors.shape[1], "texts": texts}
    write_json(folder / "embeddings.index.json", index)
    with replacing(folder / "embeddings.sav") as temporary:
        write_sav(temporary, records_of, records, vectors)
    names = ("embeddings.safetensors", "embeddings.index.json", "embeddings.sav")
    manifest = {
        "embeddingKey": embedding_key,
        "files": {name: sha256_file(folder / name) for name in names},
        "texts": len(records_of),
        "embedded": embedded,
        "reused": len(records_of) - embedded,
        "dimension": vectors.shape[1],
        **({"profile": profile} if profile else {}),
    }
    write_json(folder / "manifest.json", manifest)


def write_sav(
    path: Path, records_of: dict[str, list[str]], records: list[tuple[str, str]], vectors: NDArray[np.float32]
) -> None:
    row_of = {digest: row for row, digest in enumerate(records_of)}
    rows = [row_of[digest] for _, digest in records]
    # One row a record: texts that several records share are repeated, as the notebook's file had them.
    content = {"record_ids": [record for record, _ in records], "embeddings": vectors[rows]}
    with path.open("wb") as file:
        pickle.dump(content, file, protocol=4)
