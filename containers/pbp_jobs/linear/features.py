"""Hashed n-grams of words and characters: all that the linear model knows of a text.

No vocabulary is kept, since it would carry names of patients. This is the definition; reader/typescript/features.ts and
reader/python/pbp_reader/features.py repeat it, and test/reader/linear.test.ts compares the three over all of Unicode.
It asks no Unicode database, of which Python and JavaScript have different versions.

1. A text is its code points. Half a surrogate pair counts as one.
2. Capitals become small letters: U+0041-005A, 00C0-00D6, 00D8-00DE, 0391-03A1, 03A3-03AB and 0410-042F by adding 32,
   0400-040F by adding 80; even ones of 0100-0137 and 014A-0177 and odd ones of 0139-0148 by adding 1.
3. A code point in SPACES is a space, one in MARKS is a mark, every other one is a letter.
4. A token is one mark, or a run of letters, of which the first 64 count.
5. hash(start; v1, v2 ...) begins with h = start, and for each v sets h = ((h xor v) * 0x01000193) mod 2^32: the step of
   FNV-1a, on whole numbers instead of bytes.
6. An n-gram of tokens is hash(0x9747B28C; the hash(0x811C9DC5; its code points) of each of n tokens in a row).
7. For n-grams of characters every run of spaces becomes one U+0020, and one is put before and behind the text. Any n
   characters in a row are one, hash(0x811C9DC5; the characters), unless a space is among them but first or last.
8. The bucket of an n-gram is a number of `bits` bits: the first is 0 for tokens, 1 for characters, the others are the
   first ones of the hash after the finaliser of MurmurHash3.

A text's feature is a bucket and how many of the text's n-grams fall into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.uint32]

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
# fmt: on
LETTER, SPACE, MARK = range(3)
LETTERS_OF_A_TOKEN = 64
TOKEN_START, NGRAM_START, STEP = (np.uint32(number) for number in (0x811C9DC5, 0x9747B28C, 0x01000193))
CODE_POINTS_TOGETHER = 1 << 21  # bounds the memory: some 200 MB of n-grams


@dataclass(frozen=True)
class Hashing:
    bits: int  # of a bucket's number
    words: tuple[int, int]  # shortest and longest n-gram of tokens
    characters: tuple[int, int]


@dataclass(frozen=True)
class Counts:
    """The features of texts, a text's buckets rising, those of text i from starts[i] to starts[i + 1]."""

    starts: NDArray[np.int64]
    buckets: NDArray[np.int32]
    counts: NDArray[np.int32]


def count_features(texts: Sequence[str], hashing: Hashing, pause: Callable[[], None] = lambda: None) -> Counts:
    """pause: called every few hundred thousand words, for a job that may have to stop."""
    sizes, buckets, counts = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    for part in parts(texts, 1 << (32 - hashing.bits)):
        pause()
        features = np.concatenate([np.zeros(0, np.uint32), *ngrams([code_points(text) for text in part], hashing)])
        features.sort()  # by text, then bucket
        firsts = np.flatnonzero(np.diff(features, prepend=~features[:1]))
        found = features[firsts]
        sizes.append(np.bincount(found >> np.uint32(hashing.bits), minlength=len(part)))
        buckets.append((found & np.uint32((1 << hashing.bits) - 1)).astype(np.int32))
        counts.append(np.diff(firsts, append=len(features)).astype(np.int32))
    return Counts(np.cumsum(np.concatenate(sizes)), np.concatenate(buckets), np.concatenate(counts))


