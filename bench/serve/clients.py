"""Clients over kept connections: so many that ask without a pause, or requests at a rate whatever comes back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter


@dataclass
class Load:
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)  # of the requests that were answered with 200
    statuses: Counter[str] = field(default_factory=Counter)  # "lost": the connection broke without an answer

    def per_second(self) -> float:
        return len(self.times) / self.seconds

    def quantile(self, share: float) -> float:
        ranked = sorted(self.times)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("nan")


class Client:
    def __init__(self, port: int, path: str, model: str) -> None:
        self.port, self.path, self.model = port, path, model
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, text: str, load: Load) -> None:
        body = json.dumps({"model": self.model, "notes": [{"text": text}]}).encode()
        head = f"POST {self.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        started = perf_counter()
        try:
            if self.streams is None:
                self.streams = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.streams
            writer.write(f"{head}\r\n\r\n".encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(answer.partition("content-length:")[2].split()[0])
            await reader.readexactly(length)
        except (OSError, EOFError, IndexError):
            load.statuses["lost"] += 1
            self.close()
            return
        status = answer.split()[1]
        load.statuses[status] += 1
        if status == "200":
            load.times.append(perf_counter() - started)

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def without_a_pause(clients: Sequence[Client], texts: Sequence[str], seconds: float) -> Load:
    load, end, started = Load(), perf_counter() + seconds, perf_counter()

    async def keep_asking(client: Client, number: int) -> None:
        while perf_counter() < end:
            await client.ask(texts[number % len(texts)], load)
            number += len(clients)
        client.close()

    await asyncio.gather(*(keep_asking(client, number) for number, client in enumerate(clients)))
    load.seconds = perf_counter() - started
    return load


async def at_a_rate(clients: Sequence[Client], texts: Sequence[str], seconds: float, rate: float) -> Load:
    """Each request by the next client that is free; where none is, it counts as `no client`."""
    load, started, tasks = Load(), perf_counter(), set[asyncio.Task[None]]()
    free, number = list(clients), 0

    async def ask(client: Client, text: str) -> None:
        await client.ask(text, load)
        free.append(client)

    while (passed := perf_counter() - started) < seconds:
        while number < passed * rate:
            if free:
                task = asyncio.create_task(ask(free.pop(0), texts[number % len(texts)]))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            else:
                load.statuses["no client"] += 1
            number += 1
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)
    load.seconds = perf_counter() - started
    for client in clients:
        client.close()
    return load
