"""What a note is worth to a model, and what the model says about it.

Without an annotation: how unsure the model is. With one: how sure the model is of something else, so that mistakes of
annotators come first, as confident learning finds them (Northcutt et al. 2021, https://arxiv.org/abs/1911.00068).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

from pbp_reader.bundle import Bundle

TINY = 1e-12


@dataclass(frozen=True)
class Judged:
    note: dict[str, Any]
    worth: float  # from 0, nothing, to 1
    answer: dict[str, Any]  # keyphrases, in code points, or classes


Judge = Callable[[Sequence[dict[str, Any]]], list[Judged]]


def judge_of(bundle: Bundle) -> Judge:
    """By what the bundle's model answers with. Errors: as Bundle.read."""
    return judge_of_keyphrases(bundle) if "ner/manifest.json" in bundle.files else judge_of_classes(bundle)


def judge_of_keyphrases(bundle: Bundle) -> Judge:
    from pbp_reader.tagger import Tagger, keyphrases_in  # which needs torch
    from pbp_reader.words import Word, cut_rows, read_words

    tagger = Tagger(bundle)

    def judge(notes: Sequence[dict[str, Any]]) -> list[Judged]:
        words_of = [read_words(note["text"]) for note in notes]
        rows = [
            [note["text"][words[index].start : words[index].end] for index in row]
            for note, words in zip(notes, words_of, strict=True)
            for row in cut_rows(note["text"], words)
        ]
        tagged = tagger.classify(rows)
        found, start = list[Judged](), 0
        for note, words in zip(notes, words_of, strict=True):
            own = tagged[start : start + len(words)]
            start += len(words)
            answer = [
                {"start": one.start, "end": one.end, "label": one.label, "confidence": one.confidence}
                for one in keyphrases_in(note["text"], words, own)
            ]
            worth = worth_of(note.get("keyphrases"), answer, words, [share for _, share in own])
            found.append(Judged(note, worth, {"keyphrases": answer}))
        return found

    def worth_of(
        annotated: list[dict[str, Any]] | None,
        answer: list[dict[str, Any]],
        words: Sequence[Word],
        shares: Sequence[float],
    ) -> float:
        if annotated is not None:
            # Keyphrases against keyphrases: a model's own tags may begin one with I, which is no disagreement.
            said, wanted = tags_of(answer, words), tags_of(annotated, words)
            return max((share for share, a, b in zip(shares, said, wanted, strict=True) if a != b), default=0.0)
        if not shares:
            return 0.0
        # The mean over the words (Shen et al. 2017, https://arxiv.org/abs/1707.05928): a sum would choose long notes.
        return 1 - exp(sum(log(max(share, TINY)) for share in shares) / len(shares))

    return judge


def tags_of(keyphrases: Sequence[dict[str, Any]], words: Sequence[Any]) -> list[str]:
    """IOB2, as Preprocess writes it: a word that a keyphrase touches is of it, and the longer of two comes first."""
    tags = ["O"] * len(words)
    for phrase in sorted(keyphrases, key=lambda one: (one["start"] - one["end"], one["start"])):
        inside = [at for at, word in enumerate(words) if word.start < phrase["end"] and word.end > phrase["start"]]
        if inside and all(tags[at] == "O" for at in inside):
            for at in inside:
                tags[at] = f"{'B' if at == inside[0] else 'I'}-{phrase['label']}"
    return tags


def judge_of_classes(bundle: Bundle) -> Judge:
    from pbp_reader.classifier import Classifier

    classifier = Classifier(bundle)

    def judge(notes: Sequence[dict[str, Any]]) -> list[Judged]:
        answers = classifier.classify_all([note["text"] for note in notes])
        return [
            Judged(note, worth_of(note, answer.classes, answer.confidence), {"classes": answer.classes})
            for note, answer in zip(notes, answers, strict=True)
        ]

    def worth_of(note: dict[str, Any], classes: list[str], confidence: float) -> float:
        annotated = note.get("classes")
        if annotated is None:
            return 1 - confidence
        return confidence if set(annotated) != set(classes) else 0.0

    return judge
