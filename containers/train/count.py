"""A linear model on hashed n-grams: the algorithm `linear`. No base model, seconds of a CPU."""

from __future__ import annotations

from dataclasses import replace

from pbp_jobs.contract import say, show_progress
from pbp_jobs.hardware import use_all_cores
from pbp_jobs.kinds.classes import gold_of
from pbp_jobs.linear.model import save_linear, train_linear
from train.save import Trained, empty_folder, finish
from train.task import Task
from train.training_log import TrainingLog

import torch


def train_on_counts(task: Task) -> None:
    settings, kind, outputs = task.settings, task.kind, task.outputs
    use_all_cores()

    gold = gold_of([row.classes for row in task.rows], outputs)
    prior_loss = None if settings.balanced else kind.prior_loss(list(torch.from_numpy(gold)))
    log = TrainingLog(task.paths.checkpoints, prior_loss)
    log.begin()

    def step(iteration: int, loss: float) -> None:
        task.stop.check()
        if iteration == 0:  # there is no loss yet
            show_progress("counting n-grams")
            return
        log.step_ended(iteration, loss)
        show_progress("fitting the weights", iteration=iteration, loss=loss)

    model, training = train_linear(
        [row.text for row in task.rows],
        gold,
        kind.exclusive,
        settings.regularization,
        "balanced" if settings.balanced else "none",
        step,
    )
    scored = None
    if task.validation_rows:
        scores = torch.from_numpy(model.scores([row.text for row in task.validation_rows]))
        scored = kind.validate(task.validation_rows, outputs, scores, settings.by_label, settings.reject)
        right = torch.from_numpy(gold_of([row.classes for row in task.validation_rows], outputs))
        loss = kind.loss(scores, right, None).item() / len(right)
        log.validated(training.iterations, replace(scored, loss=loss))
    show_progress("saving the model")
    folder = task.paths.model
    empty_folder(folder)
    save_linear(model, training, task.labels, settings.kind, folder)
    finish(folder, task, Trained(training.iterations, training.loss, None, "float32"), scored)
    say(f"fitted {len(model.buckets):,} features in {training.iterations} steps, loss {training.loss:.4f}")
