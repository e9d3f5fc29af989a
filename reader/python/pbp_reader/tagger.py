"""Keyphrases of a new note, by the promoted model. Needs torch, tokenizers and transformers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pbp_reader.bundle import Bundle
from pbp_reader.words import cut_rows, read_words

import torch
from safetensors.torch import load
from tokenizers import Tokenizer
from transformers import BertConfig, BertForTokenClassification

WINDOWS_TOGETHER = 32  # bounds the memory that a long note takes


@dataclass(frozen=True)
class Keyphrase:
    start: int  # offsets into the text, in code points
    end: int
    label: str
    text: str


@dataclass(frozen=True)
class Window:
    pieces: list[int]  # [CLS], those of consecutive words, [SEP]
    first_pieces: list[int]  # a word's first, where the model was taught to label it


class Tagger:
    """The model as Evaluate judged it, in float32. May be used from several threads."""

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Errors: as Bundle.read. The weights are read, not mapped: a mapped file that is removed ends the process."""
        manifest = bundle.read_json("ner/manifest.json")
        self.tags: list[str] = manifest["tags"]
        self.room: int = manifest["maxSequenceLength"] - 2
        self.tokenizer = Tokenizer.from_str(bundle.read("ner/tokenizer.json").decode())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        vocabulary: dict[str, int] = self.tokenizer.get_vocab()
        self.cls, self.sep, self.unknown = (vocabulary[token] for token in ("[CLS]", "[SEP]", "[UNK]"))
        self.model = BertForTokenClassification(BertConfig.from_dict(bundle.read_json("ner/config.json")))
        self.model.load_state_dict(load(bundle.read("ner/model.safetensors")))
        self.model.eval().to(device)
        self.device = device

    def keyphrases(self, text: str) -> list[Keyphrase]:
        """In the order of the text. All of it is read, however long it is."""
        words = read_words(text)
        spans = [(word.start, word.end) for word in words]
        tags = self.tag([[text[slice(*spans[index])] for index in row] for row in cut_rows(text, words)])
        return [
            Keyphrase(spans[first][0], spans[last][1], label, text[spans[first][0] : spans[last][1]])
            for label, first, last in entities(tags)
        ]

    def tag(self, rows: Sequence[Sequence[str]]) -> list[str]:
        """The likeliest tag of every word of every row, in one list."""
        windows = [window for row in rows for window in self.cut(row)]
        by_length = sorted(range(len(windows)), key=lambda index: len(windows[index].pieces))
        tags_of: dict[int, list[str]] = {}
        for begin in range(0, len(by_length), WINDOWS_TOGETHER):
            indices = by_length[begin : begin + WINDOWS_TOGETHER]
            for index, best in zip(indices, self.predict([windows[index].pieces for index in indices]), strict=True):
                tags_of[index] = [self.tags[best[place]] for place in windows[index].first_pieces]
        return [tag for index in range(len(windows)) for tag in tags_of[index]]

    def cut(self, words: Sequence[str]) -> Iterator[Window]:
        """Windows of at most the model's length. A word of too many pieces keeps those that fit."""
        # Half a surrogate pair has no UTF-8.
        well_formed = [re.sub("[\ud800-\udfff]", "\ufffd", word) for word in words]
        pieces, firsts = [self.cls], list[int]()
        for encoding in self.tokenizer.encode_batch(well_formed, add_special_tokens=False):
            word = encoding.ids[: self.room] or [self.unknown]
            if len(pieces) - 1 + len(word) > self.room:
                yield Window([*pieces, self.sep], firsts)
                pieces, firsts = [self.cls], []
            firsts.append(len(pieces))
            pieces += word
        yield Window([*pieces, self.sep], firsts)

    def predict(self, windows: Sequence[list[int]]) -> list[list[int]]:
        """The likeliest tag's number for each piece."""
        longest = max(map(len, windows))
        pieces = torch.tensor([window + [0] * (longest - len(window)) for window in windows])
        mask = torch.tensor([[1] * len(window) + [0] * (longest - len(window)) for window in windows])
        with torch.inference_mode():
            scores = self.model(input_ids=pieces.to(self.device), attention_mask=mask.to(self.device)).logits
        best: list[list[int]] = scores.argmax(-1).tolist()
        return best


def entities(tags: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """(label, first word, last word) by strict IOB2, as the gate counts them: an I- that continues nothing is none."""
    label, first = "", -1
    for place, tag in enumerate((*tags, "O")):
        if first >= 0 and tag != f"I-{label}":
            yield label, first, place - 1
            first = -1
        if tag.startswith("B-"):
            label, first = tag[2:], place
