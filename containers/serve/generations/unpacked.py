"""One bundle without a generation log: /opt/ml/model, where SageMaker unpacks it."""

from __future__ import annotations

from pbp_reader.bundle import Bundle, open_bundle
from pbp_reader.policy import PolicyFile

from ..engine import Engine
from ..log import say
from ..metrics import GENERATION
from ..settings import Settings
from .held import Held


class Unpacked:
    """It stays; its policy may change."""

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
