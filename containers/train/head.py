"""A linear head on the vectors that a base model makes of whole texts.

`frozen` trains nothing else. `transformer` starts with it (Kumar et al. 2022, arXiv:2202.10054): from a head of noise,
rare labels of long texts take more epochs than anybody gives them, and the base model forgets meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pbp_jobs.algorithms import NEEDS
from pbp_jobs.batches import Example
from pbp_jobs.classes.classifier import Classifier, score_examples
from pbp_jobs.contract import Progress, StopSignal
from pbp_jobs.linear.design import Dense
from pbp_jobs.linear.regression import Fitted, fit
from train.settings import Settings
from train.team import Team

import torch
from torch import Tensor


def fit_head(
    vectors: Tensor,
    gold: Tensor,
    exclusive: bool,
    settings: Settings,
    step: Callable[[int, float], None] = lambda iteration, loss: None,
) -> tuple[dict[str, Tensor], Fitted]:
    """The head's tensors by name, and how they were found. vectors: [texts, hidden] in float32; gold: [texts, classes].
    step: as of fit."""
    # In units in which the vectors are of length 1 on average, regularization means the same for every base model.
    unit = vectors.norm(dim=1).mean()
    fitted = fit(Dense(vectors / unit), gold.float(), exclusive, settings.regularization, settings.balanced, step=step)
    return {"classifier.weight": (fitted.weights / unit).T.contiguous(), "classifier.bias": fitted.bias}, fitted


def head_to_start_with(
    network: Classifier, examples: Sequence[Example], exclusive: bool, settings: Settings, team: Team, stop: StopSignal
) -> dict[str, Tensor]:
    """Alike on every process; each reads a share of the texts. Nothing where a frozen model would have no room."""
    if len(examples) * len(examples[0].right) > NEEDS["frozen"].most_decisions:
        return {}
    mine = range(team.rank, len(examples), team.size)
    progress = Progress("read", len(mine), "texts")

    def on_batch(done: int, _texts: int) -> None:
        if team.size == 1:  # together, the others would wait for the sum
            stop.check()
        if team.leads:
            progress.update(done)

    device = next(network.parameters()).device
    network.eval()
    vectors = torch.zeros(len(examples), network.classifier.in_features)
    if mine:
        some = [examples[index] for index in mine]
        vectors[mine.start :: mine.step] = score_examples(network.vectors, some, device, on_batch)
    head, _ = fit_head(team.sum(vectors), torch.stack([one.right for one in examples]), exclusive, settings)
    return head
