"""What was served, as counts: requests, texts and times for /metrics. Monitoring's counters come in here too."""

from __future__ import annotations

import secrets

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from .generations import Held

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

REQUESTS = Counter("pbp_requests_total", "Requests by route and status.", ["route", "status"])
REQUEST_SECONDS = Histogram("pbp_request_seconds", "From the first byte to the answer.", ["route"], buckets=SECONDS)
ANSWERS = Counter("pbp_answers_total", "Texts that were answered.", ["model", "arm"])
BATCH_TEXTS = Histogram("pbp_batch_texts", "Texts that were computed together.", buckets=TEXTS)
BATCH_SECONDS = Counter("pbp_batch_seconds_total", "Time that the model took.")
WAITING_SECONDS = Gauge("pbp_queue_seconds", "Work that waits, all workers together.", multiprocess_mode="livesum")
GENERATION = Gauge("pbp_generation", "Generation in use.", ["model"], multiprocess_mode="livemin")
LOOK_FAILURES = Counter("pbp_model_refresh_failures_total", "Looks that could not take up what is in use.")
MEMORY = Gauge("pbp_resident_bytes", "Memory of the workers together.", multiprocess_mode="livesum")


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


def exposition() -> bytes:
    """The metrics of all workers together, in Prometheus's text format."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
