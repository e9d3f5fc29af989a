from __future__ import annotations

from pathlib import Path

from pbp_jobs.checkpoints import Checkpoints

import pytest
import torch

RUN = {"seed": 1}


def save(folder: Path, *steps: int) -> None:
    checkpoints = Checkpoints(folder, RUN)
    checkpoints.load()
    for step in steps:
        weight = torch.full((3,), float(step))
        checkpoints.save({"weight": weight}, {"step": step, "lossSum": 0.1 + 0.2})
        weight.zero_()  # the training goes on
    checkpoints.wait()


def test_finds_the_newest_and_keeps_two(tmp_path: Path) -> None:
    save(tmp_path, 10, 20, 30)
    found = Checkpoints(tmp_path, RUN).load()
    assert found is not None
    assert found.state == {"step": 30, "lossSum": 0.1 + 0.2}
    assert found.tensors["weight"].tolist() == [30, 30, 30]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-a.safetensors", "checkpoint-b.safetensors"]


def test_never_overwrites_the_newest(tmp_path: Path) -> None:
    save(tmp_path, 10)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    save(tmp_path, 20)
    assert all((tmp_path / name).read_bytes() == content for name, content in before.items())


def test_falls_back_to_the_older_one_when_the_newest_is_cut_off(tmp_path: Path) -> None:
    save(tmp_path, 10, 20)
    newest = tmp_path / "checkpoint-b.safetensors"
    newest.write_bytes(newest.read_bytes()[:-4])
    found = Checkpoints(tmp_path, RUN).load()
    assert found is not None
    assert found.state["step"] == 10


def test_starts_anew_without_a_checkpoint_of_this_run(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path / "absent", RUN).load() is None
    save(tmp_path, 10)
    assert Checkpoints(tmp_path, {"seed": 2}).load() is None
    (tmp_path / "checkpoint-a.safetensors").write_bytes(b"CANARY")
    assert Checkpoints(tmp_path, RUN).load() is None


def test_tells_what_went_wrong_with_the_writing(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("no folder")
    checkpoints = Checkpoints(tmp_path / "folder", RUN)
    checkpoints.save({"weight": torch.ones(1)}, {"step": 1})
    with pytest.raises(FileExistsError):
        checkpoints.save({"weight": torch.ones(1)}, {"step": 2})
    with pytest.raises(FileExistsError):
        checkpoints.wait()
