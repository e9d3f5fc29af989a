"""Tuning beside Optuna: the best validation score after 16 trials, of the pipeline's own points and of TPE.

    .venv/bin/python bench/jobs/tuning_bench.py <export 1.1> --algorithm transformer --rows 200
    .venv/bin/python bench/jobs/tuning_bench.py <export 1.1> ... --algorithm linear --seeds 1 2 3

Both begin with the default trial and choose from the same ranges; every trial is a run of containers/train/train.py on
the same rows, with the same seed. The pipeline's points come from tasks/preprocess/tuning/trials.ts. The test rows are
not used at all. TPE sees each score before it asks for the next trial; the pipeline's points are fixed beforehand, so
that all of them may run at the same time.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from classes_bench import ROOT, lay_out, run, split
from export_rows import export_name
from job_folder import make_base_model
from recording.record import keep_figure

# What suits minilm, and the share of it at which classes are trained.
BASE_RATE = 5e-4
SHARE = json.loads((ROOT / "schemas/tables/kinds.json").read_text("utf-8"))["single-label"]["learningRateShare"]
LEARNING_RATE = BASE_RATE * SHARE
DEFAULT = {"learningRate": LEARNING_RATE, "batchSize": 32, "epochs": 3, "regularization": 10.0}
# As tasks/preprocess/tuning/trials.ts has them around these defaults.
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "linear": {"regularization": (0.1, 100)},
    "frozen": {"regularization": (0.1, 100)},
    "transformer": {"learningRate": (LEARNING_RATE / 4, LEARNING_RATE * 4), "batchSize": (16, 64), "epochs": (2, 6)},
}
WHOLE = ("batchSize", "epochs")

Point = Mapping[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the points of tuning with Optuna's.")
    parser.add_argument("exports", type=Path, nargs="+")
    parser.add_argument("--algorithm", choices=sorted(RANGES), default="transformer")
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--rows", type=int, help="train on the first of them only")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    for export in options.exports:
        compare(export, options)


def compare(export: Path, options: argparse.Namespace) -> None:
    content = json.loads(gzip.decompress(export.read_bytes()))
    sides = split(content)
    sides["train"] = sides["train"][: options.rows]
    counts = ", ".join(f"{len(sides[side]):,} {side}" for side in ("train", "validation"))
    print(f"{export_name(export)}: {options.algorithm}, {options.trials} trials; {counts}")
    print(f"{'seed':>4}{'default':>10}{'points':>10}{'TPE':>10}{'std. error':>12}")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        make_base_model(scratch / "base")
        done: dict[str, tuple[float, float]] = {}

        def score(seed: int, point: Point) -> tuple[float, float]:
            """Of a training with these settings, trained once however often it is asked for."""
            given = hyperparameters(content["kind"], options.algorithm, seed, point)
            key = json.dumps(given, sort_keys=True)
            if key not in done:
                job = scratch / f"job-{len(done)}"
                lay_out(job, sides, content["labels"], given)
                (job / "input/data/model").symlink_to(scratch / "base")
                run("train", job)
                told = json.loads((job / "model/manifest.json").read_text("utf-8"))["validation"]
                done[key] = (told["score"], told["standardError"])
            return done[key]

        def of_seed(seed: int, point: Point) -> float:
            return score(seed, point)[0]

        for seed in options.seeds:
            default, error = score(seed, DEFAULT)
            points = planned(content["kind"], options.algorithm, seed, options.trials)
            ours = max(of_seed(seed, point) for point in points)
            theirs = best_of_tpe(options.algorithm, seed, options.trials, partial(of_seed, seed))
            print(f"{seed:4}{default:10.4f}{ours:10.4f}{theirs:10.4f}{error:12.4f}", flush=True)
            keep_figure(f"{export_name(export)}, seed {seed}: validation score of the defaults", default, "")
            keep_figure(f"{export_name(export)}, seed {seed}: its standard error", error, "")
            keep_figure(f"{export_name(export)}, seed {seed}: best of our points", ours, "")
            keep_figure(f"{export_name(export)}, seed {seed}: best of TPE", theirs, "")
        print(f"{len(done)} trainings")


def hyperparameters(kind: str, algorithm: str, seed: int, point: Point) -> dict[str, str]:
    """Strings, as SageMaker hands them over."""
    settings = {name: int(value) if name in WHOLE else value for name, value in (DEFAULT | dict(point)).items()}
    fixed = {"kind": kind, "algorithm": algorithm, "trial": 0, "seed": seed, "patience": 0, "maxSequenceLength": 128}
    return {
        name: str(value) for name, value in (fixed | settings | {"classWeights": "none", "thresholds": "one"}).items()
    }


def planned(kind: str, algorithm: str, seed: int, trials: int) -> list[Point]:
    """The trials that an execution with this seed gets, the default first."""
    program = """
        import { trialsOf } from "./tasks/preprocess/tuning/trials.ts";
        const { run, kind, algorithm } = JSON.parse(process.argv[1]);
        console.log(JSON.stringify(trialsOf(run, kind, [algorithm])));
    """
    files = {"name": "minilm", "prefix": "base-models/minilm/0/", "weightsSha256": "0" * 64, "embeddingKey": "0" * 16}
    base = files | {"learningRate": BASE_RATE}
    given = {"batchSize": DEFAULT["batchSize"], "maxSequenceLength": 128, "seed": seed}
    settings = {"hyperparameters": given | {"regularization": DEFAULT["regularization"]}, "epochs": DEFAULT["epochs"]}
    tuning = {"trials": trials, "parallel": 1, "ranges": RANGES[algorithm], "baseModels": [base]}
    run_ = settings | {"baseModel": base, "algorithms": None, "tuning": tuning}
    asked = {"run": run_, "kind": kind, "algorithm": algorithm}
    node = ROOT / "node_modules/.bin/node"
    command = [str(node), "--input-type=module-typescript", "--eval", program, json.dumps(asked)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"The trials could not be planned:\n{done.stderr}")
    trials_: list[dict[str, Any]] = json.loads(done.stdout)
    every = [trial["hyperparameters"] | {"epochs": trial["epochs"]} for trial in trials_]
    return [{name: settings[name] for name in RANGES[algorithm]} for settings in every]


def best_of_tpe(algorithm: str, seed: int, trials: int, score: Callable[[Point], float]) -> float:
    ranges = RANGES[algorithm]
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({name: DEFAULT[name] for name in ranges})

    def objective(trial: optuna.Trial) -> float:
        point: dict[str, float] = {}
        for name, (low, high) in ranges.items():
            if name in WHOLE:
                point[name] = trial.suggest_int(name, math.ceil(low), math.floor(high), log=True)
            else:
                point[name] = trial.suggest_float(name, low, high, log=True)
        return score(point)

    study.optimize(objective, n_trials=trials)
    return float(study.best_value)


if __name__ == "__main__":
    main()
