"""What probabilities are worth, whatever is decided by them: AUROC and average precision of a label, calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .decision import Flags, Floats

BINS = 15  # of the calibration error, as in Guo et al. 2017, arXiv:1706.04599


def auroc(shares: Floats, gold: Flags) -> float | None:
    """The chance that a text with the label has a higher probability of it than one without (ties: half of it).

    None where all texts have it, or none has.
    """
    positives = int(gold.sum())
    negatives = len(gold) - positives
    if positives == 0 or negatives == 0:
        return None
    ranks = mean_ranks(shares)
    return float((ranks[gold].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def mean_ranks(values: Floats) -> Floats:
    """From 1; equal values share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    lasts = np.cumsum(counts)
    ranks: Floats = (lasts - (counts - 1) / 2)[places]
    return ranks


def average_precision(shares: Floats, gold: Flags) -> float | None:
    """The mean of the precisions at each threshold, weighted by the recall gained there. None without a positive."""
    positives = int(gold.sum())
    if positives == 0:
        return None
    order = np.argsort(-shares, kind="stable")
    ranked, found = shares[order], np.cumsum(gold[order])
    ends = np.append(np.flatnonzero(ranked[:-1] != ranked[1:]), len(ranked) - 1)  # of equal probabilities
    gained = np.diff(found[ends], prepend=0)
    return float((gained * found[ends] / (ends + 1)).sum() / positives)


def calibration_error(confidences: NDArray[np.float64], right: Flags) -> float:
    """How far confidence and the share that is right are apart, over bins of equal width, each by what it holds."""
    if len(confidences) == 0:
        return 0.0
    bins = np.clip((confidences * BINS).astype(np.int64), 0, BINS - 1)
    gaps = np.bincount(bins, confidences, BINS) - np.bincount(bins, right.astype(np.float64), BINS)
    return float(np.abs(gaps).sum() / len(confidences))
