"""What the reader says of a note is what Evaluate judged and Embed stored."""

from __future__ import annotations

import json
import random
import shutil
import unicodedata
from pathlib import Path
from typing import Any

from pbp_jobs.archive import describe
from pbp_jobs.tagger import tag_rows
from pbp_jobs.tokens import Row

import numpy as np
import pytest
import torch
from pbp_reader import Models, ModelsError, Notes, UnknownRecord
from pbp_reader.attribution import CannotExplain
from pbp_reader.embedder import Embedder
from pbp_reader.tagger import Tagger, entities
from pbp_reader.words import count_words, cut_rows, read_words


@pytest.fixture(scope="session")
def tagger(promoted: Path) -> Tagger:
    return Models(promoted, Tagger).current()


@pytest.fixture(scope="session")
def past(promoted: Path) -> Notes:
    return Models(promoted, Notes).current()


@pytest.fixture(scope="session")
def embedder(fixture_folder: Path, past: Notes) -> Embedder:
    return Embedder(fixture_folder / "base", past.embedding_key)


def rows_of(text: str) -> list[list[str]]:
    words = read_words(text)
    return [[text[words[index].start : words[index].end] for index in row] for row in cut_rows(text, words)]


def test_cuts_words_and_rows_as_preprocess_does(fixture_folder: Path) -> None:
    cases = json.loads((fixture_folder / "rows.json").read_bytes())
    compared = 0
    for case in cases:
        text = case["text"]
        # Node knows a newer Unicode than this Python may.
        if any(unicodedata.category(character) == "Cn" for character in text):
            continue
        words = read_words(text)
        assert [[[words[i].start, words[i].end] for i in row] for row in cut_rows(text, words)] == case["rows"], text
        compared += 1
    assert compared > 0.8 * len(cases)


def test_counts_the_words_that_it_cuts() -> None:
    draw = random.Random(5)
    signs = [*map(chr, range(128)), *"aaab1  ..", "é", "\u200b", "中"]
    texts = ["".join(draw.choices(signs[: draw.choice([128, 137, 140])], k=draw.randrange(80))) for _ in range(3000)]
    longest = 1000
    texts += [sign * count + "b" for count in range(longest - 2, longest + 2) for sign in ("a", "a\x07", "a.")]
    for text in texts:
        assert count_words(text) == len(read_words(text)), (5, text)


def test_tags_as_evaluate_does(promoted: Path, tagger: Tagger, notes: list[dict[str, Any]]) -> None:
    folder = promoted / "current" / "ner"
    model = describe(folder, "", json.loads((folder / "manifest.json").read_bytes()), "EvaluationFailed")
    # Beside the notes: words of no piece or of more than a window holds, and a row of many windows.
    odd = [["\u200d", "q" * 900, "CT"], ["fever", "and"] * 400]
    rows = [row for note in notes for row in rows_of(note["text"])] + odd
    expected = tag_rows(
        model,
        [Row("document", row, ["O"] * len(row)) for row in rows],
        torch.device("cpu"),
        "EvaluationFailed",
        lambda done, windows: None,
    )
    assert tagger.tag(rows) == [tag for row in expected for tag in row.tags]
    assert len({tag for row in expected for tag in row.tags}) > 3


def test_finds_keyphrases_at_their_place(tagger: Tagger, notes: list[dict[str, Any]]) -> None:
    found = [(note["text"], keyphrase) for note in notes for keyphrase in tagger.keyphrases(note["text"])]
    assert len(found) > len(notes)
    for text, keyphrase in found:
        assert text[keyphrase.start : keyphrase.end] == keyphrase.text
        assert f"B-{keyphrase.label}" in tagger.tags
    # Offsets count code points, and half a surrogate pair is no obstacle.
    text = notes[0]["text"]
    shifted = tagger.keyphrases(f"\U0001f600 \ud800\n\n{text}")
    assert [(k.start - 5, k.text) for k in shifted if k.start > 4] == [
        (k.start, k.text) for k in tagger.keyphrases(text)
    ]
    assert tagger.keyphrases("") == []


def test_runs_the_pages_python(
    promoted: Path, tagger: Tagger, notes: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs/app-developers.md").read_text("utf-8")
    block = page.split("```python\n")[1].split("```")[0].replace("/mnt/pbp/models", str(promoted))
    exec(compile(block, "app-developers.md", "exec"), {"text": notes[0]["text"]})
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=3)[3] for line in printed] == [
        f"{phrase.text} {phrase.confidence}" for phrase in tagger.keyphrases(notes[0]["text"])
    ]


def test_reads_many_notes_at_once_as_one_by_one(tagger: Tagger, notes: list[dict[str, Any]]) -> None:
    texts = [*(note["text"] for note in notes), "", " \n", notes[0]["text"] * 40]
    together = tagger.keyphrases_of(texts)
    assert len(together) == len(texts) and tagger.keyphrases_of([]) == []
    for text, found in zip(texts, together, strict=True):
        alone = tagger.keyphrases(text)
        assert [(k.start, k.end, k.label) for k in found] == [(k.start, k.end, k.label) for k in alone]
        assert [k.confidence for k in found] == pytest.approx([k.confidence for k in alone], abs=1e-4)


