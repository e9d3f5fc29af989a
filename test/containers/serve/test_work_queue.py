"""What waits, and what is refused because too much does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Event

from serve.problems import Problem
from serve.work_queue import MOST_SECONDS_WAITING, Queue, Work

import pytest

CHARACTERS = 10_000


def test_what_is_being_computed_counts_as_waiting() -> None:
    begun, may_end = Event(), Event()

    def run(texts: Sequence[str]) -> Sequence[str]:
        begun.set()
        assert may_end.wait(60)
        return texts

    async def asked() -> None:
        # A text of the longest kind, which takes longer than a request may wait for its turn.
        work = Work(run, 2 * MOST_SECONDS_WAITING / CHARACTERS)
        queue = Queue()
        computing = asyncio.create_task(queue.compute())
        long = asyncio.create_task(queue.ask(work, ["long"], [CHARACTERS]))
        await asyncio.to_thread(begun.wait, 60)
        assert queue.seconds > MOST_SECONDS_WAITING
        with pytest.raises(Problem, match="busy") as busy:
            await queue.ask(work, ["short"], [1])
        assert int(busy.value.headers["retry-after"]) >= MOST_SECONDS_WAITING
        may_end.set()
        assert await long == ["long"]
        assert queue.seconds == 0
        assert await queue.ask(work, ["short"], [1]) == ["short"]
        computing.cancel()

    asyncio.run(asked())
