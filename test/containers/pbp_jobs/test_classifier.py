"""Windows of long texts, and the classifier over them against transformers' encoder."""

from __future__ import annotations

import os
import random
from pathlib import Path

from pbp_jobs.batches import Example
from pbp_jobs.classes import classifier
from pbp_jobs.classes.classifier import Classifier, collate_texts
from pbp_jobs.classes.texts import cut_texts
from pbp_jobs.kinds import KINDS
from pbp_jobs.model import check_config, from_transformers
from pbp_jobs.tokens import load_tokenizer

import pytest
import torch
from job_folders import read
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

SEED = int(os.environ.get("PBP_TEST_SEED", random.SystemRandom().randrange(2**32)))
LENGTH = 16


def make_texts() -> list[str]:
    print(f"seed {SEED}: repeat with PBP_TEST_SEED={SEED}")
    some = random.Random(SEED)
    words = ["fever", "kidney", "qq", "x" * 9, "-", "Pneumonia", "\u200d", "q" * 40]
    return ["", " ", *(" ".join(some.choices(words, k=some.randint(1, 60))) for _ in range(30))]


def load(base: Path, dropout: float = 0.0) -> tuple[Classifier, dict[str, object]]:
    config = read(base / "config.json") | {"hidden_dropout_prob": dropout}
    check_config(config, "TrainingFailed")
    torch.manual_seed(0)
    network = Classifier(config, config["vocab_size"], 5)
    weights = from_transformers(load_file(base / "model.safetensors"), config, "TrainingFailed")
    network.load_state_dict(network.state_dict() | weights)
    return network, config


def test_the_windows_hold_every_piece_once_and_cut_no_word_that_fits(clinical_base: Path) -> None:
    tokenizer = load_tokenizer(clinical_base, False, "TrainingFailed")
    texts = make_texts()
    for text, windows in zip(texts, cut_texts(texts, tokenizer, LENGTH), strict=True):
        encoding = tokenizer.encode(text, add_special_tokens=False)
        assert [piece for window in windows for piece in window.pieces[1:-1]] == encoding.ids
        assert all(len(window.pieces) <= LENGTH for window in windows)
        for window in windows[1:]:
            if encoding.word_ids[window.start] == encoding.word_ids[window.start - 1]:
                first = encoding.word_ids.index(encoding.word_ids[window.start])
                assert (window.start - first) % (LENGTH - 2) == 0  # of a word that fills a window alone


def test_scores_the_mean_of_all_windows_as_transformers_encodes_them(clinical_base: Path) -> None:
    network, config = load(clinical_base)
    theirs = BertModel(BertConfig(**config), add_pooling_layer=False)  # type: ignore[arg-type]
    theirs.load_state_dict(load_file(clinical_base / "model.safetensors"))
    theirs.eval()
    windows = cut_texts(make_texts(), load_tokenizer(clinical_base, False, "TrainingFailed"), LENGTH)
    with torch.inference_mode():
        scores = network.eval()(collate_texts([Example(some, None, 1) for some in windows]))
        for row, some in zip(scores, windows, strict=True):
            states = [theirs(torch.tensor([window.pieces])).last_hidden_state[0] for window in some]
            expected = network.classifier(torch.cat(states).mean(0))
            torch.testing.assert_close(row, expected, atol=2e-5, rtol=1e-4)


def test_a_text_too_long_for_the_memory_has_the_same_gradients(
    clinical_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With dropout: what is computed again on the way back drops the same."""
    windows = cut_texts(make_texts(), load_tokenizer(clinical_base, False, "TrainingFailed"), LENGTH)
    examples = [Example(some, torch.tensor([True, False, False, True, False]), 1) for some in windows]
    gradients = []
    for kept in (10**6, 200):
        monkeypatch.setattr(classifier, "PIECES_OF_A_PART", kept)
        monkeypatch.setattr(classifier, "pieces_together", lambda _device, kept=kept: kept)
        network, _ = load(clinical_base, dropout=0.0)
        batch, right, _ = KINDS["multi-label"].collate(examples)
        assert (len(batch.parts) > 1) == (kept == 200)
        KINDS["multi-label"].loss(network.train()(batch), right, None).backward()
        gradients.append(torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None]))
    torch.testing.assert_close(gradients[0], gradients[1], atol=1e-4, rtol=1e-3)
