"""The loop: AdamW over batches of about equally many word pieces, with checkpoints that a killed job goes on from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pbp_jobs.batches import Example, ahead, plan_epoch
from pbp_jobs.checkpoints import Checkpoints
from pbp_jobs.contract import JobError, Progress, StopRequested, StopSignal
from pbp_jobs.kinds import Kind
from pbp_jobs.validation import Validation
from train.adamw import AdamW
from train.early_stopping import EarlyStopping
from train.replicas import Replicas
from train.settings import Settings
from train.task import FAILED
from train.team import Team
from train.training_log import TrainingLog

import torch
from torch import Tensor, nn

# Recipe
WARM_UP_SHARE = 0.1  # of all steps; the head of a tagger starts from noise
WEIGHT_DECAY = 0.01  # of matrices alone, as BERT's authors
GRADIENT_NORM = 1.0
# From here on compiling the layers on a GPU pays: it takes a quarter of a minute and made a step of BERT-base 1.18
# times as fast (H200). A function of the rows alone, so that a resumed training computes as the first attempt did.
PIECES_WORTH_COMPILING = 30_000_000


@dataclass(frozen=True)
class Optimised:
    steps: int
    final_loss: float  # mean over the last epoch
    scored: Validation | None  # after the last epoch, if it was in this attempt


def optimise(
    network: nn.Module,
    examples: Sequence[Example],
    class_weights: Tensor | None,
    kind: Kind,
    settings: Settings,
    dtype: torch.dtype,
    team: Team,
    checkpoints: Checkpoints,
    early: EarlyStopping | None,
    validate: Callable[[], Validation] | None,
    run: Mapping[str, Any],
    stop: StopSignal,
) -> Optimised:
    """Trains the network in place, to the same bits with and without interruptions.

    validate is called after each epoch; None: there is no validation side. Errors: TrainingFailed when the loss is no
    number; StopRequested, with a checkpoint saved.
    """
    epochs, batch_size, seed = settings.epochs, settings.batch_size, settings.seed
    device = next(network.parameters()).device
    lengths = [sum(len(window.pieces) for window in example.windows) for example in examples]
    optimizer = optimizer_of(network, settings.learning_rate)
    scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
    steps_of = [len(plan_epoch(lengths, batch_size, seed, epoch)) for epoch in range(epochs)]
    steps = sum(steps_of)
    warm_up = max(1, round(WARM_UP_SHARE * steps))
    weights = None if class_weights is None else class_weights.to(device)
    prior_loss = kind.prior_loss([example.right for example in examples]) if weights is None else None
    log = TrainingLog(checkpoints.folder, prior_loss, steps)
    scored = None

    # Where an earlier attempt stopped
    step, loss_sum = 0, 0.0
    unread: tuple[int, Tensor, int, float, int, bool] | None = None
    if (checkpoint := team.start_alike(dict(run), checkpoints.load, FAILED)) is not None:
        step, loss_sum = checkpoint.state["step"], checkpoint.state["lossSum"]
        restore(checkpoint.tensors, network, optimizer)
        scaler.load_state_dict(checkpoint.state["scaler"])
        if early:
            early.restore(checkpoint.tensors, checkpoint.state["early"])
        team.say(f"going on from step {step} of {steps}")
    if team.leads:
        log.begin(checkpoint.state.get("log") if checkpoint else None)

    def read_loss() -> None:
        """Of the last step. It waits for a GPU, which therefore has the next step to do by then."""
        nonlocal unread, loss_sum
        if unread is None:
            return
        (at, sums, epoch, rate, pieces, shows), unread = unread, None
        loss = team.read(sums)
        if not math.isfinite(loss):
            raise JobError(FAILED, f"loss: expected a finite number at step {at}; lower learningRate")
        loss_sum += loss
        if team.leads:
            log.step_ended(at, loss, epoch + 1, rate, pieces, shows)
            progress.update(at, f"{epoch + 1}/{epochs}", loss_sum / (at - sum(steps_of[:epoch])))

    def save_checkpoint() -> None:
        read_loss()
        if not team.leads:
            return
        state = {"step": step, "lossSum": loss_sum, "scaler": scaler.state_dict(), "log": log.snapshot()}
        tensors, early_state = early.snapshot() if early else ({}, None)
        checkpoints.save(snapshot(network, optimizer) | tensors, state | {"early": early_state})

    # Loop
    if device.type == "cuda" and epochs * sum(lengths) >= PIECES_WORTH_COMPILING:
        compile_layers(network)
    team.collect_gradients(network)
    replicas = Replicas(network, sum(lengths) / steps_of[0] / team.size, max(lengths))
    progress = Progress("train", steps, "steps", done=step)
    for epoch in range(epochs):
        first_step = sum(steps_of[:epoch])
        if step >= first_step + steps_of[epoch]:
            continue
        if early and early.stops:
            team.say(f"stopped after epoch {epoch} of {epochs}: no better for {settings.patience}")
            break
        plan = plan_epoch(lengths, batch_size, seed, epoch)
        if step == first_step:
            loss_sum = 0.0

        def prepare(indices: list[int]) -> tuple[int, int, list[tuple[Any, torch.Tensor, Sequence[int]]]]:
            units = sum(examples[index].units for index in indices)
            pieces = sum(lengths[index] for index in indices)
            parts = replicas.cut(team.share(indices), lengths)
            return units, pieces, [kind.collate([examples[index] for index in part]) for part in parts]

        # A GPU waits for nobody to lay out its windows: a thread does, while the step before is at work.
        for units, pieces, parts in ahead(map(prepare, plan[step - first_step :])):
            if team.stops(stop):
                save_checkpoint()
                checkpoints.wait()
                raise StopRequested
            log.step_begins()
            # Dropout of a step depends on nothing before it, and differs between the processes.
            replicas.seed((seed * 1_000_003 + step) * team.size + team.rank)
            rate = settings.learning_rate * schedule(step, steps, warm_up)
            for group in optimizer.param_groups:
                group["lr"] = rate

            def go_through(replica: nn.Module, part: tuple[Any, Tensor, Sequence[int]], units: int = units) -> Tensor:
                batch, right, _ = part
                with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                    scores = replica(batch.to(device))
                loss = kind.loss(scores.float(), right.to(device), weights) / units
                torch.autograd.backward(scaler.scale(loss))
                return loss.detach()

            total = replicas.work(go_through, parts)
            sums = team.sum_step(total, stop)
            scaler.unscale_(optimizer)  # type: ignore[arg-type]
            nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM, foreach=True)
            scaler.step(optimizer)  # type: ignore[arg-type]
            scaler.update()
            team.clear_gradients(network)
            step += 1
            epoch_ends = step == first_step + steps_of[epoch]
            read_loss()
            unread = step, sums, epoch, rate, pieces, epoch_ends
            if epoch_ends or device.type == "cpu":
                read_loss()
            if epoch_ends and validate:
                log.validation_begins()
                scored = validate()
                if team.leads:
                    log.validated(step, scored, epoch + 1)
                if early:
                    early.look(scored, network)
            if epoch_ends or checkpoints.due():
                save_checkpoint()
    checkpoints.wait()
    last = next(epoch for epoch in range(epochs) if step <= sum(steps_of[: epoch + 1]))
    return Optimised(step, loss_sum / steps_of[last], scored)


def repeat_exactly() -> None:
    """The same seed gives the same bits. Of the two ways to say so, torch.use_deterministic_algorithms tells torch's
    compiler too, and loads it for that: 1.2 CPU seconds of every training."""
    torch.set_deterministic_debug_mode("error")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # every value is written


def compile_layers(network: nn.Module) -> None:
    """Fuses what lies between the matrix products of a layer. The layers are alike, so one is compiled for all."""
    torch.use_deterministic_algorithms(True)  # the compiler's too
    for layer in network.layers:  # type: ignore[union-attr]
        layer.compile(dynamic=True)


def optimizer_of(network: nn.Module, learning_rate: float) -> AdamW:
    matrices = [
        p for n, p in network.named_parameters() if p.ndim > 1 and not n.startswith(("pieces", "positions", "types"))
    ]
    others = [p for p in network.parameters() if all(p is not matrix for matrix in matrices)]
    return AdamW([(matrices, WEIGHT_DECAY), (others, 0.0)], learning_rate)


def schedule(step: int, steps: int, warm_up: int) -> float:
    """Share of the peak learning rate: linear up, then linear down to 0 after the last step."""
    return (step + 1) / warm_up if step < warm_up else (steps - step) / max(1, steps - warm_up)


def snapshot(network: nn.Module, optimizer: AdamW) -> dict[str, torch.Tensor]:
    """All that a step changes, by name."""
    state = optimizer.state()
    moments = {f"optimizer.{number}.{key}": value for number, entry in state.items() for key, value in entry.items()}
    return {f"model.{name}": tensor for name, tensor in network.state_dict().items()} | moments


def restore(tensors: Mapping[str, torch.Tensor], network: nn.Module, optimizer: AdamW) -> None:
    network.load_state_dict({name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")})
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = tensor
    optimizer.restore(state)
