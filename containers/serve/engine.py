"""A bundle in memory, ready to answer. What differs by kind is in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pbp_reader import Bundle, ModelsError, Notes
from pbp_reader.classifier import Classifier

from .problems import Problem
from .queue import Work

if TYPE_CHECKING:
    from pbp_reader.embedder import Embedder

WARMING_UP = ["The first text takes longer than those after it, so it is not a caller's."] * 4


class Reader(Protocol):
    def answer(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """What stands in an answer of this kind, text by text. Offsets count code points."""

    def with_offsets(self, said: dict[str, Any], units: Sequence[int]) -> dict[str, Any]:
        """One of these answers with units[offset] for each offset."""


class Keyphrases:
    def __init__(self, bundle: Bundle) -> None:
        # With torch, which a service of linear models does without: 200 MB and two seconds.
        from pbp_reader.tagger import Tagger

        self.tagger = Tagger(bundle)

    def answer(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "keyphrases": [
                    {"start": found.start, "end": found.end, "label": found.label, "confidence": found.confidence}
                    for found in keyphrases
                ]
            }
            for keyphrases in self.tagger.keyphrases_of(texts)
        ]

    def with_offsets(self, said: dict[str, Any], units: Sequence[int]) -> dict[str, Any]:
        moved = [{**one, "start": units[one["start"]], "end": units[one["end"]]} for one in said["keyphrases"]]
        return {**said, "keyphrases": moved}


class Classes:
    def __init__(self, bundle: Bundle) -> None:
        self.classifier = Classifier(bundle)

    def answer(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "classes": [{"label": label, "confidence": answer.probabilities[label]} for label in answer.classes],
                "confidence": answer.confidence,
                "sure": answer.sure,
            }
            for answer in self.classifier.classify_all(texts)
        ]

    def with_offsets(self, said: dict[str, Any], units: Sequence[int]) -> dict[str, Any]:
        return said


READERS: dict[str, Callable[[Bundle], Reader]] = {
    "keyphrases": Keyphrases,
    "single-label": Classes,
    "multi-label": Classes,
}


class Engine:
    """Its works are what the queue computes."""

    def __init__(self, bundle: Bundle, base_models: Path | None) -> None:
        """Errors: as Bundle.read; ModelsError when the bundle is of a kind that this service does not know."""
        make = READERS.get(bundle.kind)
        if make is None:
            raise ModelsError(f"The bundle {bundle.version} is of a kind that needs a newer service.")
        self.bundle = bundle
        self.base_models = base_models
        self.reader = make(bundle)
        self.answers = Work(self.reader.answer)
        self.neighbours = Work(self.find_neighbours)
        self.reader.answer(WARMING_UP)

    @cached_property
    def notes(self) -> Notes:
        """Loaded when they are asked for: the vectors of a million notes are gigabytes. Errors: Problem."""
        try:
            return Notes(self.bundle)
        except (ModelsError, OSError):
            raise Problem("unavailable", "The embeddings of this model's bundle cannot be read.") from None

    @cached_property
    def embedder(self) -> Embedder:
        """Errors: Problem when the base model that embedded the notes is not here."""
        from pbp_reader.embedder import Embedder

        for manifest in sorted(self.base_models.glob("*/manifest.json")) if self.base_models else []:
            try:
                return Embedder(manifest.parent, self.notes.embedding_key)
            except (ModelsError, OSError, ValueError, KeyError):
                continue
        raise Problem("unavailable", "The base model that the notes were embedded with is not in PBP_BASE_MODELS.")

    def find_neighbours(self, wanted: Sequence[tuple[str, int]]) -> list[list[dict[str, Any]]]:
        """The nearest past notes of each text: (text, how many)."""
        found = []
        for text, count in wanted:
            nearest = self.notes.nearest(self.embedder.vector(text), count)
            found.append([{"recordIds": one.record_ids, "similarity": one.similarity} for one in nearest])
        return found
