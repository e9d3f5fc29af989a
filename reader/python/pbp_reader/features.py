"""Hashed n-grams of words and characters, as containers/pbp_jobs/linear/features.py defines them.

The numbers in comments are its points. It asks no Unicode database, of which Python and JavaScript have different
versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.uint32]
Places = NDArray[np.int64]

# fmt: off
SPACES = (
    (0x00, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x3000, 0x3000),
    (0xD800, 0xDFFF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
)
MARKS = (
    (0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), (0xA1, 0xA9), (0xAB, 0xAC), (0xAE, 0xB4), (0xB6, 0xB9),
    (0xBB, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20CF), (0x2190, 0x2BFF),
    (0x3001, 0x303F), (0xFF01, 0xFF0F), (0x1F000, 0x1FAFF),
)
CAPITALS = (  # first, last, every how many, and how far it is to the small letter
    (0x41, 0x5A, 1, 32), (0xC0, 0xD6, 1, 32), (0xD8, 0xDE, 1, 32), (0x391, 0x3A1, 1, 32), (0x3A3, 0x3AB, 1, 32),
    (0x410, 0x42F, 1, 32), (0x400, 0x40F, 1, 80), (0x100, 0x137, 2, 1), (0x139, 0x148, 2, 1), (0x14A, 0x177, 2, 1),
)
# fmt: on
LETTER, SPACE, MARK = range(3)
PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")  # halves that a str holds apart
PAIR_OR_POINT = re.compile(f"{PAIR.pattern}|.", re.DOTALL)
LETTERS_OF_A_TOKEN = 64
TOKEN_START, NGRAM_START, STEP = (np.uint32(number) for number in (0x811C9DC5, 0x9747B28C, 0x01000193))


@dataclass(frozen=True)
class Hashing:
    bits: int
    words: tuple[int, int]
    characters: tuple[int, int]


@dataclass(frozen=True)
class Reading:
    """Texts as numbers, with a space before, between and behind them."""

    points: Whole  # capitals made small
    kinds: NDArray[np.uint8]
    owners: Places  # the text of each point, also of the space behind it
    starts: Places  # of the tokens, among the points
    ends: Places


def count_features(texts: Sequence[str], hashing: Hashing) -> tuple[Places, Places, Places]:
    """Of each text, its n-grams' buckets, rising: the text's place, the bucket, and how many fall into it."""
    reading = read(texts)
    counted = points_that_count(reading)
    # An n-gram that begins with a space belongs to what is behind it.
    of_points = reading.owners[np.where(reading.kinds[counted] == SPACE, np.append(counted[1:], counted[-1:]), counted)]
    keys = [
        (owners[firsts] << hashing.bits) | buckets
        for owners, ngrams in (
            (reading.owners[reading.starts], token_ngrams(reading, hashing)),
            (of_points, character_ngrams(reading, hashing)),
        )
        for buckets, firsts in ngrams
    ]
    found, counts = np.unique(np.concatenate(keys), return_counts=True)
    return found >> hashing.bits, found & ((1 << hashing.bits) - 1), counts


def words_and_ngrams(text: str, hashing: Hashing) -> tuple[list[tuple[int, int]], list[tuple[Whole, Places]]]:
    """The words that a text is read as, its tokens, by their offsets in code points; and its n-grams.

    Of those of each length: the buckets, and [n-grams, length] the word in which each part lies, -1 for a space.
    """
    reading = read([text])
    before = offsets_of(text)
    words = list(zip(before[reading.starts - 1].tolist(), before[reading.ends - 1].tolist(), strict=True))
    of_tokens = np.arange(len(words))
    counted = points_that_count(reading)
    of_points = np.searchsorted(reading.starts, counted, "right") - 1
    of_points[reading.kinds[counted] == SPACE] = -1
    found = []
    for owners, ngrams, (shortest, _) in (
        (of_tokens, token_ngrams(reading, hashing), hashing.words),
        (of_points, character_ngrams(reading, hashing), hashing.characters),
    ):
        for length, (buckets, firsts) in enumerate(ngrams, shortest):
            found.append((buckets, owners[firsts[:, None] + np.arange(length)]))
    return words, found


def offsets_of(text: str) -> Places:
    """Where in a text each code point of its reading begins, and where the last ends: two halves of a pair are one."""
    if PAIR.search(text) is None:
        return np.arange(len(text) + 1)
    return np.cumsum([0, *(len(point) for point in PAIR_OR_POINT.findall(text))])


def read(texts: Sequence[str]) -> Reading:
    # By way of UTF-16, as JavaScript has it: two halves that a str holds apart are one code point.
    units = f" {' '.join(texts)} ".encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    points = np.frombuffer(units.encode("utf-32-le", "surrogatepass"), np.uint32)
    sizes = [1 + len(text) - len(PAIR.findall(text)) for text in texts]
    owners = np.repeat(np.arange(len(texts)), [1 + sizes[0], *sizes[1:]])
    known = np.minimum(points, np.uint32(0x1FFFF))
    kinds = KINDS[known]
    letters = kinds == LETTER
    before = np.concatenate([[False], letters[:-1]])
    starts = np.flatnonzero((kinds == MARK) | (letters & ~before))
    ends = starts + 1
    ends[kinds[starts] == LETTER] = np.flatnonzero(before & ~letters)
    return Reading(np.where(points < 0x20000, SMALL[known], points), kinds, owners, starts, ends)


def token_ngrams(reading: Reading, hashing: Hashing) -> Iterator[tuple[Whole, Places]]:
    """Of each length: the buckets, and which token each n-gram begins with."""
    starts = reading.starts
    owners = reading.owners[starts]
    sizes = np.minimum(reading.ends - starts, LETTERS_OF_A_TOKEN)
    tokens = np.full(len(starts), TOKEN_START)
    longer = np.arange(len(starts))
    for place in range(sizes.max(initial=0)):
        longer = longer[sizes[longer] > place]
        tokens[longer] = (tokens[longer] ^ reading.points[starts[longer] + place]) * STEP
    for length, hashes in enumerate(ngrams(tokens, NGRAM_START, hashing.words), hashing.words[0]):
        within = np.flatnonzero(owners[: len(hashes)] == owners[length - 1 :])
        yield mixed(hashes[within]) >> np.uint32(33 - hashing.bits), within


def character_ngrams(reading: Reading, hashing: Hashing) -> Iterator[tuple[Whole, Places]]:
    """Of each length: the buckets, and which of the points that count each n-gram begins with."""
    counted = points_that_count(reading)
    spaces = reading.kinds[counted] == SPACE
    before = np.concatenate([[0], np.cumsum(spaces)])
    found = ngrams(np.where(spaces, np.uint32(0x20), reading.points[counted]), TOKEN_START, hashing.characters)
    for length, hashes in enumerate(found, hashing.characters[0]):
        # A space may be the first or the last (7).
        inner = np.flatnonzero(before[length - 1 :][: len(hashes)] <= before[1:][: len(hashes)])
        upper_half = np.uint32(1 << (hashing.bits - 1))
        yield upper_half + (mixed(hashes[inner]) >> np.uint32(33 - hashing.bits)), inner


def points_that_count(reading: Reading) -> Places:
    """All but the spaces behind the first of a run (7)."""
    spaces = reading.kinds == SPACE
    return np.flatnonzero(~(spaces & np.concatenate([[False], spaces[:-1]])))


def ngrams(values: Whole, start: np.uint32, lengths: tuple[int, int]) -> Iterator[Whole]:
    """Those of each length, which may be none."""
    hashes = np.full(len(values), start)
    for length in range(1, lengths[1] + 1):
        hashes = (hashes[: max(0, len(values) - length + 1)] ^ values[length - 1 :]) * STEP
        if length >= lengths[0]:
            yield hashes


def mixed(hashes: Whole) -> Whole:
    """The finaliser of MurmurHash3."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))


def _tables() -> tuple[NDArray[np.uint8], Whole]:
    kinds, small = np.full(0x20000, LETTER, np.uint8), np.arange(0x20000, dtype=np.uint32)
    for ranges, kind in ((SPACES, SPACE), (MARKS, MARK)):
        for first, last in ranges:
            kinds[first : last + 1] = kind
    for first, last, every, far in CAPITALS:
        small[first : last + 1 : every] += np.uint32(far)
    return kinds, small


KINDS, SMALL = _tables()  # up to U+1FFFF, above which all are letters and none is a capital
