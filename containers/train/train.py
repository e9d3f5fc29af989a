"""The training job: fine-tunes the base model to tag keyphrases or to tell classes, or fits a linear model.

    tiny input   .venv/bin/python bench/jobs/job_folder.py samples/exports/sample-export.json.gz /tmp/job --rows 200
    CPU or GPU   SAGEMAKER_BASE_DIR=/tmp/job .venv/bin/python containers/train/train.py
    SageMaker    docker run --gpus all -v /tmp/job:/opt/ml <image of containers/train/Dockerfile>

Reads input/config/hyperparameters.json (settings.py, all strings) and the channels input/data/{train/train.jsonl,
validation/validation.jsonl, labels/labels.json, model/}: the validation side where something is chosen by it, the base
model except for linear. Writes model/, its manifest.json last (schemas/models/model-manifest.schema.json), and prints
what the model scored on the validation side. Goes on from checkpoints/ after an interruption, to the same bits as
without one. Fails as TrainingFailed.

Several hosts (input/config/resourceconfig.json) or GPUs train one model together, a process a GPU, and make the
updates that one process makes (team.py); each started as by torchrun, under which this script runs by hand too. The
first one keeps the checkpoints and saves the model.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pbp_jobs.algorithms import NEEDS
from pbp_jobs.contract import Paths, StopSignal, run_job
from pbp_jobs.hosts import read_hosts
from train.count import train_on_counts
from train.fine_tune import fine_tune
from train.frozen import train_frozen
from train.launch import launch
from train.settings import read_settings
from train.task import FAILED, read_task

import torch

ALGORITHMS = {"linear": train_on_counts, "frozen": train_frozen, "transformer": fine_tune}


def main(paths: Paths, stop: StopSignal) -> None:
    task = read_task(paths, stop)
    ALGORITHMS[task.settings.algorithm](task)


def start(paths: Paths, stop: StopSignal) -> None:
    """Trains in this process, or starts those that train: on every host, on every GPU of it."""
    hosts = read_hosts(paths.training_hosts, FAILED)
    if not NEEDS[read_settings(paths.hyperparameters, FAILED).algorithm].several_processes:
        if hosts.rank == 0:
            main(paths, stop)
        return
    processes_here = max(1, torch.cuda.device_count())
    if "RANK" in os.environ or len(hosts.every) * processes_here == 1:
        main(paths, stop)
    else:
        launch(paths, stop, hosts, processes_here)


if __name__ == "__main__":
    run_job("training", FAILED, start)
