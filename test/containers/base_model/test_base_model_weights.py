"""Weights as they come: sharded, cut off, pointers to themselves, web pages, quantised, with a NaN somewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from base_model.add_base_model import add_base_model
from pbp_jobs.contract import JobError
from pbp_jobs.model import first_not_finite

import pytest
import torch
from job_folders import read
from safetensors.torch import load_file, save_file

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 435778770\n"
PAGE = "<!DOCTYPE html>\n<html><body>Log in to see this model</body></html>"
DENSE = "encoder.layer.1.intermediate.dense.weight"


@pytest.fixture
def folder(tmp_path: Path, clinical_base: Path) -> Path:
    """Hugging Face's layout with model.safetensors."""
    made = tmp_path / "model"
    made.mkdir()
    for name in ("config.json", "vocab.txt", "model.safetensors"):
        shutil.copyfile(clinical_base / name, made / name)
    return made


def add(folder: Path) -> Path:
    out = folder.parent / "out"
    add_base_model("test", folder, out, None, 5e-5)
    return out


def refusal(folder: Path) -> str:
    before = sorted(folder.parent.iterdir())
    with pytest.raises(JobError) as caught:
        add(folder)
    assert caught.value.name == "InvalidInput"
    assert sorted(folder.parent.iterdir()) == before
    return caught.value.message


def change(folder: Path, name: str, edit: Callable[[torch.Tensor], torch.Tensor]) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors[name] = edit(tensors[name])
    save_file(tensors, folder / "model.safetensors")


def shard(folder: Path, suffix: str = "safetensors", count: int = 3) -> dict[str, str]:
    """Puts `count` shards and their index in the place of the one file, and returns the index's map."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    stem = "model" if suffix == "safetensors" else "pytorch_model"
    shard_of = {
        name: f"{stem}-{place % count + 1:05}-of-{count:05}.{suffix}" for place, name in enumerate(sorted(tensors))
    }
    for file in set(shard_of.values()):
        part = {name: tensor for name, tensor in tensors.items() if shard_of[name] == file}
        if suffix == "safetensors":
            save_file(part, folder / file, metadata={"format": "pt"})
        else:
            torch.save(part, folder / file)
    write_index(folder, shard_of, f"{stem}.{suffix}.index.json")
    return shard_of


def write_index(folder: Path, shard_of: object, name: str = "model.safetensors.index.json") -> None:
    (folder / name).write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": shard_of}), "utf-8")


@pytest.mark.parametrize("suffix", ["safetensors", "bin"])
def test_shards_become_the_one_file_that_they_are(folder: Path, clinical_base: Path, suffix: str) -> None:
    shard(folder, suffix)
    whole = load_file(clinical_base / "model.safetensors")
    added = load_file(add(folder) / "model.safetensors")
    assert added.keys() == whole.keys()
    assert all(torch.equal(added[name], whole[name]) for name in whole)


def test_shards_that_do_not_make_a_whole_are_refused(folder: Path) -> None:
    shard_of = shard(folder)
    second = folder / "model-00002-of-00003.safetensors"
    content = second.read_bytes()
    second.unlink()
    message = refusal(folder)
    assert "model-00002-of-00003.safetensors is missing: the weights come in 3 shards, and 1 of them is" in message
    second.write_text(POINTER)
    assert "00002-of-00003.safetensors is a Git LFS pointer" in refusal(folder)
    second.write_bytes(content[:-100])
    assert "00002-of-00003.safetensors is cut off" in refusal(folder)
    second.write_bytes((folder / "model-00001-of-00003.safetensors").read_bytes())
    assert "in two; download every shard from the same revision" in refusal(folder)
    for outside in ("../model.safetensors", "/etc/passwd", "model.bin", 3):
        write_index(folder, {name: outside for name in shard_of})
        assert "expected a weight_map from tensors to .safetensors files beside it" in refusal(folder)
    for nothing in ({}, [], None):
        write_index(folder, nothing)
        assert "expected a weight_map" in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "vocab.txt", "model.safetensors"])
@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (POINTER, "is a Git LFS pointer, not the file itself: install git-lfs and run `git lfs pull`"),
        (PAGE, "is a web page, not the file: use the page's download link"),
        ("", "is empty: download it again"),
    ],
)
def test_a_file_that_is_none_is_named_with_its_remedy(folder: Path, name: str, content: str, remedy: str) -> None:
    (folder / name).write_text(content)
    message = refusal(folder)
    assert message.startswith(str(folder / name)) and remedy in message


def test_a_cut_file_says_how_much_is_there(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    for size in (len(content) - 1, len(content) // 2):
        (folder / "model.safetensors").write_bytes(content[:size])
        message = refusal(folder)
        assert f"is cut off, {size:,} of" in message and "bytes are there: download it again" in message
    for garbage in (content[:5], content[:2000], b"\xff" * 4000, b"PK\x03\x04" + content):
        (folder / "model.safetensors").write_bytes(garbage)
        assert "expected a whole safetensors file: download it again" in refusal(folder)


def test_weights_of_another_framework_are_named(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "tf_model.h5")
    assert "found only tf_model.h5, which is not PyTorch's" in refusal(folder)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_one_number_that_is_none_is_found_wherever_it_is(folder: Path, dtype: torch.dtype, value: float) -> None:
    def spoil(tensor: torch.Tensor) -> torch.Tensor:
        spoilt = tensor.to(dtype)
        spoilt.view(-1)[spoilt.numel() // 2] = value
        return spoilt

    change(folder, DENSE, spoil)
    assert f"found NaN or infinity in {DENSE}" in refusal(folder)


def test_what_float32_cannot_hold_is_no_number_either(folder: Path) -> None:
    change(folder, DENSE, lambda tensor: tensor.double() + 1e300)
    assert f"found NaN or infinity in {DENSE}" in refusal(folder)


def test_a_quantised_model_is_refused(folder: Path) -> None:
    change(folder, DENSE, lambda tensor: (tensor * 100).to(torch.int8))
    assert f"in {DENSE}, found int8; a quantised model cannot be trained further" in refusal(folder)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_copied_byte_for_byte(folder: Path, dtype: torch.dtype) -> None:
    tensors = load_file(folder / "model.safetensors")
    save_file({name: tensor.to(dtype) for name, tensor in tensors.items()}, folder / "model.safetensors")
    content = (folder / "model.safetensors").read_bytes()
    out = add(folder)
    assert (out / "model.safetensors").read_bytes() == content
    assert read(out / "manifest.json")["weightsSha256"]


def test_the_look_at_all_numbers_is_torchs_isfinite() -> None:
    generator = torch.Generator().manual_seed(4)
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        for size in (0, 1, 7, 1000):
            tensor = torch.randn(size, generator=generator).to(dtype)
            assert first_not_finite({"weights": tensor}) is None
            for place in range(0, size, 101):
                for value in (float("nan"), float("inf"), float("-inf")):
                    spoilt = tensor.clone()
                    spoilt[place] = value
                    assert first_not_finite({"good": tensor, "weights": spoilt}) == "weights"