def test_a_keyphrase_is_as_sure_as_its_least_sure_word(tagger: Tagger, notes: list[dict[str, Any]]) -> None:
    text = notes[0]["text"]
    tagged = tagger.classify(rows_of(text))
    least = [min(share for _, share in tagged[a : b + 1]) for _, a, b in entities([tag for tag, _ in tagged])]
    assert [k.confidence for k in tagger.keyphrases(text)] == pytest.approx(least)
    # The likeliest of N tags has at least an Nth.
    assert all(1 / len(tagger.tags) <= share <= 1 for _, share in tagged)


def test_says_which_words_made_a_keyphrases_label(tagger: Tagger, notes: list[dict[str, Any]]) -> None:
    for note in notes[:12]:
        text = note["text"]
        for keyphrase in tagger.keyphrases(text):
            found = tagger.explain(text, at=keyphrase.start)
            assert found.label == keyphrase.label and found.at is not None and found.at[0] == keyphrase.start
            assert found.attribution.complete, found
            assert any((word.start, word.end) == found.at for word in found.attribution.words)
            assert found.attribution.score == pytest.approx(score_of(tagger, text, keyphrase.start), abs=1e-4)
    text = notes[0]["text"]
    surest = tagger.explain(text)
    assert surest.label is not None and surest == tagger.explain(text, surest.label)
    for asked in ({"at": len(text)}, {"at": -1}, {"label": "CANARY"}):
        with pytest.raises(CannotExplain):
            tagger.explain(text, **asked)
    with pytest.raises(CannotExplain):
        tagger.explain(" ")


def score_of(tagger: Tagger, text: str, at: int) -> float:
    """Of the likeliest tag of the word that begins there, before the softmax."""
    [(window, place)] = [
        (window, place)
        for window, words in tagger.windows_of(text)
        for place, word in enumerate(words)
        if word.start == at
    ]
    states = tagger.encoder.encode([window.pieces])[window.first_pieces[place]]
    return float(torch.nn.functional.linear(states, *tagger.head).max())


def test_leaves_torchs_threads_as_they_were_and_uses_one(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    before, used = torch.get_num_threads(), []
    monkeypatch.setattr(tagger, "predict", lambda windows: used.append(torch.get_num_threads()) or [("O", 1.0)])
    torch.set_num_threads(3)
    try:
        tagger.keyphrases("fever")
        assert (used, torch.get_num_threads()) == ([1], 3)
    finally:
        torch.set_num_threads(before)


def test_an_unknown_record_has_the_error_that_it_has_in_typescript(past: Notes) -> None:
    with pytest.raises(UnknownRecord, match=r"^The export of 0000.* had no such record\.$"):
        past.vector("CANARY")


def test_counts_keyphrases_as_the_gate_does() -> None:
    tags = ["I-a", "B-a", "I-a", "I-b", "B-b", "B-b", "I-b"]
    assert list(entities(tags)) == [("a", 1, 2), ("b", 4, 4), ("b", 5, 6)]


def test_embeds_a_note_as_the_export_has_it(embedder: Embedder, past: Notes, notes: list[dict[str, Any]]) -> None:
    for note in notes:
        vector = embedder.vector(note["text"])
        similarity = np.dot(vector, past.vector(note["recordId"]))
        assert similarity > 0.999
        # Texts that differ in case only have nearly one vector: another record's may be as near, not nearer.
        assert past.nearest(vector, 1)[0].similarity < similarity + 1e-4
    assert np.linalg.norm(embedder.vector("\ud800")) == pytest.approx(1, abs=1e-5)


def test_finds_the_notes_that_the_typescript_reader_finds(past: Notes, notes: list[dict[str, Any]]) -> None:
    for note in notes:
        found = past.nearest(past.vector(note["recordId"]), 5)
        similarities = [one["similarity"] for one in note["nearest"]]
        assert [one.similarity for one in found] == pytest.approx(similarities, abs=1e-5)
        assert found[0].record_ids == note["nearest"][0]["recordIds"]
    assert past.nearest(past.vectors[0], 0) == []
    assert len(past.nearest(past.vectors[0], 10**6)) == len(past.record_ids)


@pytest.mark.parametrize("change", [{"lowerCase": False}, {"normalize": None}, {"embeddingMaxLength": 16}])
def test_refuses_another_base_model(fixture_folder: Path, past: Notes, tmp_path: Path, change: dict[str, Any]) -> None:
    base = shutil.copytree(fixture_folder / "base", tmp_path / "base")
    manifest = json.loads((base / "manifest.json").read_bytes())
    (base / "manifest.json").write_text(json.dumps(manifest | change))
    with pytest.raises(ModelsError, match="is not the base model"):
        Embedder(base, past.embedding_key)


def test_refuses_other_weights(fixture_folder: Path, past: Notes, tmp_path: Path) -> None:
    base = shutil.copytree(fixture_folder / "base", tmp_path / "base")
    with (base / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    with pytest.raises(ModelsError, match="is not the base model"):
        Embedder(base, past.embedding_key)
