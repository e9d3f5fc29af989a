"""The network on the validation side, in float32 as it is judged and answers later."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from pbp_jobs.batches import Example, plan_inference
from pbp_jobs.kinds import Kind
from pbp_jobs.tagger import PIECES_TOGETHER
from train.team import Team

import torch
from torch import Tensor, nn


def score_validation(
    network: nn.Module, examples: Sequence[Example], kind: Kind, outputs: int, team: Team
) -> tuple[Tensor, float]:
    """What the kind keeps of the network's scores [units, columns], and the mean loss, on every process. Each computes
    a share."""
    network.eval()
    device = next(network.parameters()).device
    starts = [0, *accumulate(example.units for example in examples)]
    kept = torch.zeros(starts[-1], kind.keep(torch.zeros(1, outputs)).shape[1])
    loss = torch.zeros(1, dtype=torch.float64)
    mine = range(team.rank, len(examples), team.size)
    lengths = [sum(len(window.pieces) for window in examples[index].windows) for index in mine]
    with torch.no_grad():
        for part in plan_inference(lengths, PIECES_TOGETHER[device.type]):
            indices = [mine[place] for place in part]
            batch, right, order = kind.collate([examples[index] for index in indices])
            scores = network(batch.to(device)).float()
            loss += kind.loss(scores, right.to(device), None).item()
            rows = kind.keep(scores).cpu()
            ordered = [indices[place] for place in order]
            for index, some in zip(
                ordered, torch.split(rows, [examples[index].units for index in ordered]), strict=True
            ):
                kept[starts[index] : starts[index + 1]] = some
    network.train()
    return team.sum(kept), team.sum(loss).item() / starts[-1]
