"""What was served, as counts. Monitoring's counters come in here too."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine, Sequence
from dataclasses import replace

from .generations import Held
from .metrics import ANSWERS, BATCH_SECONDS, BATCH_TEXTS, DIFFERENCES, REQUEST_SECONDS, REQUESTS, SKIPPED
from .record.counts import Counts
from .record.tally import Differences, Said, Tally
from .settings import Settings
from .traffic import part_of

SECONDS_BETWEEN_WRITES = 3.0
MOST_SHADOWS = 256  # that wait at once


class Served:
    def __init__(self, settings: Settings) -> None:
        self.counts = Counts(settings.counters)
        self.shadows: set[asyncio.Task[None]] = set()  # a task that nobody holds may vanish

    def batch(self, texts: int, seconds: float) -> None:
        BATCH_TEXTS.observe(texts)
        BATCH_SECONDS.inc(seconds)

    def request(self, route: str, status: int, seconds: float) -> None:
        REQUESTS.labels(route, str(status)).inc()
        REQUEST_SECONDS.labels(route).observe(seconds)

    def answers(self, held: Held, texts: Sequence[str], said: Sequence[Said]) -> None:
        ANSWERS.labels(held.model, held.arm).inc(len(said))
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
        self.answers(replace(shadow, key=held.key), texts, said)
        differences = self.counts.hour(held.model, held.engine.bundle.kind).differences.setdefault(
            (shadow.generation, held.generation), Differences()
        )
        for before, other in zip(sent, said, strict=True):
            for label in differences.add(before, other):
                DIFFERENCES.labels(held.model, label).inc()

    def skipped(self, shadow: Held, texts: int) -> None:
        SKIPPED.labels(shadow.model).inc(texts)

    def beside(self, shadow: Coroutine[None, None, None]) -> None:
        """Runs it when the answer is on its way."""
        if len(self.shadows) >= MOST_SHADOWS:
            shadow.close()
            return
        task = asyncio.get_running_loop().create_task(shadow)
        self.shadows.add(task)
        task.add_done_callback(self.shadows.discard)

    async def write(self) -> None:
        """What was counted since the last time."""
        await asyncio.to_thread(self.counts.write, self.counts.due())

    async def keep_writing(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_WRITES)
            await self.write()

    async def finish(self) -> None:
        """The last of it, when every request is answered."""
        await asyncio.gather(*self.shadows, return_exceptions=True)
        await self.write()


def new_answer_id() -> str:
    """By which feedback names an answer. It says nothing of the text."""
    return secrets.token_hex(12)
