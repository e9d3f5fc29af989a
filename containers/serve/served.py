"""What was served, as counts. Monitoring's counters come in here too."""

from __future__ import annotations

import secrets

from .generations import Held
from .metrics import ANSWERS, BATCH_SECONDS, BATCH_TEXTS, REQUEST_SECONDS, REQUESTS


class Served:
    def batch(self, texts: int, seconds: float) -> None:
        BATCH_TEXTS.observe(texts)
        BATCH_SECONDS.inc(seconds)

    def request(self, route: str, status: int, seconds: float) -> None:
        REQUESTS.labels(route, str(status)).inc()
        REQUEST_SECONDS.labels(route).observe(seconds)

    def answers(self, held: Held, answers: int) -> None:
        ANSWERS.labels(held.model, held.arm).inc(answers)


def new_answer_id() -> str:
    """By which feedback names an answer. It says nothing of the text."""
    return secrets.token_hex(12)
