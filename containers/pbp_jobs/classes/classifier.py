"""BERT as a classifier of texts of any length: what its windows say is pooled, so that no part of a text is left out.

Not transformers' BertForSequenceClassification, which reads the first window alone and by another head: config.json
names a model_type of our own, so that nobody opens it as that and gets other answers.

How windows are pooled was measured on 2,357 transcriptions with 40 specialties, by heads on the frozen vectors of
windows of 254 pieces (bench/jobs/pooling_bench.py; micro F1, macro F1 and mean average precision of the test texts):
the first window alone 76.6, 54.9, 68.9; the maximum of the windows' scores 72.8, 44.4, 64.7; learnt attention over the
windows 75.1, 54.3, 69.1; the mean of all pieces 78.1, 55.8, 72.8, taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from ..batches import Batch, Example, collate, cut_by_pieces, plan_inference
from ..contract import JobError
from ..hardware import pieces_together
from ..model import HeadedEncoder, check_config, check_room, load_trained
from ..model_folder import ModelFolder
from ..tagger import PIECES_TOGETHER
from ..tokens import load_tokenizer
from .texts import cut_texts

MODEL_TYPE = "pbp-bert"
PIECES_OF_A_PART = 16384
# Parts of a step hold half as many pieces again at most; more are of one text. What its parts need on the way back is
# computed again then, instead of kept: the memory does not grow with the text.
KEPT = 1.5


@contextmanager
def drawing_from(generator: torch.Generator, state: Tensor) -> Iterator[None]:
    """From this state of the generator, which goes on afterwards where it was."""
    before = generator.get_state()
    generator.set_state(state)
    try:
        yield
    finally:
        generator.set_state(before)


@dataclass(frozen=True)
class TextBatch:
    parts: list[Batch]
    shares: Tensor  # [texts, windows]: the share of a text's pieces that a window has, windows in the parts' order

    def to(self, device: torch.device) -> TextBatch:
        return TextBatch([part.to(device) for part in self.parts], self.shares.to(device))


class Classifier(HeadedEncoder):
    """Windows in, a score for each class and text out: a linear layer on the mean state of all of a text's pieces."""

    def forward(self, batch: TextBatch) -> Tensor:
        """Scores [texts, classes]."""
        scores: Tensor = self.classifier(self.drop(self.vectors(batch)))
        return scores

    def vectors(self, batch: TextBatch) -> Tensor:
        """A vector of each text [texts, hidden]."""
        pieces = sum(len(part.pieces) for part in batch.parts)
        if self.training and pieces > KEPT * pieces_together(batch.shares.device):
            windows = [
                checkpoint(
                    self.means, part, use_reentrant=False, preserve_rng_state=False, context_fn=self.drawing_twice
                )
                for part in batch.parts
            ]
        else:
            windows = [self.means(part) for part in batch.parts]
        return batch.shares @ torch.cat(windows).float()

    def drawing_twice(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """For `checkpoint`: what dropout draws in the first is drawn again in the second. Its own care for random
        numbers knows neither our generator nor, since a Batch is no tensor, that there is a GPU's."""
        device = self.classifier.weight.device
        of_device = torch.cuda.default_generators[device.index] if device.type == "cuda" else torch.default_generator
        generator = self.drop.generator or of_device
        return nullcontext(), drawing_from(generator, generator.get_state())

    def means(self, part: Batch) -> Tensor:
        """The mean state of each window [windows, hidden]."""
        states = torch.split(self.encode(part), [windows * length for windows, length in part.runs])
        return torch.cat(
            [run.view(windows, length, -1).mean(1) for run, (windows, length) in zip(states, part.runs, strict=True)]
        )


def collate_texts(examples: Sequence[Example]) -> TextBatch:
    windows = [(window, text) for text, example in enumerate(examples) for window in example.windows]
    lengths = [len(window.pieces) for window, _ in windows]
    order = sorted(range(len(windows)), key=lengths.__getitem__)
    pieces = [sum(len(window.pieces) for window in example.windows) for example in examples]
    parts, places = [], list[int]()
    for some in cut_by_pieces(order, lengths, PIECES_OF_A_PART):
        batch, inside = collate([windows[index][0] for index in some])
        parts.append(batch)
        places += [some[index] for index in inside]
    shares = torch.zeros(len(examples), len(windows))
    for column, index in enumerate(places):
        text = windows[index][1]
        shares[text, column] = lengths[index] / pieces[text]
    return TextBatch(parts, shares)


def score_examples(
    network: Callable[[TextBatch], Tensor],
    examples: Sequence[Example],
    device: torch.device,
    on_batch: Callable[[int, int], None],
) -> Tensor:
    """What the network makes of each text, in order and in float32, on every machine. on_batch(texts done, texts)."""
    lengths = [sum(len(window.pieces) for window in example.windows) for example in examples]
    rows: list[Tensor | None] = [None] * len(examples)
    done = 0
    with torch.inference_mode():
        for indices in plan_inference(lengths, PIECES_TOGETHER[device.type]):
            made = network(collate_texts([examples[index] for index in indices]).to(device)).float().cpu()
            for index, row in zip(indices, made, strict=True):
                rows[index] = row
            done += len(indices)
            on_batch(done, len(examples))
    return torch.stack([row for row in rows if row is not None])


def load_classifier(model: ModelFolder, error_name: str) -> Classifier:
    """Errors: error_name when the weights are not those of the classifier that config.json describes."""
    config = {**model.config, "model_type": "bert"}
    if model.config.get("model_type") != MODEL_TYPE:
        raise JobError(error_name, f"config.json: expected the model_type {MODEL_TYPE}")
    check_config(config, error_name)
    network = Classifier(config, config["vocab_size"], len(model.outputs))
    return load_trained(network, model.folder, config, "a row a class", error_name)


def score_texts(
    model: ModelFolder,
    texts: Sequence[str],
    device: torch.device,
    error_name: str,
    on_batch: Callable[[int, int], None],
) -> Tensor:
    """Scores [texts, classes] of a trained model, before temperature and thresholds."""
    assert model.lower_case is not None and model.max_length is not None
    tokenizer = load_tokenizer(model.folder, model.lower_case, error_name)
    network = load_classifier(model, error_name).to(device)
    check_room(model.config, model.max_length, tokenizer, error_name)
    examples = [Example(windows, None, 1) for windows in cut_texts(texts, tokenizer, model.max_length)]
    if not examples:
        return torch.zeros(0, len(model.outputs))
    return score_examples(network, examples, device, on_batch)
