"""What a model is trained by: schemas/tables/algorithms.json, which TypeScript reads too. A job asks this table what an
algorithm needs; it never asks which one it has."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .contract import TABLES


@dataclass(frozen=True)
class Needs:
    reads_base_model: bool  # and texts as word pieces, in windows
    several_processes: bool  # hosts or GPUs may train one model together
    answers_in: str  # the number format of its scores
    most_decisions: int  # texts times labels for which the default instances have the memory


NEEDS: dict[str, Needs] = {
    name: Needs(needs["readsBaseModel"], needs["severalProcesses"], needs["answersIn"], needs["mostDecisions"])
    for name, needs in json.loads((TABLES / "algorithms.json").read_bytes()).items()
}
# Of what was written before there were others.
DEFAULT_ALGORITHM = "transformer"
