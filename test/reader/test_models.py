"""The model in use: loaded once, again after a promotion, and never half or damaged."""

from __future__ import annotations

import errno
import importlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pbp_reader import Bundle, Models, ModelsError


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits, none of which takes time here."""
    waited: list[float] = []
    monkeypatch.setattr("pbp_reader.models.time.sleep", waited.append)
    return waited


def execution_of(bundle: Bundle) -> str:
    return bundle.execution


def in_use(folder: Path) -> Path:
    return folder / (folder / "current").readlink()


def other_version(folder: Path) -> Path:
    (other,) = (path for path in (folder / "versions").iterdir() if path != in_use(folder))
    return other


def point_to(folder: Path, version: Path) -> None:
    (folder / "next").symlink_to(f"versions/{version.name}")
    (folder / "next").replace(folder / "current")


def test_is_loaded_once_and_again_when_another_is_in_use(models_folder: Path, pauses: list[float]) -> None:
    loads: list[str] = []
    models = Models(models_folder, load=lambda bundle: loads.append(bundle.version) or bundle.execution)
    first = models.current()
    assert models.current() == first and not models.refresh()
    point_to(models_folder, other_version(models_folder))
    assert models.current() == first
    assert models.refresh() and models.current() == "second"
    assert len(loads) == 2 and pauses == []


def test_is_that_of_the_registered_model_that_is_named(promoted: Path, models_folder: Path) -> None:
    shutil.copytree(promoted, models_folder / "registered/specialty", symlinks=True)
    specialty = Models(models_folder, load=execution_of, model="specialty")
    first = specialty.current()
    point_to(models_folder, other_version(models_folder))
    assert not specialty.refresh() and specialty.current() == first
    assert Models(models_folder, load=execution_of, model="keyphrases").current() == "second"
    with pytest.raises(ModelsError, match=r"Registered are: keyphrases, specialty\."):
        Models(models_folder, load=execution_of, model="specialyt").current()


def test_a_name_that_only_others_have_is_told_with_those_that_there_are(promoted: Path, tmp_path: Path) -> None:
    shutil.copytree(promoted, tmp_path / "registered/specialty", symlinks=True)
    with pytest.raises(ModelsError, match=r"Registered are: specialty\.$") as refused:
        Models(tmp_path, load=execution_of, model="specialyt").current()
    assert str(refused.value).count(str(tmp_path)) == 1
    with pytest.raises(ModelsError, match=r"Registered are: specialty\.$"):
        Models(tmp_path, load=execution_of).current()


def test_without_torch_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("pbp_reader.bert", "pbp_reader.tagger"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "pbp-reader\[models\]"'):
        importlib.import_module("pbp_reader.tagger")


@pytest.mark.parametrize("model", ["..", "registered", "Specialty", "a/b", "", "a" * 41, "a\n"])
def test_is_not_looked_for_under_what_is_no_name(model: str, models_folder: Path) -> None:
    with pytest.raises(ModelsError, match="at most 40 lower-case letters"):
        Models(models_folder, load=execution_of, model=model)


def test_gives_every_file_as_it_was_promoted(promoted: Path) -> None:
    bundle = Models(promoted, load=lambda bundle: bundle).current()
    assert bundle.version == in_use(promoted).name and bundle.labels
    for name in bundle.files:
        assert bundle.read(name) == (in_use(promoted) / name).read_bytes()
    for name in ("other", "../history/000001.json"):
        with pytest.raises(ModelsError, match="has no file"):
            bundle.read(name)


def test_outlasts_a_version_that_is_removed_while_it_is_read(models_folder: Path, pauses: list[float]) -> None:
    def load(bundle: Bundle) -> str:
        if bundle.execution != "second":
            point_to(models_folder, other_version(models_folder))
            shutil.rmtree(bundle.folder)
        bundle.read("labels.json")
        return bundle.execution

    assert Models(models_folder, load).current() == "second"
    assert pauses == [0.0]


def test_outlasts_a_file_handle_that_went_stale(promoted: Path, pauses: list[float]) -> None:
    def load(bundle: Bundle) -> bytes:
        if not pauses:
            raise OSError(errno.ESTALE, "stale")
        return bundle.read("labels.json")

    assert b"problem" in Models(promoted, load).current()
    assert pauses == [0.0]


def test_says_after_six_attempts_that_nothing_is_there(tmp_path: Path, pauses: list[float]) -> None:
    with pytest.raises(ModelsError, match=r"current cannot be read \(ENOENT\)"):
        Models(tmp_path, execution_of).current()
    assert pauses == [0.0, 0.1, 0.2, 0.4, 0.8]


def test_does_not_wait_for_what_does_not_pass(models_folder: Path, pauses: list[float]) -> None:
    (models_folder / "current").unlink()
    (models_folder / "current").mkdir()
    with pytest.raises(ModelsError, match="EINVAL"):
        Models(models_folder, execution_of).current()
    assert pauses == []


def flip_a_bit(version: Path) -> None:
    content = bytearray((version / "labels.json").read_bytes())
    content[3] ^= 1
    (version / "labels.json").write_bytes(content)


def cut_a_file(version: Path) -> None:
    (version / "labels.json").write_text("[")


def tear_the_manifest(version: Path) -> None:
    (version / "manifest.json").write_text("{")


def empty_the_manifest(version: Path) -> None:
    (version / "manifest.json").write_text("null")


def lie_in_the_manifest(version: Path) -> None:
    manifest = json.loads((version / "manifest.json").read_bytes())
    manifest["files"]["labels.json"]["sha256"] = "0" * 64
    (version / "manifest.json").write_text(json.dumps(manifest))


def swap_the_version(version: Path) -> None:
    first = in_use(version.parent.parent)
    shutil.rmtree(version)
    shutil.copytree(first, version)


@pytest.mark.parametrize(
    "damage", [flip_a_bit, cut_a_file, tear_the_manifest, empty_the_manifest, lie_in_the_manifest, swap_the_version]
)
def test_refuses_damage_and_keeps_what_it_had(models_folder: Path, damage: Callable[[Path], None]) -> None:
    models = Models(models_folder, load=lambda bundle: (bundle.read("labels.json"), bundle.version)[1])
    before = models.current()
    other = other_version(models_folder)
    damage(other)
    point_to(models_folder, other)
    with pytest.raises(ModelsError, match=r"[Rr]oll ?back"):
        models.refresh()
    assert models.current() == before


def test_refuses_a_pointer_to_somewhere_else(models_folder: Path) -> None:
    (models_folder / "current").unlink()
    (models_folder / "current").symlink_to("/etc")
    with pytest.raises(ModelsError, match="does not point to a version"):
        Models(models_folder, execution_of).current()


def test_compares_only_size_and_time_of_what_was_verified_before(models_folder: Path, tmp_path: Path) -> None:
    path = in_use(models_folder) / "labels.json"
    verified = tmp_path / "verified"

    def read(verified: Path | None = verified) -> bytes:
        return Models(models_folder, lambda bundle: bundle.read("labels.json"), verified).current()

    content, status = read(), path.stat()
    other = content.replace(b"problem", b"prablem")
    path.write_bytes(other)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    for folder in (verified, None):
        with pytest.raises(ModelsError, match=r"damaged file, labels\.json"):
            read(folder)
    # The price: a change that keeps size and time is not seen. So the hash was not computed again.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert read() == other
    (record,) = verified.iterdir()
    for text in ("{", "null", "[]"):
        record.write_text(text)
        with pytest.raises(ModelsError, match=r"damaged file, labels\.json"):
            read()
    # One that cannot be kept costs time, not the model.
    path.write_bytes(content)
    assert read(path) == content


def test_threads_share_one_load(promoted: Path) -> None:
    loads: list[str] = []
    models = Models(promoted, load=lambda bundle: loads.append(bundle.version) or bundle.execution)
    threads = [threading.Thread(target=models.current) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1


def test_needs_no_torch_where_no_new_note_is_read() -> None:
    heavy = "{'torch', 'transformers', 'tokenizers'}"
    code = f"import sys, pbp_reader; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
