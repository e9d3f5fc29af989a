"""The traffic log: which generation answers beside the one in use, and for whom. docs/traffic.md."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pbp_reader import ModelsError
from pbp_reader.models import POINTER

PLACES = 10_000
PARTS = 16
ENTRY = re.compile(r"[0-9]{6}\.json")


@dataclass(frozen=True)
class Arm:
    generation: int
    version: str
    beside: int  # the generation that was in use when this was asked for: a later one ends it
    weight: float  # in percent
    shadow: bool
    salt: str

    def takes(self, key: bytes) -> bool:
        """Whether whoever has this key is answered by the arm, always the same while the log is."""
        return place_of(self.salt, key) < int(self.weight * 100 + 0.5)


def place_of(salt: str, key: bytes) -> int:
    """From 0 to 9,999, as likely one as the other."""
    digest = hashlib.sha256(salt.encode("ascii") + b"\0" + key).digest()
    return int.from_bytes(digest[:8], "big") % PLACES


def key_of(sticky: bytes | None, texts: Sequence[str]) -> bytes:
    """What a request is routed by: what the caller calls itself, else a digest of its texts."""
    if sticky:
        return sticky
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest().encode("ascii")


def part_of(key: bytes) -> int:
    """One of sixteen random parts of the callers, whichever arm they have: how far these differ is noise."""
    return hashlib.sha256(key).digest()[-1] % PARTS


def newest_arm(folder: Path) -> Arm | None:
    """What the highest entry says. None: the generation in use answers alone.

    Errors: ModelsError when the entry is not what pbp traffic writes.
    """
    try:
        names = [path.name for path in folder.iterdir() if ENTRY.fullmatch(path.name)]
    except FileNotFoundError:
        return None
    if not names:
        return None
    newest = max(names)
    try:
        record = json.loads((folder / newest).read_bytes())
        wanted = record["arm"]
        if record["entry"] != int(newest[:6]):
            raise ValueError
        if wanted is None:
            return None
        arm = Arm(**{name: kind(wanted[name]) for name, kind in FIELDS.items()})
        if POINTER.fullmatch(f"versions/{arm.version}") is None or not 0 < arm.weight <= 100:
            raise ValueError
        return arm
    except (ValueError, KeyError, TypeError):
        raise ModelsError(f"The traffic log's entry {newest} is damaged. pbp traffic stop writes a new one.") from None


FIELDS = {"generation": int, "version": str, "beside": int, "weight": float, "shadow": bool, "salt": str}
