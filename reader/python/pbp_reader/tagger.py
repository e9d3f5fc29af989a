"""Keyphrases of a new note, by the promoted model. Needs torch and tokenizers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise

from pbp_reader.attribution import CannotExplain, Explanation
from pbp_reader.bert import Encoder, one_thread
from pbp_reader.bundle import Bundle
from pbp_reader.gradients import Part, integrate
from pbp_reader.words import Word, cut_rows, read_words

import torch
from safetensors.torch import load
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

PIECES_TOGETHER = 2048  # bounds the memory: 25 MB for BERT-base; more are no faster, since they leave the cache


@dataclass(frozen=True)
class Keyphrase:
    start: int  # offsets into the text, in code points
    end: int
    label: str
    text: str
    # How sure the model is, from 0 to 1: the probability of the least sure word's tag. So a long keyphrase is not held
    # against one word more, and one doubtful word is not averaged away. It is the model's own, not calibrated.
    confidence: float


@dataclass(frozen=True)
class Window:
    pieces: list[int]  # [CLS], those of consecutive words, [SEP]
    first_pieces: list[int]  # a word's first, where the model was taught to label it


class Tagger:
    """The model as Evaluate judged it, in float32. May be used from several threads; a call computes in one."""

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Errors: as Bundle.read. The weights are read, not mapped: a mapped file that is removed ends the process."""
        manifest = bundle.read_json("ner/manifest.json")
        self.tags: list[str] = manifest["tags"]
        self.room: int = manifest["maxSequenceLength"] - 2
        self.tokenizer = Tokenizer.from_str(bundle.read("ner/tokenizer.json").decode())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        vocabulary: dict[str, int] = self.tokenizer.get_vocab()
        special = ("[CLS]", "[SEP]", "[UNK]", "[PAD]")
        self.cls, self.sep, self.unknown, self.pad = (vocabulary[token] for token in special)
        tensors = load(bundle.read("ner/model.safetensors"))
        self.encoder = Encoder(tensors, bundle.read_json("ner/config.json"), device)
        self.head = tensors["classifier.weight"].float().to(device), tensors["classifier.bias"].float().to(device)
        self.device = device

    def keyphrases(self, text: str) -> list[Keyphrase]:
        """In the order of the text. All of it is read, however long it is."""
        return self.keyphrases_of([text])[0]

    def keyphrases_of(self, texts: Sequence[str]) -> list[list[Keyphrase]]:
        """Those of each text: as keyphrases, but short notes share a matrix product."""
        words_of = [read_words(text) for text in texts]
        rows = [
            [text[words[index].start : words[index].end] for index in row]
            for text, words in zip(texts, words_of, strict=True)
            for row in cut_rows(text, words)
        ]
        tagged = self.classify(rows)
        found, start = [], 0
        for text, words in zip(texts, words_of, strict=True):
            found.append(list(keyphrases_in(text, words, tagged[start : start + len(words)])))
            start += len(words)
        return found

    def tag(self, rows: Sequence[Sequence[str]]) -> list[str]:
        """The likeliest tag of every word of every row, in one list."""
        return [tag for tag, _ in self.classify(rows)]

    def classify(self, rows: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
        """The likeliest tag of every word of every row, and its probability, in one list."""
        windows = [window for row in rows for window in self.cut(row)]
        by_length = sorted(range(len(windows)), key=lambda index: len(windows[index].pieces))
        tagged: dict[int, list[tuple[str, float]]] = {}
        with one_thread(), torch.inference_mode():
            for indices in batches(by_length, [len(window.pieces) for window in windows]):
                best = iter(self.predict([windows[index] for index in indices]))
                for index in indices:
                    tagged[index] = [next(best) for _ in windows[index].first_pieces]
        return [tag for index in range(len(windows)) for tag in tagged[index]]

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

    def predict(self, windows: Sequence[Window]) -> list[tuple[str, float]]:
        """Tag and probability of each word of the windows, in their order."""
        probabilities, best = self.shares(windows).max(-1)
        return [(self.tags[tag], share) for tag, share in zip(best.tolist(), probabilities.tolist(), strict=True)]

    def shares(self, windows: Sequence[Window]) -> Tensor:
        """[words, tags]: the probability of each tag."""
        starts = [0, *accumulate(len(window.pieces) for window in windows)]
        words = [start + place for start, window in zip(starts, windows, strict=False) for place in window.first_pieces]
        states = self.encoder.encode([window.pieces for window in windows], words)
        return functional.linear(states, *self.head).softmax(-1)

    def explain(self, text: str, label: str | None = None, at: int | None = None) -> Explanation:
        """Why a word has its label: which words around it speak for that, and which against it.

        at: an offset in the word that is meant. label: of a keyphrase. Of the words and labels that these leave, the
        likeliest pair is explained: without `at`, of those in keyphrases; with it, no keyphrase may be the likeliest.
        Errors: CannotExplain when the model has no such label, or the text no such word.
        """
        tags = [
            number
            for number, tag in enumerate(self.tags)
            if (tag[2:] == label if label is not None else tag != "O" or at is not None)
        ]
        if not tags:
            raise CannotExplain("The model has no such label.")
        likeliest, found = -1.0, None
        for window, words in self.windows_of(text):
            asked = [index for index, word in enumerate(words) if at is None or word.start <= at < word.end]
            if not asked:
                continue
            with one_thread(), torch.inference_mode():
                shares = self.shares([window])[asked][:, tags]
            if float(shares.max()) > likeliest:
                likeliest = float(shares.max())
                place, tag = divmod(int(shares.argmax()), len(tags))
                found = window, words, asked[place], tags[tag]
        if found is None:
            raise CannotExplain("The text has no such word.")
        return self.explain_word(*found)

    def windows_of(self, text: str) -> Iterator[tuple[Window, list[Word]]]:
        """A text's windows, each with its words."""
        words = read_words(text)
        for row in cut_rows(text, words):
            rest = iter(row)
            for window in self.cut([text[words[index].start : words[index].end] for index in row]):
                yield window, [words[index] for index in islice(rest, len(window.first_pieces))]

    def explain_word(self, window: Window, words: Sequence[Word], place: int, tag: int) -> Explanation:
        weight, bias = self.head
        piece, direction = window.first_pieces[place], weight[tag]
        score = Part(window.pieces, lambda states: states[:, piece] @ direction)
        found = integrate(self.encoder, [score], self.pad, float(bias[tag]))
        ends = pairwise([*window.first_pieces, len(window.pieces) - 1])
        weights = [float(found.weights[0][start:end].sum()) for start, end in ends]
        return Explanation(
            self.tags[tag][2:] or None,
            found.attribution([(word.start, word.end) for word in words], weights),
            at=(words[place].start, words[place].end),
        )


def batches(indices: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """At most PIECES_TOGETHER word pieces each; a window is never longer."""
    batch: list[int] = []
    pieces = 0
    for index in indices:
        if batch and pieces + lengths[index] > PIECES_TOGETHER:
            yield batch
            batch, pieces = [], 0
        batch.append(index)
        pieces += lengths[index]
    if batch:
        yield batch


def keyphrases_in(text: str, words: Sequence[Word], tagged: Sequence[tuple[str, float]]) -> Iterator[Keyphrase]:
    for label, first, last in entities([tag for tag, _ in tagged]):
        start, end = words[first].start, words[last].end
        yield Keyphrase(start, end, label, text[start:end], min(share for _, share in tagged[first : last + 1]))


def entities(tags: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """(label, first word, last word) by strict IOB2, as the gate counts them: an I- that continues nothing is none."""
    label, first = "", -1
    for place, tag in enumerate((*tags, "O")):
        if first >= 0 and tag != f"I-{label}":
            yield label, first, place - 1
            first = -1
        if tag.startswith("B-"):
            label, first = tag[2:], place
