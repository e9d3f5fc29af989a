"""Train's optimizer against torch's own: the same bits, and none of torch's compiler."""

from __future__ import annotations

from pathlib import Path

from pbp_jobs.contract import CONTAINERS
from train.optimise import WEIGHT_DECAY, optimizer_of, restore, snapshot

import torch
from job_folders import warm_jobs
from torch import nn


def make_network() -> nn.Module:
    torch.manual_seed(7)
    return nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.Linear(8, 3))


def step(network: nn.Module, optimizer: object, number: int) -> None:
    torch.manual_seed(number)
    # The last layer has no gradient at first, as a parameter that a batch does not touch.
    values = network(torch.randn(4, 5)) if number > 1 else network[0](torch.randn(4, 5))  # type: ignore[index]
    values.square().sum().backward()
    for group in optimizer.param_groups:  # type: ignore[attr-defined]
        group["lr"] = 1e-2 / (number + 1)
    optimizer.step()  # type: ignore[attr-defined]
    network.zero_grad()


def test_updates_as_torchs_optimizer_does_and_goes_on_from_a_snapshot() -> None:
    ours, theirs, resumed = make_network(), make_network(), make_network()
    optimizer = optimizer_of(ours, 1e-2)
    matrices = [param for param in theirs.parameters() if param.ndim > 1]
    others = [param for param in theirs.parameters() if param.ndim == 1]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    reference = torch.optim.AdamW(groups, lr=1e-2, fused=True)
    for number in range(4):
        step(ours, optimizer, number)
        step(theirs, reference, number)
    kept = {name: tensor.clone() for name, tensor in snapshot(ours, optimizer).items()}
    again = optimizer_of(resumed, 1e-2)
    restore(kept, resumed, again)
    for number in range(4, 8):
        step(ours, optimizer, number)
        step(theirs, reference, number)
        step(resumed, again, number)
    for mine, torchs, later in zip(ours.parameters(), theirs.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(mine, torchs)
        assert torch.equal(mine, later)


def test_a_step_that_overflowed_in_16_bits_is_left_out() -> None:
    network = make_network()
    optimizer = optimizer_of(network, 1e-2)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    before = network[0].weight.clone()  # type: ignore[index,operator]
    for scale, moves in ((float("inf"), False), (1.0, True)):
        scaler.scale(network(torch.ones(2, 5)).sum() * scale).backward()
        scaler.unscale_(optimizer)  # type: ignore[arg-type]
        scaler.step(optimizer)  # type: ignore[arg-type]
        scaler.update()
        network.zero_grad()
        assert torch.equal(network[0].weight, before) != moves  # type: ignore[index,operator]


def test_no_step_loads_torchs_compiler(tmp_path: Path) -> None:
    """It takes longer to load than a small training takes."""
    script = tmp_path / "step.py"
    script.write_text(
        "import sys\n"
        "import torch\n"
        "from train.optimise import optimizer_of, repeat_exactly\n"
        "repeat_exactly()\n"
        "network = torch.nn.Linear(2, 2)\n"
        "optimizer = optimizer_of(network, 1e-2)\n"
        "network(torch.ones(1, 2)).sum().backward()\n"
        "torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0, foreach=True)\n"
        "optimizer.step()\n"
        "assert torch.are_deterministic_algorithms_enabled()\n"
        "assert 'torch._dynamo' not in sys.modules\n"
        "assert 'torch._inductor' not in sys.modules\n",
        "utf-8",
    )
    ended = warm_jobs().run(script, {"PYTHONPATH": str(CONTAINERS)})
    assert ended.returncode == 0, ended.stderr
