"""The hosts of a job in touch: each a thread here, over real connections."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pbp_jobs import peers as module
from pbp_jobs.contract import JobError, StopRequested, StopSignal
from pbp_jobs.hosts import Hosts
from pbp_jobs.peers import CHUNK_BYTES, Peers, together

import pytest
from several_hosts import make_hosts

NAME = "EmbeddingFailed"


def run_hosts(*blocks: Callable[[Peers], object]) -> list[object]:
    """What each host's block returned or raised."""
    every = tuple(make_hosts(len(blocks)))

    def run(host: str, block: Callable[[Peers], object]) -> object:
        try:
            with together(Hosts(host, every, None), NAME, StopSignal()) as peers:
                return block(peers)
        except (JobError, StopRequested) as error:
            return error

    with ThreadPoolExecutor(len(blocks)) as threads:
        return [future.result() for future in [threads.submit(run, *both) for both in zip(every, blocks, strict=True)]]


def wait(peers: Peers) -> None:
    while True:
        peers.check()


def fail(peers: Peers) -> None:
    raise JobError(NAME, "no luck")


def messages(results: list[object]) -> list[str]:
    assert all(isinstance(result, JobError) for result in results), results
    return [str(result) for result in results]


def test_the_first_host_gets_the_files_of_all_others(tmp_path: Path) -> None:
    content = {size: os.urandom(size) for size in (0, 1, 2 * CHUNK_BYTES + 1)}
    for size, data in content.items():
        (tmp_path / str(size)).write_bytes(data)
    received = tmp_path / "received"
    received.mkdir()

    def send(*sizes: int) -> Callable[[Peers], None]:
        return lambda peers: [peers.send_file(tmp_path / str(size)) for size in sizes].clear()

    run_hosts(lambda peers: peers.receive_files(received, ".part"), send(2 * CHUNK_BYTES + 1, 0), send(), send(1))
    sizes = {"algo-2-0.part": 2 * CHUNK_BYTES + 1, "algo-2-1.part": 0, "algo-4-0.part": 1}
    assert {path.name: path.read_bytes() for path in received.iterdir()} == {
        name: content[size] for name, size in sizes.items()
    }


def test_every_host_hears_who_failed_and_why() -> None:
    assert messages(run_hosts(wait, fail, wait)) == ["algo-2: no luck"] * 3
    results = messages(run_hosts(fail, wait, wait))
    assert len(set(results)) == 1
    assert results[0].startswith("127.")


def test_a_host_in_the_middle_of_a_transfer_hears_it_too(tmp_path: Path) -> None:
    """Its own bytes lie unread at the other end, which closes."""
    (tmp_path / "file").write_bytes(bytes(16 * CHUNK_BYTES))

    def fail_when_bytes_come(peers: Peers) -> None:
        peers.connections["algo-2"].settimeout(None)
        peers.connections["algo-2"].recv(1, module.socket.MSG_PEEK)
        fail(peers)

    results = messages(run_hosts(fail_when_bytes_come, lambda peers: peers.send_file(tmp_path / "file")))
    assert results[0].endswith(": no luck")
    assert results[1] == results[0]


@pytest.mark.parametrize("gone", [0, 1])
def test_a_host_that_ends_without_a_word_is_named(gone: int) -> None:
    def vanish(peers: Peers) -> None:
        for connection in peers.connections.values():
            connection.shutdown(module.socket.SHUT_RDWR)
        peers.connections.clear()

    results = run_hosts(*([vanish, wait] if gone == 0 else [wait, vanish]))
    assert "ended without a word (killed, or its machine lost); see its log" in messages([results[1 - gone]])[0]


def test_an_unknown_error_is_told_without_its_text() -> None:
    def stumble(_: Peers) -> None:
        raise ValueError("CANARY")

    told = messages(run_hosts(wait, stumble))
    assert told[0] == told[1]
    assert told[0].startswith("algo-2: ValueError at ")
    assert "CANARY" not in told[0]


def test_a_host_that_was_stopped_stops_all() -> None:
    def stop(_: Peers) -> None:
        raise StopRequested

    assert all(isinstance(result, StopRequested) for result in run_hosts(wait, stop, wait))


def test_a_host_that_is_done_is_not_missed() -> None:
    assert run_hosts(lambda peers: peers.receive("algo-2"), lambda _: None)[0] == (module.DONE, "")


def test_another_digest_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"vectors")
    monkeypatch.setattr(module, "sha256_file", lambda _: "0" * 64)
    results = run_hosts(
        lambda peers: peers.receive_files(tmp_path, ".part"), lambda peers: peers.send_file(tmp_path / "file")
    )
    assert str(results[0]) == "algo-2: its file came with another digest than it was sent with"


def test_patience_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)
    results = messages(run_hosts(lambda peers: peers.receive_files(tmp_path, ".part"), wait))
    assert results == ["algo-2: no word from it in 0 s; see its log"] * 2


@pytest.mark.parametrize("rank", [0, 1])
def test_a_host_that_does_not_come_is_named(monkeypatch: pytest.MonkeyPatch, rank: int) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(module, "MEETING_SECONDS", 0.05)
    every = make_hosts(3)
    missing = ["algo-2, algo-3", every[0]][rank]
    with (
        pytest.raises(JobError, match=f"^{missing}: not to be reached in 0 s"),
        together(Hosts(every[rank], tuple(every), None), NAME, StopSignal()),
    ):
        pass
