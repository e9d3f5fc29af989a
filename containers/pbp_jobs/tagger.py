"""A trained model put to work: a tag for every word of every row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from .batches import collate, plan_inference
from .model import Tagger, check_config, check_room, load_trained
from .model_folder import ModelFolder
from .tokens import Row, cut_windows, load_tokenizer

PIECES_TOGETHER = {"cpu": 4096, "cuda": 65536}  # MiniLM's activations stay in a CPU's cache; 65,536 fill a GPU


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag for every word; and its probability, where a model gave them."""

    tags: list[str]
    shares: NDArray[np.float32]


def load_tagger(folder: Path, model: ModelFolder, error_name: str) -> Tagger:
    """Errors: error_name when the weights are not those of the tagger that config.json describes."""
    check_config(model.config, error_name)
    tagger = Tagger(model.config, model.config["vocab_size"], len(model.outputs))
    return load_trained(tagger, folder, model.config, "a row a tag", error_name)


def tag_rows(
    model: ModelFolder,
    rows: Sequence[Row],
    device: torch.device,
    error_name: str,
    on_batch: Callable[[int, int], None],
) -> list[Tagged]:
    """The likeliest tag of each word, by row; every word of every row gets one.

    In float32 on every machine, as the reader answers, so that what is judged is what the billing app gets. In bf16 one
    of 288 documents had other tags than the reader's. Nor was bf16 faster: 201 notes took MiniLM 5.4 s of CPU in bf16
    and 3.7 s in float32, on two busy cores with avx512_bf16 (2026-11-26; GPUs not measured).

    on_batch(windows done, windows in all) is called after each batch; what it raises ends the work.
    """
    assert model.lower_case is not None and model.max_length is not None
    tokenizer = load_tokenizer(model.folder, model.lower_case, error_name)
    tagger = load_tagger(model.folder, model, error_name).to(device)
    check_room(model.config, model.max_length, tokenizer, error_name)
    windows = cut_windows(rows, tokenizer, model.max_length)
    tagged = [Tagged(["O"] * len(row.words), np.zeros(len(row.words), np.float32)) for row in rows]
    done = 0
    for indices in plan_inference([len(window.pieces) for window in windows], PIECES_TOGETHER[device.type]):
        batch, order = collate([windows[index] for index in indices])
        with torch.inference_mode():
            scores = tagger(batch.to(device))
            best = scores.argmax(-1).tolist()
            shares = scores.softmax(-1).amax(-1).cpu().numpy()
        first = 0
        for place in order:
            window = windows[indices[place]]
            words, some = len(window.first_pieces), slice(window.start, window.start + len(window.first_pieces))
            tagged[window.row].tags[some] = [model.outputs[number] for number in best[first : first + words]]
            tagged[window.row].shares[some] = shares[first : first + words]
            first += words
        done += len(indices)
        on_batch(done, len(windows))
    return tagged
