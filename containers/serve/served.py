"""What was served, as counts. Monitoring's counters come in here too."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from functools import cache

from prometheus_client import Counter as Counting
from prometheus_client import Histogram

from .generations.held import Held
from .generations.traffic import part_of
from .log import say
from .metrics import ANSWERS, BATCH_SECONDS, BATCH_TEXTS, DIFFERENCES, FEEDBACK, REQUEST_SECONDS, REQUESTS, SKIPPED
from .problems import Problem
from .record.answer_id import Answered, AnswerIds, now, shared_key
from .record.counts import Counts
from .record.kept import Kept
from .record.lines import Full, Lines
from .record.tally import Differences, Found, Said, Tally, by_label
from .settings import Settings

SECONDS_BETWEEN_WRITES = 3.0
MOST_SHADOWS = 256  # that wait at once


# Prometheus looks at every label anew each time. There are few of them.
@cache
def requests_of(route: str, status: int) -> Counting:
    return REQUESTS.labels(route, str(status))


@cache
def seconds_of(route: str) -> Histogram:
    return REQUEST_SECONDS.labels(route)


@cache
def answers_of(model: str, arm: str) -> Counting:
    return ANSWERS.labels(model, arm)


class Served:
    def __init__(self, settings: Settings) -> None:
        self.counts = Counts(settings.counters)
        self.ids = AnswerIds(shared_key(settings.counters, settings.feedback_key))
        self.kept = Kept(settings, self.counts)
        self.feedbacks = Lines(self.counts, "feedback")
        self.shadows: set[asyncio.Task[None]] = set()  # a task that nobody holds may vanish

    def batch(self, texts: int, seconds: float) -> None:
        BATCH_TEXTS.observe(texts)
        BATCH_SECONDS.inc(seconds)

    def request(self, route: str, status: int, seconds: float) -> None:
        requests_of(route, status).inc()
        seconds_of(route).observe(seconds)

    def answers(self, held: Held, texts: Sequence[str], said: Sequence[Said]) -> None:
        answers_of(held.model, held.arm).inc(len(said))
        if self.counts.folder is None:
            return
        tallies = self.counts.hour(held.model, held.engine.bundle.kind).tallies
        tally = tallies.setdefault((held.generation, held.version, held.arm), Tally())
        part = part_of(held.key)
        for text, one in zip(texts, said, strict=True):
            tally.add(text, one, part)

    def compared(
        self, held: Held, shadow: Held, texts: Sequence[str], sent: Sequence[Said], said: Sequence[Said]
    ) -> None:
        self.answers(shadow._replace(key=held.key), texts, said)
        differences = self.counts.hour(held.model, held.engine.bundle.kind).differences.setdefault(
            (shadow.generation, held.generation), Differences()
        )
        for before, other in zip(sent, said, strict=True):
            for label in differences.add(before, other):
                DIFFERENCES.labels(held.model, label).inc()

    def skipped(self, shadow: Held, texts: int) -> None:
        SKIPPED.labels(shadow.model).inc(texts)

    def has_room(self) -> bool:
        """Whether another shadow may wait."""
        return len(self.shadows) < MOST_SHADOWS

    def beside(self, shadow: Coroutine[None, None, None]) -> None:
        """Runs it when the answer is on its way."""
        task = asyncio.get_running_loop().create_task(shadow)
        self.shadows.add(task)
        task.add_done_callback(self.shadows.discard)

    async def feedback(self, answered: Answered, right: Counter[Found]) -> None:
        """Once it is written, its sender may forget it. Errors: Problem."""
        record = {
            **{"answer": answered.digest, "at": now(), "servedAt": answered.at, "kind": answered.kind},
            **{"generation": answered.generation, "version": answered.version, "arm": answered.arm},
            "exact": right == answered.found,
            "labels": by_label(answered.found, right),
        }
        try:
            self.feedbacks.add(answered.model, record)
            await asyncio.to_thread(self.feedbacks.write, self.feedbacks.due())
        except Full:
            raise Problem("busy", "Try again in the next hour.", headers={"retry-after": "3600"}) from None
        except OSError:
            raise Problem("unavailable", "It could not be kept. Try again later.") from None
        FEEDBACK.labels(answered.model, answered.arm, str(record["exact"]).lower()).inc()

    async def write(self) -> None:
        """What was counted and kept since the last time."""
        await asyncio.to_thread(self.counts.write, self.counts.due())
        for lines in (self.kept.review, self.kept.captures):
            try:
                await asyncio.to_thread(lines.write, lines.due())
            except OSError as error:
                say("not-kept", error=error.strerror or "unknown")

    async def keep_writing(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_WRITES)
            await self.write()

    async def finish(self) -> None:
        """The last of it, when every request is answered."""
        await asyncio.gather(*self.shadows, return_exceptions=True)
        await self.write()
