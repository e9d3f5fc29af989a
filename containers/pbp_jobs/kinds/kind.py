"""What the jobs ask of a kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from ..batches import Example
from ..model_folder import ModelFolder
from ..scoring import Counts

Answers = dict[str, Any]  # what is said of each document, by the document's id
Rows = Mapping[str, Sequence[Any]]  # by document, in the order of its text
OnBatch = Callable[[int, int], None]  # (windows done, windows in all); what it raises ends the work


class Kind(Protocol):
    # Train

    def outputs(self, labels: Sequence[str]) -> list[str]:
        """What each of the network's outputs stands for, in their order."""

    def read_rows(self, file: Path, error_name: str) -> list[Any]:
        """Errors: error_name with the line's number when a line is no row of this kind."""

    def check_rows(self, rows: Sequence[Any], outputs: Sequence[str], file: Path, error_name: str) -> None:
        """Errors: error_name when a row has an answer that no output stands for."""

    def count_words(self, rows: Sequence[Any]) -> int: ...

    def examples(
        self, rows: Sequence[Any], outputs: Sequence[str], tokenizer: Tokenizer, max_length: int
    ) -> list[Example]:
        """What the trainer draws. All of every text is in them."""

    def network(self, config: Mapping[str, Any], vocabulary_size: int, outputs: int) -> nn.Module:
        """An Encoder with a linear layer named classifier behind it, which takes what collate makes."""

    def collate(self, examples: Sequence[Example]) -> tuple[Any, Tensor]:
        """The network's input, and the right answers in the order of its scores."""

    def loss(self, scores: Tensor, right: Tensor) -> Tensor:
        """Summed; the trainer divides by the examples' units."""

    def settings(self, config: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Any]:
        """config.json of the trained model, from the base model's."""

    def manifest(self, labels: Sequence[str]) -> dict[str, Any]:
        """What its manifest says besides."""

    # Evaluate

    def answer(
        self, model: ModelFolder, rows: Rows, device: torch.device, error_name: str, on_batch: OnBatch
    ) -> Answers: ...

    def right_answers(self, rows: Rows) -> Answers: ...

    def only(self, labels: Sequence[str], answers: Answers) -> Answers:
        """The answers as if there were no other labels."""

    def count(self, right: Any, given: Any) -> Counts:
        """Of one document."""
