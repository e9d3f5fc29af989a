"""Words and sentences of a note, cut exactly as Preprocess cuts the notes that the model is trained and judged on.

tasks/preprocess/read/tokens.ts and sentences.ts are the originals; a test compares the two. Offsets are in
code points.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MOST_UNITS = 1000  # UTF-16 units of a word
MOST_WORDS = 256  # of a row
LINE_ENDS = frozenset("\n\v\f\r\x85\u2028")
PARAGRAPH_SEPARATOR = "\u2029"
PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
IDEOGRAPHS = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFAFF)),
    *((0x20000, 0x2A6DF), (0x2A700, 0x2CEAF), (0x2F800, 0x2FA1F)),
)
# fmt: off
ABBREVIATIONS = frozenset([
    "dr", "mr", "mrs", "ms", "vs", "st", "no", "approx", "ca", "cf", "fig", "et", "al", "ie", "eg", "etc", "dept",
    "inc", "jr", "sr", "mg", "ml", "cm", "mm", "kg", "hr", "hrs", "min", "sec", "wt", "ht", "temp", "pt", "pts",
])
# fmt: on
SAME_LINE, SPACED, NEW_LINE, BLANK_LINE = range(4)


class Word(NamedTuple):
    start: int
    end: int
    gap: int  # what stands before it


@lru_cache(maxsize=4096)
def kind_of(character: str) -> str:
    """space, line end or paragraph end; single (a word of its own); follower (in a word, but makes none); or word."""
    code, category = ord(character), unicodedata.category(character)
    if character == PARAGRAPH_SEPARATOR:
        return "paragraph end"
    if character in LINE_ENDS:
        return "line end"
    if character == "\t" or category == "Zs":
        return "space"
    if character in PUNCTUATION or category[0] == "P" or any(first <= code <= last for first, last in IDEOGRAPHS):
        return "single"
    if category in ("Cc", "Cf", "Co", "Mn") or character == "\ufffd":
        return "follower"
    return "word"


def read_words(text: str) -> list[Word]:
    words: list[Word] = []
    at, gap = 0, SAME_LINE
    while at < len(text):
        kind = kind_of(text[at])
        if kind == "space":
            gap = max(gap, SPACED)
            at += 1
        elif kind in ("line end", "paragraph end"):
            gap = BLANK_LINE if kind == "paragraph end" or gap >= NEW_LINE else NEW_LINE
            at += 2 if text.startswith("\r\n", at) else 1
        elif kind == "follower":
            at += 1
        else:
            end = at + 1 if kind == "single" else word_end(text, at)
            words.append(Word(at, end, gap))
            at, gap = end, SAME_LINE
    return words


# Letters and digits with what follows them, or a sign of punctuation.
ASCII_WORD = re.compile(rf"[0-9A-Za-z][0-9A-Za-z\x00-\x08\x0e-\x1f\x7f]{{0,{MOST_UNITS - 1}}}|[!-/:-@\[-`{{-~]")


def count_words(text: str) -> int:
    """As many as read_words finds, in a tenth of the time where all is ASCII."""
    return len(ASCII_WORD.findall(text)) if text.isascii() else len(read_words(text))


def word_end(text: str, start: int) -> int:
    units = 0
    for end in range(start, len(text)):
        units += 2 if text[end] > "\uffff" else 1
        if units > MOST_UNITS or kind_of(text[end]) not in ("word", "follower"):
            return end
    return len(text)


def cut_rows(text: str, words: list[Word]) -> Iterator[range]:
    """Sentences of at most MOST_WORDS words, as ranges of indices."""
    start = index = 0
    while index < len(words):
        end = index + 1
        if end < len(words) and not ends_sentence(text, words, index):
            if end - start < MOST_WORDS:
                index = end
                continue
            end = window_end(text, words, start)
        yield range(start, end)
        start = index = end


def window_end(text: str, words: list[Word], start: int) -> int:
    """Where to end a row that is full: behind a comma or the like in its second half, else here."""
    full = start + MOST_WORDS
    for end in range(full, start + MOST_WORDS // 2, -1):
        if words[end].gap != SAME_LINE and text[words[end - 1].start : words[end - 1].end] in tuple(",;:."):
            return end
    return full


def ends_sentence(text: str, words: list[Word], index: int) -> bool:
    word, following = words[index], words[index + 1]
    if following.gap in (SAME_LINE, BLANK_LINE):
        return following.gap == BLANK_LINE
    goes_on = "a" <= text[following.start] <= "z"
    # A line that continues in lower case is a wrapped one.
    if following.gap == NEW_LINE and not goes_on:
        return True
    mark = text[word.start : word.end]
    if mark != "." or goes_on:
        return mark in ("!", "?")
    return index == 0 or not is_abbreviation(text, words, index - 1)


def is_abbreviation(text: str, words: list[Word], index: int) -> bool:
    if words[index + 1].gap != SAME_LINE:
        return False
    word = text[words[index].start : words[index].end]
    if len(word) == 1:
        return word.isascii() and word.isalpha()
    return word.lower() in ABBREVIATIONS
