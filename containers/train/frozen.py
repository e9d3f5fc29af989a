"""A linear head on the vectors that the base model makes of the texts: the algorithm `frozen`. Seconds of a CPU."""

from __future__ import annotations

from dataclasses import replace

from pbp_jobs.classes.classifier import Classifier, score_examples
from pbp_jobs.contract import Progress, say, show_progress
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.model import from_transformers, to_transformers
from pbp_jobs.tokens import write_tokenizer
from train.head import fit_head
from train.save import Trained, empty_folder, finish, save_settings
from train.task import FAILED, Task, read_base
from train.training_log import TrainingLog

import torch
from safetensors.torch import load_file, save_file


def train_frozen(task: Task) -> None:
    settings, kind, outputs = task.settings, task.kind, task.outputs
    device, _ = choose_hardware(FAILED)
    base, config, tokenizer = read_base(task)
    rows = [*task.rows, *task.validation_rows]
    examples = kind.examples(rows, outputs, tokenizer, settings.max_length)
    weights = from_transformers(load_file(base.folder / "model.safetensors"), config, FAILED)
    network = Classifier(config, config["vocab_size"], len(outputs)).eval()
    network.load_state_dict(network.state_dict() | weights)
    network.to(device)

    # Vectors
    progress = Progress("read", len(rows), "texts")

    def on_batch(done: int, _texts: int) -> None:
        task.stop.check()
        progress.update(done)

    vectors = score_examples(network.vectors, examples, device, on_batch)
    train, validation = torch.split(vectors, [len(task.rows), len(task.validation_rows)])

    # Head
    gold = torch.stack([example.right for example in examples[: len(task.rows)]])
    log = TrainingLog(task.paths.checkpoints, None if settings.balanced else kind.prior_loss(list(gold)))
    log.begin()

    def step(iteration: int, loss: float) -> None:
        task.stop.check()
        log.step_ended(iteration, loss)
        show_progress("fitting the head", iteration=iteration, loss=loss)

    head, fitted = fit_head(train, gold, kind.exclusive, settings, step)
    scores = validation @ head["classifier.weight"].T + head["classifier.bias"]
    scored = None
    if task.validation_rows:
        scored = kind.validate(task.validation_rows, outputs, scores, settings.by_label, settings.reject)
        right = torch.stack([example.right for example in examples[len(task.rows) :]])
        loss = kind.loss(scores, right, None).item() / len(right)
        log.validated(fitted.iterations, replace(scored, loss=loss))

    # Save, manifest last
    show_progress("saving the model")
    folder = task.paths.model
    empty_folder(folder)
    save_file(to_transformers(weights | head, config), folder / "model.safetensors", metadata={"format": "pt"})
    save_settings(folder, kind.settings(config, outputs), outputs)
    write_tokenizer(tokenizer, folder, base.lower_case, settings.max_length)
    finish(folder, task, Trained(fitted.iterations, fitted.loss, base, "float32"), scored)
    say(f"fitted a head in {fitted.iterations} steps, loss {fitted.loss:.4f}")
