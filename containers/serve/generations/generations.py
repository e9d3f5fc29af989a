"""The models that are served, and which of them a request is about."""

from __future__ import annotations

import asyncio
import ctypes
import platform
from collections.abc import Sequence
from pathlib import Path

from pbp_jobs.contract import describe

from pbp_reader import ModelsError
from pbp_reader.models import DEFAULT_MODEL, MODEL_NAME

from ..log import say
from ..metrics import LOOK_FAILURES
from ..problems import Problem
from ..settings import Settings
from .champion import Champion
from .held import Held
from .unpacked import Unpacked

SECONDS_BETWEEN_LOOKS = 1.0


class Generations:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.is_unpacked = (settings.models / "manifest.json").is_file()
        self.served: dict[str, Champion | Unpacked] = {}
        self.told: dict[str, str] = {}  # by model, what the log says of it

    async def look(self) -> None:
        """Takes up what is new. Loads in threads beside the one that computes."""
        names = await asyncio.to_thread(self.names)
        for model in names:
            self.served.setdefault(model, self.follow(model))
        await asyncio.gather(*(asyncio.to_thread(self.look_at, model) for model in names))

    def look_at(self, model: str) -> None:
        """What is broken is told in the log, once, and what was in use answers on."""
        try:
            self.served[model].look()
            self.told.pop(model, None)
        except Exception as error:
            LOOK_FAILURES.inc()
            found = str(error) if isinstance(error, ModelsError) else describe(error)
            if self.told.get(model) != found:
                say("not-taken-up", model=model, error=found)
            self.told[model] = found

    async def watch(self) -> None:
        """Until it is cancelled."""
        versions = self.versions()
        is_freed = False
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            if is_freed:
                await asyncio.to_thread(give_memory_back)
            await self.look()
            before, versions = versions, self.versions()
            is_freed = versions != before  # by the next look: requests that hold the old one end first

    def follow(self, model: str) -> Champion | Unpacked:
        return Unpacked(self.settings, model) if self.is_unpacked else Champion(self.settings, model)

    def names(self) -> Sequence[str]:
        if self.settings.names is not None:
            return self.settings.names
        if self.is_unpacked:
            return [DEFAULT_MODEL]
        registered = self.settings.models / "registered"
        found = [path.name for path in registered.iterdir()] if registered.is_dir() else []
        names = [DEFAULT_MODEL, *sorted(name for name in found if MODEL_NAME.fullmatch(name))]
        return [name for name in names if name in self.served or (self.folder_of(name) / "current").is_symlink()]

    def folder_of(self, model: str) -> Path:
        return self.settings.models if model == DEFAULT_MODEL else self.settings.models / "registered" / model

    def in_use(self) -> list[Held]:
        return [place.held for place in list(self.served.values()) if place.held is not None]

    def answering(self) -> list[Held]:
        """What is in use, and the arms beside it."""
        return [held for place in list(self.served.values()) for held in place.answering()]

    def versions(self) -> list[str]:
        return [held.version for held in self.answering()]

    def is_ready(self) -> bool:
        """Whether every model that is to be served is."""
        return bool(self.served) and all(place.held is not None for place in list(self.served.values()))

    def hold(self, model: str | None, kinds: frozenset[str], key: bytes) -> Held:
        """The generation that answers a request about `model`, by the traffic of that model. Errors: Problem."""
        champion = self.champion(model, kinds)
        return self.served[champion.model].route(key) or champion

    def champion(self, model: str | None, kinds: frozenset[str]) -> Held:
        """What is in use of `model`; where it names none, of the only one of these kinds, or of the default one.
        Errors: Problem."""
        in_use = {held.model: held for held in self.in_use()}
        if model is not None:
            held = in_use.get(model)
            if held is None:
                raise Problem("unknown-model", "See /v1/models for those that are served.", "/model")
            if held.engine.bundle.kind not in kinds:
                raise Problem("wrong-kind", f"It answers {held.engine.bundle.kind}. See /v1/models.", "/model")
            return held
        fitting = [held for held in in_use.values() if held.engine.bundle.kind in kinds]
        if not in_use:
            raise Problem("not-ready", "No model is in use yet.")
        if not fitting:
            raise Problem("no-such-kind", "See /v1/models for those that are in use, and which kind they are.")
        if len(fitting) > 1 and fitting[0].model != DEFAULT_MODEL:
            raise Problem("which-model", "Name one of /v1/models.", "/model")
        return fitting[0]


def give_memory_back() -> None:
    """What a model leaves, glibc would keep for the next one, which seldom fits into it."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
