"""Classes of a whole text: exactly one of them (single-label), or any number, none too (multi-label)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom
from tokenizers import Tokenizer
from torch import Tensor

from ..analysis.items import RIGHT, Comparison, Item
from ..batches import Example
from ..classes.classifier import MODEL_TYPE, Classifier, TextBatch, collate_texts
from ..classes.decision import Decision, Flags, Floats, fit_decision, read_decision, undecided
from ..classes.ranking import auroc, average_precision, calibration_error
from ..classes.scorers import SCORERS
from ..classes.separating import separating_word
from ..classes.texts import TextRow, cut_texts, parse_text_row
from ..contract import JobError, read_json, read_json_lines
from ..model_folder import ModelFolder
from ..scoring import Counts
from ..validation import Validation, entropy, macro_f1, micro_f1, standard_error
from .kind import Answers, OnBatch, Rows

MOST_CONFUSED = 100  # pairs of one text: with more, nobody can tell which class was taken for which


@dataclass(frozen=True)
class Said:
    """What is said of one text."""

    classes: frozenset[str]
    shares: Floats | None = None  # the probability of each of the model's labels; None: it is the truth
    places: Mapping[str, int] = field(default_factory=dict)  # of each label in them

    def sure(self, label: str, applies: bool) -> float:
        """The probability that a label applies, or that it does not. One that the model does not know never does."""
        share = 0.0 if self.shares is None or label not in self.places else float(self.shares[self.places[label]])
        return share if applies else 1 - share


@dataclass(frozen=True)
class Classes:
    name: str
    exclusive: bool
    has_bounds = False

    def outputs(self, labels: Sequence[str]) -> list[str]:
        return list(labels)

    def read_rows(self, file: Path, error_name: str) -> list[TextRow]:
        lines = enumerate(read_json_lines(file, error_name), start=1)
        return [parse_text_row(value, self.exclusive, number, file.name, error_name) for number, value in lines]

    def check_rows(self, rows: Sequence[TextRow], outputs: Sequence[str], file: Path, error_name: str) -> None:
        known = frozenset(outputs)
        if any(name not in known for row in rows for name in row.classes):
            raise JobError(error_name, f"{file.name}: expected only classes of labels.json")

    def count_words(self, rows: Sequence[TextRow]) -> int:
        return sum(len(row.text.split()) for row in rows)

    # Train

    def examples(
        self, rows: Sequence[TextRow], outputs: Sequence[str], tokenizer: Tokenizer, max_length: int
    ) -> list[Example]:
        """An example a text, with all its windows."""
        windows = cut_texts([row.text for row in rows], tokenizer, max_length)
        gold = torch.from_numpy(gold_of([row.classes for row in rows], outputs))
        return [Example(some, right, units=1) for some, right in zip(windows, gold, strict=True)]

    def network(self, config: Mapping[str, Any], vocabulary_size: int, outputs: int) -> Classifier:
        return Classifier(config, vocabulary_size, outputs)

    def collate(self, examples: Sequence[Example]) -> tuple[TextBatch, Tensor, range]:
        return collate_texts(examples), torch.stack([example.right for example in examples]), range(len(examples))

    def class_weights(self, examples: Sequence[Example], error_name: str) -> Tensor:
        """Those with which all classes count alike, however rare: [2, classes], of texts without and with the class.
        As scikit-learn's class_weight="balanced"; where classes exclude each other, only the second row counts."""
        gold = torch.stack([example.right for example in examples])
        having = gold.sum(0).clamp(min=1).double()
        lacking = (len(gold) - gold.sum(0)).clamp(min=1).double()
        if self.exclusive:
            weights = len(gold) / (len(having) * having)
            return torch.stack([weights, weights]).float()
        return torch.stack([len(gold) / (2 * lacking), len(gold) / (2 * having)]).float()

    def prior_loss(self, right: Sequence[Tensor]) -> float:
        shares = torch.stack(list(right)).double().mean(0)
        return entropy(shares) if self.exclusive else entropy(shares) + entropy(1 - shares)

    def loss(self, scores: Tensor, right: Tensor, weights: Tensor | None) -> Tensor:
        """Cross entropy; or binary cross entropy, summed over the classes."""
        if self.exclusive:
            chosen = None if weights is None else weights[1]
            return F.cross_entropy(scores, right.int().argmax(1), chosen, reduction="sum")
        by_answer = None if weights is None else torch.where(right, weights[1], weights[0])
        return F.binary_cross_entropy_with_logits(scores, right.float(), by_answer, reduction="sum")

    def settings(self, config: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Any]:
        return {
            **config,
            **{"model_type": MODEL_TYPE, "architectures": ["PbpBertForTextClassification"], "pooling": "mean"},
            "problem_type": f"{self.name.replace('-', '_')}_classification",
        }

    def manifest(self, labels: Sequence[str], algorithm: str) -> dict[str, Any]:
        return {"kind": self.name, "algorithm": algorithm}

    def keep(self, scores: Tensor) -> Tensor:
        return scores

    def validate(
        self, rows: Sequence[TextRow], outputs: Sequence[str], kept: Tensor, by_label: bool, precision: float
    ) -> Validation:
        """By macro F1 where classes exclude each other, else by the F1 over all; with what is fitted there."""
        gold = gold_of([row.classes for row in rows], outputs)
        values = kept.double().numpy()
        decision = fit_decision(values, gold, outputs, self.exclusive, by_label, precision)
        chosen = decision.chosen(decision.probabilities(values), outputs)
        parts = [chosen & gold, chosen & ~gold, ~chosen & gold]  # found, invented, missed
        if self.exclusive:
            counts, score = np.concatenate(parts, 1).astype(np.float64), macro_f1
        else:
            counts, score = np.stack([part.sum(1) for part in parts], 1).astype(np.float64), micro_f1
        return Validation(
            score=float(score(counts.sum(0, keepdims=True))[0]),
            metric=self.metric,
            standard_error=standard_error(counts, score),
            documents=len(rows),
            decision=decision.as_json(),
        )

    @property
    def metric(self) -> str:
        """What trials are compared by."""
        return "macroF1" if self.exclusive else "f1"

    def decide(self, validation: Validation | None) -> dict[str, Any]:
        return undecided(self.exclusive).as_json() if validation is None else validation.decision or {}

    # Evaluate

    def answer(
        self, model: ModelFolder, rows: Rows, device: torch.device, error_name: str, on_batch: OnBatch
    ) -> Answers:
        decision = self.decision(model, error_name)
        texts = [row.text for part in rows.values() for row in part]
        scores = SCORERS[model.algorithm](model, texts, device, error_name, on_batch)
        shares = decision.probabilities(scores)
        chosen = decision.chosen(shares, model.labels)
        places = {label: place for place, label in enumerate(model.labels)}
        return {
            document: Said(frozenset(named(flags, model.labels)), some, places)
            for document, flags, some in zip(rows, chosen, shares, strict=True)
        }

    def decision(self, model: ModelFolder, error_name: str) -> Decision:
        value = read_json(model.folder / "decision.json", error_name)
        return read_decision(value, model.labels, self.exclusive, error_name)

    def right_answers(self, rows: Rows) -> Answers:
        return {document: Said(frozenset(part[0].classes)) for document, part in rows.items()}

    def only(self, labels: Sequence[str], answers: Answers) -> Answers:
        kept = frozenset(labels)
        return {document: replace(said, classes=said.classes & kept) for document, said in answers.items()}

    def count(self, right: Said, given: Said, labels: Sequence[str]) -> Counts:
        """Units: the text, or each label's decision. Items: classes that are said."""
        found = right.classes & given.classes
        invented, missed = given.classes - found, right.classes - found
        wrong = len(invented) + len(missed)
        units, wrong = (1, min(1, wrong)) if self.exclusive else (len(labels), wrong)
        return Counts(units, units - wrong, Counter(found), Counter(invented), Counter(missed))

    def line(self, labels: Sequence[str], right: Said, given: Said, champions: Said | None) -> dict[str, Any]:
        """Which classes, as numbers into the labels: for macro F1."""

        def numbers(said: Said) -> list[int]:
            return [number for number, label in enumerate(labels) if label in said.classes]

        return {
            "classes": {
                "gold": numbers(right),
                "challenger": numbers(given),
                "champion": None if champions is None else numbers(champions),
            }
        }

    def measure(
        self, model: ModelFolder, labels: Sequence[str], right: Answers, given: Answers, error_name: str
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        known = [label for label in model.labels if label in set(labels)]
        places = [model.labels.index(label) for label in known]
        gold = gold_of([said.classes for said in right.values()], known)
        support: list[int] = gold.sum(0).tolist()
        shown: dict[str, Any] = {
            "withoutSupport": [label for label, count in zip(known, support, strict=True) if count == 0]
        }
        by_label: dict[str, dict[str, Any]] = {}
        if len(gold) == 0:
            return shown, by_label
        decision = self.decision(model, error_name)
        shares = np.stack([said.shares for said in given.values()])
        chosen = decision.chosen(shares, model.labels)
        confidences = decision.confidences(shares, model.labels)
        exact = np.array([said.classes == given[document].classes for document, said in right.items()])
        if self.exclusive:
            calibration = calibration_error(confidences, exact)
        else:
            calibration = calibration_error(shares[:, places].ravel(), gold.ravel())
        shown |= {
            "subsetAccuracy": float(exact.mean()),
            "calibrationError": calibration,
            "emptyPredictions": float((~chosen.any(1)).mean()),
            "coverage": None,
        }
        if decision.reject is not None:
            answered = confidences >= decision.reject.threshold
            shown["coverage"] = {
                "precision": decision.reject.precision,
                "threshold": decision.reject.threshold,
                "share": float(answered.mean()),
                "reached": float(exact[answered].mean()) if answered.any() else None,
            }
        for label, place, column in zip(known, places, gold.T, strict=True):
            values = {
                "auroc": auroc(shares[:, place], column),
                "averagePrecision": average_precision(shares[:, place], column),
            }
            by_label[label] = {name: value for name, value in values.items() if value is not None}
        return shown, by_label

    def baselines(self, labels: Sequence[str], right: Answers) -> dict[str, Answers]:
        """Nothing; and the commonest class of all, always."""
        counted = Counter(name for said in right.values() for name in said.classes)
        commonest = max(labels, key=lambda label: counted[label], default=None)  # the first of several
        always = Said(frozenset() if commonest is None else frozenset([commonest]))
        return {
            "nothing": dict.fromkeys(right, Said(frozenset())),
            "majority" if self.exclusive else "mostFrequent": dict.fromkeys(right, always),
        }

    def compare(self, rows: Sequence[TextRow], right: Said, given: Said) -> Comparison:
        """Where classes exclude each other, the wrong one is taken for the right one. Else each missed class may have
        been taken for each invented one."""
        found, missed, invented = (
            sorted(some)
            for some in (
                right.classes & given.classes,
                right.classes - given.classes,
                given.classes - right.classes,
            )
        )
        items = [class_item(RIGHT, label, label, 1.0) for label in found]
        confused = [(gold, said) for gold in missed for said in invented]
        if self.exclusive and confused:
            [(gold, said)] = confused
            items.append(class_item("otherLabel", gold, said, given.sure(said, True)))
            return Comparison(items, confused)
        items += [class_item("missed", label, None, given.sure(label, False)) for label in missed]
        items += [class_item("invented", None, label, given.sure(label, True)) for label in invented]
        return Comparison(items, confused if len(confused) <= MOST_CONFUSED else [])

    def count_training(self, file: Path, keys: AbstractSet[str], error_name: str) -> dict[str, int]:
        """Documents of each class."""
        counted = Counter[str]()
        for number, value in enumerate(read_json_lines(file, error_name), start=1):
            counted.update(parse_text_row(value, self.exclusive, number, file.name, error_name).classes)
        return counted

    def separated_by(self, rows: Rows, labels: Sequence[str]) -> dict[str, Any] | None:
        first = [part[0] for part in rows.values()]
        found = separating_word([row.text for row in first], gold_of([row.classes for row in first], labels))
        return None if found is None else {"word": found[0], "documents": found[1]}


def class_item(how: str, gold: str | None, predicted: str | None, sure: float) -> Item:
    return Item(how, gold, predicted, sure, gold_key=gold, predicted_key=predicted)


def gold_of(classes: Iterable[Iterable[str]], labels: Sequence[str]) -> Flags:
    """[texts, labels]. A class that is not among the labels is left out."""
    place_of = {label: place for place, label in enumerate(labels)}
    every = [[place_of[name] for name in some if name in place_of] for some in classes]
    flags = np.zeros((len(every), len(labels)), np.bool_)
    for row, places in enumerate(every):
        flags[row, places] = True
    return flags


def named(flags: Flags, labels: Sequence[str]) -> list[str]:
    return [label for label, said in zip(labels, flags.tolist(), strict=True) if said]
