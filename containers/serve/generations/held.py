"""What one request is answered by. No answer is mixed of two generations; the last request that holds one frees it."""

from __future__ import annotations

from typing import NamedTuple

from pbp_reader.policy import Policy

from ..engine import Engine


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
