"""Scores of a text by a promoted transformer, or by a head on a frozen one. Needs torch and tokenizers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pbp_reader.attribution import Attribution
from pbp_reader.bert import Encoder, one_thread
from pbp_reader.bundle import Bundle, ModelsError
from pbp_reader.gradients import Part, integrate
from pbp_reader.tagger import batches

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from tokenizers import Encoding, Tokenizer
from torch.nn import functional


class BertClassifier:
    """As Evaluate judged it, in float32. May be used from several threads; a call computes in one."""

    def __init__(self, bundle: Bundle, folder: str, labels: int) -> None:
        """folder: of the model in the bundle. Errors: as Bundle.read; ModelsError when it is pooled in a way that this
        reader does not know."""
        config = bundle.read_json(f"{folder}config.json")
        tensors = load(bundle.read(f"{folder}model.safetensors"))
        if config.get("pooling") != "mean" or len(tensors["classifier.weight"]) != labels:
            raise ModelsError(f"The model of the bundle {bundle.version} needs a newer reader.")
        self.room: int = bundle.read_json(f"{folder}manifest.json")["maxSequenceLength"] - 2
        self.tokenizer = Tokenizer.from_str(bundle.read(f"{folder}tokenizer.json").decode())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        vocabulary: dict[str, int] = self.tokenizer.get_vocab()
        self.cls, self.sep, self.pad = (vocabulary[token] for token in ("[CLS]", "[SEP]", "[PAD]"))
        self.encoder = Encoder(tensors, config, "cpu")
        self.head = tensors["classifier.weight"].float(), tensors["classifier.bias"].float()

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """[texts, labels], before temperature and thresholds: of the mean state of all of a text's pieces."""
        windows = [(window, place) for place, text in enumerate(texts) for window in self.cut(text)]
        windows.sort(key=lambda window: len(window[0]))
        lengths = torch.tensor([len(window) for window, _ in windows])
        owners = torch.tensor([place for _, place in windows])
        with one_thread(), torch.inference_mode():
            sums = torch.zeros(len(texts), self.head[0].shape[1])
            for some in batches(range(len(windows)), lengths.tolist()):
                states = self.encoder.encode([windows[index][0] for index in some])
                here = slice(some[0], some[-1] + 1)
                sums.index_add_(0, owners[here].repeat_interleave(lengths[here]), states)
            pieces = torch.zeros(len(texts)).index_add_(0, owners, lengths.float())
            mean = sums / pieces[:, None]
            scores: NDArray[np.float64] = functional.linear(mean, *self.head).double().numpy()
        return scores

    def attribute(self, text: str, label: int) -> Attribution:
        """By integrated gradients. Each window moves the mean by itself, so each is looked at by itself."""
        encoding, ranges = self.read(text)
        windows = self.windows(encoding, ranges)
        direction = self.head[0][label] / sum(len(window) for window in windows)
        parts = [Part(window, lambda states: states.sum(1) @ direction) for window in windows]
        found = integrate(self.encoder, parts, self.pad, float(self.head[1][label]))
        words: dict[int | None, tuple[int, int]] = {}
        weights: dict[int | None, float] = {}
        for (start, end), of_window in zip(ranges, found.weights, strict=True):
            for piece, weight in zip(range(start, end), of_window[1:-1].tolist(), strict=True):
                word, (first, last) = encoding.word_ids[piece], encoding.offsets[piece]
                words[word] = words.get(word, (first, last))[0], last
                weights[word] = weights.get(word, 0.0) + weight
        return found.attribution(words.values(), weights.values())

    def cut(self, text: str) -> list[list[int]]:
        """Windows of at most the model's length, cut between words. A word that fills one is cut where it ends."""
        return self.windows(*self.read(text))

    def windows(self, encoding: Encoding, ranges: Sequence[tuple[int, int]]) -> list[list[int]]:
        return [[self.cls, *encoding.ids[start:end], self.sep] for start, end in ranges]

    def read(self, text: str) -> tuple[Encoding, list[tuple[int, int]]]:
        """A text's pieces, and where each window of them begins and ends."""
        # Half a surrogate pair has no UTF-8.
        encoding = self.tokenizer.encode(re.sub("[\ud800-\udfff]", "\ufffd", text), add_special_tokens=False)
        count, words = len(encoding.ids), encoding.word_ids
        ranges, start = [], 0
        while count - start > self.room:
            end = self.last_word(words, start)
            ranges.append((start, end))
            start = end
        return encoding, [*ranges, (start, count)]

    def last_word(self, words: Sequence[int | None], start: int) -> int:
        """Where the last word that begins in a window from `start`, and does not end there, begins."""
        end = start + self.room
        while end > start and words[end] == words[end - 1]:
            end -= 1
        return end if end > start else start + self.room
