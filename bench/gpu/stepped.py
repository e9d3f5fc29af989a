"""Runs a training program in this process and writes when each of its steps ended: steps.json in the job's folder.

python bench/gpu/stepped.py train | compiled | trainer        SAGEMAKER_BASE_DIR names the folder
python bench/gpu/stepped.py train --stop-in-step 3            gets SIGTERM there, as from a spot instance
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "containers"))


def main(program: str, stop_in_step: int = 0) -> None:
    ends: list[float] = []
    if program == "trainer":
        watch_trainer(ends)
        script, arguments = ROOT / "bench/jobs/usual_recipe.py", ["--best"]
    else:
        watch_ours(ends, program == "compiled", stop_in_step)
        script, arguments = ROOT / "containers/train/train.py", []
    sys.argv = [str(script), *arguments]
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        Path(os.environ["SAGEMAKER_BASE_DIR"], "steps.json").write_text(json.dumps(ends), "utf-8")


def watch_ours(ends: list[float], compiled: bool, stop_in_step: int) -> None:
    from pbp_jobs import contract
    from train import optimise

    if compiled:
        optimise.PIECES_WORTH_COMPILING = 0
    update = contract.Progress.update

    def seen(self: Any, *given: Any, **named: Any) -> None:
        ends.append(time.perf_counter())
        if len(ends) == stop_in_step:
            signal.raise_signal(signal.SIGTERM)
        update(self, *given, **named)

    contract.Progress.update = seen  # type: ignore[method-assign]


def watch_trainer(ends: list[float]) -> None:
    import transformers

    step = transformers.Trainer.training_step

    def seen(self: Any, *given: Any, **named: Any) -> Any:
        loss = step(self, *given, **named)
        loss.item()  # waits for the device, as ours does each step
        ends.append(time.perf_counter())
        return loss

    transformers.Trainer.training_step = seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", choices=("train", "compiled", "trainer"))
    parser.add_argument("--stop-in-step", type=int, default=0)
    main(**vars(parser.parse_args()))
