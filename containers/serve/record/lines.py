"""Lines of JSON that one worker appends to files of its own, by model and hour: feedback, the review list, captures."""

from __future__ import annotations

import json
import os
from typing import Any

from .counts import Counts, this_hour

# Of one kind in an hour. Beyond it nothing is kept: no caller fills a disk.
MOST_LINES = 100_000


class Full(Exception):  # noqa: N818 - not an error of anybody's
    """The hour has as many lines as it may."""


class Lines:
    def __init__(self, counts: Counts, name: str, mode: int = 0o666) -> None:
        """mode: of new files, less what the umask takes."""
        self.counts, self.name, self.mode = counts, name, mode
        self.kept: dict[tuple[str, str], int] = {}
        self.waiting: list[tuple[str, str, str]] = []  # model, hour, line

    def add(self, model: str, record: dict[str, Any]) -> None:
        """Errors: Full."""
        hour = this_hour()
        kept = self.kept.get((model, hour), 0)
        if kept >= MOST_LINES:
            raise Full
        self.kept = {place: count for place, count in self.kept.items() if place[1] == hour}
        self.kept[model, hour] = kept + 1
        self.waiting.append((model, hour, json.dumps(record, separators=(",", ":")) + "\n"))

    def due(self) -> list[tuple[str, str, str]]:
        waiting, self.waiting = self.waiting, []
        return waiting

    def write(self, due: list[tuple[str, str, str]]) -> None:
        """In any thread; each place at once. Errors: OSError."""
        places: dict[tuple[str, str], list[str]] = {}
        for model, hour, line in due:
            places.setdefault((model, hour), []).append(line)
        for (model, hour), lines in places.items():
            place = self.counts.place(model, hour)
            place.mkdir(parents=True, exist_ok=True)
            path = place / f"{self.counts.worker}.{self.name}.jsonl"
            with open(path, "a", encoding="ascii", opener=self.opened) as file:
                file.write("".join(lines))

    def opened(self, path: str, flags: int) -> int:
        return os.open(path, flags, self.mode)
