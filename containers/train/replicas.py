"""A step on all cores of a host: each works through a share of the batch by itself, and the gradients are added up.

Cores that share a product wait for each other at every operation of the network; cores that share a step do so once.
The weights are common to all. A replica has its own gradients, and draws its own numbers for dropout, so that the same
seed gives the same bits whichever core is the faster one. On a GPU there is the network alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pbp_jobs.batches import cut_by_pieces
from pbp_jobs.hardware import pieces_together
from pbp_jobs.model import Dropout

import torch
from torch import Tensor, nn

# Of fewer, the products are too small to be fast, and reading weights and adding gradients count for more.
PIECES_OF_A_SHARE = 256
MOST = 8  # the gradients of each take 430 MB with BERT-base

Part = TypeVar("Part")


class Replicas:
    def __init__(self, network: nn.Module, pieces_a_step: float, longest: int) -> None:
        """Word pieces that this process takes of a step, about, and those of the longest example."""
        self.together = pieces_together(next(network.parameters()).device)
        on_gpu = next(network.parameters()).is_cuda
        cores = 1 if on_gpu else torch.get_num_threads()
        # All hold their parts at the same time, and a part is one example at least.
        room = self.together // max(1, longest)
        count = max(1, min(cores, MOST, room, round(pieces_a_step / PIECES_OF_A_SHARE)))
        self.networks = [network, *(replica_of(network) for _ in range(count - 1))]
        self.generators = [] if on_gpu else [own_generator(each) for each in self.networks]
        # Threads of a product are counted for each thread that asks for one.
        self.map = map if count == 1 else ThreadPoolExecutor(count, "", torch.set_num_threads, (cores // count,)).map

    def cut(self, batch: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
        """A batch in parts for `work`: one a replica, or more where they would not fit into memory together."""
        pieces = sum(lengths[index] for index in batch)
        return cut_by_pieces(batch, lengths, max(1, min(self.together, pieces) / len(self.networks)))

    def seed(self, seed: int) -> None:
        """Of all that is drawn from here on."""
        torch.manual_seed(seed)
        for number, generator in enumerate(self.generators):
            generator.manual_seed(seed * len(self.generators) + number)

    def work(self, go_through: Callable[[nn.Module, Part], Tensor], parts: Sequence[Part]) -> Tensor:
        """Has each part gone through, forward and back, and adds the gradients to the network's.

        go_through gives a part's loss, detached. Gives their sum in float64, on the device.
        """
        count = len(self.networks)

        def go(network: nn.Module, share: Sequence[Part]) -> Tensor:
            total = torch.zeros((), dtype=torch.float64, device=next(network.parameters()).device)
            for part in share:
                total += go_through(network, part)
            return total

        losses = list(self.map(go, self.networks, [parts[number::count] for number in range(count)]))
        for replica in self.networks[1:]:
            add_gradients(self.networks[0], replica)
        return torch.stack(losses).sum()


def replica_of(network: nn.Module) -> nn.Module:
    """With the network's weights themselves, and no gradients."""
    shared = {id(parameter): nn.Parameter(parameter.detach()) for parameter in network.parameters()}
    return copy.deepcopy(network, shared)


def own_generator(network: nn.Module) -> torch.Generator:
    generator = torch.Generator()
    for module in network.modules():
        if isinstance(module, Dropout):
            module.generator = generator
    return generator


def add_gradients(network: nn.Module, replica: nn.Module) -> None:
    """And takes them from the replica."""
    for own, other in zip(network.parameters(), replica.parameters(), strict=True):
        if other.grad is None:
            continue
        if own.grad is None:
            own.grad = other.grad
        else:
            own.grad += other.grad
        other.grad = None
