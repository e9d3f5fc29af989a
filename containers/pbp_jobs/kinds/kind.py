"""What the jobs ask of a kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor

from ..analysis.items import Comparison
from ..batches import Example
from ..model import HeadedEncoder
from ..model_folder import ModelFolder
from ..scoring import Counts
from ..validation import Validation

Answers = dict[str, Any]  # what is said of each document, by the document's id
Rows = Mapping[str, Sequence[Any]]  # by document, in the order of its text
OnBatch = Callable[[int, int], None]  # (done, in all); what it raises ends the work


class Kind(Protocol):
    @property
    def has_bounds(self) -> bool:
        """Whether an item has a place in the text, which may be too long or too short."""

    @property
    def exclusive(self) -> bool:
        """Whether a text has exactly one of the outputs."""

    # Rows

    def outputs(self, labels: Sequence[str]) -> list[str]:
        """What each of the network's outputs stands for, in their order."""

    def read_rows(self, file: Path, error_name: str) -> list[Any]:
        """Errors: error_name with the line's number when a line is no row of this kind."""

    def check_rows(self, rows: Sequence[Any], outputs: Sequence[str], file: Path, error_name: str) -> None:
        """Errors: error_name when a row has an answer that no output stands for."""

    def count_words(self, rows: Sequence[Any]) -> int: ...

    # Train

    def examples(
        self, rows: Sequence[Any], outputs: Sequence[str], tokenizer: Tokenizer, max_length: int
    ) -> list[Example]:
        """What the trainer draws. All of every text is in them."""

    def network(self, config: Mapping[str, Any], vocabulary_size: int, outputs: int) -> HeadedEncoder:
        """It takes what collate makes."""

    def collate(self, examples: Sequence[Example]) -> tuple[Any, Tensor, Sequence[int]]:
        """The network's input; the right answers in the order of its scores; and the order of the examples there, as
        many scores for each as it has units."""

    def class_weights(self, examples: Sequence[Example], error_name: str) -> Tensor:
        """What loss takes so that classes count alike, however rare. Errors: error_name if the kind has none."""

    def prior_loss(self, right: Sequence[Any]) -> float:
        """The mean loss of one who knows how frequent each answer is, and reads no text. right: as in examples."""

    def loss(self, scores: Tensor, right: Tensor, weights: Tensor | None) -> Tensor:
        """Summed; the trainer divides by the examples' units."""

    def settings(self, config: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Any]:
        """config.json of the trained model, from the base model's."""

    def manifest(self, labels: Sequence[str], algorithm: str) -> dict[str, Any]:
        """What its manifest says besides."""

    def keep(self, scores: Tensor) -> Tensor:
        """What validate needs of the network's scores [units, columns]."""

    def validate(
        self, rows: Sequence[Any], outputs: Sequence[str], kept: Tensor, by_label: bool, precision: float
    ) -> Validation:
        """kept: of all units of the rows, in their order. by_label, precision: as of fit_decision."""

    def decide(self, validation: Validation | None) -> dict[str, Any] | None:
        """decision.json, where the kind has one."""

    # Evaluate

    def answer(
        self, model: ModelFolder, rows: Rows, device: torch.device, error_name: str, on_batch: OnBatch
    ) -> Answers: ...

    def right_answers(self, rows: Rows) -> Answers: ...

    def only(self, labels: Sequence[str], answers: Answers) -> Answers:
        """The answers as if there were no other labels."""

    def count(self, right: Any, given: Any, labels: Sequence[str]) -> Counts:
        """Of one document, whose answers name none but these labels."""

    def line(self, labels: Sequence[str], right: Any, given: Any, champions: Any | None) -> dict[str, Any]:
        """What a document's line in documents.jsonl has besides the counts."""

    def measure(
        self, model: ModelFolder, labels: Sequence[str], right: Answers, given: Answers, error_name: str
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """What is shown of a model and not decided on, over the test side's labels: of all, and by label."""

    def baselines(self, labels: Sequence[str], right: Answers) -> dict[str, Answers]:
        """Answers that need no model. With labels of the right answers alone."""

    def compare(self, rows: Sequence[Any], right: Any, given: Any) -> Comparison:
        """What one document has and what a model says of it, item by item; and which label was taken for which."""

    def count_training(self, file: Path, keys: AbstractSet[str], error_name: str) -> dict[str, int]:
        """How often each of the items' keys stands in train.jsonl, which is read line by line."""

    def separated_by(self, rows: Rows, labels: Sequence[str]) -> dict[str, Any] | None:
        """A word that gives the answer away, where there is one."""
