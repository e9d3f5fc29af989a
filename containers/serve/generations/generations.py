"""Which generation answers: the champion of each served model, taken up within seconds of its promotion.

A request holds the generation that it began with, so that no answer is mixed of two; the last one that holds an old
one frees it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pbp_jobs.contract import describe

from pbp_reader import Models, ModelsError
from pbp_reader.bundle import Bundle, open_bundle
from pbp_reader.models import DEFAULT_MODEL, MODEL_NAME
from pbp_reader.policy import Policy, PolicyFile

from ..engine import Engine
from ..log import say
from ..metrics import GENERATION, LOOK_FAILURES
from ..problems import Problem
from ..settings import Settings
from .traffic import Arm, newest_arm

SECONDS_BETWEEN_LOOKS = 1.0


class Held(NamedTuple):
    """What one request is answered by, from its beginning to its end."""

    model: str
    generation: int
    version: str
    arm: str
    engine: Engine
    policy: Policy | None = None  # what is to be done by label
    key: bytes = b""  # what the request is routed by
    shadow: Held | None = None  # what also reads it, for the counters alone

    def named(self) -> dict[str, str | int]:
        """What every answer says of where it comes from."""
        return {"model": self.model, "generation": self.generation, "version": self.version, "arm": self.arm}


class Champion:
    """Follows `current` of one registered model, and the traffic log beside it."""

    def __init__(self, settings: Settings, model: str) -> None:
        self.settings = settings
        self.models = Models(settings.models, lambda bundle: Engine(bundle, settings.base_models), model=model)
        self.held: Held | None = None
        self.beside: tuple[Arm, Held] | None = None
        self.policies, self.policies_beside = (PolicyFile(self.models.folder) for _ in range(2))

    def look(self) -> None:
        """Errors: ModelsError; then the champion that was held stays. What keeps it from being taken up does not keep
        the traffic from being: it may be stopped whatever is damaged."""
        try:
            self.look_at_champion()
        finally:
            self.look_at_traffic()

    def route(self, key: bytes) -> Held | None:
        """What answers whoever has this key."""
        held, beside = self.held, self.beside
        if held is None:
            return None
        # Another champion ends the traffic: the log says beside which one it was meant.
        if beside is None or beside[0].beside != held.generation or not beside[0].takes(key):
            return held._replace(key=key)
        arm, other = beside
        return held._replace(key=key, shadow=other) if arm.shadow else other._replace(key=key)

    def answering(self) -> list[Held]:
        held, beside = self.held, self.beside
        if held is None:
            return []
        has_arm = beside is not None and beside[0].beside == held.generation and not beside[0].shadow
        return [held, beside[1]] if beside is not None and has_arm else [held]

    def look_at_traffic(self) -> None:
        """Errors: ModelsError; then the champion answers alone, but that a policy which does not fit leaves the arm the
        one that it had."""
        before, arm = self.beside, None
        try:
            arm = newest_arm(self.models.folder / "traffic")
            if arm is None or self.held is None or arm.beside != self.held.generation:
                self.beside = None
                return
            engine = before[1].engine if before and before[0] == arm else self.engine_of(arm)
            policy = self.policies_beside.current(engine.bundle.labels)
        except BaseException:
            if before is None or before[0] != arm:
                self.beside = None
            raise
        if before and (before[0], before[1].policy) == (arm, policy):
            return
        name = "shadow" if arm.shadow else "arm"
        held = Held(self.models.model, arm.generation, arm.version, name, engine, policy)
        self.beside = arm, held
        say("beside", **held.named(), weight=arm.weight)

    def engine_of(self, arm: Arm) -> Engine:
        # If only its share has changed, it is loaded already.
        if self.beside is not None and self.beside[0].version == arm.version:
            return self.beside[1].engine
        bundle = open_bundle(self.models.folder / "versions" / arm.version, self.models.verified)
        if bundle.kind != self.models.current().bundle.kind:
            raise ModelsError(f"{arm.version} is of another kind than the model in use.")
        return Engine(bundle, self.settings.base_models)

    def look_at_champion(self) -> None:
        self.models.refresh()
        engine = self.models.current()
        version = engine.bundle.version
        number = generation_of(self.models.folder / "history", version)
        # One that does not fit keeps what was in use: a label of another name must not let a text pass.
        policy = self.policies.current(engine.bundle.labels)
        if self.held is None or (self.held.engine, self.held.generation) != (engine, number):
            self.held = Held(self.models.model, number, version, "champion", engine, policy)
            GENERATION.labels(self.models.model).set(number)
            say("in-use", **self.held.named())
        elif self.held.policy != policy:
            self.held = self.held._replace(policy=policy)
            say("policy", **self.held.named(), rules=0 if policy is None else len(policy.rules))


class Unpacked:
    """One bundle, which stays: /opt/ml/model, where SageMaker unpacks it."""

    def __init__(self, settings: Settings, model: str) -> None:
        self.settings, self.model = settings, model
        self.held: Held | None = None
        self.policies = PolicyFile(settings.models)

    def answering(self) -> list[Held]:
        return [self.held] if self.held else []

    def route(self, key: bytes) -> Held | None:
        return self.held and self.held._replace(key=key)

    def look(self) -> None:
        if self.held is not None:
            self.held = self.held._replace(policy=self.policies.current(self.held.engine.bundle.labels))
            return
        bundle: Bundle = open_bundle(self.settings.models, is_named=False)
        number = self.settings.generation or int(bundle.version[:6])
        engine = Engine(bundle, self.settings.base_models)
        policy = self.policies.current(bundle.labels)
        self.held = Held(self.model, number, bundle.version, "champion", engine, policy)
        GENERATION.labels(self.model).set(number)
        say("in-use", **self.held.named())


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
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            await self.look()

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
        if not fitting:
            raise Problem("not-ready", "No model of this kind is in use.")
        if len(fitting) > 1 and fitting[0].model != DEFAULT_MODEL:
            raise Problem("which-model", "Name one of /v1/models.", "/model")
        return fitting[0]


def generation_of(history: Path, version: str) -> int:
    """The newest entry of the generation log that put this version into use.

    The pointer follows the log, so the newest entry may already be about another version.
    """
    for entry in sorted(history.glob("[0-9]*.json"), reverse=True):
        record = json.loads(entry.read_bytes())
        if record["version"] == version:
            return int(record["generation"])
    raise ModelsError(f"The generation log has no entry of {version}. pbp rollback repairs it.")
