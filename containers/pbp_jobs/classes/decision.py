"""From scores to classes: temperature, thresholds and the share that needs no person, all fitted on the validation
side. They are part of the model, and lie in its archive as decision.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract import JobError
from ..probabilities import probabilities

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_POSITIVES = 5  # of a label on the validation side; with fewer, a threshold of its own is a guess
TEMPERATURES = (0.05, 20.0)
SEARCH_STEPS = 60  # of a golden section: the interval ends 1e-12 of its beginning
LOWEST, HIGHEST = 0.01, 0.99  # of a threshold

UNREACHABLE = 2.0  # above every probability


@dataclass(frozen=True)
class Reject:
    """Answers below the threshold are for a person to look at."""

    precision: float  # asked for
    threshold: float  # UNREACHABLE: no part of the validation side is that precise
    share: float  # of the validation side that is answered


@dataclass(frozen=True)
class Decision:
    exclusive: bool  # the likeliest class, whatever its probability
    temperature: float
    thresholds: float | dict[str, float]
    reject: Reject | None

    def probabilities(self, scores: Floats) -> Floats:
        """[texts, classes] from scores: softmax where classes exclude each other, else the logistic function."""
        return probabilities(scores / self.temperature, self.exclusive)

    def chosen(self, shares: Floats, labels: Sequence[str]) -> Flags:
        """Which classes are said [texts, classes], from probabilities."""
        if self.exclusive:
            return likeliest(shares)
        return shares >= limits(self.thresholds, labels)

    def confidences(self, shares: Floats, labels: Sequence[str]) -> Floats:
        """How sure each text's answer is: as sure as the least sure of its decisions."""
        chosen = self.chosen(shares, labels)
        if self.exclusive:
            best: Floats = shares.max(1)
            return best
        least: Floats = np.where(chosen, shares, 1 - shares).min(1)
        return least

    def as_json(self) -> dict[str, Any]:
        reject = None if self.reject is None else vars(self.reject)
        return {"thresholds": self.thresholds, "temperature": self.temperature, "reject": reject}


def limits(thresholds: float | Mapping[str, float], labels: Sequence[str]) -> Floats:
    if isinstance(thresholds, Mapping):
        return np.array([thresholds[label] for label in labels])
    return np.full(len(labels), thresholds)


def likeliest(shares: Floats) -> Flags:
    """The first of the likeliest, where several are."""
    flags = np.zeros(shares.shape, np.bool_)
    flags[np.arange(len(shares)), shares.argmax(1)] = True
    return flags


def undecided(exclusive: bool) -> Decision:
    """Where nothing is known to fit it by."""
    return Decision(exclusive, 1.0, 0.0 if exclusive else 0.5, None)


def fit_decision(
    scores: Floats, gold: Flags, labels: Sequence[str], exclusive: bool, by_label: bool, precision: float
) -> Decision:
    """scores, gold: [texts, classes] of the validation side. by_label: a threshold for each label that has enough
    examples there. precision: what the answers that need no person are to have."""
    if len(scores) == 0:
        return undecided(exclusive)
    temperature = fit_temperature(scores, gold, exclusive)
    shares = probabilities(scores / temperature, exclusive)
    thresholds: float | dict[str, float] = 0.0
    if not exclusive:
        thresholds = common = fit_threshold(shares.ravel(), gold.ravel())
        if by_label:
            enough = gold.sum(0) >= LEAST_POSITIVES
            thresholds = {
                label: fit_threshold(shares[:, place], gold[:, place]) if enough[place] else common
                for place, label in enumerate(labels)
            }
    plain = Decision(exclusive, temperature, thresholds, None)
    right = (plain.chosen(shares, labels) == gold).all(1)
    return Decision(exclusive, temperature, thresholds, fit_reject(plain.confidences(shares, labels), right, precision))


def fit_temperature(scores: Floats, gold: Flags, exclusive: bool) -> float:
    """The one that makes the right answers likeliest (Guo et al. 2017, arXiv:1706.04599). It changes no ranking."""

    def loss(logarithm: float) -> float:
        scaled = scores / math.exp(logarithm)
        if exclusive:
            highest = scaled.max(1, keepdims=True)
            total = np.log(np.exp(scaled - highest).sum(1)) + highest[:, 0]
            return float((total - scaled[gold]).mean())
        return float(np.logaddexp(0, np.where(gold, -scaled, scaled)).mean())

    low, high = (math.log(limit) for limit in TEMPERATURES)
    golden = (math.sqrt(5) - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    loss_left, loss_right = loss(left), loss(right)
    for _ in range(SEARCH_STEPS):  # the loss is convex in the inverse of the temperature, so it has one minimum
        if loss_left <= loss_right:
            high, right, loss_right = right, left, loss_left
            left = high - golden * (high - low)
            loss_left = loss(left)
        else:
            low, left, loss_left = left, right, loss_right
            right = low + golden * (high - low)
            loss_right = loss(right)
    return math.exp((low + high) / 2)


def fit_threshold(shares: Floats, gold: Flags) -> float:
    """The one of the best F1, in the middle between two probabilities, so that rounding decides nothing."""
    if not gold.any():
        return 0.5
    order = np.argsort(-shares, kind="stable")
    ranked, found = shares[order], np.cumsum(gold[order])
    scores = 2 * found / (np.arange(1, len(ranked) + 1) + found[-1])
    scores[:-1][ranked[:-1] == ranked[1:]] = 0  # equal probabilities are on one side
    best = int(scores.argmax())
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float(np.clip((ranked[best] + below) / 2, LOWEST, HIGHEST))


def fit_reject(confidences: Floats, right: Flags, precision: float) -> Reject:
    """The lowest threshold above which the answers are that precise."""
    order = np.argsort(-confidences, kind="stable")
    ranked, precise = confidences[order], np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= precision
    precise[:-1] &= ranked[:-1] != ranked[1:]
    if not precise.any():
        return Reject(precision, UNREACHABLE, 0.0)
    last = int(np.flatnonzero(precise)[-1])
    below = ranked[last + 1] if last + 1 < len(ranked) else 0.0
    return Reject(precision, float((ranked[last] + below) / 2), (last + 1) / len(ranked))


def read_decision(value: object, labels: Sequence[str], exclusive: bool, error_name: str) -> Decision:
    """Of decision.json. Errors: error_name when it has not what fit_decision writes."""
    try:
        assert isinstance(value, dict)
        found = value["thresholds"]
        thresholds = {label: float(found[label]) for label in labels} if isinstance(found, dict) else float(found)
        reject = None if value["reject"] is None else Reject(**value["reject"])
        decision = Decision(exclusive, float(value["temperature"]), thresholds, reject)
        numbers = [decision.temperature, *(thresholds.values() if isinstance(thresholds, dict) else [thresholds])]
        if all(math.isfinite(number) and number >= 0 for number in numbers) and decision.temperature > 0:
            return decision
    except (AssertionError, KeyError, TypeError, ValueError):
        pass
    raise JobError(error_name, "decision.json: expected thresholds of the labels, a temperature and a reject option")
