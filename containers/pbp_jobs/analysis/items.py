"""What a document has, what a model says of it, and which belongs to which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..scoring import Entity

# How what the model says relates to the truth. The first is right, the others are errors.
RIGHT = "exact"
HOWS = (RIGHT, "longer", "shorter", "overlapping", "otherLabel", "missed", "invented")


@dataclass(frozen=True)
class Item:
    """A keyphrase or class of one document: of the truth, of the model, or of both where they belong together."""

    how: str
    gold: str | None  # label; None: the truth has nothing there
    predicted: str | None  # label; None: the model says nothing there
    sure: float  # the probability of what the model says
    place: tuple[int, int] | None = None  # first token and token after the last of a keyphrase; of the truth's, if any
    predicted_place: tuple[int, int] | None = None  # where the model's begins and ends elsewhere
    gold_key: str | None = None  # by which it is looked up in the training side
    predicted_key: str | None = None


@dataclass(frozen=True)
class Comparison:
    items: list[Item]
    confused: list[tuple[str, str]]  # gold label, predicted label


def match(gold: Iterable[Entity], predicted: Iterable[Entity]) -> list[tuple[Entity | None, Entity | None]]:
    """Each entity once: with the one of the other side that it overlaps most, or alone; in the order of the text.

    Of equal overlaps those of one label go first, then the earlier. What is cut in two by the model is found too short
    once, and the other part is invented.
    """
    golds, others = sorted(gold, key=place), sorted(predicted, key=place)
    candidates = []
    first = 0
    for one in golds:
        while first < len(others) and others[first][2] <= one[1]:
            first += 1
        for other in others[first:]:
            if other[1] >= one[2]:
                break
            shared = min(one[2], other[2]) - max(one[1], other[1])
            candidates.append((-shared, one[0] != other[0], place(one), place(other), one, other))
    pairs: list[tuple[Entity | None, Entity | None]] = []
    taken_golds, taken_others = set[Entity](), set[Entity]()
    for *_, one, other in sorted(candidates):
        if one not in taken_golds and other not in taken_others:
            pairs.append((one, other))
            taken_golds.add(one)
            taken_others.add(other)
    pairs += [(one, None) for one in golds if one not in taken_golds]
    pairs += [(None, other) for other in others if other not in taken_others]
    return sorted(pairs, key=lambda pair: union(*pair))


def relation(gold: Entity | None, predicted: Entity | None) -> str:
    """One of HOWS."""
    if gold is None:
        return "invented"
    if predicted is None:
        return "missed"
    (label, start, end), (said, said_start, said_end) = gold, predicted
    if label != said:
        return "otherLabel"
    if (start, end) == (said_start, said_end):
        return RIGHT
    if said_start <= start and end <= said_end:
        return "longer"
    return "shorter" if start <= said_start and said_end <= end else "overlapping"


def place(entity: Entity) -> tuple[int, int]:
    return entity[1], entity[2]


def union(gold: Entity | None, predicted: Entity | None) -> tuple[int, int]:
    """From the first token of either to the last."""
    places = [place(one) for one in (gold, predicted) if one is not None]
    return min(start for start, _ in places), max(end for _, end in places)
