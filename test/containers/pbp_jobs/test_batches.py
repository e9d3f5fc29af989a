from __future__ import annotations

import random
from array import array

from pbp_jobs.batches import collate, cut_by_pieces, plan_epoch, plan_inference
from pbp_jobs.tokens import Window

LENGTHS = [random.Random(3).randint(3, 60) for _ in range(1000)]


def test_an_epoch_sees_every_window_once() -> None:
    plan = plan_epoch(LENGTHS, 32, seed=1, epoch=0)
    assert sorted(index for batch in plan for index in batch) == list(range(1000))
    assert sorted(index for batch in plan_inference(LENGTHS, 512) for index in batch) == list(range(1000))


def test_an_epoch_is_decided_by_seed_and_number() -> None:
    assert plan_epoch(LENGTHS, 32, seed=1, epoch=0) == plan_epoch(LENGTHS, 32, seed=1, epoch=0)
    assert plan_epoch(LENGTHS, 32, seed=1, epoch=0) != plan_epoch(LENGTHS, 32, seed=1, epoch=1)
    assert plan_epoch(LENGTHS, 32, seed=1, epoch=0) != plan_epoch(LENGTHS, 32, seed=2, epoch=0)


def test_batches_hold_the_asked_number_of_windows_on_average_and_equally_many_pieces() -> None:
    plan = plan_epoch(LENGTHS, 32, seed=1, epoch=0)
    assert round(1000 / len(plan)) == 32
    pieces = [sum(LENGTHS[index] for index in batch) for batch in plan]
    assert max(pieces) < 1.2 * min(pieces)


def test_cuts_nothing_empty_and_loses_nothing() -> None:
    for lengths, budget in (([100, 1, 1], 10), ([5], 1), ([1] * 7, 100), ([512] * 3, 512)):
        parts = cut_by_pieces(range(len(lengths)), lengths, budget)
        assert all(parts)
        assert [index for part in parts for index in part] == list(range(len(lengths)))


def test_a_batch_has_no_padding_and_runs_of_one_length() -> None:
    windows = [Window(array("i", [2, *[9] * (length - 2), 3]), array("i", [1]), 0, 0) for length in (5, 3, 5, 4, 3)]
    batch, order = collate(windows)
    assert [len(windows[index].pieces) for index in order] == [3, 3, 4, 5, 5]
    assert batch.runs == [(2, 3), (1, 4), (2, 5)]
    assert len(batch.pieces) == sum(count * length for count, length in batch.runs) == 20
    assert batch.positions.tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    assert batch.words.tolist() == [1, 4, 7, 11, 16]
