"""Embed, Train and Evaluate on one GPU, beside SentenceTransformer.encode and transformers' Trainer in the same run.

    python bench/gpu/run.py                        about 7 minutes on an H100; needs no network and no files
    python bench/gpu/run.py --part embed           a part alone: embed, train or sturdy
    python bench/gpu/run.py --small                tiny models, on a machine without a GPU too: that it runs

Prints each figure when it is measured and writes all of them to --out. The limit is what this device does with a
large matrix product in bf16, over the operations that a word piece takes.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "containers")]

import torch  # noqa: E402
from gpu.report import Report  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=sorted(PARTS), action="append")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("gpu.json"))
    options = parser.parse_args()
    if not options.small and not torch.cuda.is_available():
        sys.exit("No GPU is seen. With --small the same code runs on tiny models.")
    report = Report(options.out)
    peak = ceiling(report)
    for part in options.part or ["embed", "train", "sturdy"]:
        PARTS[part](report, peak, options.small)


def embed(report: Report, peak: float, small: bool) -> None:
    from gpu.embedding import measure

    if small:
        measure(report, "tiny", {"sentences": 40, "128": 8}, peak)
    else:
        measure(report, "bert-base", {"sentences": 60000, "128": 16000, "256": 8000}, peak)
        measure(report, "minilm", {"sentences": 60000, "128": 16000}, peak)


def train(report: Report, peak: float, small: bool) -> None:
    from gpu.training import compare

    if small:
        compare(report, "tiny", "sentences", 24, 8, 2, ("train", "trainer"), peak)
    else:
        # One epoch: at the end of each, Train saves a checkpoint of 1.3 GB, and Trainer is told to save none
        compare(report, "bert-base", "128", 18000, 256, 1, ("train", "compiled", "trainer"), peak)
        compare(report, "bert-base", "sentences", 40000, 512, 1, ("train", "trainer"), peak)


def sturdy(report: Report, peak: float, small: bool) -> None:
    from gpu.training import sturdy as check

    check(report, *(("tiny", 300) if small else ("bert-base", 2000)))


PARTS = {"embed": embed, "train": train, "sturdy": sturdy}


def ceiling(report: Report) -> float:
    """FLOP/s of a large product in 16 bits."""
    on_gpu = torch.cuda.is_available()
    size, device = (8192, "cuda") if on_gpu else (512, "cpu")
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    for _ in range(3):
        left @ right
    if on_gpu:
        torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(10):
        left @ right
    if on_gpu:
        torch.cuda.synchronize()
    speed = 10 * 2 * size**3 / (time.perf_counter() - started)
    name = torch.cuda.get_device_name() if on_gpu else "CPU"
    report.say("device", name=name, torch=torch.__version__, teraflops=speed / 1e12)
    return speed


if __name__ == "__main__":
    main()
