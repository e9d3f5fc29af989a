"""The counters of one worker: a file for each model and hour, written again every few seconds.

`<PBP_SERVED>/<model>/<hour>/<worker>.json`, schemas/serving/served-counts.schema.json. No other worker has the file's
name, and a rename puts it in place, so that who adds all of them up never reads half a file.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..log import say
from .tally import Differences, Tally


@dataclass
class Hour:
    kind: str
    tallies: dict[tuple[int, str, str], Tally] = field(default_factory=dict)  # generation, version, arm
    differences: dict[tuple[int, int], Differences] = field(default_factory=dict)  # shadow, beside
    is_new: bool = True  # since it was last written

    def as_json(self, model: str, hour: str) -> dict[str, Any]:
        return {
            "model": model,
            "kind": self.kind,
            "hour": hour,
            "served": [
                {"generation": generation, "version": version, "arm": arm, **tally.as_json()}
                for (generation, version, arm), tally in self.tallies.items()
            ],
            "shadow": [
                {"generation": generation, "beside": beside, **differences.as_json()}
                for (generation, beside), differences in self.differences.items()
            ],
        }


def this_hour() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H")


class Counts:
    def __init__(self, folder: Path | None) -> None:
        """folder: None counts nothing, since nobody would read it."""
        self.folder = folder
        # A worker that is started again is another one: what the first has counted stays.
        self.worker = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.hours: dict[tuple[str, str], Hour] = {}  # by model and hour

    def hour(self, model: str, kind: str) -> Hour:
        hour = self.hours.setdefault((model, this_hour()), Hour(kind))
        hour.is_new = True
        return hour

    def place(self, model: str, hour: str) -> Path:
        assert self.folder is not None
        return self.folder / model / hour

    def due(self) -> list[tuple[str, str, str]]:
        """What is to be written, as model, hour and text; hours that are over are forgotten once they are."""
        if self.folder is None:
            return []
        texts = []
        for (model, name), hour in list(self.hours.items()):
            if hour.is_new:
                texts.append((model, name, json.dumps(hour.as_json(model, name), separators=(",", ":"))))
                hour.is_new = False
            elif name != this_hour():
                del self.hours[model, name]
        return texts

    def write(self, due: list[tuple[str, str, str]]) -> None:
        """In any thread. What cannot be written is written with what comes after it."""
        for model, hour, text in due:
            try:
                place = self.place(model, hour)
                place.mkdir(parents=True, exist_ok=True)
                draft = place / f"{self.worker}.part"
                draft.write_text(text, "utf-8")
                draft.replace(place / f"{self.worker}.json")
            except OSError as error:
                say("not-counted", error=error.strerror or "unknown")
                counted = self.hours.get((model, hour))
                if counted is not None:
                    counted.is_new = True
