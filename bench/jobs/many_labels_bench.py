"""How much memory Train and Evaluate take for many labels: what grows is a number for each text and label.

    .venv/bin/python bench/jobs/many_labels_bench.py --texts 20000
    .venv/bin/python bench/jobs/many_labels_bench.py --texts 20000 --kind single-label --algorithm frozen

Texts are made up: a tenth of their words is of one of their labels. The sides are the pipeline's shares: 20 % test, a
tenth of the rest validation. Bytes are the memory at the most, less that of a run on a hundredth of the labels.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path
from typing import Any

from classes_bench import ALGORITHMS, lay_out, pack, run
from job_folder import make_base_model
from recording.record import keep_figure

WORDS_A_TEXT = 40
SIDES = {"test": 0.2, "validation": 0.08, "train": 0.72}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure memory by the number of labels.")
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--labels", type=int, default=1000)
    parser.add_argument("--kind", choices=("single-label", "multi-label"), default="multi-label")
    parser.add_argument("--algorithm", choices=ALGORITHMS, default="linear")
    options = parser.parse_args()
    print(f"{options.kind}, {options.algorithm}: {options.texts:,} texts")
    print(f"{'labels':>7}{'job':>10}{'MB':>10}{'CPU s':>10}{'bytes a text and label':>25}")
    with tempfile.TemporaryDirectory() as folder:
        make_base_model(Path(folder) / "base")
        few: dict[str, float] = {}
        for labels in (options.labels // 100, options.labels):
            job = Path(folder) / f"job-{labels}"
            sides = make_sides(options.texts, labels, options.kind == "single-label")
            given = {"kind": options.kind, "algorithm": options.algorithm, "trial": "0", "epochs": "1", "seed": "42"}
            given |= {"batchSize": "32", "learningRate": "1e-4", "maxSequenceLength": "64"}
            lay_out(job, sides, names(labels), given)
            (job / "input/data/model").symlink_to(Path(folder) / "base")
            for name, texts in (("train", len(sides["train"])), ("evaluate", len(sides["test"]))):
                if name == "evaluate":
                    pack(job)
                _, seconds, megabytes = run(name, job)
                each = (megabytes - few[name]) * 1e6 / (texts * labels) if name in few else float("nan")
                if name in few:
                    keep_figure(f"{name}, memory for {texts:,} texts and {labels:,} labels", megabytes, "MB")
                    keep_figure(f"{name}, for each further text and label", each, "bytes")
                few.setdefault(name, megabytes)
                print(f"{labels:7,}{name:>10}{megabytes:10,.0f}{seconds:10.1f}{each:25.1f}", flush=True)


def names(labels: int) -> list[str]:
    return [f"label {number}" for number in range(labels)]


def make_sides(texts: int, labels: int, exclusive: bool) -> dict[str, list[dict[str, Any]]]:
    drawn = random.Random(7)
    sides: dict[str, list[dict[str, Any]]] = {}
    number = 0
    for side, share in SIDES.items():
        sides[side] = []
        for _ in range(round(texts * share)):
            classes = drawn.sample(range(labels), 1 if exclusive else drawn.randint(0, 3))
            words = [f"common{drawn.randrange(2000)}" for _ in range(WORDS_A_TEXT)]
            for label in classes:
                words[drawn.randrange(WORDS_A_TEXT)] = f"sign{label}"
            text = " ".join([*words, str(number)])
            row = {"document": f"{number:016x}", "text": text, "classes": [f"label {one}" for one in sorted(classes)]}
            sides[side].append(row)
            number += 1
    return sides


if __name__ == "__main__":
    main()
