"""Probabilities of scores, by operations that IEEE 754 leaves no choice in: add, multiply, divide, floor.

So the readers in Python and TypeScript find the same ones to the last bit, and whoever is just above a threshold in
Evaluate is so in an application. exp() of numpy, torch and JavaScript may differ in the last bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def probabilities(scores: Floats, exclusive: bool) -> Floats:
    """[texts, classes] from scores: softmax where classes exclude each other, else the logistic function."""
    return softmax(scores) if exclusive else logistic(scores)


def softmax(scores: Floats) -> Floats:
    """[texts, classes], each row adding up to 1."""
    shares = exponential(scores - scores.max(1, keepdims=True, initial=-np.inf))
    # One after the other, as the readers add; sum() takes another order.
    parts: Floats = shares / shares.cumsum(1)[:, -1:]
    return parts


def logistic(scores: Floats) -> Floats:
    """Of each score by itself."""
    shares = exponential(-np.abs(scores))
    return np.where(scores >= 0, 1.0, shares) / (1 + shares)


def exponential(x: Floats) -> Floats:
    """e^x for x <= 0, right to 1e-15; 0 below -700.

    x is parted into a multiple of ln 2 and a rest below 0.35, for which 13 terms of the series are enough.
    """
    kept = np.maximum(x, -1000.0)
    power = np.floor(kept * 1.4426950408889634 + 0.5)
    rest = kept - power * 0.6931471803691238 - power * 1.9082149292705877e-10
    value = np.ones_like(kept)
    for term in range(13, 0, -1):
        value = 1 + (rest * value) / term
    return np.where(kept < -700, 0.0, np.ldexp(value, power.astype(np.int32)))
