"""The linear model against scikit-learn's TF-IDF with logistic regression, side by side in one process.

    .venv/bin/python bench/jobs/linear_bench.py <export of classes> ...

TF-IDF takes words (1 and 2 in a row) and characters (2 to 5, within words), sublinear, in at least two documents, and
C = 10, as ours. Where classes exclude each other scikit-learn fits by L-BFGS, which is multinomial, else by liblinear
for each label, the faster of its ways. Sides are the export's, else a fifth by a digest of the folded text; a tenth of
the training side finds the one threshold of several labels, of both. Macro F1 is the mean over the labels that the
test side has. CPU seconds are of all threads, from texts to a trained model; sizes are of linear.safetensors and of a
pickle.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import pickle
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "containers"))

from pbp_jobs.linear.model import save_linear, train_linear
from pbp_jobs.probabilities import logistic

import numpy as np
from export_rows import export_name
from numpy.typing import NDArray
from recording.record import keep_figure
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union

STRENGTH = 10.0
THRESHOLDS = np.arange(0.02, 0.99, 0.01)

Gold = NDArray[np.bool_]
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    texts: list[str]
    gold: Gold


@dataclass(frozen=True)
class Data:
    labels: list[str]
    exclusive: bool
    train: Side
    validation: Side
    test: Side


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exports", type=Path, nargs="+", help="exports of classes, plain or gzipped")
    options = parser.parse_args()
    print("| export | train, test, labels | model | accuracy | macro F1 | micro F1 | CPU s | ratio | MB |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for export in options.exports:
        data = read(export)
        sizes = f"{len(data.train.texts):,}, {len(data.test.texts):,}, {len(data.labels)}"
        name = export_name(export)
        seconds: dict[str, float] = {}
        for model, train in (("TF-IDF + LR", train_theirs), ("ours", train_ours)):
            started = time.process_time()
            score, (size_bytes, seconds_saving) = train(data)
            seconds[model] = time.process_time() - started - seconds_saving
            said = decide(data, score)
            ratio = "" if model != "ours" else f"{seconds['TF-IDF + LR'] / seconds[model]:.1f}"
            accuracy = (said == data.test.gold).all(1).mean()
            supported = data.test.gold.any(0)
            macro = f1_score(data.test.gold[:, supported], said[:, supported], average="macro", zero_division=0)
            micro = f1_score(data.test.gold, said, average="micro", zero_division=0)
            scores = [f"{100 * value:.1f}" for value in (accuracy, macro, micro)]
            cost = [f"{seconds[model]:.1f}", ratio, f"{size_bytes / 1e6:.1f}"]
            print(f"| {' | '.join([name, sizes, model, *scores, *cost])} |", flush=True)
            keep_figure(f"{name}, {model}: accuracy", 100 * accuracy, "%")
            keep_figure(f"{name}, {model}: macro F1", 100 * macro, "%")
            keep_figure(f"{name}, {model}: micro F1", 100 * micro, "%")
            keep_figure(f"{name}, {model}: size", size_bytes / 1e6, "MB")
            beside = "scikit-learn" if model == "ours" else None
            keep_figure(
                f"{name}, {model}: training", seconds[model], "CPU s", beside, seconds["TF-IDF + LR"] / seconds[model]
            )
    print(f"\nload {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


Trained = tuple[Callable[[Sequence[str]], Scores], tuple[int, float]]


def train_ours(data: Data) -> Trained:
    model, training = train_linear(data.train.texts, data.train.gold, data.exclusive, STRENGTH)
    started = time.process_time()
    with TemporaryDirectory() as folder:
        save_linear(model, training, data.labels, "single-label", Path(folder))
        size = (Path(folder) / "linear.safetensors").stat().st_size
    return model.scores, (size, time.process_time() - started)


def train_theirs(data: Data) -> Trained:
    vectors = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
    )
    if data.exclusive:
        model = make_pipeline(vectors, LogisticRegression(C=STRENGTH, max_iter=1000))
        model.fit(data.train.texts, data.train.gold.argmax(1))
        present = model.classes_
    else:
        model = make_pipeline(vectors, OneVsRestClassifier(LogisticRegression(C=STRENGTH, solver="liblinear")))
        model.fit(data.train.texts, data.train.gold)
        present = np.arange(len(data.labels))
    started = time.process_time()
    size = len(pickle.dumps(model))

    def score(texts: Sequence[str]) -> Scores:
        scores = np.full((len(texts), len(data.labels)), -1e9)
        found = model.predict_proba(texts)
        scores[:, present] = np.log(found) - (0 if data.exclusive else np.log1p(-found))
        return scores

    return score, (size, time.process_time() - started)


def decide(data: Data, score: Callable[[Sequence[str]], Scores]) -> Gold:
    scores = score(data.test.texts)
    if data.exclusive:
        return np.asarray(scores.argmax(1)[:, None] == np.arange(len(data.labels)))
    shares = logistic(score(data.validation.texts))

    def micro(threshold: float) -> float:
        return float(f1_score(data.validation.gold, shares >= threshold, average="micro", zero_division=0))

    return np.asarray(logistic(scores) >= max(THRESHOLDS, key=micro))


def read(export: Path) -> Data:
    stored = export.read_bytes()
    content = json.loads(gzip.decompress(stored) if export.suffix == ".gz" else stored)
    labels: list[str] = content["labels"]
    number_of = {label: number for number, label in enumerate(labels)}
    documents: dict[str, tuple[str, str, set[int]]] = {}
    for record in content["records"]:
        folded = " ".join(record["text"].split()).lower().encode()
        key = hashlib.sha256(folded).hexdigest()
        side = record.get("split") or ("test" if int(key[:8], 16) % 5 == 0 else "train")
        if side == "train" and int(hashlib.sha256(b"validation" + folded).hexdigest()[:8], 16) % 10 == 0:
            side = "validation"
        *_, numbers = documents.setdefault(key, (side, record["text"], set()))
        if content["kind"] == "multi-label" or not numbers:
            numbers.update(number_of[name] for name in record["classes"])

    def of(name: str) -> Side:
        chosen = [(text, numbers) for side, text, numbers in documents.values() if side == name]
        gold = np.zeros((len(chosen), len(labels)), np.bool_)
        for row, (_, numbers) in zip(gold, chosen, strict=True):
            row[list(numbers)] = True
        return Side([text for text, _ in chosen], gold)

    return Data(labels, content["kind"] == "single-label", of("train"), of("validation"), of("test"))


if __name__ == "__main__":
    main()
