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

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pbp_jobs.base_model import read_base_model
from pbp_jobs.batches import collate, cut_by_pieces, plan_epoch
from pbp_jobs.checkpoints import Checkpoints
from pbp_jobs.contract import (
    SCHEMAS,
    JobError,
    Paths,
    Progress,
    StopRequested,
    StopSignal,
    parse_integer,
    parse_number,
    read_json,
    read_json_lines,
    run_job,
    say,
    sha256_file,
    show_progress,
    write_json,
)
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.hosts import read_hosts
from pbp_jobs.model import Tagger, check_config, first_not_finite, from_transformers, to_transformers
from pbp_jobs.tokens import Row, Window, cut_windows, load_tokenizer, parse_row, read_labels, tags_of, write_tokenizer
from train.launch import launch
from train.team import Team

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom
from safetensors.torch import load_file, save_file
from torch import nn

FAILED = "TrainingFailed"

# Recipe
WARM_UP_SHARE = 0.1  # of all steps; the head starts from noise
WEIGHT_DECAY = 0.01  # of matrices alone, as BERT's authors
BETAS = (0.9, 0.999)
GRADIENT_NORM = 1.0
PIECES_TOGETHER = 16384  # more than this in a step goes through in parts: 12 GB for BERT-base on a GPU


def main(paths: Paths, stop: StopSignal) -> None:
    # Hyperparameters
    given = read_json(paths.hyperparameters, FAILED)
    limits = json.loads((SCHEMAS / "common.schema.json").read_bytes())["$defs"]["hyperparameters"]["properties"]
    limits["epochs"] = json.loads((SCHEMAS / "execution-input.schema.json").read_bytes())["properties"]["epochs"]

    def integer(name: str) -> int:
        return parse_integer(name, given.get(name), limits[name]["minimum"], limits[name]["maximum"], FAILED)

    if not isinstance(given, dict):
        raise JobError(FAILED, "hyperparameters.json: expected an object")
    epochs, batch_size, seed = integer("epochs"), integer("batchSize"), integer("seed")
    max_length = integer("maxSequenceLength")
    learning_rate = parse_number(
        "learningRate", given.get("learningRate"), 0.0, limits["learningRate"]["maximum"], FAILED
    )

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
    if max_length > config["max_position_embeddings"]:
        raise JobError(
            FAILED, f"hyperparameter maxSequenceLength: expected at most {config['max_position_embeddings']}"
        )
    tokenizer = load_tokenizer(base.folder, base.lower_case, FAILED)
    labels = read_labels(read_json(paths.channel("labels") / "labels.json", FAILED), FAILED)
    tags = tags_of(labels)
    number_of = {tag: number for number, tag in enumerate(tags)}
    train_file = paths.channel("train") / "train.jsonl"
    rows = [
        parse_row(value, number, train_file.name, FAILED)
        for number, value in enumerate(read_json_lines(train_file, FAILED), start=1)
    ]
    if not rows:
        raise JobError(FAILED, "train.jsonl: expected at least one row")
    if any(tag not in number_of for row in rows for tag in row.tags):
        raise JobError(FAILED, "train.jsonl: expected only O and the B- and I- tags of labels.json")
    windows = cut_windows(rows, tokenizer, max_length)
    lengths = [len(window.pieces) for window in windows]
    words = sum(len(row.words) for row in rows)
    team.say(f"{len(rows):,} rows, {words:,} words, {len(windows):,} windows, {sum(lengths):,} word pieces")

    # Model: the pieces that occur, and no others, are trained
    torch.manual_seed(seed)
    occurring = torch.tensor(sorted({piece for window in windows for piece in window.pieces}))
    weights = from_transformers(load_file(base.folder / "model.safetensors"), config, FAILED)
    model = Tagger(config, len(occurring), len(tags))
    nn.init.normal_(model.classifier.weight, std=config.get("initializer_range", 0.02))
    nn.init.zeros_(model.classifier.bias)
    head = {"classifier.weight": model.classifier.weight, "classifier.bias": model.classifier.bias}
    model.load_state_dict({**weights, **head, "pieces.weight": weights["pieces.weight"][occurring]})
    model.to(device).train()
    place_of = {piece: place for place, piece in enumerate(occurring.tolist())}
    windows = [
        Window([place_of[piece] for piece in window.pieces], window.first_pieces, window.row, window.start)
        for window in windows
    ]

    # Optimiser
    matrices = [
        p for n, p in model.named_parameters() if p.ndim > 1 and not n.startswith(("pieces", "positions", "types"))
    ]
    others = [p for p in model.parameters() if all(p is not matrix for matrix in matrices)]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=learning_rate,
        betas=BETAS,
        fused=True,
    )
    scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
    steps_of = [len(plan_epoch(lengths, batch_size, seed, epoch)) for epoch in range(epochs)]
    steps = sum(steps_of)
    warm_up = max(1, round(WARM_UP_SHARE * steps))

    # Where an earlier attempt stopped
    run = {
        "trainSha256": sha256_file(train_file),
        "baseWeightsSha256": base.weights_sha256,
        "lowerCase": base.lower_case,
        "labels": labels,
        "hyperparameters": [epochs, batch_size, learning_rate, max_length, seed],
    }
    checkpoints = Checkpoints(paths.checkpoints, run)
    step, loss_sum = 0, 0.0
    if (checkpoint := team.start_alike(run, checkpoints.load, FAILED)) is not None:
        step, loss_sum = checkpoint.state["step"], checkpoint.state["lossSum"]
        restore(checkpoint.tensors, model, optimizer)
        scaler.load_state_dict(checkpoint.state["scaler"])
        team.say(f"going on from step {step} of {steps}")

    def save_checkpoint() -> None:
        if not team.leads:
            return
        state = {"step": step, "lossSum": loss_sum, "scaler": scaler.state_dict()}
        checkpoints.save(snapshot(model, optimizer), state)

    # Loop
    team.collect_gradients(model)
    progress = Progress("train", steps, "steps", done=step)
    for epoch in range(epochs):
        first_step = sum(steps_of[:epoch])
        if step >= first_step + steps_of[epoch]:
            continue
        plan = plan_epoch(lengths, batch_size, seed, epoch)
        if step == first_step:
            loss_sum = 0.0
        for indices in plan[step - first_step :]:
            if team.stops(stop):
                save_checkpoint()
                raise StopRequested
            # Dropout of a step depends on nothing before it, and differs between the processes.
            torch.manual_seed((seed * 1_000_003 + step) * team.size + team.rank)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * schedule(step, steps, warm_up)
            step_words = sum(len(windows[index].first_pieces) for index in indices)
            loss = 0.0
            for part in cut_by_pieces(team.share(indices), lengths, PIECES_TOGETHER):
                chosen = [windows[index] for index in part]
                batch, order = collate(chosen)
                gold = torch.tensor([number_of[tag] for place in order for tag in gold_tags(chosen[place], rows)])
                with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                    scores = model(batch.to(device))
                part_loss = F.cross_entropy(scores.float(), gold.to(device), reduction="sum") / step_words
                torch.autograd.backward(scaler.scale(part_loss))
                loss += part_loss.item()
            loss = team.sum_step(loss, stop)
            if not math.isfinite(loss):
                raise JobError(FAILED, f"loss: expected a finite number at step {step}; lower learningRate")
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_NORM, foreach=True)
            scaler.step(optimizer)
            scaler.update()
            team.clear_gradients(optimizer)
            step += 1
            loss_sum += loss
            if team.leads:
                progress.update(step, f"{epoch + 1}/{epochs}", loss_sum / (step - first_step))
            if checkpoints.due() or step == first_step + steps_of[epoch]:
                save_checkpoint()

    team.part()
    if not team.leads:
        return

    # Save, manifest last
    show_progress("saving the model")
    weights["pieces.weight"][occurring] = model.pieces.weight.detach().cpu()
    trained = {name: tensor.cpu() for name, tensor in model.state_dict().items() if name != "pieces.weight"}
    # The last step's loss was finite, but it came before the last update.
    if damaged := first_not_finite({**trained, "pieces.weight": weights["pieces.weight"]}):
        raise JobError(FAILED, f"weights: expected finite numbers in {damaged} after the last step; lower learningRate")
    folder = paths.model
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.iterdir():  # of an attempt that was killed while saving
        leftover.unlink()
    tensors = to_transformers({**trained, "pieces.weight": weights["pieces.weight"]}, config)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", tagger_config(config, tags))
    write_json(folder / "labels.json", labels)
    write_tokenizer(tokenizer, folder, base.lower_case, max_length)
    documents = sorted({row.document for row in rows})
    (folder / "train-documents.txt").write_text("".join(f"{document}\n" for document in documents), "utf-8")
    files = [path for path in sorted(folder.iterdir()) if path.name != "manifest.json"]
    write_json(
        folder / "manifest.json",
        {
            "labels": labels,
            "tags": tags,
            "lowerCase": base.lower_case,
            "maxSequenceLength": max_length,
            "epochs": epochs,
            "seed": seed,
            "trainRows": len(rows),
            "trainTokens": words,
            "steps": steps,
            "finalLoss": loss_sum / steps_of[-1],
            "baseWeightsSha256": base.weights_sha256,
            "trainSha256": run["trainSha256"],
            "dtype": name_of(dtype),
            "files": {path.name: sha256_file(path) for path in files},
        },
    )
    say(f"trained {steps} steps, loss of the last epoch {loss_sum / steps_of[-1]:.4f}")


def schedule(step: int, steps: int, warm_up: int) -> float:
    """Share of the peak learning rate: linear up, then linear down to 0 after the last step."""
    return (step + 1) / warm_up if step < warm_up else (steps - step) / max(1, steps - warm_up)


def gold_tags(window: Window, rows: list[Row]) -> list[str]:
    return rows[window.row].tags[window.start : window.start + len(window.first_pieces)]


def snapshot(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """All that a step changes, by name."""
    state = optimizer.state_dict()["state"]
    moments = {f"optimizer.{number}.{key}": value for number, entry in state.items() for key, value in entry.items()}
    return {f"model.{name}": tensor for name, tensor in model.state_dict().items()} | moments


def restore(tensors: dict[str, torch.Tensor], model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    model.load_state_dict({name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")})
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def tagger_config(config: dict[str, Any], tags: list[str]) -> dict[str, Any]:
    return config | {
        "architectures": ["BertForTokenClassification"],
        "id2label": {str(number): tag for number, tag in enumerate(tags)},
        "label2id": {tag: number for number, tag in enumerate(tags)},
        "dtype": "float32",
    }


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
