"""Lines of the GPU bench as they are measured, for a person and as JSON for later."""

from __future__ import annotations

import json
import time
from pathlib import Path

from recording.record import keep_figure

STARTED = time.monotonic()


class Report:
    def __init__(self, path: Path) -> None:
        self.path, self.lines = path, list[dict[str, object]]()

    def say(self, what: str, **figures: object) -> None:
        """Printed at once and written at once: a run that is cut off leaves what it has measured."""
        self.lines.append({"what": what, **figures})
        told = " · ".join(f"{name} {shown(value)}" for name, value in figures.items())
        print(f"[{time.monotonic() - STARTED:5.0f} s] {what}: {told}", flush=True)
        self.path.write_text(json.dumps(self.lines, indent=1) + "\n", "utf-8")
        for name, value in figures.items():
            if isinstance(value, int | float):
                unit = "(1: yes, 0: no)" if isinstance(value, bool) else ""
                keep_figure(f"{what}: {name.replace('_', ' ')}", value, unit)


def shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)
