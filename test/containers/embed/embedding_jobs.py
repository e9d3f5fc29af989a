"""Folders of the embedding job, as SageMaker lays them out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from job_folders import read
from numpy.typing import NDArray
from safetensors.numpy import load_file

CANARY = "Zanzibarova"  # a name that may appear in no message

TEXTS = [
    f"The patient {CANARY} had chest pain.",
    "CT showed a kidney stone; lithotripsy scheduled.",
    "",
    " \t ",
    "fever " * 200,
    "\u200d",
    "Non-BMP: \U0001f489 and a tail",
    *(f"No fever after day {day}." for day in range(20)),
]


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


def make_embedding_job(base: Path, model: Path, texts: Sequence[str], stored: Sequence[Path] = ()) -> Path:
    """A job for one record a text; the texts of the shards in `stored` are not missing."""
    inputs = base / "processing/input"
    for name in ("notes", "missing", "store/shards"):
        (inputs / name).mkdir(parents=True)
    (inputs / "model").symlink_to(model)
    (inputs / "store/store.json").write_text("{}", "utf-8")
    known: set[str] = set()
    for shard in stored:
        (inputs / "store/shards" / shard.name).symlink_to(shard)
        known.update(bytes(key).hex() for key in load_file(shard)["keys"])
    notes = [
        {"recordId": f"r-{number}", "text": digest_of(text), "part": number % 16} for number, text in enumerate(texts)
    ]
    (inputs / "notes/notes.jsonl").write_text("".join(f"{json.dumps(note)}\n" for note in notes), "utf-8")
    missing = {digest_of(text): text for text in texts if digest_of(text) not in known}
    lines = [{"text": digest, "content": text} for digest, text in missing.items()]
    (inputs / "missing/missing.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return base


def shards(job: Path) -> list[Path]:
    return sorted((job / "processing/output/shard").glob("*"))


def bundle(job: Path) -> Path:
    return job / "processing/output/bundle"


def vectors(job: Path) -> dict[str, NDArray[np.float32]]:
    """Text digest to vector, from the bundle's own index."""
    rows = load_file(bundle(job) / "embeddings.safetensors")["embeddings"]
    texts = read(bundle(job) / "embeddings.index.json")["texts"]
    return {entry["text"]: row for entry, row in zip(texts, rows, strict=True)}


def bundle_files(job: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in bundle(job).iterdir() if path.name != "manifest.json"}
