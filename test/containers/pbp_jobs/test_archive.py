"""A hostile model.tar.gz: nothing of it may land outside its folder, and nothing may be believed without a digest."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

from pbp_jobs import archive
from pbp_jobs.archive import unpack_model
from pbp_jobs.contract import JobError

import pytest
from job_folders import pack, read


def with_member(path: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    member.size = len(content)
    with tarfile.open(path, "w:gz") as file:
        file.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "hostile",
    [
        *(member("../escaped"), member("/tmp/escaped"), member("a/../../escaped"), member("folder/file"), member("..")),
        *(member("a\nb"), member("x" * 200), member(".hidden")),
        member("manifest.json", tarfile.SYMTYPE, "/etc/passwd"),
        member("manifest.json", tarfile.LNKTYPE, "../../outside"),
        *(member("device", tarfile.CHRTYPE), member("pipe", tarfile.FIFOTYPE), member("folder", tarfile.DIRTYPE)),
    ],
    ids=lambda info: f"{info.name[:12]!r}-{info.type.decode()}",
)
def test_refuses_what_is_no_plain_file(tmp_path: Path, hostile: tarfile.TarInfo) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(JobError, match=r"^model archive: expected at most 33 plain files"):
        unpack_model(with_member(tmp_path / "model.tar.gz", hostile), tmp_path / "in", "EvaluationFailed")
    assert list((tmp_path / "in").iterdir()) == []
    assert not (tmp_path / "escaped").exists()


def test_refuses_more_bytes_than_a_model_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    (tmp_path / "in").mkdir()
    bomb = with_member(tmp_path / "model.tar.gz", member("model.safetensors"), b"\0" * 1001)
    with pytest.raises(JobError, match=r"^model archive: expected at most"):
        unpack_model(bomb, tmp_path / "in", "EvaluationFailed")
    assert list((tmp_path / "in").iterdir()) == []


def test_refuses_the_same_name_twice(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as file:
        file.addfile(member("manifest.json"))
        file.addfile(member("./manifest.json"))
    with pytest.raises(JobError, match=r"^model archive: expected"):
        unpack_model(tmp_path / "model.tar.gz", tmp_path / "in", "EvaluationFailed")


@pytest.mark.parametrize("content", [b"", b"not gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03CANARY"])
def test_refuses_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "model.tar.gz").write_bytes(content)
    with pytest.raises(JobError) as raised:
        unpack_model(tmp_path / "model.tar.gz", tmp_path / "in", "EvaluationFailed")
    assert "CANARY" not in raised.value.message


def test_refuses_an_archive_that_ends_early(tmp_path: Path, trained: Path) -> None:
    whole = pack(trained / "model", tmp_path / "whole.tar.gz").read_bytes()
    (tmp_path / "model.tar.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "in").mkdir()
    with pytest.raises(JobError, match="expected a gzipped tar archive"):
        unpack_model(tmp_path / "model.tar.gz", tmp_path / "in", "EvaluationFailed")


def test_reads_what_train_packs(tmp_path: Path, trained: Path) -> None:
    (tmp_path / "in").mkdir()
    model = unpack_model(pack(trained / "model", tmp_path / "model.tar.gz"), tmp_path / "in", "EvaluationFailed")
    assert model.outputs == ["O", "B-problem", "I-problem", "B-test", "I-test"]
    assert model.max_length == 32
    assert "e" * 16 in model.train_documents


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("vocab.txt", "more\n", r"^vocab\.txt: expected the digest"),
        ("model.bin", "x", "^model archive: expected exactly the files"),
        ("labels.json", None, "^model archive: expected exactly the files"),
        ("manifest.json", None, r"^manifest\.json: expected a file in in/, found none$"),
        ("manifest.json", "[]", r"^manifest\.json: expected JSON|^manifest\.json: expected the fields"),
    ],
)
def test_believes_nothing_that_the_manifest_does_not_vouch_for(
    tmp_path: Path, trained: Path, name: str, change: str | None, expected: str
) -> None:
    folder = shutil.copytree(trained / "model", tmp_path / "model")
    if change is None:
        (folder / name).unlink()
    else:
        with (folder / name).open("a") as file:
            file.write(change)
    (tmp_path / "in").mkdir()
    with pytest.raises(JobError, match=expected):
        unpack_model(pack(folder, tmp_path / "model.tar.gz"), tmp_path / "in", "EvaluationFailed")


def test_refuses_a_manifest_that_names_other_tags(tmp_path: Path, trained: Path) -> None:
    folder = shutil.copytree(trained / "model", tmp_path / "model")
    manifest = read(folder / "manifest.json")
    (folder / "manifest.json").write_text(json.dumps(manifest | {"labels": ["test", "problem"]}), "utf-8")
    (tmp_path / "in").mkdir()
    with pytest.raises(JobError, match="expected the same tags in manifest"):
        unpack_model(pack(folder, tmp_path / "model.tar.gz"), tmp_path / "in", "EvaluationFailed")
