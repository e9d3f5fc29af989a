"""A BERT encoder without padding, mean-pooled as sentence-transformers does for the same folder.

Texts are laid end to end in batches of exactly CAPACITY word pieces, so every matrix product has one and the same
shape; attention runs over neighbours of exactly one length, so it needs no mask. Hence a text's vector does not depend
on which texts share its batch: on one machine a warm run's vectors are those of a cold run, bit for bit.
Between machines (another dtype, another order of sums) vectors differ as far as the tests allow: cosine 0.999.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

CAPACITY_CPU = 4096  # word pieces a batch: activations of MiniLM stay inside 32 MB of cache
CAPACITY_GPU = 32768  # keeps an H100 busy; BERT-base takes 0.5 GB

Linear = tuple[Tensor, Tensor]  # weight [out, in], bias [out]


@dataclass(frozen=True)
class Layer:
    query_key_value: Linear
    attention_output: Linear
    attention_norm: Linear
    intermediate: Linear
    output: Linear
    output_norm: Linear


class Encoder:
    """Weights on one device in one dtype. Vectors come out as float32."""

    def __init__(self, folder: Path, normalize: bool, device: torch.device, dtype: torch.dtype) -> None:
        """Reads config.json and model.safetensors of a base-model folder."""
        config = json.loads((folder / "config.json").read_bytes())
        weights = {name: tensor.to(device, dtype) for name, tensor in load_file(folder / "model.safetensors").items()}
        self.normalize, self.device = normalize, device
        self.capacity = CAPACITY_GPU if device.type == "cuda" else CAPACITY_CPU
        self.heads: int = config["num_attention_heads"]
        self.epsilon: float = config.get("layer_norm_eps", 1e-12)
        self.words = weights["embeddings.word_embeddings.weight"]
        # All pieces are of the first segment: its vector can be added to the positions once.
        self.positions = (
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self.norm = pair(weights, "embeddings.LayerNorm")
        self.layers = [read_layer(weights, f"encoder.layer.{index}.") for index in range(config["num_hidden_layers"])]

    @torch.inference_mode()
    def encode(self, texts: Sequence[NDArray[np.int32]]) -> Tensor:
        """Vectors float32 [texts, dimension] of one batch: word pieces with [CLS] and [SEP], by length, at most
        `capacity` together."""
        pieces = torch.zeros(self.capacity, dtype=torch.long)
        positions = torch.zeros(self.capacity, dtype=torch.long)
        runs: list[tuple[int, int, int]] = []  # first piece, texts, length
        start = 0
        for text in texts:
            end = start + len(text)
            pieces[start:end] = torch.from_numpy(text)
            positions[start:end] = torch.arange(len(text))
            if runs and runs[-1][2] == len(text):
                runs[-1] = (runs[-1][0], runs[-1][1] + 1, len(text))
            else:
                runs.append((start, 1, len(text)))
            start = end
        hidden = self.forward(pieces.to(self.device), positions.to(self.device), runs)
        means = [
            hidden[first : first + count * length].view(count, length, -1).mean(1, dtype=torch.float32)
            for first, count, length in runs
        ]
        vectors = torch.cat(means)
        return (functional.normalize(vectors) if self.normalize else vectors).cpu()

    def forward(self, pieces: Tensor, positions: Tensor, runs: list[tuple[int, int, int]]) -> Tensor:
        """The last layer's states, [capacity, dimension]. Rows behind the last run are never read."""
        hidden = self.normed(self.words[pieces] + self.positions[positions], self.norm)
        for layer in self.layers:
            attended = self.attend(functional.linear(hidden, *layer.query_key_value), runs)
            hidden = self.normed(hidden + functional.linear(attended, *layer.attention_output), layer.attention_norm)
            inner = functional.gelu(functional.linear(hidden, *layer.intermediate))
            hidden = self.normed(hidden + functional.linear(inner, *layer.output), layer.output_norm)
        return hidden

    def normed(self, hidden: Tensor, norm: Linear) -> Tensor:
        return functional.layer_norm(hidden, (hidden.shape[-1],), *norm, self.epsilon)

    def attend(self, query_key_value: Tensor, runs: list[tuple[int, int, int]]) -> Tensor:
        dimension = query_key_value.shape[1] // 3
        slow_fused = self.device.type == "cpu" and query_key_value.dtype == torch.bfloat16
        attention = attention_in_products if slow_fused else functional.scaled_dot_product_attention
        attended = query_key_value.new_zeros(query_key_value.shape[0], dimension)
        for first, count, length in runs:
            rows = slice(first, first + count * length)
            query, key, value = query_key_value[rows].view(count, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            attended[rows] = attention(query, key, value).transpose(1, 2).reshape(count * length, dimension)
        return attended


def attention_in_products(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention in three products, [texts, heads, length, width]. torch's fused kernel saves memory that we have to
    spare, and without AMX takes 1.4 times as long at length 256 and 2 times at 35 (2026-11-21, Zen 4, bf16)."""
    texts, heads, length, width = query.shape
    queries, keys, values = (tensor.reshape(texts * heads, length, width) for tensor in (query, key, value))
    scores = torch.baddbmm(queries.new_empty(1, 1, 1), queries, keys.transpose(1, 2), beta=0, alpha=width**-0.5)
    return torch.bmm(scores.softmax(-1), values).view(texts, heads, length, width)


def read_layer(weights: dict[str, Tensor], prefix: str) -> Layer:
    parts = [pair(weights, f"{prefix}attention.self.{name}") for name in ("query", "key", "value")]
    return Layer(
        query_key_value=(torch.cat([weight for weight, _ in parts]), torch.cat([bias for _, bias in parts])),
        attention_output=pair(weights, f"{prefix}attention.output.dense"),
        attention_norm=pair(weights, f"{prefix}attention.output.LayerNorm"),
        intermediate=pair(weights, f"{prefix}intermediate.dense"),
        output=pair(weights, f"{prefix}output.dense"),
        output_norm=pair(weights, f"{prefix}output.LayerNorm"),
    )


def pair(weights: dict[str, Tensor], name: str) -> Linear:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def pack(lengths: Sequence[int], capacity: int) -> Iterator[list[int]]:
    """Indices of texts in batches of at most `capacity` word pieces, longest first, equal lengths side by side."""
    batch: list[int] = []
    room = capacity
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if lengths[index] > room and batch:
            yield batch
            batch, room = [], capacity
        batch.append(index)
        room -= lengths[index]
    if batch:
        yield batch
