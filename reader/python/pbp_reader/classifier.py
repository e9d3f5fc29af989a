"""Classes of a new text, by the promoted model. Linear models need numpy alone, the others torch and tokenizers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pbp_reader.attribution import Attribution, CannotExplain, Explanation
from pbp_reader.bundle import Bundle, ModelsError
from pbp_reader.linear import LinearModel

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


class Model(Protocol):
    def scores(self, texts: Sequence[str]) -> Scores:
        """[texts, labels], before temperature and thresholds."""

    def attribute(self, text: str, label: int) -> Attribution:
        """What each word adds to the score of a label."""


@dataclass(frozen=True)
class Answer:
    classes: list[str]  # in the order of the labels: exactly one if they exclude each other, else any number
    probabilities: dict[str, float]  # by label, calibrated on the validation side
    confidence: float  # the probability of its least sure decision
    # As sure, in its least sure decision, as answers had to be on the validation side to be as precise as was asked
    # for: others are for a person to look at. Always, if the model has no such limit.
    sure: bool


class Classifier:
    """The model of a bundle whose answers are classes: Models(folder, Classifier).current().classify(text)."""

    def __init__(self, bundle: Bundle) -> None:
        """Picks by the bundle's model type. Errors: as Bundle.read."""
        found = [name for name in bundle.files if name.endswith("/decision.json")]
        if not found:
            raise ModelsError(f"The model of the bundle {bundle.version} does not answer in classes.")
        folder = found[0].removesuffix("decision.json")
        config = bundle.read_json(f"{folder}config.json")
        self.version = bundle.version
        self.labels = [config["id2label"][str(number)] for number in range(len(config["id2label"]))]
        self.decision: dict[str, Any] = bundle.read_json(found[0])
        thresholds, reject = self.decision["thresholds"], self.decision["reject"]
        self.limits = np.array(
            [thresholds[label] if isinstance(thresholds, dict) else thresholds for label in self.labels]
        )
        self.least_confidence: float = 0 if reject is None else reject["threshold"]
        self.exclusive = config["problem_type"] == "single_label_classification"
        reader = READERS.get(config["model_type"])
        if reader is None:
            raise ModelsError(
                f"The model of the bundle {bundle.version} is a {config['model_type']}, which is unknown."
            )
        self.model = reader(bundle, folder, len(self.labels))

    def classify(self, text: str) -> Answer:
        """All of the text is read, however long it is."""
        return self.classify_all([text])[0]

    def classify_all(self, texts: Sequence[str]) -> list[Answer]:
        """Each text as classify does, but short ones share a matrix product."""
        return self.decide(self.model.scores(texts)) if texts else []

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Which words speak for a label and which against it; None: the likeliest one. docs/explaining.md has the cost.

        Errors: CannotExplain when the model has no such label.
        """
        if label is None:
            label = self.labels[int(self.model.scores([text])[0].argmax())]
        if label not in self.labels:
            raise CannotExplain("The model has no such label.")
        return Explanation(label, self.model.attribute(text, self.labels.index(label)))

    def decide(self, scores: Scores) -> list[Answer]:
        """By the scores [texts, labels]."""
        scaled = scores / self.decision["temperature"]
        shares = softmax(scaled) if self.exclusive else logistic(scaled)
        if self.exclusive:
            said, confidences = np.arange(len(self.labels)) == shares.argmax(1)[:, None], shares.max(1)
        else:
            said = shares >= self.limits
            confidences = np.where(said, shares, 1 - shares).min(1)
        return [
            Answer(
                [label for label, applies in zip(self.labels, applying, strict=True) if applies],
                dict(zip(self.labels, probabilities, strict=True)),
                confidence,
                confidence >= self.least_confidence,
            )
            for applying, probabilities, confidence in zip(
                said.tolist(), shares.tolist(), confidences.tolist(), strict=True
            )
        ]


def read_bert(bundle: Bundle, folder: str, labels: int) -> Model:
    from pbp_reader.bert_classifier import BertClassifier  # which needs torch

    return BertClassifier(bundle, folder, labels)


# What scores texts, by config.json's model_type.
READERS: dict[str, Callable[[Bundle, str, int], Model]] = {
    "pbp-bert": read_bert,
    "pbp-linear": LinearModel,
}


def softmax(scores: Scores) -> Scores:
    shares = exponential(scores - scores.max(1, keepdims=True))
    totals = shares.cumsum(1)[:, -1:]  # one after the other, as TypeScript adds; sum() takes another order
    probabilities: Scores = shares / totals
    return probabilities


def logistic(scores: Scores) -> Scores:
    shares = exponential(-np.abs(scores))
    return np.where(scores >= 0, 1.0, shares) / (1 + shares)


def exponential(x: Scores) -> Scores:
    """e^x for x <= 0 by operations that IEEE 754 leaves no choice in, so that TypeScript gives the same bits.

    x is parted into a multiple of ln 2 and a rest below 0.35, for which 13 terms of the series are enough.
    """
    x = np.maximum(x, -1000.0)
    power = np.floor(x * 1.4426950408889634 + 0.5)
    rest = x - power * 0.6931471803691238 - power * 1.9082149292705877e-10
    value = np.ones_like(x)
    for term in range(13, 0, -1):
        value = 1 + (rest * value) / term
    return np.where(x < -700, 0.0, np.ldexp(value, power.astype(np.int32)))
