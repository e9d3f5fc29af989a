"""The embedding job: embeds the texts that have no vector yet and writes the bundle of an execution's vectors.

By hand, with the folders below under one root, as SageMaker lays them out:

    SAGEMAKER_BASE_DIR=/tmp/job .venv/bin/python containers/embed/embed.py

Reads processing/input/{notes/notes.jsonl, missing/missing.jsonl, model/, store/}; writes
processing/output/shard/<id>.safetensors (nothing when no text is missing, and then no model is loaded either) and
processing/output/bundle/*. Runs on a GPU or on all cores. Fails as EmbeddingFailed. A run that is cut off leaves
nothing behind and is simply run again.

On several hosts (config/resourceconfig.json) each embeds its share of the missing texts and writes its own shard; the
first gets the other shards from them and writes the bundle, the same to the bit as one host's.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
from collections.abc import Callable, Container, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from embed.bundle import write_bundle
from embed.store import EmbeddingStore, Vectors, are_finite, write_shard
from embed.vector_profile import PARTS, PieceCounts, profile_of
from pbp_jobs.base_model import BaseModel, read_base_model
from pbp_jobs.contract import JobError, Paths, Progress, StopSignal, read_json_lines, run_job, say, show_progress
from pbp_jobs.hosts import Hosts, read_hosts
from pbp_jobs.peers import Peers, together

import numpy as np

if TYPE_CHECKING:  # torch takes a second to import: only when there is work for it
    from embed.embedding import Embedder
    from embed.encoder import Pieces
    from pbp_jobs.batches import Batch

T = TypeVar("T")

TEXTS_TOKENISED_TOGETHER = 1024  # enough for all cores; bounds the texts held in memory to a few MB


def main(paths: Paths, stop: StopSignal) -> None:
    hosts = read_hosts(paths.processing_hosts, "EmbeddingFailed")
    with together(hosts, "EmbeddingFailed", stop) as peers:
        base = read_base_model(paths.processing_input("model"), "EmbeddingFailed")
        missing = paths.processing_input("missing") / "missing.jsonl"
        if hosts.rank == 0:
            assemble(paths, base, missing, hosts, peers)
            return
        digests, new = embed_missing(
            share_of(hosts, read_texts(missing)), count_texts(missing, hosts), base, peers.check
        )
        if digests:
            peers.send_file(write_shard(paths.processing_output("shard"), base.embedding_key, digests, new))
        say(f"embeddings: {len(digests):,} texts embedded, for the bundle of {hosts.leader}")


def assemble(paths: Paths, base: BaseModel, missing: Path, hosts: Hosts, peers: Peers) -> None:
    """The bundle, from this host's share of the missing texts, the other hosts' and the store."""
    records, part_of = read_notes(paths.processing_input("notes") / "notes.jsonl")
    records_of: dict[str, list[str]] = {digest: [] for digest in sorted({digest for _, digest in records})}
    for record, digest in records:
        records_of[digest].append(record)
    row_of = {digest: row for row, digest in enumerate(records_of)}
    vectors = np.zeros((len(row_of), base.dimension), np.float32)

    texts = share_of(hosts, only_known(read_texts(missing), row_of))
    counts = PieceCounts(part_of) if len(part_of) == len(row_of) else None
    digests, new = embed_missing(texts, count_texts(missing, hosts), base, peers.check, counts)
    wanted = dict(row_of)
    for digest in digests:
        del wanted[digest]
    vectors[[row_of[digest] for digest in digests]] = new
    received = 0
    if len(hosts.every) > 1:
        with tempfile.TemporaryDirectory(dir=paths.base) as scratch:
            shards = Path(scratch) / "shards"
            shards.mkdir()
            peers.receive_files(shards, ".safetensors")
            for digest in EmbeddingStore(Path(scratch), base.embedding_key, base.dimension).collect(wanted, vectors):
                del wanted[digest]
                received += 1
    store = EmbeddingStore(paths.processing_input("store"), base.embedding_key, base.dimension)
    absent = len(wanted) - len(store.collect(wanted, vectors))
    if absent:
        raise JobError(
            "EmbeddingFailed",
            f"{absent} texts have a vector neither in embeddings/{base.embedding_key}/shards/ nor in missing.jsonl:"
            " expected the store as Preprocess saw it; start the export again",
        )
    peers.check()
    if digests:
        write_shard(paths.processing_output("shard"), base.embedding_key, digests, new)
    del new  # as large as `vectors`, and the bundle needs as much twice
    embedded = len(digests) + received
    show_progress("writing the embeddings")
    profile = None
    if counts:
        profile = profile_of(vectors, np.array([part_of[digest] for digest in row_of], np.uint8), counts)
    write_bundle(paths.processing_output("bundle"), base.embedding_key, records_of, records, vectors, embedded, profile)
    say(f"embeddings: {len(row_of):,} texts, {embedded:,} embedded, {len(wanted):,} reused")


def read_notes(path: Path) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """(record id, text digest) a record, and the part of the export that each text is in: that of its first record.

    Notes of an earlier version of Preprocess have no part. Errors: EmbeddingFailed when there is no note or a line is
    not one.
    """
    records = []
    part_of: dict[str, int] = {}
    for number, note in enumerate(read_json_lines(path, "EmbeddingFailed"), start=1):
        match note:
            case {"recordId": str(record), "text": str(digest)} if is_digest(digest):
                records.append((record, digest))
                if isinstance(part := note.get("part"), int) and 0 <= part < PARTS:
                    part_of.setdefault(digest, part)
            case _:
                raise JobError("EmbeddingFailed", f"notes.jsonl: expected recordId and text digest at line {number}")
    if not records:
        raise JobError("EmbeddingFailed", "notes.jsonl: expected at least one note")
    return records, part_of


def embed_missing(
    texts: Iterator[tuple[str, str]],
    expected: int,
    base: BaseModel,
    check: Callable[[], None],
    counts: PieceCounts | None = None,
) -> tuple[list[str], Vectors]:
    """The digests of the texts in rising order, and their vectors, float32 [texts, dimension].

    expected: about how many texts there are, for the progress. check is called between two batches; what it raises
    ends the work. counts: enters each text's word pieces.
    """
    first = next(texts, None)
    if first is None:
        return [], np.zeros((0, base.dimension), np.float32)
    from embed.embedding import Embedder

    show_progress("reading the texts")
    return embed_texts(chain([first], texts), expected, Embedder(base), check, counts)


def embed_texts(
    texts: Iterator[tuple[str, str]],
    expected: int,
    embedder: Embedder,
    check: Callable[[], None],
    counts: PieceCounts | None = None,
) -> tuple[list[str], Vectors]:
    """As embed_missing, of at least one text. While the device computes, a thread reads and tokenises the next ones."""
    from pbp_jobs.batches import ahead

    say(f"embed: {expected:,} texts, {embedder.description}")
    progress, done = Progress("embed", expected, "texts"), 0
    digests: list[str] = []
    vectors: list[Vectors] = []
    for of_pool, batches in ahead(pools(texts, embedder, counts)):
        check()
        found = np.empty((len(of_pool), embedder.dimension), np.float32)
        started = ((indices, embedder.encode(batch, len(indices))) for indices, batch in batches)
        for indices, encoded in one_late(started):
            check()
            found[indices] = encoded.cpu()  # waits for the device, which has the next batch already
            done += len(indices)
            progress.update(done)
        digests += of_pool
        vectors.append(found)
    order = sorted(range(len(digests)), key=digests.__getitem__)
    row_of = np.empty(len(order), np.int64)
    row_of[order] = np.arange(len(order))
    every = np.empty((len(digests), embedder.dimension), np.float32)
    while vectors:  # the last first, and gone when it is copied: never twice as much memory
        last = vectors.pop()
        row_of, rows = np.split(row_of, [-len(last)])
        every[rows] = last
    if not are_finite(every):
        raise JobError("EmbeddingFailed", "vectors: expected finite numbers; the base model's weights may be damaged")
    return [digests[place] for place in order], every


def pools(
    texts: Iterator[tuple[str, str]], embedder: Embedder, counts: PieceCounts | None = None
) -> Iterator[tuple[list[str], list[tuple[list[int], Batch]]]]:
    """Digests, and batches with the places of their texts among them. Each text once, about embedder.pool pieces."""
    seen: set[str] = set()
    pool: list[tuple[str, Pieces]] = []
    size = 0
    for part in chunks(texts, TEXTS_TOKENISED_TOGETHER):
        new = {digest: text for digest, text in part if digest not in seen}
        seen.update(new)
        tokenised = embedder.tokenise([*new.values()])
        if counts:
            for digest, pieces in zip(new, tokenised, strict=True):
                counts.add(digest, len(pieces) - 2, embedder.unknown(pieces))
        pool += zip(new, tokenised, strict=True)
        size += sum(map(len, tokenised))
        if size >= embedder.pool:
            yield laid_out(pool, embedder)
            pool, size = [], 0
    if pool:
        yield laid_out(pool, embedder)


def laid_out(pool: list[tuple[str, Pieces]], embedder: Embedder) -> tuple[list[str], list[tuple[list[int], Batch]]]:
    return [digest for digest, _ in pool], list(embedder.batches([pieces for _, pieces in pool]))


def one_late(values: Iterator[T]) -> Iterator[T]:
    """The same values, each when the next one has been made."""
    before = next(values, None)
    while before is not None:
        following = next(values, None)
        yield before
        before = following


def read_texts(path: Path) -> Iterator[tuple[str, str]]:
    """(digest, text) a line. The digest is checked: a wrong one would serve a wrong vector for ever."""
    for number, line in enumerate(read_json_lines(path, "EmbeddingFailed"), start=1):
        match line:
            case {"text": str(digest), "content": str(content)} if digest_of(well_formed(content)) == digest:
                yield digest, well_formed(content)
            case _:
                raise JobError(
                    "EmbeddingFailed", f"missing.jsonl: expected text digest and matching content at line {number}"
                )


def only_known(texts: Iterator[tuple[str, str]], known: Container[str]) -> Iterator[tuple[str, str]]:
    for digest, text in texts:
        if digest not in known:
            raise JobError("EmbeddingFailed", "missing.jsonl: expected only texts of notes.jsonl")
        yield digest, text


def share_of(hosts: Hosts, texts: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Every text is one host's, whatever the order: a digest is as good as a random number."""
    return (text for text in texts if int(text[0], 16) % len(hosts.every) == hosts.rank)


def count_texts(path: Path, hosts: Hosts) -> int:
    """About how many texts are this host's."""
    with path.open("rb") as file:
        return sum(1 for _ in file) // len(hosts.every)


def digest_of(text: str) -> str:
    """A text's identity in the store: 32 hex digits of the SHA-256 of its UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


def well_formed(text: str) -> str:
    """Half a surrogate pair has no UTF-8; JavaScript, which made the digest, writes U+FFFD for it."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def is_digest(text: str) -> bool:
    return len(text) == 32 and all(letter in "0123456789abcdef" for letter in text)


def chunks(values: Iterator[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    while part := list(islice(values, size)):
        yield part


if __name__ == "__main__":
    run_job("processing", "EmbeddingFailed", main)
