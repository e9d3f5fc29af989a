"""Trains all of the base model, with a head for the kind: the algorithm `transformer`."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import asdict, replace

from pbp_jobs.batches import Example
from pbp_jobs.checkpoints import Checkpoints
from pbp_jobs.classes.classifier import Classifier
from pbp_jobs.contract import say, show_progress
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.model import from_transformers
from pbp_jobs.tokens import write_tokenizer
from pbp_jobs.validation import Validation
from train.early_stopping import EarlyStopping
from train.head import head_to_start_with
from train.optimise import optimise, repeat_exactly
from train.save import Trained, empty_folder, finish, save_network, save_settings
from train.task import FAILED, Task, read_base
from train.team import Team
from train.validate import score_validation

import torch
from safetensors.torch import load_file
from torch import nn


def fine_tune(task: Task) -> None:
    settings, kind, outputs = task.settings, task.kind, task.outputs

    # Device
    team = Team()
    device, dtype = choose_hardware(FAILED)
    repeat_exactly()
    team.say(f"train on {device.type} in {name_of(dtype)}, threads: {torch.get_num_threads()}, processes: {team.size}")

    # Data
    base, config, tokenizer = read_base(task)
    examples = kind.examples(task.rows, outputs, tokenizer, settings.max_length)
    validation = kind.examples(task.validation_rows, outputs, tokenizer, settings.max_length)
    lengths = [len(window.pieces) for example in examples for window in example.windows]
    words = kind.count_words(task.rows)
    team.say(f"{len(task.rows):,} rows, {words:,} words, {len(lengths):,} windows, {sum(lengths):,} word pieces")

    # Model: the pieces that occur, and no others, are trained. Those of the validation side alone stay as they are
    torch.manual_seed(settings.seed)
    occurring = torch.tensor(
        sorted({piece for example in (*examples, *validation) for w in example.windows for piece in w.pieces})
    )
    weights = from_transformers(load_file(base.folder / "model.safetensors"), config, FAILED)
    network = kind.network(config, len(occurring), len(outputs))
    nn.init.normal_(network.classifier.weight, std=config.get("initializer_range", 0.02))
    nn.init.zeros_(network.classifier.bias)
    head = {name: tensor for name, tensor in network.state_dict().items() if name.startswith("classifier.")}
    network.load_state_dict({**weights, **head, "pieces.weight": weights["pieces.weight"][occurring]})
    network.to(device)
    place_of = {piece: place for place, piece in enumerate(occurring.tolist())}
    for example in (*examples, *validation):
        renumber(example, place_of)
    if isinstance(network, Classifier):
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            head = head_to_start_with(network, examples, kind.exclusive, settings, team, task.stop)
        network.load_state_dict(network.state_dict() | head)
    network.train()

    def validate() -> Validation:
        kept, loss = score_validation(network, validation, kind, len(outputs), team)
        scored = kind.validate(task.validation_rows, outputs, kept, settings.by_label, settings.reject)
        return replace(scored, loss=loss)

    # Training
    run = {
        "trainSha256": task.train_sha256,
        "validationSha256": task.validation_sha256,
        "baseWeightsSha256": base.weights_sha256,
        "lowerCase": base.lower_case,
        "labels": task.labels,
        "settings": asdict(settings),
    }
    checkpoints = Checkpoints(task.paths.checkpoints, run)
    early = EarlyStopping(settings.patience) if settings.patience else None
    class_weights = kind.class_weights(examples, FAILED) if settings.balanced else None
    optimised = optimise(
        network,
        examples,
        class_weights,
        kind,
        settings,
        dtype,
        team,
        checkpoints,
        early,
        validate if validation else None,
        run,
        task.stop,
    )
    scored = optimised.scored
    if early:
        network.load_state_dict(early.weights)
        scored = early.best
    if validation and scored is None:  # another attempt looked, and its weights alone were kept
        scored = validate()
    team.part()
    if not team.leads:
        return

    # Save, manifest last
    show_progress("saving the model")
    folder = task.paths.model
    empty_folder(folder)
    save_network(folder, network.state_dict(), occurring, weights, config, FAILED)
    save_settings(folder, kind.settings(config, outputs), outputs)
    write_tokenizer(tokenizer, folder, base.lower_case, settings.max_length)
    finish(folder, task, Trained(optimised.steps, optimised.final_loss, base, name_of(dtype)), scored)
    say(f"trained {optimised.steps} steps, loss of the last epoch {optimised.final_loss:.4f}")


def renumber(example: Example, place_of: Mapping[int, int]) -> None:
    """In place: the windows are most of what a training holds for each note, and would be there twice."""
    for window in example.windows:
        window.pieces[:] = array("i", [place_of[piece] for piece in window.pieces])


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
