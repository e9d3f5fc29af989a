from __future__ import annotations

import json
from pathlib import Path

from pbp_jobs.contract import JobError
from pbp_jobs.kinds import KINDS
from pbp_jobs.tokens import (
    Row,
    cut_windows,
    load_tokenizer,
    lowers,
    parse_row,
    read_labels,
    tags_of,
    word_piece_tokenizer,
    write_tokenizer,
)

import pytest
from job_folders import LABELS, make_rows
from transformers import AutoTokenizer


def rows_of(*sentences: list[str]) -> list[Row]:
    return [Row("d" * 16, words, ["O"] * len(words)) for words in sentences]


def test_every_word_is_in_exactly_one_window(clinical_base: Path) -> None:
    tokenizer = load_tokenizer(clinical_base, False, "TrainingFailed")
    rows = [Row(row["document"], row["tokens"], row["tags"]) for row in make_rows(20, seed=5)]
    rows += rows_of(["fever", "chest"] * 100, ["q" * 90] * 3, ["\u200d"], ["z" * 500, "CT"])
    for longest in (16, 20, 64):
        windows = cut_windows(rows, tokenizer, longest)
        words = [(window.row, window.start + place) for window in windows for place in range(len(window.first_pieces))]
        assert words == [(index, place) for index, row in enumerate(rows) for place in range(len(row.words))]
        assert max(len(window.pieces) for window in windows) <= longest
        for window in windows:
            assert all(0 < first < len(window.pieces) - 1 for first in window.first_pieces)


def test_gives_words_without_pieces_the_unknown_piece(clinical_base: Path) -> None:
    tokenizer = load_tokenizer(clinical_base, False, "TrainingFailed")
    (window,) = cut_windows(rows_of(["\u200d", "CT"]), tokenizer, 16)
    assert [tokenizer.id_to_token(piece) for piece in window.pieces] == ["[CLS]", "[UNK]", "CT", "[SEP]"]


def test_keeps_capitals_for_a_cased_vocabulary_and_not_for_an_uncased_one(
    clinical_base: Path, pretrained_base: Path
) -> None:
    assert not lowers(load_tokenizer(clinical_base, False, "TrainingFailed"))
    assert lowers(load_tokenizer(pretrained_base, True, "TrainingFailed"))
    with pytest.raises(JobError, match="expected lower-casing to be False"):
        load_tokenizer(pretrained_base, False, "TrainingFailed")


@pytest.mark.parametrize("lower_case", [True, False])
def test_transformers_makes_the_same_tokenizer_of_what_is_written(
    tmp_path: Path, clinical_base: Path, lower_case: bool
) -> None:
    pieces = (clinical_base / "vocab.txt").read_text("utf-8").splitlines()
    tokenizer = word_piece_tokenizer({piece: number for number, piece in enumerate(pieces)}, lower_case)
    write_tokenizer(tokenizer, tmp_path, lower_case, 64)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), "utf-8")
    text = "No CT after kidney stone ; Naïve X-ray."
    assert AutoTokenizer.from_pretrained(tmp_path)(text)["input_ids"] == tokenizer.encode(text).ids
    assert (tmp_path / "vocab.txt").read_bytes() == (clinical_base / "vocab.txt").read_bytes()
    assert load_tokenizer(tmp_path, lower_case, "TrainingFailed").encode(text).ids == tokenizer.encode(text).ids


@pytest.mark.parametrize(
    "value",
    [
        *({}, [], None, {"document": "d", "tokens": [], "tags": []}, {"document": "d", "tokens": ["a"], "tags": []}),
        {"document": "d", "tokens": [1], "tags": ["O"]},
    ],
)
def test_refuses_what_is_no_row_by_its_line(value: object) -> None:
    with pytest.raises(JobError, match=r"^train\.jsonl: expected a labelled row at line 7$"):
        parse_row(value, 7, "train.jsonl", "TrainingFailed")


def test_holds_each_word_and_tag_of_a_file_once(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    row = {"document": "d1", "tokens": ["shortness", "of", "breath"], "tags": ["B-symptom", "O", "O"]}
    file.write_text(f"{json.dumps(row)}\n" * 2, "utf-8")
    first, second = KINDS["keyphrases"].read_rows(file, "TrainingFailed")
    assert all(a is b for a, b in zip(first.words + first.tags, second.words + second.tags, strict=True))


def test_orders_tags_by_label() -> None:
    assert tags_of(LABELS) == ["O", "B-problem", "I-problem", "B-test", "I-test"]
    with pytest.raises(JobError, match="expected an array of distinct labels"):
        read_labels(["problem", "problem"], "TrainingFailed")
