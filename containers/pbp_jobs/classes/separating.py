"""A single word that tells a class from the others: then the task may need no model, or the texts give it away by a
heading, a template or a ticket number."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .decision import Flags

WORD = re.compile(r"(?<![^\W_])[a-z][a-z-]{0,31}(?![^\W_])")
MOST_WORDS = 20_000  # of the most frequent; a rarer one separates nothing
# That have the word: what fewer have would be a detail of somebody's text.
LEAST_DOCUMENTS, LEAST_SHARE = 20, 0.05
LEAST_F1 = 0.9  # of the word alone, taken as the answer


def separating_word(texts: Sequence[str], gold: Flags) -> tuple[str, int] | None:
    """The word that is the best of all as the answer to one class's question, and how many texts have it.

    None where no word comes near.
    """
    having: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        for word in set(WORD.findall(text.lower())):
            having.setdefault(word, []).append(place)
    least = max(LEAST_DOCUMENTS, LEAST_SHARE * len(texts))
    frequent = sorted((word for word in having if len(having[word]) >= least), key=lambda word: -len(having[word]))
    best, best_f1 = None, LEAST_F1
    support = gold.sum(0)
    for word in frequent[:MOST_WORDS]:
        places = having[word]
        scores = 2 * gold[places].sum(0) / (len(places) + np.maximum(support, 1))
        scores[support < least] = 0
        # A class that nearly all texts have is told by any common word.
        scores[support > 0.9 * len(texts)] = 0
        if scores.max(initial=0) > best_f1:
            best, best_f1 = word, float(scores.max())
    return None if best is None else (best, len(having[best]))
