"""Scores of a text by a promoted transformer, or by a head on a frozen one. Needs torch and tokenizers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pbp_reader.bert import Encoder, one_thread
from pbp_reader.bundle import Bundle, ModelsError
from pbp_reader.tagger import batches

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from tokenizers import Tokenizer
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
        self.cls, self.sep = vocabulary["[CLS]"], vocabulary["[SEP]"]
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

    def cut(self, text: str) -> list[list[int]]:
        """Windows of at most the model's length, cut between words. A word that fills one is cut where it ends."""
        # Half a surrogate pair has no UTF-8.
        encoding = self.tokenizer.encode(re.sub("[\ud800-\udfff]", "\ufffd", text), add_special_tokens=False)
        pieces, words = encoding.ids, encoding.word_ids
        windows, start = [], 0
        while len(pieces) - start > self.room:
            end = self.last_word(words, start)
            windows.append(pieces[start:end])
            start = end
        return [[self.cls, *window, self.sep] for window in (*windows, pieces[start:])]

    def last_word(self, words: Sequence[int | None], start: int) -> int:
        """Where the last word that begins in a window from `start`, and does not end there, begins."""
        end = start + self.room
        while end > start and words[end] == words[end - 1]:
            end -= 1
        return end if end > start else start + self.room
