"""What is kept of single answers, each only where the service is told so. docs/security.md."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import Any

from pbp_reader.words import count_words

from ..generations.held import Held
from ..settings import Settings
from .answer_id import now
from .counts import Counts
from .lines import Full, Lines
from .tally import Said, items_of

# Texts, and ids that callers gave to notes, are for the service's own user alone.
PRIVATE = 0o600


class Kept:
    def __init__(self, settings: Settings, counts: Counts) -> None:
        self.settings = settings
        self.review = Lines(counts, "review", PRIVATE)
        self.captures = Lines(counts, "capture", PRIVATE)

    def answer(self, held: Held, note: dict[str, Any], answer_id: str, said: Said) -> None:
        """Within its bounds; what is beyond them is left out."""
        if self.settings.review_below is None and not self.settings.captures:
            return
        named = {
            "at": now(),
            "answer": sha256(answer_id.encode("ascii")).hexdigest()[:32],
            "generation": held.generation,
            "version": held.version,
            "arm": held.arm,
        }
        with suppress(Full):
            self.for_review(held, note, said, named)
        with suppress(Full):
            if self.settings.captures:
                self.captures.add(held.model, {**named, **self.captured(note, said)})

    def for_review(self, held: Held, note: dict[str, Any], said: Said, named: dict[str, Any]) -> None:
        """An answer that is not sure, by the name that its caller gave it: for a person to look at."""
        least = self.settings.review_below
        if least is None or "id" not in note:
            return
        items = items_of(said)
        weakest = min(items, key=lambda item: item["confidence"], default=None)
        # Of classes, a decision against a label may be the least sure one.
        confidence = said.get("confidence", weakest and weakest["confidence"])
        if confidence is not None and confidence < least:
            label = weakest and weakest["label"]
            self.review.add(held.model, {"id": note["id"], **named, "label": label, "confidence": confidence})

    def captured(self, note: dict[str, Any], said: Said) -> dict[str, Any]:
        text = note["text"]
        return {
            "textSha256": sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            "characters": len(text),
            "words": count_words(text),
            "facets": note.get("facets", {}),
            "items": items_of(said),
            **({"text": text} if self.settings.captures_text else {}),
        }
