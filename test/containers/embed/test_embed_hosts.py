"""The embedding job on two hosts: shares, one bundle, and what becomes of one host when the other fails."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from pbp_jobs.hosts import Hosts

import pytest
from embedding_jobs import (
    CANARY,
    TEXTS,
    bundle,
    bundle_files,
    digest_of,
    make_embedding_job,
    shards,
)
from job_folders import assert_valid, read, run_job, start_job
from safetensors.numpy import load_file
from several_hosts import (
    finish,
    make_hosts,
    read_until,
    write_resource_config,
)

SLOW = [f"{number:060d}" for number in range(6_000)]


def make_jobs(folder: Path, model: Path, texts: list[str], stored: list[Path] | None = None) -> list[Path]:
    """The folders of the two hosts, each with all inputs, as FullyReplicated channels are."""
    hosts = make_hosts()
    jobs = [make_embedding_job(folder / f"host-{number}", model, texts, stored or []) for number in (1, 2)]
    for job, host in zip(jobs, hosts, strict=True):
        write_resource_config(job, "config", host, hosts)
    return jobs


def failures(jobs: list[Path]) -> list[str]:
    return [(job / "output/message").read_text("utf-8") for job in jobs]


def hosts_of(job: Path) -> list[str]:
    return list(read(job / "config/resourceconfig.json")["hosts"])


def test_two_hosts_embed_their_shares_and_the_first_writes_the_bundle_of_one_host(
    tmp_path: Path, clinical_base: Path
) -> None:
    early = make_embedding_job(tmp_path / "early", clinical_base, TEXTS[:4])
    assert run_job("embed", early).returncode == 0
    alone = make_embedding_job(tmp_path / "alone", clinical_base, TEXTS, shards(early))
    assert run_job("embed", alone).returncode == 0

    first, second = jobs = make_jobs(tmp_path, clinical_base, TEXTS, shards(early))
    processes = [start_job("embed", job) for job in jobs]
    said = finish(processes)
    assert [process.returncode for process in processes] == [0, 0], said
    assert CANARY not in "".join(said)

    assert bundle_files(first) == bundle_files(alone)
    one, several = (read(bundle(job) / "manifest.json") for job in (alone, first))
    # Word pieces are counted on the first host, of its share.
    counted = [[part.pop("pieces") for part in manifest["profile"]["parts"]] for manifest in (one, several)]
    for manifest in (one, several):
        for part in manifest["profile"]["parts"]:
            part.pop("unknown")
    assert several == one
    assert 0 < sum(counted[1]) < sum(counted[0])
    assert_valid(read(bundle(first) / "manifest.json"), "embeddings-manifest")
    assert not bundle(second).exists()
    keys = [{bytes(key).hex() for key in load_file(path)["keys"]} for job in jobs for path in shards(job)]
    assert keys == [{digest for digest in map(digest_of, TEXTS[4:]) if int(digest, 16) % 2 == host} for host in (0, 1)]
    assert {path.name for path in first.iterdir()} == {"config", "processing"}, "something of the transfer is left"


def test_a_host_without_texts_of_its_share_writes_no_shard(tmp_path: Path, clinical_base: Path) -> None:
    texts = [text for text in TEXTS if int(digest_of(text), 16) % 2 == 0][:3]
    first, second = jobs = make_jobs(tmp_path, clinical_base, texts)
    processes = [start_job("embed", job) for job in jobs]
    said = finish(processes)
    assert [process.returncode for process in processes] == [0, 0], said
    assert (len(shards(first)), len(shards(second))) == (1, 0)
    assert read(bundle(first) / "manifest.json")["embedded"] == 3


def test_a_host_that_fails_ends_the_other_with_its_reason_and_name(tmp_path: Path, clinical_base: Path) -> None:
    jobs = make_jobs(tmp_path, clinical_base, SLOW)
    missing = jobs[1] / "processing/input/missing/missing.jsonl"
    with missing.open("a") as file:
        file.write(f'{{"text": "{"0" * 32}", "content": "{CANARY}"}}\n')
    processes = [start_job("embed", job) for job in jobs]
    said = finish(processes)
    assert [process.returncode for process in processes] == [1, 1], said
    reason = f"missing.jsonl: expected text digest and matching content at line {len(SLOW) + 1}"
    assert failures(jobs) == [f"EmbeddingFailed: {hosts_of(jobs[0])[1]}: {reason}"] * 2
    assert CANARY not in "".join(said)
    assert not any(bundle(job).exists() for job in jobs)


def test_a_host_that_is_killed_ends_the_other_which_names_it(tmp_path: Path, clinical_base: Path) -> None:
    jobs = make_jobs(tmp_path, clinical_base, SLOW)
    processes = [start_job("embed", job) for job in jobs]
    read_until(processes[1], lambda line: line.startswith("embed: "))
    processes[1].kill_group()
    finish(processes)
    assert processes[0].returncode == 1
    name = hosts_of(jobs[0])[1]
    assert failures([jobs[0]])[0].startswith(f"EmbeddingFailed: {name}: ended without a word")
    assert not any(bundle(job).exists() for job in jobs)


def test_sigterm_at_one_host_stops_both_with_nothing_written(tmp_path: Path, clinical_base: Path) -> None:
    jobs = make_jobs(tmp_path, clinical_base, SLOW)
    processes = [start_job("embed", job) for job in jobs]
    read_until(processes[1], lambda line: line.startswith("embed: "))
    processes[1].send_signal(signal.SIGTERM)
    finish(processes)
    assert [process.returncode for process in processes] == [128 + signal.SIGTERM] * 2
    assert not any((job / "processing/output").exists() for job in jobs)


def test_sigterm_ends_a_host_that_waits_for_another_to_come(tmp_path: Path, clinical_base: Path) -> None:
    job = make_jobs(tmp_path, clinical_base, TEXTS)[0]
    hosts = hosts_of(job)
    process = start_job("embed", job)
    stranger(Hosts(hosts[0], tuple(hosts), None))  # once it answers it waits
    process.send_signal(signal.SIGTERM)
    finish([process])
    assert process.returncode == 128 + signal.SIGTERM


def stranger(hosts: Hosts) -> None:
    """Someone who is not of the job connects, says nothing of the kind, and is sent away."""
    while True:
        try:
            with socket.create_connection((hosts.leader, hosts.port)) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
                assert connection.recv(1) == b""
                return
        except ConnectionRefusedError:
            continue
        except ConnectionResetError:
            return


@pytest.mark.parametrize(
    "config",
    ["{}", '{"current_host": "algo-2", "hosts": ["algo-1"]}', '{"hosts": "algo-1"'],
)
def test_a_resource_config_that_is_none_fails_by_name(tmp_path: Path, clinical_base: Path, config: str) -> None:
    job = make_embedding_job(tmp_path / "ml", clinical_base, TEXTS[:1])
    (job / "config").mkdir()
    (job / "config/resourceconfig.json").write_text(config, "utf-8")
    assert run_job("embed", job).returncode == 1
    assert failures([job])[0].startswith("EmbeddingFailed: resourceconfig.json: expected ")


def test_one_host_by_its_resource_config_does_not_listen(tmp_path: Path, clinical_base: Path) -> None:
    job = make_embedding_job(tmp_path / "ml", clinical_base, TEXTS[:1])
    write_resource_config(job, "config", "algo-1", ["algo-1"])
    ended = run_job("embed", job)
    assert ended.returncode == 0
    assert "hosts" not in ended.stderr
