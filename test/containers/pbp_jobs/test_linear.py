"""scikit-learn is the oracle of the regression; that the readers score alike is in test/reader/linear.test.ts."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

from pbp_jobs.contract import CONTAINERS, JobError
from pbp_jobs.linear.design import Dense, Sparse, compressed
from pbp_jobs.linear.features import Hashing, count_features
from pbp_jobs.linear.model import LinearModel, load_linear, save_linear, train_linear
from pbp_jobs.linear.regression import Fitted, fit

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import LogisticRegression

Gold = NDArray[np.bool_]
WORDS = ["fever", "cough", "fracture", "wrist", "knee", "pain", "rash", "eczema", "eye", "retina", "chest", "troponin"]
HOSTILE = [
    "",
    " \t\n\u2028",
    "\ud800",
    "\udc00\ud800 x",
    "a\u200db \ufeff\u00ad",
    "x" * 5000,
    "\U0001f600" * 300,
    "\u0130I\u0131i \u1e9e\u00df \u03a3\u03c3\u03c2 \u0141\u0142",
    "\ufb01\u0301e\u0301 \u00e9",
    "\u6f22\u5b57 \uac00\u1100\u1161",
    "\x00\x01\x02",
    "\U0010ffff\U000e0100",
    "!?!? ... #a_b@c.d",
]


def make_texts(documents: int, classes: int, seed: int) -> tuple[list[str], Gold]:
    """Notes of words of which some come with a class; one class each."""
    choose = random.Random(seed)
    numbers = [choose.randrange(classes) for _ in range(documents)]
    texts = [
        " ".join(
            choose.choice(WORDS[number % len(WORDS) :][:2]) if choose.random() < 0.4 else choose.choice(WORDS)
            for _ in range(choose.randint(3, 25))
        )
        for number in numbers
    ]
    return texts, np.arange(classes) == np.array(numbers)[:, None]


def sparse_and_dense(seed: int) -> tuple[NDArray[np.float64], Sparse]:
    numbers = np.random.default_rng(seed)
    matrix = numbers.random((150, 400)) * (numbers.random((150, 400)) < 0.05)
    starts = np.concatenate([[0], np.cumsum((matrix != 0).sum(1))])
    places = torch.from_numpy(starts), torch.from_numpy(matrix.nonzero()[1].copy())
    return matrix, Sparse(compressed(*places, torch.from_numpy(matrix[matrix != 0]), (150, 400)))


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("strength", [0.3, 10.0])
def test_finds_the_multinomial_optimum_that_scikit_learn_finds(strength: float, balanced: bool) -> None:
    matrix, design = sparse_and_dense(seed=1)
    numbers = np.random.default_rng(2).choice(4, 150, p=[0.5, 0.3, 0.15, 0.05])
    theirs = LogisticRegression(C=strength, tol=1e-9, max_iter=5000, class_weight="balanced" if balanced else None).fit(
        matrix, numbers
    )
    gold = torch.from_numpy((np.arange(4) == numbers[:, None]).astype(np.float64))
    for chosen in (design, Dense(torch.from_numpy(matrix))):
        ours = fit(chosen, gold, True, strength, balanced, tolerance=1e-8, most_iterations=2000)
        np.testing.assert_allclose(ours.weights.numpy().T, theirs.coef_, atol=2e-5)
        # The biases may all move together, which changes no probability.
        np.testing.assert_allclose(centred(ours.bias.numpy()), centred(theirs.intercept_), atol=2e-5)


@pytest.mark.parametrize("balanced", [False, True])
def test_finds_each_labels_optimum_that_scikit_learn_finds(balanced: bool) -> None:
    matrix, design = sparse_and_dense(seed=3)
    gold = np.random.default_rng(4).random((150, 5)) < [0.5, 0.3, 0.1, 0.03, 0.9]
    target = torch.from_numpy(gold.astype(np.float64))
    for chosen in (design, Dense(torch.from_numpy(matrix))):
        ours = fit(chosen, target, False, 5.0, balanced, tolerance=1e-8, most_iterations=2000)
        for label in range(5):
            theirs = LogisticRegression(
                C=5.0, tol=1e-9, max_iter=5000, class_weight="balanced" if balanced else None
            ).fit(matrix, gold[:, label])
            np.testing.assert_allclose(ours.weights.numpy()[:, label], theirs.coef_[0], atol=2e-5)
            assert ours.bias[label].item() == pytest.approx(theirs.intercept_[0], abs=2e-5)


def test_decides_in_float32_and_with_its_usual_patience_as_scikit_learn_does() -> None:
    texts, gold = make_texts(documents=600, classes=6, seed=5)
    model, training = train_linear(texts[:400], gold[:400], True, 10.0)
    scores = model.scores(texts[400:])
    matrix = dense(model, texts)
    theirs = LogisticRegression(C=10.0, max_iter=1000).fit(matrix[:400], gold[:400].argmax(1))
    agreed = scores.argmax(1) == theirs.predict(matrix[400:])
    assert agreed.mean() > 0.97
    likely = theirs.predict_proba(matrix[:400])[gold[:400]]
    assert training.loss == pytest.approx(-np.log(likely).mean(), rel=0.02)
    assert (scores.argmax(1) == gold[400:].argmax(1)).mean() > 0.6


def dense(model: LinearModel, texts: list[str]) -> NDArray[np.float64]:
    """The features as scikit-learn takes them, by way of what makes scores: a label for each feature."""
    width = len(model.buckets)
    unit = np.eye(width, dtype=np.int16)
    scale, bias = np.full(width, 2.0**-20, np.float32), np.zeros(width, np.float32)
    return LinearModel(model.hashing, model.buckets, model.rarities, unit, scale, bias).scores(texts)


def centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values - values.mean()


def test_texts_that_are_counted_together_are_counted_as_each_alone() -> None:
    hashing = Hashing(bits=12, words=(1, 3), characters=(2, 5))
    together = count_features(HOSTILE, hashing)
    for number, text in enumerate(HOSTILE):
        alone = count_features([text], hashing)
        own = slice(together.starts[number], together.starts[number + 1])
        assert together.buckets[own].tolist() == alone.buckets.tolist(), ascii(text)
        assert together.counts[own].tolist() == alone.counts.tolist(), ascii(text)
    assert count_features([], hashing).starts.tolist() == [0]


def test_two_halves_held_apart_are_the_character_that_javascript_sees() -> None:
    hashing = Hashing(bits=20, words=(1, 2), characters=(2, 5))
    one, other = (count_features([text], hashing) for text in ("a\U0001f600b", "a\ud83d\ude00b"))
    assert one.buckets.tolist() == other.buckets.tolist()


SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from test_linear import digest_of_training
print(digest_of_training(Path(sys.argv[3])))
"""


