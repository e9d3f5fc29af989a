"""What is fitted on the validation side, against the slow way to find it; and ranking scores against scikit-learn."""

from __future__ import annotations

import os
import random

from pbp_jobs.classes.decision import (
    Decision,
    fit_decision,
    fit_reject,
    fit_temperature,
    fit_threshold,
    probabilities,
    read_decision,
)
from pbp_jobs.classes.ranking import auroc, average_precision, calibration_error
from pbp_jobs.contract import JobError
from pbp_jobs.validation import macro_f1, micro_f1, standard_error

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, log_loss, roc_auc_score

SEED = int(os.environ.get("PBP_TEST_SEED", random.SystemRandom().randrange(2**32)))
LABELS = ["a", "b", "c", "d"]


@pytest.fixture(autouse=True)
def seed() -> int:
    print(f"seed {SEED}: repeat with PBP_TEST_SEED={SEED}")
    return SEED


def drawn(documents: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    """Scores that say something of the gold, each often several times if ties."""
    some = np.random.default_rng(SEED)
    gold = some.random((documents, len(LABELS))) < [0.5, 0.3, 0.1, 0.02]
    scores = gold * 1.5 + some.normal(size=gold.shape) - 1
    return (np.round(scores) if ties else scores), gold


@pytest.mark.parametrize("ties", [False, True])
def test_the_threshold_is_the_one_of_the_best_f1(ties: bool) -> None:
    scores, gold = drawn(300, ties)
    shares = probabilities(scores, exclusive=False).ravel()
    fitted = fit_threshold(shares, gold.ravel())
    best = max(f1_score(gold.ravel(), shares >= threshold) for threshold in np.unique(shares))
    assert f1_score(gold.ravel(), shares >= fitted) == best
    assert not (shares == fitted).any()


def test_a_label_with_few_examples_takes_the_common_threshold() -> None:
    scores, gold = drawn(100, ties=False)
    gold[:, 3] = False
    gold[:4, 3] = True
    common = fit_decision(scores, gold, LABELS, exclusive=False, by_label=False, precision=0.9).thresholds
    own = fit_decision(scores, gold, LABELS, exclusive=False, by_label=True, precision=0.9).thresholds
    assert isinstance(common, float) and isinstance(own, dict)
    assert own["d"] == common
    assert own["a"] != common


@pytest.mark.parametrize("exclusive", [False, True])
def test_the_temperature_undoes_a_wrong_scale(exclusive: bool) -> None:
    scores, gold = drawn(2000, ties=False)
    if exclusive:
        gold = np.eye(4, dtype=bool)[probabilities(scores, True).argmax(1)]
        swapped = np.random.default_rng(SEED).random(2000) < 0.2
        gold[swapped] = np.roll(gold[swapped], 1, axis=1)
    fitted = fit_temperature(scores, gold, exclusive)
    assert fit_temperature(scores * 7, gold, exclusive) == pytest.approx(7 * fitted, rel=1e-4)

    def loss(temperature: float) -> float:
        shares = probabilities(scores / temperature, exclusive)
        if exclusive:
            return float(log_loss(gold.argmax(1), shares, labels=range(4)))
        return float(log_loss(gold.ravel(), shares.ravel()))

    assert loss(fitted) <= min(loss(fitted * 0.98), loss(fitted * 1.02))


def test_answers_above_the_reject_threshold_are_as_precise_as_asked_for() -> None:
    some = np.random.default_rng(SEED)
    confidences = np.round(some.random(500), 2)
    right = some.random(500) < confidences
    reject = fit_reject(confidences, right, 0.8)
    answered = confidences >= reject.threshold
    assert right[answered].mean() >= 0.8
    assert reject.share == answered.mean()
    lower = [value for value in np.unique(confidences) if value < reject.threshold]
    assert all(right[confidences >= value].mean() < 0.8 for value in lower)


def test_nothing_is_precise_enough_where_every_answer_is_wrong() -> None:
    reject = fit_reject(np.linspace(0, 1, 20), np.zeros(20, bool), 0.9)
    assert reject.share == 0 and reject.threshold > 1


def test_a_decision_is_read_as_it_was_written() -> None:
    scores, gold = drawn(100, ties=False)
    for by_label in (False, True):
        fitted = fit_decision(scores, gold, LABELS, exclusive=False, by_label=by_label, precision=0.9)
        assert read_decision(fitted.as_json(), LABELS, False, "EvaluationFailed") == fitted


@pytest.mark.parametrize(
    "change", [{"temperature": 0}, {"temperature": float("nan")}, {"thresholds": {"a": 0.5}}, {"reject": {"share": 1}}]
)
def test_refuses_a_decision_that_is_none(change: dict[str, object]) -> None:
    whole = Decision(False, 1.0, 0.5, None).as_json()
    with pytest.raises(JobError, match=r"decision\.json: expected"):
        read_decision(whole | change, LABELS, False, "EvaluationFailed")


@pytest.mark.parametrize("ties", [False, True])
def test_ranks_as_scikit_learn_does(ties: bool) -> None:
    scores, gold = drawn(200, ties)
    for column in range(3):
        assert auroc(scores[:, column], gold[:, column]) == pytest.approx(
            roc_auc_score(gold[:, column], scores[:, column])
        )
        expected = average_precision_score(gold[:, column], scores[:, column])
        assert average_precision(scores[:, column], gold[:, column]) == pytest.approx(expected)
    nothing = np.zeros(200, bool)
    assert auroc(scores[:, 0], nothing) is None and average_precision(scores[:, 0], nothing) is None


def test_the_calibration_error_is_the_gap_between_confidence_and_truth() -> None:
    assert calibration_error(np.full(10, 0.9), np.arange(10) < 9) == pytest.approx(0)
    assert calibration_error(np.full(10, 0.9), np.arange(10) < 4) == pytest.approx(0.5)
    assert calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_scores_and_their_error_are_those_of_the_documents() -> None:
    # Without the rarest label: with a handful of documents, two bootstraps of it differ by a third.
    scores, gold = (part[:, :3] for part in drawn(400, ties=False))
    said = scores > 0
    parts = [said & gold, said & ~gold, ~said & gold]
    micro = np.stack([part.sum(1) for part in parts], 1).astype(float)
    macro = np.concatenate(parts, 1).astype(float)
    for counts, score, average in ((micro, micro_f1, "micro"), (macro, macro_f1, "macro")):
        value = score(counts.sum(0, keepdims=True))[0]
        assert value == pytest.approx(f1_score(gold, said, average=average, zero_division=0))
        some = np.random.default_rng(SEED)
        again = [score(counts[some.integers(0, 400, 400)].sum(0, keepdims=True))[0] for _ in range(400)]
        assert standard_error(counts, score) == pytest.approx(np.std(again), rel=0.35)
