"""One file a group of routes, and the table of them all."""

from __future__ import annotations

from ..service import Operation
from . import answers, documentation, explain, feedback, health, models, similar

OPERATIONS: tuple[Operation, ...] = (
    *answers.OPERATIONS,
    *similar.OPERATIONS,
    *explain.OPERATIONS,
    *feedback.OPERATIONS,
    *models.OPERATIONS,
    *health.OPERATIONS,
    *documentation.OPERATIONS,
)
