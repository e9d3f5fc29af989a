"""The training job: fine-tunes the base model to tag keyphrases.

    tiny input   .venv/bin/python bench/jobs/job_folder.py samples/exports/sample-export.json.gz /tmp/job --rows 200
    CPU or GPU   SAGEMAKER_BASE_DIR=/tmp/job .venv/bin/python containers/train/train.py
    SageMaker    docker run --gpus all -v /tmp/job:/opt/ml <image of containers/train/Dockerfile>

Reads input/config/hyperparameters.json (epochs, batchSize, learningRate, maxSequenceLength, seed, all strings) and the
channels input/data/{train/train.jsonl, labels/labels.json, model/}. Writes model/ as a folder that transformers opens
with AutoModelForTokenClassification, model/manifest.json last. Goes on from checkpoints/ after an interruption, to the
same bits as without one. Fails as TrainingFailed.

Several hosts (input/config/resourceconfig.json) or GPUs train one model together, a process a GPU, and make the
updates that one process makes (team.py); each started as by torchrun, under which this script runs by hand too. The
first one keeps the checkpoints and saves the model.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pbp_jobs.base_model import read_base_model
from pbp_jobs.checkpoints import Checkpoints
from pbp_jobs.contract import JobError, Paths, StopSignal, read_json, run_job, say, sha256_file, show_progress
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.hosts import read_hosts
from pbp_jobs.kinds import read_kind
from pbp_jobs.model import check_config, from_transformers
from pbp_jobs.tokens import Window, load_tokenizer, read_labels, write_tokenizer
from train.launch import launch
from train.optimise import optimise
from train.save import empty_folder, save_documents, save_manifest, save_network, save_settings
from train.settings import read_settings
from train.team import Team

import torch
from safetensors.torch import load_file
from torch import nn

FAILED = "TrainingFailed"


def main(paths: Paths, stop: StopSignal) -> None:
    settings = read_settings(paths.hyperparameters, FAILED)
    kind = read_kind(settings.kind, FAILED)

    # Device
    team = Team()
    device, dtype = choose_hardware()
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # every value is written
    team.say(f"train on {device.type} in {name_of(dtype)}, threads: {torch.get_num_threads()}, processes: {team.size}")

    # Data
    if team.leads:
        show_progress("reading the rows")
    base = read_base_model(paths.channel("model"), FAILED)
    config = read_json(base.folder / "config.json", FAILED)
    check_config(config, FAILED)
    if settings.max_length > config["max_position_embeddings"]:
        raise JobError(
            FAILED, f"hyperparameter maxSequenceLength: expected at most {config['max_position_embeddings']}"
        )
    tokenizer = load_tokenizer(base.folder, base.lower_case, FAILED)
    labels = read_labels(read_json(paths.channel("labels") / "labels.json", FAILED), FAILED)
    outputs = kind.outputs(labels)
    train_file = paths.channel("train") / "train.jsonl"
    rows = kind.read_rows(train_file, FAILED)
    if not rows:
        raise JobError(FAILED, "train.jsonl: expected at least one row")
    kind.check_rows(rows, outputs, train_file, FAILED)
    examples = kind.examples(rows, outputs, tokenizer, settings.max_length)
    words = kind.count_words(rows)
    windows = [window for example in examples for window in example.windows]
    pieces = sum(len(window.pieces) for window in windows)
    team.say(f"{len(rows):,} rows, {words:,} words, {len(windows):,} windows, {pieces:,} word pieces")

    # Model: the pieces that occur, and no others, are trained
    torch.manual_seed(settings.seed)
    occurring = torch.tensor(sorted({piece for window in windows for piece in window.pieces}))
    weights = from_transformers(load_file(base.folder / "model.safetensors"), config, FAILED)
    network = kind.network(config, len(occurring), len(outputs))
    nn.init.normal_(network.classifier.weight, std=config.get("initializer_range", 0.02))
    nn.init.zeros_(network.classifier.bias)
    head = {name: tensor for name, tensor in network.state_dict().items() if name not in weights}
    network.load_state_dict({**weights, **head, "pieces.weight": weights["pieces.weight"][occurring]})
    network.to(device).train()
    place_of = {piece: place for place, piece in enumerate(occurring.tolist())}
    examples = [
        replace(example, windows=[renumber(window, place_of) for window in example.windows]) for example in examples
    ]

    run = {
        "trainSha256": sha256_file(train_file),
        "baseWeightsSha256": base.weights_sha256,
        "lowerCase": base.lower_case,
        "labels": labels,
        "settings": asdict(settings),
    }
    checkpoints = Checkpoints(paths.checkpoints, run)
    optimised = optimise(network, examples, kind, settings, dtype, team, checkpoints, run, stop, FAILED)
    team.part()
    if not team.leads:
        return

    # Save, manifest last
    show_progress("saving the model")
    folder = paths.model
    empty_folder(folder)
    save_network(folder, network.state_dict(), occurring, weights, config, FAILED)
    save_settings(folder, kind.settings(config, outputs), labels, outputs)
    write_tokenizer(tokenizer, folder, base.lower_case, settings.max_length)
    save_documents(folder, (row.document for row in rows))
    save_manifest(
        folder,
        {
            "labels": labels,
            **kind.manifest(labels),
            "lowerCase": base.lower_case,
            "maxSequenceLength": settings.max_length,
            "epochs": settings.epochs,
            "seed": settings.seed,
            "trainRows": len(rows),
            "trainTokens": words,
            "steps": optimised.steps,
            "finalLoss": optimised.final_loss,
            "baseWeightsSha256": base.weights_sha256,
            "trainSha256": run["trainSha256"],
            "dtype": name_of(dtype),
        },
    )
    say(f"trained {optimised.steps} steps, loss of the last epoch {optimised.final_loss:.4f}")


def renumber(window: Window, place_of: Mapping[int, int]) -> Window:
    return replace(window, pieces=[place_of[piece] for piece in window.pieces])


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def start(paths: Paths, stop: StopSignal) -> None:
    """Trains in this process, or starts those that train: on every host, on every GPU of it."""
    hosts = read_hosts(paths.training_hosts, FAILED)
    processes_here = max(1, torch.cuda.device_count())
    if "RANK" in os.environ or len(hosts.every) * processes_here == 1:
        main(paths, stop)
    else:
        launch(paths, stop, hosts, processes_here)


if __name__ == "__main__":
    run_job("training", FAILED, start)
