"""Logistic regression by L-BFGS: multinomial where classes exclude each other, one-vs-rest for all labels at once.

It minimises, in scikit-learn's terms, (sum of weighted losses + |weights|^2 / (2 C)) / documents. The bias is free.
Nothing is drawn at random: on one machine the same input gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .design import Design, Point

HISTORY = 10  # pairs of vectors, as scikit-learn and scipy
HISTORY_BYTES = 2 << 30  # for many documents and labels: fewer pairs, but at least three
HALVINGS = 12
SUFFICIENT_DECREASE = 1e-4  # Armijo's, as usual
NOISE = 1e-6  # of float32 in a sum of losses: less than that is no rise


@dataclass(frozen=True)
class Fitted:
    weights: Tensor  # [features, labels]
    bias: Tensor  # [labels]
    iterations: int
    loss: float  # the mean over the documents, without the penalty


def fit(
    design: Design,
    gold: Tensor,
    exclusive: bool,
    strength: float,
    balanced: bool = False,
    tolerance: float = 3e-3,
    most_iterations: int = 200,
    step: Callable[[int, float], None] = lambda iteration, loss: None,
) -> Fitted:
    """gold: [documents, labels] of 0 and 1, of the dtype to compute in; one 1 a row if exclusive.

    strength: scikit-learn's C, the inverse of regularisation. balanced: classes count alike, however rare, as
    class_weight="balanced". tolerance: ends where the gradient is that share of the first one. step: told of each
    iteration, and may raise.
    """
    documents, labels = gold.shape
    decay = 1 / (strength * documents)
    weight = balance(gold, exclusive) if balanced else torch.ones(1, 1, dtype=gold.dtype)

    def joined(by_label: Tensor) -> Tensor:
        """One problem for all labels together, or one for each."""
        return by_label.sum(0, keepdim=True) if exclusive else by_label

    def inner(one: Point, other: Point) -> Tensor:
        return joined(design.inner(one, other) + one.place[-1] * other.place[-1])

    def penalty(one: Point, other: Point) -> Tensor:
        return joined(decay * design.inner(one, other))

    def loss_of(scores: Tensor) -> Tensor:
        each = -functional.log_softmax(scores, 1) * gold if exclusive else functional.softplus(scores) - gold * scores
        return joined((each * weight).sum(0, dtype=torch.float64) / documents)

    def gradient(point: Point) -> Point:
        scores = point.scores
        likely = functional.softmax(scores, 1) if exclusive else torch.sigmoid(scores)
        return design.gradient((likely - gold) * weight / documents, point.place, decay)

    place = torch.zeros(design.coordinates + 1, labels, dtype=gold.dtype)
    place[-1] = prior(gold, exclusive)
    point = Point(place, torch.zeros_like(gold))
    slope = gradient(point)
    loss = loss_of(point.scores)
    value = loss + penalty(point, point) / 2
    first = inner(slope, slope)
    history: list[tuple[Point, Point, Tensor]] = []
    bytes_a_pair = 2 * 4 * gold.nbytes
    most_pairs = max(3, min(HISTORY, HISTORY_BYTES // max(1, bytes_a_pair)))
    iteration = 0
    while iteration < most_iterations and bool((inner(slope, slope) > tolerance**2 * first).any()):
        direction = downhill(slope, history, inner)
        if not history:  # a step that is sure to go down: a logistic loss curves by 1/4 (1/2 for several) at most
            along = joined((direction.scores**2 * weight).sum(0) / documents)
            curve = (0.5 if exclusive else 0.25) * along + penalty(direction, direction)
            direction = direction.times(inner(direction, direction) / curve.clamp_min(1e-30))
        falls = inner(slope, direction)
        share = torch.where(falls < 0, 1.0, 0.0).to(gold.dtype)
        here, ahead = point.scores, direction.scores
        mixed, ahead_alone = penalty(point, direction), penalty(direction, direction)
        still = penalty(point, point) / 2
        for _ in range(HALVINGS):
            loss = loss_of(here + share * ahead)
            reached = loss + still + share * mixed + share**2 * ahead_alone / 2
            too_far = (share > 0) & (reached > value + NOISE * value + SUFFICIENT_DECREASE * share * falls)
            if not bool(too_far.any()):
                break
            share = torch.where(too_far, share / 2, share)
        else:
            share = torch.where(too_far, 0.0, share)
        if not bool((share > 0).any()):
            break
        move = direction.times(share)
        point = point.plus(direction, share)
        steeper = gradient(point)
        change = steeper.plus(slope, torch.tensor(-1.0, dtype=gold.dtype))
        history = [*history, (move, change, inner(move, change))][-most_pairs:]
        slope, value = steeper, reached
        iteration += 1
        step(iteration, float(loss.sum()))
    return Fitted(design.weights(point.place), point.place[-1], iteration, float(loss_of(point.scores).sum()))


def downhill(
    slope: Point, history: list[tuple[Point, Point, Tensor]], inner: Callable[[Point, Point], Tensor]
) -> Point:
    """The two loops of L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4), label by label at once."""
    direction = slope.times(torch.tensor(-1.0, dtype=slope.place.dtype))
    shares = []
    for move, change, curvature in reversed(history):
        share = quotient(inner(move, direction), curvature)
        shares.append(share)
        direction = direction.plus(change, -share)
    if history:
        _, change, curvature = history[-1]
        scale = quotient(curvature, inner(change, change))
        direction = direction.times(torch.where(scale > 0, scale, 1.0))
    for (move, change, curvature), share in zip(history, reversed(shares), strict=True):
        direction = direction.plus(move, share - quotient(inner(change, direction), curvature))
    return direction


def quotient(one: Tensor, other: Tensor) -> Tensor:
    """0 where a label stands still, and its curvature is nothing."""
    return torch.where(other > 0, one / other.clamp_min(1e-30), 0.0)


def prior(gold: Tensor, exclusive: bool) -> Tensor:
    """The bias to begin with: how frequent the labels are."""
    found = gold.sum(0) + 0.5
    return torch.log(found / found.sum()) if exclusive else torch.log(found / (len(gold) + 1 - found))


def balance(gold: Tensor, exclusive: bool) -> Tensor:
    """Each document's weight, [documents, 1], or by label, [documents, labels]."""
    found, documents = gold.sum(0), len(gold)
    if exclusive:
        return (gold * (documents / ((found > 0).sum() * found.clamp_min(1)))).sum(1, keepdim=True)
    inside, outside = (documents / (2 * count.clamp_min(1)) for count in (found, documents - found))
    return torch.where(gold > 0, inside, outside)
