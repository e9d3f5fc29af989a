"""Mean pooling over a BERT encoder, as sentence-transformers does for the same folder, a batch at a time.

Batches hold exactly `capacity` word pieces, the last ones without meaning, so every matrix product has one and the
same shape; attention runs over neighbours of exactly one length. Hence a text's vector does not depend on which texts
share its batch: on one machine a warm run's vectors are those of a cold run, bit for bit. Between machines (another
number format, another order of sums) they agree to a cosine of 0.999, and in fp32 to 1e-5 in every component.

Tried and left out, 2026-11-21: int8 products (weights a channel, activations a word piece) are 2.2 times as fast as
bf16 ones on Zen 4, but the cosine falls to 0.986, and to 0.991 with the feed-forward layers alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pbp_jobs.base_model import BaseModel
from pbp_jobs.batches import Batch, lay_end_to_end
from pbp_jobs.contract import read_json
from pbp_jobs.model import Encoder, check_config, from_transformers

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

CAPACITY_CPU = (
    2048  # word pieces a batch: what a layer of MiniLM touches stays near the caches; 8,192 was 1.4 times slower
)
CAPACITY_GPU = 65536  # an H100 embeds with BERT-base 1.2 times as fast as with 32,768; BERT-base takes 2 GB

Pieces = NDArray[np.int32]


class MeanEncoder:
    """A base model on one device in one number format. Vectors come out as float32."""

    def __init__(self, base: BaseModel, device: torch.device, dtype: torch.dtype) -> None:
        config = read_json(base.folder / "config.json", "EmbeddingFailed")
        check_config(config, "EmbeddingFailed")
        tensors = from_transformers(load_file(base.folder / "model.safetensors"), config, "EmbeddingFailed")
        self.encoder = Encoder(config, config["vocab_size"])
        self.encoder.load_state_dict(tensors, assign=True)
        self.encoder.to(device, dtype).eval()
        self.device, self.normalize = device, base.normalize
        self.capacity = CAPACITY_GPU if device.type == "cuda" else CAPACITY_CPU

    @torch.inference_mode()
    def encode(self, batch: Batch, texts: int) -> Tensor:
        """Vectors float32 [texts, dimension] of the first texts of a batch that `fill` made.

        On the device, and on a GPU without waiting for it.
        """
        vectors = means(self.encoder.encode(moved := batch.to(self.device)), moved)[:texts]
        return functional.normalize(vectors) if self.normalize else vectors


def means(hidden: Tensor, batch: Batch) -> Tensor:
    """The mean state of each window, float32 [windows, hidden]."""
    if batch.starts is not None:  # one kernel, and not one a length
        return torch.segment_reduce(hidden.float(), "mean", lengths=batch.starts.diff().long(), unsafe=True)
    runs, start = [], 0
    for count, length in batch.runs:
        run = hidden[start : start + count * length].view(count, length, -1)
        runs.append(run.mean(1, dtype=torch.float32))
        start += count * length
    return torch.cat(runs)


def fill(texts: Sequence[Pieces], capacity: int) -> Batch:
    """Texts of falling length, filled up to `capacity` word pieces with texts of the one piece 0."""
    filler = np.zeros(capacity - sum(map(len, texts)), np.int32)
    lengths = np.array([len(text) for text in texts] + [1] * len(filler))
    pieces = np.concatenate([*texts, filler]).astype(np.int64)
    return lay_end_to_end(pieces, np.empty(0, np.int64), lengths)


def pack(lengths: Sequence[int], capacity: int) -> Iterator[list[int]]:
    """Indices of texts in batches of at most `capacity` word pieces, longest first, equal lengths side by side."""
    batch: list[int] = []
    room = capacity
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if lengths[index] > room:
            yield batch
            batch, room = [], capacity
        batch.append(index)
        room -= lengths[index]
    if batch:
        yield batch