def digest_of_training(folder: Path) -> str:
    texts, gold = make_texts(documents=200, classes=7, seed=6)
    digest = hashlib.sha256()
    for exclusive in (True, False):
        model, training = train_linear(texts, gold, exclusive, 10.0)
        save_linear(model, training, [str(number) for number in range(7)], "multi-label", folder)
        digest.update((folder / "linear.safetensors").read_bytes() + (folder / "linear.json").read_bytes())
    return digest.hexdigest()


def test_the_same_input_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    folders = [str(CONTAINERS), str(Path(__file__).parent), str(tmp_path)]
    other = subprocess.run([sys.executable, "-c", SCRIPT, *folders], check=True, capture_output=True, text=True)
    assert other.stdout == digest_of_training(tmp_path) + "\n"


@pytest.mark.parametrize("exclusive", [True, False])
def test_takes_hostile_texts_and_a_label_that_is_never_seen(exclusive: bool) -> None:
    texts, gold = make_texts(documents=60, classes=3, seed=7)
    texts += HOSTILE
    gold = np.concatenate([gold, np.arange(3) == np.zeros((len(HOSTILE), 1))])
    gold = np.concatenate([gold, np.zeros((len(gold), 1), np.bool_)], 1)
    model, _ = train_linear(texts, gold, exclusive, 10.0)
    scores = model.scores(texts)
    assert np.isfinite(scores).all()
    assert not (scores.argmax(1) == 3).any()
    assert (scores[:, 3] < 0).all()
    # A text without a known feature has the bias alone.
    assert model.scores([""])[0].tolist() == model.bias.tolist()
    assert model.scores([]).shape == (0, 4)


@pytest.mark.parametrize(("texts", "labels"), [(["one", "two"], 2), (["", ""], 2), (["alone"], 1)])
def test_trains_where_no_feature_is_in_two_documents(texts: list[str], labels: int) -> None:
    model, training = train_linear(texts, np.eye(len(texts), labels, dtype=np.bool_), True, 10.0)
    assert len(model.buckets) == 0 or texts[0] != texts[1]
    assert np.isfinite(model.scores([*texts, "three"])).all() and np.isfinite(training.loss)


