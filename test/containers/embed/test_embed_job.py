"""The embedding job as a child process: cold, warm, with new texts, with a damaged store, stopped."""

from __future__ import annotations

import pickle
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from embed.store import write_shard

import numpy as np
import pytest
from embedding_jobs import (
    CANARY,
    TEXTS,
    bundle,
    bundle_files,
    digest_of,
    make_embedding_job,
    shards,
    vectors,
)
from job_folders import assert_valid, command, digest, environment, read, run_job
from safetensors.numpy import load, load_file


@pytest.fixture(scope="session")
def cold(tmp_path_factory: pytest.TempPathFactory, clinical_base: Path) -> Path:
    """The job folder of a first run over TEXTS, one of them twice."""
    job = make_embedding_job(tmp_path_factory.mktemp("cold") / "ml", clinical_base, [*TEXTS, TEXTS[1]])
    ended = run_job("embed", job)
    assert ended.returncode == 0, ended.stderr
    assert CANARY not in ended.stderr + ended.stdout
    return job


def failure(job: Path) -> str:
    return (job / "output/message").read_text("utf-8")


def test_a_cold_run_leaves_one_shard_and_a_bundle_that_agree(cold: Path) -> None:
    manifest = read(bundle(cold) / "manifest.json")
    assert_valid(manifest, "embeddings-manifest")
    assert (manifest["texts"], manifest["embedded"], manifest["reused"]) == (len(TEXTS), len(TEXTS), 0)
    assert manifest["files"] == {name: digest(bundle(cold) / name) for name in bundle_files(cold)}
    (shard,) = (load_file(path) for path in shards(cold))
    assert (shard["keys"].dtype, shard["vectors"].dtype) == (np.uint8, np.float32)
    keys = [bytes(key).hex() for key in shard["keys"]]
    assert keys == sorted(map(digest_of, TEXTS)) == [*vectors(cold)]
    assert np.array_equal(shard["vectors"], np.stack([*vectors(cold).values()]))
    assert np.allclose(np.linalg.norm(shard["vectors"], axis=1), 1, atol=1e-6)


def test_the_manifest_says_where_the_vectors_lie_and_which_pieces_are_unknown(cold: Path) -> None:
    profile = read(bundle(cold) / "manifest.json")["profile"]
    of_text = vectors(cold)
    every = np.stack([*of_text.values()]).astype(np.float64)
    assert profile["spread"] == pytest.approx(np.square(every - every.mean(0)).sum(1).mean() ** 0.5, rel=1e-5)
    for part in profile["parts"]:
        texts = TEXTS[part["part"] :: 16]
        assert part["texts"] == len(texts)
        mean = np.mean([of_text[digest_of(text)] for text in texts], axis=0, dtype=np.float64)
        assert np.allclose(part["mean"], mean, atol=1e-6)
    assert sum(part["texts"] for part in profile["parts"]) == len(TEXTS)
    # The vocabulary of the test's base model spells every word but the emoji.
    unknown = [part["part"] for part in profile["parts"] if part["unknown"]]
    assert unknown == [TEXTS.index("Non-BMP: \U0001f489 and a tail")]
    (fever,) = (part for part in profile["parts"] if part["part"] == TEXTS.index("fever " * 200))
    assert fever["pieces"] > 60


def test_notes_without_a_part_as_an_earlier_version_wrote_them_give_no_profile(
    tmp_path: Path, clinical_base: Path, cold: Path
) -> None:
    job = make_embedding_job(tmp_path / "ml", clinical_base, TEXTS, shards(cold))
    notes = job / "processing/input/notes/notes.jsonl"
    notes.write_text(re.sub(r', "part": \d+', "", notes.read_text("utf-8")), "utf-8")
    assert run_job("embed", job).returncode == 0
    assert "profile" not in read(bundle(job) / "manifest.json")


def test_the_index_and_the_sav_hold_every_record(cold: Path) -> None:
    of_text = {entry["text"]: entry["recordIds"] for entry in read(bundle(cold) / "embeddings.index.json")["texts"]}
    assert of_text[digest_of(TEXTS[1])] == ["r-1", f"r-{len(TEXTS)}"]
    sav = pickle.loads((bundle(cold) / "embeddings.sav").read_bytes())  # the one place: what the billing app does
    assert sav["record_ids"] == [f"r-{number}" for number in range(len(TEXTS) + 1)]
    expected = [vectors(cold)[digest_of(text)] for text in [*TEXTS, TEXTS[1]]]
    assert np.array_equal(sav["embeddings"], np.stack(expected))


def test_with_nothing_missing_no_model_is_loaded_and_the_bundle_is_the_same(
    tmp_path: Path, clinical_base: Path, cold: Path
) -> None:
    job = make_embedding_job(tmp_path / "ml", clinical_base, [*TEXTS, TEXTS[1]], shards(cold))
    script = command("embed")[1:]
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", *script],
        env=environment(job),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "numpy" in imported
    assert imported.isdisjoint({"torch", "transformers", "tokenizers"})
    assert shards(job) == []
    assert bundle_files(job) == bundle_files(cold)
    manifest = read(bundle(job) / "manifest.json")
    assert (manifest["embedded"], manifest["reused"]) == (0, len(TEXTS))