def parts(texts: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Consecutive texts: at most so many that a text's number and a bucket's share 32 bits."""
    first = size = 0
    for place, text in enumerate(texts):
        if place > first and (place - first == most or size + len(text) > CODE_POINTS_TOGETHER):
            yield texts[first:place]
            first, size = place, 0
        size += len(text)
    if first < len(texts):
        yield texts[first:]


def code_points(text: str) -> Whole:
    # By way of UTF-16, as JavaScript has it: two halves that a str holds apart are one code point.
    units = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return np.frombuffer(units.encode("utf-32-le", "surrogatepass"), np.uint32)


def ngrams(batch: Sequence[Whole], hashing: Hashing) -> Iterator[Whole]:
    """All n-grams of all texts, each as its text's number above its bucket."""
    between = np.array([0x20], np.uint32)
    points = np.concatenate([between, *(part for text in batch for part in (text, between))])
    numbers = np.repeat(np.arange(len(batch), dtype=np.uint32), [len(text) + 1 for text in batch])
    owners = np.concatenate([numbers[:1], numbers])  # the text of each code point, and of the space behind it
    kinds, points = kinds_of(points), folded(points)
    found = (
        token_ngrams(points, kinds, owners, hashing.words),
        character_ngrams(points, kinds, owners, hashing.characters),
    )
    for half, of_half in enumerate(found):
        for owner, hashes in of_half:
            above = (owner << np.uint32(1) | np.uint32(half)) << np.uint32(hashing.bits - 1)
            yield above | (mixed(hashes) >> np.uint32(33 - hashing.bits))


def token_ngrams(
    points: Whole, kinds: NDArray[np.uint8], owners: Whole, lengths: tuple[int, int]
) -> Iterator[tuple[Whole, Whole]]:
    letters = kinds == LETTER
    starts = np.flatnonzero((kinds == MARK) | (letters & ~shifted(letters)))
    run_ends = np.flatnonzero(shifted(letters) & ~letters)  # a space closes the batch, so no run is open
    ends = starts + 1
    ends[kinds[starts] == LETTER] = run_ends
    sizes = np.minimum(ends - starts, LETTERS_OF_A_TOKEN)
    tokens = np.full(len(starts), TOKEN_START)
    longer = np.arange(len(starts))
    for place in range(LETTERS_OF_A_TOKEN):
        longer = longer[sizes[longer] > place]
        tokens[longer] = (tokens[longer] ^ points[starts[longer] + place]) * STEP
    owner, hashes = owners[starts], np.full(len(starts), NGRAM_START)
    for length in range(1, lengths[1] + 1):
        count = max(0, len(tokens) - length + 1)
        hashes = (hashes[:count] ^ tokens[length - 1 :]) * STEP
        if length >= lengths[0]:
            together = owner[:count] == owner[length - 1 :]
            yield owner[:count][together], hashes[together]


def character_ngrams(
    points: Whole, kinds: NDArray[np.uint8], owners: Whole, lengths: tuple[int, int]
) -> Iterator[tuple[Whole, Whole]]:
    spaces = kinds == SPACE
    kept = ~(spaces & shifted(spaces))
    spaces, owners = spaces[kept], owners[kept]
    characters = np.where(spaces, np.uint32(0x20), points[kept])
    # The space between two texts serves both: an n-gram belongs to the text of its first character that is none.
    owner = np.where(spaces, np.append(owners[1:], owners[-1:]), owners)
    spaces_before = np.concatenate([[0], np.cumsum(spaces)])
    hashes = np.full(len(characters), TOKEN_START)
    for length in range(1, lengths[1] + 1):
        count = max(0, len(characters) - length + 1)
        hashes = (hashes[:count] ^ characters[length - 1 :]) * STEP
        if length >= lengths[0]:
            inner = spaces_before[length - 1 : length - 1 + count] <= spaces_before[1 : 1 + count]
            yield owner[:count][inner], hashes[inner]


def shifted(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What was true one place before."""
    return np.concatenate([[False], flags[:-1]])


def mixed(hashes: Whole) -> Whole:
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))


def _tables() -> tuple[NDArray[np.uint8], Whole]:
    kinds, small = np.full(0x20000, LETTER, np.uint8), np.arange(0x20000, dtype=np.uint32)
    for ranges, kind in ((SPACES, SPACE), (MARKS, MARK)):
        for first, last in ranges:
            kinds[first : last + 1] = kind
    for first, last in ((0x41, 0x5A), (0xC0, 0xD6), (0xD8, 0xDE), (0x391, 0x3A1), (0x3A3, 0x3AB), (0x410, 0x42F)):
        small[first : last + 1] += np.uint32(32)
    small[0x400:0x410] += np.uint32(80)
    for first, last in ((0x100, 0x137), (0x139, 0x148), (0x14A, 0x177)):
        small[first : last + 1 : 2] += np.uint32(1)
    return kinds, small


KINDS, SMALL = _tables()  # up to U+1FFFF, above which all are letters and none is a capital


def kinds_of(points: Whole) -> NDArray[np.uint8]:
    return KINDS[np.minimum(points, np.uint32(0x1FFFF))]


def folded(points: Whole) -> Whole:
    return np.where(points < 0x20000, SMALL[np.minimum(points, np.uint32(0x1FFFF))], points)
