"""Which words of a text made the model's answer, each with its sign: what it adds to the score of a label.

For the linear model exactly: bias + sum of the words' weights = score. For the others by integrated gradients, whose
sum is the difference between the text's score and that of a text that says nothing, the baseline, within a tolerance
that is checked and told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


class CannotExplain(Exception):  # noqa: N818 - as UnknownRecord, it says what is the case
    """The model has no such label, or the text no such word. The message repeats neither: whoever asked has them."""


@dataclass(frozen=True)
class WordWeight:
    start: int  # offsets into the text, in code points
    end: int
    weight: float  # what the word adds to the score; below 0: it speaks against the label


@dataclass(frozen=True)
class Attribution:
    baseline: float  # the score of a text that says nothing
    score: float  # what the model computes for the label, before temperature, probabilities and thresholds
    words: list[WordWeight]  # in the order of the text, as the model reads it: marks are words of their own
    tolerance: float  # how far baseline + sum may be from the score
    passes: int  # through the model, of the text or the part of it that counts; a pass back costs about two

    @property
    def sum(self) -> float:
        return sum(word.weight for word in self.words)

    @property
    def complete(self) -> bool:
        """Whether the words account for all of the score."""
        return abs(self.baseline + self.sum - self.score) <= self.tolerance


@dataclass(frozen=True)
class Explanation:
    label: str | None  # None: why a word is in no keyphrase
    attribution: Attribution
    at: tuple[int, int] | None = None  # for keyphrases: the word that has the label

    def as_json(self) -> dict[str, Any]:
        """As schemas/serving/serve-explain-answer.schema.json has it."""
        found = self.attribution
        return {
            "label": self.label,
            **({} if self.at is None else {"at": dict(zip(("start", "end"), self.at, strict=True))}),
            **{name: getattr(found, name) for name in ("baseline", "score", "sum", "tolerance", "complete", "passes")},
            "words": [asdict(word) for word in found.words],
        }


def weigh(words: Iterable[tuple[int, int]], weights: Iterable[float]) -> list[WordWeight]:
    return [WordWeight(start, end, float(weight)) for (start, end), weight in zip(words, weights, strict=True)]
