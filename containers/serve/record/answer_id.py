"""An answer's id carries what was answered, signed: feedback needs nothing that was stored.

So a caller may say days later what would have been right, to any worker, also after a restart, and no request has to be
kept for it. The signature is why nobody can make up an answer: feedback is what generations are compared by. The id
holds generation, arm, time, labels and places: what its caller was told, and nothing of the text.
"""

from __future__ import annotations

import binascii
import hmac
import json
import os
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..generations.held import Held
from ..problems import Problem
from ..settings import SettingsError, not_writable
from .tally import Found, Said, found_in

as_json = json.JSONEncoder(separators=(",", ":")).encode
KEY_BYTES = 32
SIGNATURE_BYTES = 16
BYTES_WORTH_COMPRESSING = 256
MOST_FOUND = 256  # keyphrases that an id holds


@dataclass(frozen=True)
class Answered:
    """What an id says."""

    model: str
    kind: str
    generation: int
    version: str
    arm: str
    at: str
    has_places: bool  # keyphrases, not classes
    found: Counter[Found]
    digest: str  # of the id, which names it where it is kept


class AnswerIds:
    def __init__(self, key: bytes) -> None:
        self.key = key

    def sign(self, held: Held, said: Said) -> str:
        """said: with the offsets that the caller gets, since feedback comes with the same."""
        found = found_in(said)
        content = [
            *(held.model, held.engine.bundle.kind, held.generation, held.version, held.arm, now()),
            # The same text may be answered twice.
            secrets.token_hex(4),
            held.engine.reader.has_places,
            [[*one, count] for one, count in found.items()] if found.total() <= MOST_FOUND else None,
        ]
        text = compressed(as_json(content).encode("ascii"))
        return urlsafe_b64encode(self.signature(text) + text).rstrip(b"=").decode("ascii")

    def read(self, answer_id: str) -> Answered:
        """Errors: Problem for an id that is not of this service's answers."""
        try:
            content = urlsafe_b64decode(answer_id + "=" * (-len(answer_id) % 4))
        except binascii.Error:
            content = b""
        signature, text = content[:SIGNATURE_BYTES], content[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self.signature(text)):
            raise Problem("unknown-answer", "It is not an id that this service has given.", "/answerId")
        model, kind, generation, version, arm, at, _, has_places, found = json.loads(
            text if text.startswith(b"[") else zlib.decompress(text)
        )
        if found is None:
            raise Problem(
                "unknown-answer", f"An answer with more than {MOST_FOUND} keyphrases takes none.", "/answerId"
            )
        digest = sha256(answer_id.encode("ascii")).hexdigest()[:32]
        counts = Counter({(label, start, end): count for label, start, end, count in found})
        return Answered(model, kind, generation, version, arm, at, has_places, counts, digest)

    def signature(self, text: bytes) -> bytes:
        return hmac.digest(self.key, text, "sha256")[:SIGNATURE_BYTES]


def compressed(content: bytes) -> bytes:
    """What is short would gain nothing by it, and JSON's first byte is none of zlib's."""
    return content if len(content) < BYTES_WORTH_COMPRESSING else zlib.compress(content, 1)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def shared_key(folder: Path | None, given: bytes | None) -> bytes:
    """What all workers sign with: the one that was given, else one beside what they count, made by whoever is first.

    Errors: SettingsError.
    """
    if given is not None:
        return given
    if folder is None:
        return secrets.token_bytes(KEY_BYTES)  # nobody takes feedback then
    try:
        key = made_once(folder)
    except OSError as error:
        raise not_writable(error) from None
    if len(key) != KEY_BYTES:
        raise SettingsError(f"PBP_SERVED: expected {KEY_BYTES} bytes in its feedback.key. Remove it to have a new one")
    return key


def made_once(folder: Path) -> bytes:
    path = folder / "feedback.key"
    with suppress(FileNotFoundError):
        return path.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{secrets.token_hex(8)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_bytes()


def as_found(right: list[dict[str, Any]]) -> Counter[Found]:
    """What a caller says was right, in the form of what was answered."""
    return Counter((one["label"], one.get("start", 0), one.get("end", 0)) for one in right)
