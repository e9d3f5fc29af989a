"""bench/gpu/run.py is for a machine that is rented by the minute: what it measures must run there at the first try."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "bench/gpu/run.py"


def test_the_gpu_bench_measures_what_it_names_on_a_cpu_too(tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"
    parts = ["--part", "embed", "--part", "train"]  # sturdy is the same Train, four times
    command = [sys.executable, str(BENCH), "--small", *parts, "--out", str(out)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    lines = json.loads(out.read_text("utf-8"))
    assert [line["what"] for line in lines] == [
        "device",
        "embed tiny sentences",
        "encode tiny sentences",
        "embed tiny 128",
        "encode tiny 128",
        "train tiny sentences train",
        "train tiny sentences trainer",
    ]
    figures = [value for line in lines for value in line.values() if isinstance(value, float)]
    assert all(math.isfinite(value) and value >= 0 for value in figures)
    assert all(line["smallest_cosine"] > 0.999 for line in lines if "smallest_cosine" in line)
    assert all(line["steps"] == 6 for line in lines if "steps" in line)
