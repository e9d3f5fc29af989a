"""Texts with classes, and the windows of word pieces in which all of a text is read."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

from ..contract import JobError
from ..tokens import Window

HALF_A_PAIR = re.compile("[\ud800-\udfff]")  # has no UTF-8
TEXTS_TOGETHER = 256  # the tokenizer keeps much about each until it is done


@dataclass(frozen=True)
class TextRow:
    """A line of train.jsonl, validation.jsonl or test.jsonl of the class kinds."""

    document: str
    text: str
    classes: list[str]


def parse_text_row(value: object, exclusive: bool, number: int, file: str, error_name: str) -> TextRow:
    """exclusive: exactly one class a text. Errors: error_name with the line's number when it is no such row."""
    match value:
        case {"document": str(document), "text": str(text), "classes": list(classes)} if (
            all(isinstance(name, str) for name in classes)
            and len(set(classes)) == len(classes)
            and (len(classes) == 1 or not exclusive)
        ):
            return TextRow(document, text, classes)
    expected = "one class" if exclusive else "distinct classes"
    raise JobError(error_name, f"{file}: expected a text with {expected} at line {number}")


def cut_texts(texts: Sequence[str], tokenizer: Tokenizer, max_length: int) -> list[list[Window]]:
    """Each text's windows, cut between words: at most max_length pieces, [CLS] and [SEP] included. No piece is lost."""
    vocabulary = tokenizer.get_vocab()
    cls, sep = vocabulary["[CLS]"], vocabulary["[SEP]"]
    windows: list[list[Window]] = []
    for first in range(0, len(texts), TEXTS_TOGETHER):
        some = [HALF_A_PAIR.sub("\ufffd", text) for text in texts[first : first + TEXTS_TOGETHER]]
        for encoding in tokenizer.encode_batch(some, add_special_tokens=False):
            ids, row = encoding.ids, len(windows)
            windows.append(
                [
                    Window(array("i", [cls, *ids[start:end], sep]), array("i"), row, start)
                    for start, end in cuts(encoding, max_length - 2)
                ]
            )
    return windows


def cuts(encoding: Encoding, room: int) -> list[tuple[int, int]]:
    """Where each window begins and ends. A word of more pieces than there is room for is cut where the room ends."""
    words, count = encoding.word_ids, len(encoding.ids)
    found, start = [], 0
    while count - start > room:
        end = start + room
        while end > start and words[end] == words[end - 1]:
            end -= 1
        end = end if end > start else start + room
        found.append((start, end))
        start = end
    return [*found, (start, count)]
