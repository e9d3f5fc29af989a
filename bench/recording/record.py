"""What every bench in Python shares. record.ts is its counterpart."""

from __future__ import annotations

import json
import os
from pathlib import Path


def keep_figure(what: str, figure: float, unit: str, against: str | None = None, ratio: float | None = None) -> None:
    """Leaves a figure for docs/measured.md, if bench/run.ts runs this bench. What a bench prints is for people.

    against: what it was measured beside; ratio: how many times as good it is: as fast, as small.
    """
    file = os.environ.get("BENCH_RECORD")
    if not file:
        return
    measurement = {"what": what, "figure": float(figure), "unit": unit}
    if against is not None and ratio is not None:
        measurement |= {"against": against, "ratio": float(ratio)}
    with Path(file).open("a", encoding="utf-8") as lines:
        lines.write(f"{json.dumps(measurement, allow_nan=False)}\n")


def repetition() -> int:
    """Which one of bench/run.ts's runs of this bench it is, from 0."""
    return int(os.environ.get("BENCH_REPETITION", "0"))
