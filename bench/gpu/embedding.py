"""Embed on a device: the job's own function from texts to vectors, beside SentenceTransformer.encode at its best."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from embed.embed import embed_texts
from embed.embedding import Embedder
from pbp_jobs.base_model import BaseModel

import numpy as np
import torch
from gpu.made import LAYOUTS, flop_a_piece, for_length, longest, make_base_model, make_texts
from gpu.report import Report
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

ENCODE_BATCHES = (256, 1024)


def measure(report: Report, layout: str, texts_of: dict[str, int], peak: float) -> None:
    """peak: FLOP/s of a large matrix product on this device."""
    with tempfile.TemporaryDirectory() as folder:
        base = make_base_model(layout, Path(folder))
        for shape, count in texts_of.items():
            one_shape(report, layout, for_length(base, longest(shape)), shape, count, peak, Path(folder))


def one_shape(report: Report, layout: str, base: BaseModel, shape: str, count: int, peak: float, folder: Path) -> None:
    texts = make_texts(shape, count)
    warm = make_texts(shape, count // 4)
    embedder = Embedder(base)
    started = time.perf_counter()
    pieces = embedder.tokenise([text for _, text in texts])
    tokenising = time.perf_counter() - started
    total = sum(map(len, pieces))
    limit = peak / flop_a_piece(layout, total // count)

    device_alone(embedder, pieces[: len(warm)])
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    alone = device_alone(embedder, pieces)
    memory = torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else 0.0
    seconds, vectors = ours(embedder, texts)
    report.say(
        f"embed {layout} {shape}",
        pieces=total,
        seconds=seconds,
        pieces_a_second=total / seconds,
        device_alone=total / alone,
        share_of_limit=total / alone / limit,
        tokenising_alone_seconds=tokenising,
        gib=memory,
    )
    if torch.cuda.is_available() and shape != "256":
        forced = Embedder(base, torch.float16)
        device_alone(forced, pieces[: len(warm)])
        report.say(f"embed {layout} {shape} fp16", device_alone=total / device_alone(forced, pieces))

    theirs = load_encode(folder / f"{layout}-source", base)
    theirs.encode([text for _, text in warm], batch_size=ENCODE_BATCHES[0])
    best, encoded = min(
        (encode(theirs, [text for _, text in texts], batch_size) for batch_size in ENCODE_BATCHES),
        key=lambda found: found[0],
    )
    of_text = dict(zip((digest for digest, _ in texts), encoded, strict=True))
    cosine = min(
        float(vector @ of_text[digest] / (np.linalg.norm(vector) * np.linalg.norm(of_text[digest])))
        for digest, vector in zip(*vectors, strict=True)
    )
    report.say(
        f"encode {layout} {shape}",
        seconds=best,
        pieces_a_second=total / best,
        times_as_fast=best / seconds,
        smallest_cosine=cosine,
    )


def ours(embedder: Embedder, texts: list[tuple[str, str]]) -> tuple[float, tuple[list[str], np.ndarray]]:
    started = time.perf_counter()
    vectors = embed_texts(iter(texts), len(texts), embedder, lambda: None)
    return time.perf_counter() - started, vectors


def device_alone(embedder: Embedder, pieces: list[np.ndarray]) -> float:
    """Seconds for batches of pieces that are there already."""
    batches = list(embedder.batches(pieces))
    synchronise()
    started = time.perf_counter()
    for indices, batch in batches:
        embedder.encode(batch, len(indices))
    synchronise()
    return time.perf_counter() - started


def load_encode(folder: Path, base: BaseModel) -> SentenceTransformer:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    reader = Transformer(str(folder), max_seq_length=base.embedding_max_length, model_kwargs={"dtype": dtype})
    return SentenceTransformer(modules=[reader, Pooling(LAYOUTS[base.name][0])], device=device)


def encode(model: SentenceTransformer, texts: list[str], batch_size: int) -> tuple[float, np.ndarray]:
    synchronise()
    started = time.perf_counter()
    vectors = model.encode(texts, batch_size=batch_size)
    return time.perf_counter() - started, np.asarray(vectors, np.float32)


def synchronise() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
