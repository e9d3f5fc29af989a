"""Keyphrases: spans with a label, as strict IOB2 tags of words."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom
from tokenizers import Tokenizer
from torch import Tensor

from ..analysis.items import Comparison, Item, match, relation, union
from ..batches import Batch, Example, collate, flat
from ..contract import JobError, read_json_lines
from ..model import Tagger
from ..model_folder import ModelFolder
from ..scoring import Counts, Entity, count_document, entities_of
from ..tagger import Tagged, tag_rows
from ..tokens import Row, cut_windows, parse_row, tags_of
from ..validation import Validation, entropy, micro_f1, standard_error
from .kind import Answers, OnBatch, Rows


class Keyphrases:
    has_bounds = True
    exclusive = False

    def outputs(self, labels: Sequence[str]) -> list[str]:
        return tags_of(labels)

    def read_rows(self, file: Path, error_name: str) -> list[Row]:
        lines = enumerate(read_json_lines(file, error_name), start=1)
        return [parse_row(value, number, file.name, error_name) for number, value in lines]

    def check_rows(self, rows: Sequence[Row], outputs: Sequence[str], file: Path, error_name: str) -> None:
        known = frozenset(outputs)
        if any(tag not in known for row in rows for tag in row.tags):
            raise JobError(error_name, f"{file.name}: expected only O and the B- and I- tags of labels.json")

    def count_words(self, rows: Sequence[Row]) -> int:
        return sum(len(row.words) for row in rows)

    def examples(
        self, rows: Sequence[Row], outputs: Sequence[str], tokenizer: Tokenizer, max_length: int
    ) -> list[Example]:
        """An example a window: words say nothing about those of another."""
        number_of = {tag: number for number, tag in enumerate(outputs)}
        examples = []
        for window in cut_windows(rows, tokenizer, max_length):
            tags = rows[window.row].tags[window.start : window.start + len(window.first_pieces)]
            examples.append(Example([window], array("i", [number_of[tag] for tag in tags]), units=len(tags)))
        return examples

    def network(self, config: Mapping[str, Any], vocabulary_size: int, outputs: int) -> Tagger:
        return Tagger(config, vocabulary_size, outputs)

    def collate(self, examples: Sequence[Example]) -> tuple[Batch, Tensor, list[int]]:
        batch, order = collate([example.windows[0] for example in examples])
        return batch, torch.from_numpy(flat(examples[place].right for place in order)), order

    def class_weights(self, examples: Sequence[Example], error_name: str) -> Tensor:
        raise JobError(error_name, "hyperparameter classWeights: expected none, since keyphrases have no classes")

    def prior_loss(self, right: Sequence[array[int]]) -> float:
        tags = torch.from_numpy(flat(right))
        return entropy(torch.bincount(tags).double() / len(tags))

    def loss(self, scores: Tensor, right: Tensor, weights: Tensor | None) -> Tensor:
        return F.cross_entropy(scores, right, reduction="sum")

    def settings(self, config: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Any]:
        return {**config, "architectures": ["BertForTokenClassification"]}

    def manifest(self, labels: Sequence[str], algorithm: str) -> dict[str, Any]:
        return {"tags": self.outputs(labels)}

    def keep(self, scores: Tensor) -> Tensor:
        """The likeliest tag."""
        return scores.argmax(-1, keepdim=True).float()

    def validate(
        self, rows: Sequence[Row], outputs: Sequence[str], kept: Tensor, by_label: bool, precision: float
    ) -> Validation:
        """By the F1 of entities. Nothing of the model is fitted."""
        tags = iter(outputs[int(number)] for number in kept[:, 0].tolist())
        documents: dict[str, tuple[list[str], list[str]]] = {}
        for row in rows:
            right, given = documents.setdefault(row.document, ([], []))
            right += row.tags
            given += [next(tags) for _ in row.tags]
        counts = np.array([count_document(*both).row()[1:] for both in documents.values()], np.float64)
        return Validation(
            score=float(micro_f1(counts.sum(0, keepdims=True))[0]),
            metric="f1",
            standard_error=standard_error(counts, micro_f1),
            documents=len(documents),
            decision=None,
        )

    def decide(self, validation: Validation | None) -> None:
        return None

    def answer(
        self, model: ModelFolder, rows: Rows, device: torch.device, error_name: str, on_batch: OnBatch
    ) -> Answers:
        every = [row for part in rows.values() for row in part]
        tagged = iter(tag_rows(model, every, device, error_name, on_batch))
        return {document: join([next(tagged) for _ in part]) for document, part in rows.items()}

    def right_answers(self, rows: Rows) -> Answers:
        return {document: join([right_tags(row) for row in part]) for document, part in rows.items()}

    def only(self, labels: Sequence[str], answers: Answers) -> Answers:
        """Every other label is O; an entity of the labels stays as it is."""
        kept = frozenset(tags_of(labels))
        return {
            document: Tagged([tag if tag in kept else "O" for tag in said.tags], said.shares)
            for document, said in answers.items()
        }

    def count(self, right: Tagged, given: Tagged, labels: Sequence[str]) -> Counts:
        """A document is scored as one sequence: no entity ends where a row ends."""
        return count_document(right.tags, given.tags)

    def line(self, labels: Sequence[str], right: Any, given: Any, champions: Any | None) -> dict[str, Any]:
        return {}

    def measure(
        self, model: ModelFolder, labels: Sequence[str], right: Answers, given: Answers, error_name: str
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        return {}, {}

    def baselines(self, labels: Sequence[str], right: Answers) -> dict[str, Answers]:
        return {"nothing": self.only([], right)}

    def compare(self, rows: Sequence[Row], right: Tagged, given: Tagged) -> Comparison:
        """By overlap. The model is as sure of an item as of the least sure of its tokens, and of the truth's."""
        words = [word for row in rows for word in row.words]
        items = []
        for gold, predicted in match(entities_of(right.tags), entities_of(given.tags)):
            start, end = union(gold, predicted)
            where = union(gold, None) if gold else (start, end)
            said = union(None, predicted) if predicted else where
            items.append(
                Item(
                    how=relation(gold, predicted),
                    gold=gold and gold[0],
                    predicted=predicted and predicted[0],
                    sure=float(given.shares[start:end].min()),
                    place=where,
                    predicted_place=None if said == where else said,
                    gold_key=gold and phrase(words, gold),
                    predicted_key=predicted and phrase(words, predicted),
                )
            )
        taken = [(item.gold, item.predicted) for item in items if item.how == "otherLabel"]
        return Comparison(items, [(gold, said) for gold, said in taken if gold is not None and said is not None])

    def count_training(self, file: Path, keys: AbstractSet[str], error_name: str) -> dict[str, int]:
        """A phrase's key is its words in small letters, whatever its label."""
        counted = Counter[str]()
        for number, value in enumerate(read_json_lines(file, error_name), start=1):
            row = parse_row(value, number, file.name, error_name)
            for entity in entities_of(row.tags):
                key = phrase(row.words, entity)
                if key in keys:
                    counted[key] += 1
        return counted

    def separated_by(self, rows: Rows, labels: Sequence[str]) -> dict[str, Any] | None:
        return None


def right_tags(row: Row) -> Tagged:
    return Tagged(row.tags, np.ones(len(row.tags), np.float32))


def join(parts: Sequence[Tagged]) -> Tagged:
    return Tagged([tag for part in parts for tag in part.tags], np.concatenate([part.shares for part in parts]))


def phrase(words: Sequence[str], entity: Entity) -> str:
    return " ".join(words[entity[1] : entity[2]]).lower()
