"""The tagger against transformers: the same mathematics, the same files."""

from __future__ import annotations

import json
from pathlib import Path

from pbp_jobs.batches import collate
from pbp_jobs.contract import JobError
from pbp_jobs.hardware import cpu_multiplies_bf16, refuse_idle_gpu
from pbp_jobs.model import Tagger, check_config, from_transformers, to_transformers
from pbp_jobs.tokens import Row, cut_windows, load_tokenizer

import pytest
import torch
from job_folders import make_rows, read
from safetensors.torch import load_file, save_file
from transformers import AutoModelForTokenClassification, AutoTokenizer, BertConfig, BertForTokenClassification


@pytest.mark.parametrize(("base", "lower_case"), [("clinical_base", False), ("pretrained_base", True)])
def test_scores_as_transformers_does(
    base: str, lower_case: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder: Path = request.getfixturevalue(base)
    config = read(folder / "config.json")
    check_config(config, "TrainingFailed")
    torch.manual_seed(0)
    weights = from_transformers(load_file(folder / "model.safetensors"), config, "TrainingFailed")
    weights |= {"classifier.weight": torch.randn(5, config["hidden_size"]), "classifier.bias": torch.randn(5)}
    tagger = Tagger(config, config["vocab_size"], 5).eval()
    tagger.load_state_dict(weights)
    save_file(to_transformers(tagger.state_dict(), config), tmp_path / "model.safetensors", metadata={"format": "pt"})
    theirs = BertForTokenClassification.from_pretrained(tmp_path, config=BertConfig(**config, num_labels=5)).eval()

    rows = [Row(row["document"], row["tokens"], row["tags"]) for row in make_rows(3, seed=9)]
    windows = cut_windows(rows, load_tokenizer(folder, lower_case, "TrainingFailed"), 32)
    batch, order = collate(windows)
    with torch.inference_mode():
        ours = tagger(batch)
        for index in order:
            window = windows[index]
            expected = theirs(torch.tensor([window.pieces])).logits[0, window.first_pieces]
            torch.testing.assert_close(ours[: len(expected)], expected, atol=2e-5, rtol=1e-4)
            ours = ours[len(expected) :]


def test_the_promoted_folder_opens_with_transformers(trained: Path) -> None:
    folder = trained / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, report = AutoModelForTokenClassification.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"] and not report["mismatched_keys"]
    words = ["the", "patient", "had", "a", "kidney", "stone", "after", "CT", "."]
    encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        best = model(**encoded).logits[0].argmax(-1).tolist()
    firsts = [encoded.word_ids().index(place) for place in range(len(words))]
    tags = [model.config.id2label[best[first]] for first in firsts]
    assert tags == ["O", "O", "O", "O", "B-problem", "I-problem", "O", "B-test", "O"]
    assert json.loads((folder / "tokenizer_config.json").read_text("utf-8"))["do_lower_case"] is False


def test_dropout_keeps_the_mean_and_drops_the_share() -> None:
    config = {
        **{"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1},
        **{"max_position_embeddings": 8, "type_vocab_size": 1, "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.1},
    }
    tagger = Tagger(config, 8, 3)
    torch.manual_seed(0)
    dropped = tagger.drop(torch.ones(1000, 1003))
    assert dropped.mean().item() == pytest.approx(1, abs=0.002)
    assert (dropped == 0).float().mean().item() == pytest.approx(26 / 256, abs=0.002)
    assert tagger.eval().drop(torch.ones(3)).tolist() == [1, 1, 1]


def test_names_the_tensor_that_is_missing(clinical_base: Path) -> None:
    config = read(clinical_base / "config.json")
    tensors = load_file(clinical_base / "model.safetensors")
    del tensors["encoder.layer.1.output.dense.bias"]
    with pytest.raises(JobError, match=r"expected the tensor encoder\.layer\.1\.output\.dense\.bias"):
        from_transformers(tensors, config, "TrainingFailed")


@pytest.mark.parametrize("change", [{"model_type": "roberta"}, {"hidden_act": "relu"}, {"hidden_size": None}])
def test_refuses_what_is_no_bert(clinical_base: Path, change: dict[str, object]) -> None:
    with pytest.raises(JobError, match=r"^config\.json: expected"):
        check_config(read(clinical_base / "config.json") | change, "TrainingFailed")


@pytest.mark.parametrize(
    ("vendor", "flags", "multiplies"),
    [
        ("vendor_id\t: GenuineIntel", "flags\t\t: fpu avx512f avx512_bf16 amx_bf16 amx_tile", True),
        ("vendor_id\t: GenuineIntel", "flags\t\t: fpu avx512f avx512_bf16 avx512_vnni", False),
        ("vendor_id\t: AuthenticAMD", "flags\t\t: fpu avx512f avx512_bf16", True),
        ("vendor_id\t: AuthenticAMD", "flags\t\t: fpu avx2", False),
        ("CPU implementer\t: 0x41", "Features\t: fp asimd bf16", True),
    ],
)
def test_bf16_is_for_cpus_that_multiply_it_faster(tmp_path: Path, vendor: str, flags: str, multiplies: bool) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\n{vendor}\n{flags}\n", "utf-8")
    assert cpu_multiplies_bf16(tmp_path / "cpuinfo") is multiplies
    assert cpu_multiplies_bf16(tmp_path / "absent") is False


def test_refuses_a_gpu_that_pytorch_cannot_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = tmp_path / "nvidiactl"
    monkeypatch.setattr("torch.version.cuda", "13.0")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    refuse_idle_gpu("TrainingFailed", gpu)  # there is none
    gpu.touch()
    with pytest.raises(JobError, match=r"CUDA 13\.0, cannot use the one of this host"):
        refuse_idle_gpu("TrainingFailed", gpu)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    refuse_idle_gpu("TrainingFailed", gpu)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr("torch.version.cuda", None)  # PyTorch for CPUs, on a workstation with a GPU
    refuse_idle_gpu("TrainingFailed", gpu)
