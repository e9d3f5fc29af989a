"""Batches without padding: windows of nearly one length, laid end to end, attention in runs of exactly one length."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from .tokens import Window

T = TypeVar("T")
Integers = NDArray[np.int64]

POOL_BATCHES = 16  # batches sorted by length together: more pad less attention, fewer keep the order more random


@dataclass(frozen=True)
class Batch:
    """Windows end to end. `runs`: (windows, length) of consecutive windows of one length. `words`: places of words."""

    pieces: torch.Tensor  # int64 [pieces]
    positions: torch.Tensor  # int64 [pieces], from 0 in each window
    words: torch.Tensor  # int64 [words], where in `pieces` each word begins
    runs: list[tuple[int, int]]
    starts: torch.Tensor | None = (
        None  # int32 [windows + 1], where in `pieces` each window begins; where a GPU needs it
    )

    @property
    def longest(self) -> int:
        return max((length for _, length in self.runs), default=0)

    def to(self, device: torch.device) -> Batch:
        if device.type != "cuda":
            return self
        lengths = [length for windows, length in self.runs for _ in range(windows)]
        starts = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32)
        # From pinned memory a copy does not wait for what the GPU is doing.
        pieces, positions, words, starts = (
            tensor.pin_memory().to(device, non_blocking=True)
            for tensor in (self.pieces, self.positions, self.words, starts)
        )
        return Batch(pieces, positions, words, self.runs, starts if has_flash_attention(device) else None)


def has_flash_attention(device: torch.device) -> bool:
    """torch's kernel for windows of any length, on GPUs since Ampere."""
    return torch.cuda.get_device_capability(device)[0] >= 8


@dataclass(frozen=True, slots=True)
class Example:
    """What the trainer draws: windows that are answered for together."""

    windows: list[Window]
    right: Any  # the right answer, as its kind has it
    units: int  # that the loss is a mean over


def plan_epoch(lengths: Sequence[int], windows_per_batch: int, seed: int, epoch: int) -> list[list[int]]:
    """Each window once, in batches of about equally many pieces; a function of (seed, epoch) alone.

    windows_per_batch becomes a budget of pieces: windows_per_batch times the mean length. So a step sees that many
    windows on average, fewer long or more short ones, and always about as many words, which makes the mean over
    words in the loss as noisy in one step as in the next. The windows are shuffled, every POOL_BATCHES batches'
    worth of them is sorted by length and cut by the budget, and the batches are shuffled again.
    """
    order = random.Random(f"{seed}/{epoch}")
    windows = list(range(len(lengths)))
    order.shuffle(windows)
    budget = max(1.0, windows_per_batch * sum(lengths) / max(1, len(lengths)))
    batches: list[list[int]] = []
    for start in range(0, len(windows), windows_per_batch * POOL_BATCHES):
        pool = sorted(windows[start : start + windows_per_batch * POOL_BATCHES], key=lengths.__getitem__)
        batches += cut_by_pieces(pool, lengths, budget)
    order.shuffle(batches)
    return batches


def cut_by_pieces(windows: Sequence[int], lengths: Sequence[int], budget: float) -> list[list[int]]:
    """Cuts a sequence into pieces/budget parts (rounded) that are as equal as whole windows allow. None is empty."""
    pieces = sum(lengths[window] for window in windows)
    count = min(len(windows), max(1, round(pieces / budget)))
    parts: list[list[int]] = [[] for _ in range(count)]
    before = 0
    for window in windows:
        parts[min(count - 1, int(before * count / pieces))].append(window)
        before += lengths[window]
    return [part for part in parts if part]


def plan_inference(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """All windows by length, in batches of about `budget` pieces."""
    return cut_by_pieces(sorted(range(len(lengths)), key=lengths.__getitem__), lengths, budget)


def collate(windows: Sequence[Window]) -> tuple[Batch, list[int]]:
    """The batch and the order in which it holds the windows: by length, so that equal lengths are neighbours."""
    order = sorted(range(len(windows)), key=lambda index: len(windows[index].pieces))
    ordered = [windows[index] for index in order]
    lengths = np.array([len(window.pieces) for window in ordered])
    words = flat(window.first_pieces for window in ordered)
    words += np.repeat(np.cumsum(lengths) - lengths, [len(window.first_pieces) for window in ordered])
    return lay_end_to_end(flat(window.pieces for window in ordered), words, lengths), order


def lay_end_to_end(pieces: Integers, words: Integers, lengths: Integers) -> Batch:
    """The batch of windows of these lengths, whose pieces follow each other."""
    positions = np.arange(len(pieces)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    runs = [(sum(1 for _ in run), length) for length, run in groupby(lengths.tolist())]
    return Batch(torch.from_numpy(pieces), torch.from_numpy(positions), torch.from_numpy(words), runs)


def flat(parts: Iterable[array[int]]) -> Integers:
    """End to end. There is one part at least."""
    return np.concatenate([np.asarray(part) for part in parts], dtype=np.int64)


def ahead(values: Iterator[T]) -> Iterator[T]:
    """The same values; a thread makes the next one while this one is in use. None is None."""
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, values, None)
        while (value := following.result()) is not None:
            following = thread.submit(next, values, None)
            yield value
