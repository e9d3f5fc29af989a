"""Keyphrases: spans with a label, as strict IOB2 tags of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom
from tokenizers import Tokenizer
from torch import Tensor

from ..batches import Batch, Example, collate
from ..contract import JobError, read_json_lines
from ..model import Tagger
from ..model_folder import ModelFolder
from ..scoring import Counts, count_document
from ..tagger import tag_rows
from ..tokens import Row, cut_windows, parse_row, tags_of
from .kind import Answers, OnBatch, Rows


class Keyphrases:
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
            examples.append(Example([window], [number_of[tag] for tag in tags], units=len(tags)))
        return examples

    def network(self, config: Mapping[str, Any], vocabulary_size: int, outputs: int) -> Tagger:
        return Tagger(config, vocabulary_size, outputs)

    def collate(self, examples: Sequence[Example]) -> tuple[Batch, Tensor]:
        batch, order = collate([example.windows[0] for example in examples])
        return batch, torch.tensor([tag for place in order for tag in examples[place].right])

    def loss(self, scores: Tensor, right: Tensor) -> Tensor:
        return F.cross_entropy(scores, right, reduction="sum")

    def settings(self, config: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Any]:
        return {**config, "architectures": ["BertForTokenClassification"]}

    def manifest(self, labels: Sequence[str]) -> dict[str, Any]:
        return {"tags": self.outputs(labels)}

    def answer(
        self, model: ModelFolder, rows: Rows, device: torch.device, error_name: str, on_batch: OnBatch
    ) -> Answers:
        every = [row for part in rows.values() for row in part]
        tagged = iter(tag_rows(model, every, device, error_name, on_batch))
        return {document: join([next(tagged) for _ in part]) for document, part in rows.items()}

    def right_answers(self, rows: Rows) -> Answers:
        return {document: join([row.tags for row in part]) for document, part in rows.items()}

    def only(self, labels: Sequence[str], answers: Answers) -> Answers:
        """Every other label is O; an entity of the labels stays as it is."""
        kept = frozenset(tags_of(labels))
        return {document: [tag if tag in kept else "O" for tag in tags] for document, tags in answers.items()}

    def count(self, right: Sequence[str], given: Sequence[str]) -> Counts:
        """A document is scored as one sequence: no entity ends where a row ends."""
        return count_document(right, given)


def join(parts: Sequence[Sequence[str]]) -> list[str]:
    return [tag for part in parts for tag in part]