def test_takes_a_thousand_labels() -> None:
    numbers = [place % 1000 for place in range(2000)]
    texts = [f"word{number} {WORDS[place % 7]}" for place, number in enumerate(numbers)]
    gold = np.arange(1000) == np.array(numbers)[:, None]
    model, _ = train_linear(texts, gold, True, 10.0)
    assert (model.scores(texts).argmax(1) == numbers).mean() > 0.99


def test_counts_rare_classes_alike_when_asked_to() -> None:
    texts, gold = make_texts(documents=600, classes=2, seed=9)
    few = np.flatnonzero(gold[:, 1])[30:]
    texts = [text for place, text in enumerate(texts) if place not in few]
    gold = np.delete(gold, few, 0)
    plain, balanced = (
        train_linear(texts, gold, True, 10.0, weights)[0].scores(texts).argmax(1).sum()
        for weights in ("none", "balanced")
    )
    assert balanced > plain


def test_a_stop_is_asked_for_at_each_iteration() -> None:
    texts, gold = make_texts(documents=50, classes=3, seed=10)
    seen: list[int] = []
    _, training = train_linear(texts, gold, True, 10.0, step=lambda iteration, loss: seen.append(iteration))
    assert seen == list(range(training.iterations + 1))


def trained(folder: Path) -> LinearModel:
    texts, gold = make_texts(documents=80, classes=3, seed=11)
    model, training = train_linear(texts, gold, True, 10.0)
    save_linear(model, training, ["-1", "0", "5 stars"], "single-label", folder)
    return model


def test_reads_back_what_it_wrote(tmp_path: Path) -> None:
    model = trained(tmp_path)
    again = load_linear(tmp_path, "EvaluationFailed")
    assert again.scores(HOSTILE).tolist() == model.scores(HOSTILE).tolist()
    config = json.loads((tmp_path / "config.json").read_bytes())
    assert config["id2label"] == {"0": "-1", "1": "0", "2": "5 stars"}
    assert config["problem_type"] == "single_label_classification"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "linear.json", "linear.safetensors"]


def test_no_word_of_a_text_is_in_the_archive(tmp_path: Path) -> None:
    trained(tmp_path)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir()).lower()
    assert not [word for word in WORDS if word.encode() in content]


@pytest.mark.parametrize(
    ("name", "tensors"),
    [
        ("a bias for one label less", {"bias": np.zeros(2, np.float32)}),
        ("a bucket too many", {"buckets": np.zeros(9999, np.int32)}),
        ("another tensor", {"names": np.zeros(1, np.int32)}),
        ("weights in a row", {"weights": np.zeros(3, np.int16)}),
    ],
)
def test_refuses_tensors_of_another_form(tmp_path: Path, name: str, tensors: dict[str, NDArray[np.int32]]) -> None:
    trained(tmp_path)
    save_file(load_file(tmp_path / "linear.safetensors") | tensors, tmp_path / "linear.safetensors")
    with pytest.raises(JobError, match=r"^linear\.safetensors: expected"):
        load_linear(tmp_path, "EvaluationFailed")


def test_refuses_a_damaged_file_and_a_format_of_later(tmp_path: Path) -> None:
    trained(tmp_path)
    settings = json.loads((tmp_path / "linear.json").read_bytes())
    (tmp_path / "linear.json").write_text(json.dumps(settings | {"format": 2}), "utf-8")
    with pytest.raises(JobError, match=r"linear\.json: expected format 1"):
        load_linear(tmp_path, "EvaluationFailed")
    (tmp_path / "linear.json").write_text(json.dumps(settings), "utf-8")
    (tmp_path / "linear.safetensors").write_bytes(b"damaged")
    with pytest.raises(JobError, match=r"linear\.safetensors: expected"):
        load_linear(tmp_path, "EvaluationFailed")


def test_fits_a_problem_that_is_solved_at_the_start() -> None:
    ended = fit(Dense(torch.zeros(4, 0)), torch.tensor([[1.0], [0.0], [1.0], [0.0]]), False, 1.0)
    assert isinstance(ended, Fitted)
    assert ended.weights.shape == (0, 1)