def test_200_new_texts_are_embedded_alone_and_the_bundle_equals_a_cold_one_bit_for_bit(
    tmp_path: Path, clinical_base: Path, cold: Path
) -> None:
    texts = [*TEXTS, *(f"Day {day}: blood count, X-ray; no chest pain{' again' * (day % 9)}." for day in range(200))]
    warm = make_embedding_job(tmp_path / "warm", clinical_base, texts, shards(cold))
    all_cold = make_embedding_job(tmp_path / "cold", clinical_base, texts)
    for job in (warm, all_cold):
        ended = run_job("embed", job)
        assert ended.returncode == 0, ended.stderr
    manifest = read(bundle(warm) / "manifest.json")
    assert (manifest["embedded"], manifest["reused"]) == (200, len(TEXTS))
    assert len(load_file(shards(warm)[0])["keys"]) == 200
    assert bundle_files(warm) == bundle_files(all_cold)


def test_a_text_in_two_shards_is_no_trouble_and_one_that_nobody_needs_stays_out(
    tmp_path: Path, clinical_base: Path, cold: Path
) -> None:
    other = make_embedding_job(tmp_path / "other", clinical_base, [TEXTS[0], "Only here."])
    assert run_job("embed", other).returncode == 0
    job = make_embedding_job(tmp_path / "ml", clinical_base, TEXTS[:3], [*shards(cold), *shards(other)])
    ended = run_job("embed", job)
    assert ended.returncode == 0, ended.stderr
    assert [*vectors(job)] == sorted(map(digest_of, TEXTS[:3]))


def cut_off(content: bytes) -> bytes:
    return content[:-1]


def flip_last_bit(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def other_model(content: bytes) -> bytes:
    return content.replace(b"0123456789abcdef", b"fedcba9876543210")


def break_header(content: bytes) -> bytes:
    return content[:8] + b"[" + content[9:]


def huge_header(content: bytes) -> bytes:
    return b"\xff" * 8 + content[8:]


def swap_keys(content: bytes) -> bytes:
    start = content.index(bytes.fromhex(min(map(digest_of, TEXTS))))
    return content[:start] + content[start + 16 : start + 32] + content[start : start + 16] + content[start + 32 :]


def hold_a_nan(content: bytes) -> bytes:
    """With digests that are right: a vector that was NaN when it was written."""
    tensors = load(content)
    vectors = tensors["vectors"].copy()
    vectors[3, 5] = np.nan
    with tempfile.TemporaryDirectory() as folder:
        digests = [bytes(key).hex() for key in tensors["keys"]]
        return write_shard(Path(folder), "0123456789abcdef", digests, vectors).read_bytes()


DAMAGES = [cut_off, hold_a_nan, flip_last_bit, other_model, break_header, huge_header, swap_keys, lambda _: b""]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_shard_fails_by_name_with_the_remedy(tmp_path: Path, clinical_base: Path, cold: Path, damage) -> None:  # type: ignore[no-untyped-def]
    shard = tmp_path / shards(cold)[0].name
    content = shards(cold)[0].read_bytes()
    shard.write_bytes(damage(content))
    assert shard.read_bytes() != content
    job = make_embedding_job(tmp_path / "ml", clinical_base, TEXTS, shards(cold))
    link = job / "processing/input/store/shards" / shard.name
    link.unlink()
    link.symlink_to(shard)
    assert run_job("embed", job).returncode == 1
    assert failure(job).startswith(f"EmbeddingFailed: embeddings/0123456789abcdef/shards/{shard.name} is damaged (")
    assert "delete this object" in failure(job)
    assert not bundle(job).exists()


def test_an_unreadable_shard_that_nobody_needs_is_reported_and_left_out(
    tmp_path: Path, clinical_base: Path, cold: Path
) -> None:
    job = make_embedding_job(tmp_path / "ml", clinical_base, TEXTS, shards(cold))
    (job / "processing/input/store/shards/0.safetensors").write_bytes(b"no shard")
    ended = run_job("embed", job)
    assert ended.returncode == 0
    assert "left out: embeddings/0123456789abcdef/shards/0.safetensors is damaged" in ended.stderr


@pytest.mark.parametrize(
    ("place", "content", "expected"),
    [
        ("missing/missing.jsonl", f'{{"text": "{"0" * 32}", "content": "{CANARY}"}}\n', "matching content at line 1"),
        ("missing/missing.jsonl", "", f"{len(TEXTS)} texts have a vector neither in embeddings/"),
        ("notes/notes.jsonl", "", "expected at least one note"),
        ("notes/notes.jsonl", f'{{"recordId": "{CANARY}"}}\n', "recordId and text digest at line 1"),
        ("notes/notes.jsonl", f"{{{CANARY}\n", "expected JSON in UTF-8 at line 1"),
        ("notes/notes.jsonl", f'{{"recordId": "r", "text": "{"0" * 32}"}}\n', "expected only texts of notes.jsonl"),
    ],
)
def test_a_broken_input_fails_by_place_without_its_content(
    tmp_path: Path, clinical_base: Path, place: str, content: str, expected: str
) -> None:
    job = make_embedding_job(tmp_path / "ml", clinical_base, TEXTS)
    (job / "processing/input" / place).write_text(content, "utf-8")
    ended = run_job("embed", job)
    assert ended.returncode == 1
    assert failure(job).startswith("EmbeddingFailed: ")
    assert expected in failure(job)
    assert CANARY not in failure(job) + ended.stderr
    assert not (job / "processing/output").exists()


def test_sigterm_ends_it_at_once_with_nothing_written(tmp_path: Path, clinical_base: Path) -> None:
    job = make_embedding_job(tmp_path / "ml", clinical_base, [f"{number:060d}" for number in range(6_000)])
    with subprocess.Popen(command("embed"), env=environment(job), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("embed: 6,000 texts")
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
    assert process.returncode == 128 + signal.SIGTERM
    assert "stopped by SIGTERM" in rest
    assert not (job / "processing/output").exists()
