"""A bundle in memory, ready to answer. What differs by kind is in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pbp_reader import Bundle, ModelsError, Notes
from pbp_reader.attribution import CannotExplain, Explanation
from pbp_reader.classifier import Answer, Classifier
from pbp_reader.policy import Policy, Ruling

from .problems import Problem
from .work_queue import Work

if TYPE_CHECKING:
    from pbp_reader.embedder import Embedder
    from pbp_reader.tagger import Keyphrase

SECONDS_TO_EXPLAIN_A_CHARACTER = 1e-3  # to begin with: by gradients, the text is read some fifty times
WARMING_UP = ["The first text takes longer than those after it, so it is not a caller's."] * 4


class Reader(Protocol):
    has_places: bool  # whether what is found lies somewhere in the text

    def read(self, texts: Sequence[str]) -> Sequence[Any]:
        """What the model finds, text by text."""

    def say(self, found: Any) -> dict[str, Any]:
        """What of it stands in an answer of this kind. Offsets count code points."""

    def rule(self, policy: Policy, found: Any) -> Ruling:
        """What is to be done about it."""

    def explain(self, text: str, label: str | None, at: int | None) -> Explanation:
        """Which words made it. Errors: CannotExplain."""

    def with_offsets(self, said: dict[str, Any], units: Sequence[int]) -> dict[str, Any]:
        """One of these answers with units[offset] for each offset."""


class Keyphrases:
    has_places = True

    def __init__(self, bundle: Bundle) -> None:
        # With torch, which a service of linear models does without: 200 MB and two seconds.
        from pbp_reader.tagger import Tagger

        self.tagger = Tagger(bundle)

    def read(self, texts: Sequence[str]) -> list[list[Keyphrase]]:
        return self.tagger.keyphrases_of(texts)

    def say(self, found: list[Keyphrase]) -> dict[str, Any]:
        return {
            "keyphrases": [
                {"start": one.start, "end": one.end, "label": one.label, "confidence": one.confidence} for one in found
            ]
        }

    def rule(self, policy: Policy, found: list[Keyphrase]) -> Ruling:
        return policy.of_keyphrases(found)

    def explain(self, text: str, label: str | None, at: int | None) -> Explanation:
        return self.tagger.explain(text, label, at)

    def with_offsets(self, said: dict[str, Any], units: Sequence[int]) -> dict[str, Any]:
        moved = [{**one, "start": units[one["start"]], "end": units[one["end"]]} for one in said["keyphrases"]]
        return {**said, "keyphrases": moved}


class Classes:
    has_places = False

    def __init__(self, bundle: Bundle) -> None:
        self.classifier = Classifier(bundle)

    def read(self, texts: Sequence[str]) -> list[Answer]:
        return self.classifier.classify_all(texts)

    def say(self, found: Answer) -> dict[str, Any]:
        return {
            "classes": [{"label": label, "confidence": found.probabilities[label]} for label in found.classes],
            "confidence": found.confidence,
            "sure": found.sure,
        }

    def rule(self, policy: Policy, found: Answer) -> Ruling:
        return policy.of_classes(found)

    def explain(self, text: str, label: str | None, at: int | None) -> Explanation:
        return self.classifier.explain(text, label)

    def with_offsets(self, said: dict[str, Any], units: Sequence[int]) -> dict[str, Any]:
        return said


READERS: dict[str, Callable[[Bundle], Reader]] = {
    "keyphrases": Keyphrases,
    "single-label": Classes,
    "multi-label": Classes,
}


class Engine:
    """Its works are what the queue computes. They do not refer to it: it would be freed by the garbage collector alone,
    which seldom looks at what is old, and models are large."""

    def __init__(self, bundle: Bundle, base_models: Path | None) -> None:
        """Errors: as Bundle.read; ModelsError when the bundle is of a kind that this service does not know."""
        make = READERS.get(bundle.kind)
        if make is None:
            raise ModelsError(f"The bundle {bundle.version} is of a kind that needs a newer service.")
        self.bundle = bundle
        self.reader = make(bundle)
        self.answers = Work(partial(answer, self.reader))
        self.explanations = Work(partial(explain, self.reader, bundle.labels), SECONDS_TO_EXPLAIN_A_CHARACTER)
        self.neighbours = Work(Neighbours(bundle, base_models).find)
        self.reader.read(WARMING_UP)
        # What the queue expects of the first callers' texts.
        self.answers.learn([(text, None) for text in WARMING_UP], [len(text) for text in WARMING_UP])


def answer(reader: Reader, wanted: Sequence[tuple[str, Policy | None]]) -> list[dict[str, Any]]:
    """What is said of each text, and what is to be done by the policy that it comes with."""
    found = reader.read([text for text, _ in wanted])
    return [
        {**reader.say(one), **({} if policy is None else {"policy": asdict(reader.rule(policy, one))})}
        for one, (_, policy) in zip(found, wanted, strict=True)
    ]


def explain(
    reader: Reader, labels: Sequence[str], wanted: Sequence[tuple[str, str | None, int | None]]
) -> list[dict[str, Any] | Problem]:
    """Which words made the answers: (text, label, offset of a word)."""
    return [explain_one(reader, labels, *one) for one in wanted]


def explain_one(
    reader: Reader, labels: Sequence[str], text: str, label: str | None, at: int | None
) -> dict[str, Any] | Problem:
    if label is not None and label not in labels:
        return Problem("unknown-label", "See /v1/models for its labels.", "/label")
    try:
        return reader.explain(text, label, at).as_json()
    except CannotExplain:
        return Problem("unknown-word", "There is no word to be explained.", "/text" if at is None else "/at")


class Neighbours:
    """The past notes that a bundle has vectors of."""

    def __init__(self, bundle: Bundle, base_models: Path | None) -> None:
        self.bundle, self.base_models = bundle, base_models

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

    def find(self, wanted: Sequence[tuple[str, int]]) -> list[list[dict[str, Any]]]:
        """The nearest past notes of each text: (text, how many)."""
        found = []
        for text, count in wanted:
            nearest = self.notes.nearest(self.embedder.vector(text), count)
            found.append([{"recordIds": one.record_ids, "similarity": one.similarity} for one in nearest])
        return found
