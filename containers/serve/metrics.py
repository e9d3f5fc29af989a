"""What Prometheus is told, over all workers of the service."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

REQUESTS = Counter("pbp_requests_total", "Requests by route and status.", ["route", "status"])
REQUEST_SECONDS = Histogram("pbp_request_seconds", "From the first byte to the answer.", ["route"], buckets=SECONDS)
ANSWERS = Counter("pbp_answers_total", "Texts that were answered.", ["model", "arm"])
DIFFERENCES = Counter("pbp_shadow_differences_total", "What only one of the two says.", ["model", "label"])
SKIPPED = Counter("pbp_shadow_skipped_total", "Texts that no shadow had time for.", ["model"])
FEEDBACK = Counter("pbp_feedback_total", "Answers that somebody said more of.", ["model", "arm", "exact"])
BATCH_TEXTS = Histogram("pbp_batch_texts", "Texts that were computed together.", buckets=TEXTS)
BATCH_SECONDS = Counter("pbp_batch_seconds_total", "Time that the model took.")
WAITING_SECONDS = Gauge("pbp_queue_seconds", "Work that waits, all workers together.", multiprocess_mode="livesum")
GENERATION = Gauge("pbp_generation", "Generation in use.", ["model"], multiprocess_mode="livemin")
LOOK_FAILURES = Counter("pbp_model_refresh_failures_total", "Looks that could not take up what is in use.")
MEMORY = Gauge("pbp_resident_bytes", "Memory of the workers together.", multiprocess_mode="livesum")


def note_memory() -> None:
    """This worker's. Linux tells it; elsewhere the metric stays away."""
    with suppress(OSError):
        MEMORY.set(int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE"))


def exposition() -> bytes:
    """In Prometheus's text format."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
