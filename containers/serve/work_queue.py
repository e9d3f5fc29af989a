"""One thread that computes, and what waits for it. Batches form by themselves from what has come meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from pbp_jobs.contract import describe

from .log import say
from .metrics import WAITING_SECONDS
from .problems import Problem

CHARACTERS_TOGETHER = 16_000  # about 4,000 word pieces, which is what the packed encoder takes at once
CHARACTERS_OF_A_TEXT = 60  # that even an empty one counts as
MOST_SECONDS_WAITING = 5.0
DEADLINE_SECONDS = 55.0  # SageMaker gives /invocations 60
# How much one batch says of the next.
NEWS = 0.2


class Work:
    """Something that is computed for texts, many at once: `run` takes them and gives an answer for each."""

    def __init__(self, run: Callable[[Sequence[Any]], Sequence[Any]], seconds_a_character: float = 1e-5) -> None:
        self.run = run
        self.seconds_a_character = seconds_a_character

    def learn(self, texts: Sequence[Any], characters: Sequence[int]) -> None:
        """How long it takes, by trying."""
        started = perf_counter()
        self.run(texts)
        self.seconds_a_character = (perf_counter() - started) / (sum(characters) + CHARACTERS_OF_A_TEXT * len(texts))


@dataclass(eq=False)
class Item:
    text: Any
    characters: int
    answer: asyncio.Future[Any]


class Queue:
    """Bounded by the time that it takes to compute, so that who is let in is answered before the deadline."""

    def __init__(self) -> None:
        self.waiting: dict[Work, deque[Item]] = {}  # in the order of their turns; none is empty
        self.seconds_waiting = 0.0  # that all that waits is expected to take
        self.computed_at = 0.0  # when the batch that is being computed is expected to be
        self.thread = ThreadPoolExecutor(1, "compute")
        self.arrived = asyncio.Event()
        self.on_batch: Callable[[int, float], None] = lambda texts, seconds: None

    @property
    def seconds(self) -> float:
        """How long a text that comes now is expected to wait."""
        return self.seconds_waiting + max(0.0, self.computed_at - perf_counter())

    async def ask(self, work: Work, texts: Sequence[Any], characters: Sequence[int]) -> list[Any]:
        """The answers, in order. Errors: Problem when there is too much before it, or no answer in time."""
        costs = [CHARACTERS_OF_A_TEXT + count for count in characters]
        before, own = self.seconds, sum(costs) * work.seconds_a_character
        # Whatever it takes, it is computed where nothing is before it.
        if before > 0 and before + own > MOST_SECONDS_WAITING:
            raise Problem("busy", "Try again later.", headers={"retry-after": str(max(1, round(before)))})
        loop = asyncio.get_running_loop()
        items = [Item(text, cost, loop.create_future()) for text, cost in zip(texts, costs, strict=True)]
        self.waiting.setdefault(work, deque()).extend(items)
        self.seconds_waiting += own
        self.arrived.set()
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return [await item.answer for item in items]
        except TimeoutError:
            raise Problem("too-late", f"Not answered within {DEADLINE_SECONDS:.0f} seconds.") from None
        finally:
            for item in items:
                item.answer.cancel()

    async def compute(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.arrived.wait()
            work, items = self.take()
            if items:
                await self.answer(work, items)

    def take(self) -> tuple[Work, list[Item]]:
        """The next batch. What a work has more of waits until the others have had their turn."""
        work = next(iter(self.waiting))
        queue, items, characters = self.waiting.pop(work), list[Item](), 0
        while queue and (not items or characters + queue[0].characters <= CHARACTERS_TOGETHER):
            item = queue.popleft()
            if not item.answer.done():
                items.append(item)
                characters += item.characters
        if queue:
            self.waiting[work] = queue
        self.seconds_waiting = sum(
            other.seconds_a_character * sum(item.characters for item in waiting)
            for other, waiting in self.waiting.items()
        )
        self.computed_at = perf_counter() + characters * work.seconds_a_character
        WAITING_SECONDS.set(self.seconds)
        if not self.waiting:
            self.arrived.clear()
        return work, items

    async def answer(self, work: Work, items: Sequence[Item]) -> None:
        """A batch that fails is computed text by text, so that one text fails nobody else's request."""
        started = perf_counter()
        try:
            loop = asyncio.get_running_loop()
            answers = await loop.run_in_executor(self.thread, work.run, [item.text for item in items])
        except Problem as problem:
            settle(items[0], problem) if len(items) == 1 else await self.one_by_one(work, items)
            return
        except BaseException as error:  # a panic in the tokenizer's Rust is no Exception
            if isinstance(error, asyncio.CancelledError):
                raise
            if len(items) > 1:
                await self.one_by_one(work, items)
                return
            say("failed", error=describe(error))
            settle(items[0], Problem("failed", "The model could not read this text."))
            return
        seconds = perf_counter() - started
        self.computed_at = 0.0
        pace = seconds / sum(item.characters for item in items)
        work.seconds_a_character += NEWS * (pace - work.seconds_a_character)
        self.on_batch(len(items), seconds)
        for item, found in zip(items, answers, strict=True):
            settle(item, found)

    async def one_by_one(self, work: Work, items: Sequence[Item]) -> None:
        for item in items:
            await self.answer(work, [item])


def settle(item: Item, found: Any) -> None:
    if item.answer.done():
        return
    if isinstance(found, Problem):
        item.answer.set_exception(found)
    else:
        item.answer.set_result(found)
