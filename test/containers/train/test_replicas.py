"""A step on several cores: the gradients of one, and the same bits whichever is the faster."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator
from typing import Any

from pbp_jobs.batches import Batch, Example, collate
from pbp_jobs.classes import classifier
from pbp_jobs.classes.classifier import Classifier, collate_texts
from pbp_jobs.model import Tagger
from pbp_jobs.tokens import Window
from train.replicas import Replicas

import pytest
import torch
from torch import Tensor, nn

LENGTHS = [5, 90, 17, 17, 120, 33, 64, 64, 90, 100]


@pytest.fixture(autouse=True)
def two_cores() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_the_gradients_are_those_of_the_network_alone() -> None:
    alone, shared = tagger(dropout=0.0), tagger(dropout=0.0)
    loss = float(go_through(alone, collate([window(length) for length in LENGTHS])[0]))
    replicas = Replicas(shared, sum(LENGTHS), max(LENGTHS))
    assert len(replicas.networks) == 2
    assert float(replicas.work(go_through, parts(replicas))) == pytest.approx(loss)
    for one, other in zip(alone.parameters(), shared.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad)
    assert all(parameter.grad is None for parameter in replicas.networks[1].parameters())


def test_the_replicas_have_the_networks_weights() -> None:
    network = tagger(dropout=0.1)
    other = Replicas(network, 10_000, 1).networks[1]
    for parameter in network.parameters():
        parameter.data += 1
    assert all(torch.equal(one, two) for one, two in zip(network.parameters(), other.parameters(), strict=True))


def test_the_same_seed_gives_the_same_bits_and_each_replica_numbers_of_its_own() -> None:
    replicas = Replicas(tagger(dropout=0.5), sum(LENGTHS), max(LENGTHS))
    batch = collate([window(30)])[0]

    def losses(seed: int) -> list[float]:
        replicas.seed(seed)
        return [float(go_through(network, batch)) for network in replicas.networks]

    first = losses(3)
    assert losses(3) == first
    assert len({*first, *losses(4)}) == 4


@pytest.mark.parametrize(
    ("cores", "pieces", "longest", "count"),
    [(2, 1000, 100, 2), (2, 300, 100, 1), (16, 100_000, 100, 8), (8, 100_000, 5000, 3), (2, 50_000, 20_000, 1)],
)
def test_there_are_as_many_as_there_are_cores_and_work_and_room(
    cores: int, pieces: int, longest: int, count: int
) -> None:
    torch.set_num_threads(cores)
    assert len(Replicas(tagger(dropout=0.0), pieces, longest).networks) == count


def test_parts_fit_into_memory_together() -> None:
    replicas = Replicas(tagger(dropout=0.0), 100_000, 100)
    cut = replicas.cut(range(1000), [100] * 1000)
    assert max(map(len, cut)) * 100 * len(replicas.networks) <= 1.1 * replicas.together
    assert sorted(itertools.chain(*cut)) == [*range(1000)]


def test_what_is_computed_again_drops_what_was_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is too long for all of its parts to be kept for the way back."""
    monkeypatch.setattr(classifier, "PIECES_OF_A_PART", 150)
    batch = collate_texts([Example([window(length) for length in LENGTHS], None, 1)])
    assert len(batch.parts) > 1
    gradients = []
    for kept in (1.5, 0.0):
        monkeypatch.setattr(classifier, "KEPT", kept)
        torch.manual_seed(0)
        network = Classifier(config(dropout=0.5), 50, 3)
        replicas = Replicas(network, sum(LENGTHS), max(LENGTHS))
        replicas.seed(7)
        torch.autograd.backward(network.train()(batch).square().sum())
        torch.autograd.backward(network(batch).square().sum())  # and goes on drawing where it was
        gradients.append([parameter.grad for parameter in network.parameters() if parameter.grad is not None])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(other, one)


def parts(replicas: Replicas) -> list[Batch]:
    order = sorted(range(len(LENGTHS)), key=LENGTHS.__getitem__)
    return [collate([window(LENGTHS[index]) for index in part])[0] for part in replicas.cut(order, LENGTHS)]


def go_through(network: nn.Module, batch: Batch) -> Tensor:
    loss = network(batch).square().sum()
    torch.autograd.backward(loss)
    return loss.detach()


def tagger(dropout: float) -> Tagger:
    torch.manual_seed(0)
    return Tagger(config(dropout), 50, 3).train()


def config(dropout: float) -> dict[str, Any]:
    return {
        **{"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2},
        **{"max_position_embeddings": 128, "type_vocab_size": 1, "layer_norm_eps": 1e-12},
        "hidden_dropout_prob": dropout,
    }


def window(length: int) -> Window:
    pieces = [(length + 7 * place) % 50 for place in range(length)]
    return Window(array("i", pieces), array("i", range(1, length - 1)), row=0, start=0)
