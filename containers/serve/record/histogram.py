"""Bins as dataset/profile.json of an export has them, so that what is served can be held against it."""

from __future__ import annotations

from ..generations.traffic import PARTS

MOST = 1 << 20
# 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, …: two bins a doubling.
STARTS = [0, 1, *(start for octave in range(1, 21) for start in (1 << octave, 3 << (octave - 1)))]
# What JavaScript counts exactly.
LAST_END = 2**53 - 2


def bin_of(count: int) -> int:
    """The bin of a whole number."""
    if count < 2:
        return count
    octave = min(count, MOST).bit_length() - 1
    return 2 * octave + (count >= 3 << (octave - 1))


def end_of(number: int) -> int:
    return STARTS[number + 1] - 1 if number + 1 < len(STARTS) else LAST_END


class Bins:
    """Counts by bin, and within it by part."""

    def __init__(self) -> None:
        self.parts: dict[int, list[int]] = {}

    def add(self, number: int, part: int) -> None:
        self.parts.setdefault(number, [0] * PARTS)[part] += 1

    def as_json(self, starts_and_ends: list[tuple[int, int]]) -> list[dict[str, object]]:
        return [
            {"from": first, "to": last, "documents": sum(parts), "parts": parts}
            for (first, last), parts in ((starts_and_ends[number], self.parts[number]) for number in sorted(self.parts))
        ]


COUNTS = [(start, end_of(number)) for number, start in enumerate(STARTS)]
PERCENTS = [(start, 100 if start == 95 else start + 4) for start in range(0, 100, 5)]


def percent_bin(share: float) -> int:
    return min(19, max(0, int(share * 20)))
