"""One registered model: its champion, taken up within seconds of its promotion, and the traffic beside it."""

from __future__ import annotations

import json
from pathlib import Path

from pbp_reader import Models, ModelsError
from pbp_reader.bundle import open_bundle
from pbp_reader.policy import PolicyFile

from ..engine import Engine
from ..log import say
from ..metrics import GENERATION
from ..settings import Settings
from .held import Held
from .traffic import Arm, newest_arm


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


def generation_of(history: Path, version: str) -> int:
    """The newest entry of the generation log that put this version into use.

    The pointer follows the log, so the newest entry may already be about another version.
    """
    for entry in sorted(history.glob("[0-9]*.json"), reverse=True):
        record = json.loads(entry.read_bytes())
        if record["version"] == version:
            return int(record["generation"])
    raise ModelsError(f"The generation log has no entry of {version}. pbp rollback repairs it.")
