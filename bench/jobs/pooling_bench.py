"""How the windows of a long text become one answer: the first alone, their mean, the maximum, attention over them.

    .venv/bin/python bench/jobs/pooling_bench.py <export of classes with long texts>

The base model is frozen: each window is the mean of its pieces' states, as a frozen model makes them, and heads are
fitted on these by L-BFGS with the same loss and regularization. The sides are linear_bench's. The mean is what
containers/pbp_jobs/classes/classifier.py does; the other three are only here.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "containers"))

from pbp_jobs.base_model import read_base_model
from pbp_jobs.batches import Example
from pbp_jobs.classes.classifier import Classifier, score_examples
from pbp_jobs.classes.texts import cut_texts
from pbp_jobs.contract import read_json
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.model import from_transformers
from pbp_jobs.tokens import load_tokenizer

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom
from job_folder import make_base_model
from linear_bench import STRENGTH, Data, Scores, decide, read
from numpy.typing import NDArray
from recording.record import keep_figure
from safetensors.torch import load_file
from sklearn.metrics import average_precision_score, f1_score
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

WINDOW = 254
ERROR = "BenchFailed"

Parameters = dict[str, Tensor]
# States [texts, windows, hidden], the share of a text's pieces that each window has (0: none there) -> scores.
Pooling = Callable[[Tensor, Tensor, Parameters], Tensor]


def first(states: Tensor, _shares: Tensor, head: Parameters) -> Tensor:
    return states[:, 0] @ head["weights"] + head["bias"]


def mean(states: Tensor, shares: Tensor, head: Parameters) -> Tensor:
    return (shares[:, None] @ states)[:, 0] @ head["weights"] + head["bias"]


def maximum(states: Tensor, shares: Tensor, head: Parameters) -> Tensor:
    scores = states @ head["weights"] + head["bias"]
    return scores.masked_fill(shares[..., None] == 0, -torch.inf).amax(1)


def attention(states: Tensor, shares: Tensor, head: Parameters) -> Tensor:
    weights = (states @ head["query"]).masked_fill(shares == 0, -torch.inf).softmax(1)
    return (weights[:, None] @ states)[:, 0] @ head["weights"] + head["bias"]


POOLINGS: dict[str, Pooling] = {"first window": first, "mean": mean, "maximum": maximum, "attention": attention}


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare ways to pool the windows of long texts.")
    parser.add_argument("export", type=Path)
    options = parser.parse_args()
    data = read(options.export)
    windows = read_windows([*data.train.texts, *data.validation.texts, *data.test.texts])
    most = max(len(states) for states, _ in windows.values())
    print(f"{len(windows):,} texts, {len(data.labels)} labels, at most {most} windows of {WINDOW} pieces")
    print(f"{'':14}{'micro F1':>10}{'error':>8}{'macro F1':>10}{'mean AP':>10}")
    for name, pool in POOLINGS.items():
        score = fitted(pool, windows, data)
        said = decide(data, score)
        supported = data.test.gold.any(0)
        micro = f1_score(data.test.gold, said, average="micro", zero_division=0)
        macro = f1_score(data.test.gold[:, supported], said[:, supported], average="macro", zero_division=0)
        ranking = average_precision_score(data.test.gold[:, supported], score(data.test.texts)[:, supported])
        print(f"{name:14}{micro:10.4f}{error_of(data.test.gold, said):8.4f}{macro:10.4f}{ranking:10.4f}", flush=True)
        for what, value in (("micro F1", micro), ("macro F1", macro), ("mean average precision", ranking)):
            keep_figure(f"{name}: {what}", 100 * value, "%")


def read_windows(texts: Sequence[str]) -> dict[str, tuple[Tensor, Tensor]]:
    """Of each text the mean states of its windows [windows, hidden], and their shares of its pieces [windows]."""
    with tempfile.TemporaryDirectory() as folder:
        make_base_model(Path(folder) / "base")
        base = read_base_model(Path(folder) / "base", ERROR)
        config = read_json(base.folder / "config.json", ERROR)
        tokenizer = load_tokenizer(base.folder, base.lower_case, ERROR)
        weights = from_transformers(load_file(base.folder / "model.safetensors"), config, ERROR)
    network = Classifier(config, config["vocab_size"], 1).eval()
    network.load_state_dict(network.state_dict() | weights)
    cut = cut_texts(texts, tokenizer, WINDOW)
    alone = [Example([window], None, 1) for some in cut for window in some]

    def on_batch(done: int, total: int) -> None:
        print(f"\r{done:,} of {total:,} windows", end="", file=sys.stderr, flush=True)

    states = score_examples(network.vectors, alone, choose_hardware("TrainingFailed")[0], on_batch)
    print(file=sys.stderr)
    lengths = [torch.tensor([float(len(window.pieces)) for window in some]) for some in cut]
    of_texts = torch.split(states / states.norm(dim=1).mean(), [len(some) for some in cut])
    return {text: (some, length / length.sum()) for text, some, length in zip(texts, of_texts, lengths, strict=True)}


def fitted(pool: Pooling, windows: dict[str, tuple[Tensor, Tensor]], data: Data) -> Callable[[Sequence[str]], Scores]:
    """A head on the training side, as a function from texts to scores [texts, labels]."""

    def padded(texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        states, shares = zip(*(windows[text] for text in texts), strict=True)
        return pad_sequence(list(states), batch_first=True), pad_sequence(list(shares), batch_first=True)

    train = padded(data.train.texts)
    hidden = train[0].shape[2]
    head = {
        "weights": torch.zeros(hidden, len(data.labels), requires_grad=True),
        "bias": torch.zeros(len(data.labels), requires_grad=True),
        "query": torch.zeros(hidden, requires_grad=True),
    }
    gold = torch.from_numpy(data.train.gold).float()
    search = torch.optim.LBFGS(head.values(), max_iter=500, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        scores = pool(*train, head)
        if data.exclusive:
            error = F.cross_entropy(scores, gold, reduction="sum")
        else:
            error = F.binary_cross_entropy_with_logits(scores, gold, reduction="sum")
        total = STRENGTH * error + (head["weights"].square().sum() + head["query"].square().sum()) / 2
        torch.autograd.backward(total)
        return total

    search.step(loss)  # type: ignore[no-untyped-call]

    def score(texts: Sequence[str]) -> Scores:
        with torch.no_grad():
            return pool(*padded(texts), head).double().numpy()

    return score


def error_of(gold: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    """The standard error of micro F1, by drawing the texts 500 times with replacement."""
    draws = np.random.default_rng(1).integers(len(gold), size=(500, len(gold)))
    return float(np.std([f1_score(gold[drawn], said[drawn], average="micro", zero_division=0) for drawn in draws]))


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", file=sys.stderr)
    main()
