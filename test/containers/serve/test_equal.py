"""The same texts through Evaluate, the readers of both languages and the service: one answer.

PBP_TEXTS=10000 for the figure in docs/serving.md.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from pbp_jobs.archive import describe
from pbp_jobs.classes.texts import HALF_A_PAIR
from pbp_jobs.contract import CONTAINERS
from pbp_jobs.kinds import KINDS
from pbp_jobs.kinds.classes import named
from pbp_jobs.tagger import tag_rows
from pbp_jobs.tokens import Row

import numpy as np
import pytest
import torch
from class_folders import CLASSES, make_texts, probabilities
from job_folders import read
from pbp_reader import Models
from pbp_reader.classifier import Classifier
from pbp_reader.tagger import Tagger, keyphrases_in
from pbp_reader.words import cut_rows, read_words
from serving import Serving

COUNT = int(os.environ.get("PBP_TEXTS", "200"))
ODD = ["", " \n", "half a pair \ud83d and \u0130", f"{'q' * 70} fever {'x-ray ' * 20}", "\U0001f489 CT\u2029no fever"]
TEXTS = [*ODD, *(row["text"] for row in make_texts(COUNT - len(ODD), 31, "multi-label", longest=60))]
TOGETHER = 64
ROOT = CONTAINERS.parent


def served(service: Serving, path: str, model: str) -> list[dict[str, Any]]:
    answers = []
    for first in range(0, COUNT, TOGETHER):
        notes = [{"text": text} for text in TEXTS[first : first + TOGETHER]]
        answers += service.post(path, {"model": model, "notes": notes})["answers"]
    return answers


@pytest.mark.parametrize(
    ("model", "kind", "algorithm"),
    [("routing", "single-label", "linear"), ("specialty", "multi-label", "transformer")],
)
def test_classes_are_those_of_evaluate_and_of_the_readers(
    service: Serving, models: Path, class_models: dict[tuple[str, str], Path], model: str, kind: str, algorithm: str
) -> None:
    answers = served(service, "/v1/classes", model)
    folder = class_models[kind, algorithm]
    decision = KINDS[kind].decision(describe(folder, "", read(folder / "manifest.json"), "EvaluationFailed"), "-")
    shares = probabilities(folder, TEXTS, kind)
    expected = [named(flags, CLASSES) for flags in decision.chosen(shares, CLASSES)]
    assert [[one["label"] for one in answer["classes"]] for answer in answers] == expected
    confidences = [answer["confidence"] for answer in answers]
    assert np.abs(np.array(confidences) - decision.confidences(shares, CLASSES)).max() < 1e-4
    classifier = Models(models, Classifier, model=model).current()
    assert [answer.classes for answer in classifier.classify_all(TEXTS)] == expected
    if algorithm in READ_BY_TYPESCRIPT:
        by_typescript = read_by_typescript(models, model)
        assert [one["classes"] for one in by_typescript] == expected
        # To the last bit.
        assert [one["confidence"] for one in by_typescript] == confidences


READ_BY_TYPESCRIPT = frozenset({"linear"})


def read_by_typescript(models: Path, model: str) -> list[dict[str, Any]]:
    program = f"""
import {{ readClassifier }} from {json.dumps(str(ROOT / "reader/typescript/classifier.ts"))};
import {{ openModels }} from {json.dumps(str(ROOT / "reader/typescript/models.ts"))};
import {{ text }} from "node:stream/consumers";
const {{ folder, model, texts }} = JSON.parse(await text(process.stdin));
const classifier = await openModels(folder, readClassifier, {{ model }}).current();
console.log(JSON.stringify(texts.map((text) => classifier.classify(text))));
"""
    node = [str(ROOT / "node_modules/.bin/node"), "--input-type=module-typescript", "--eval", program]
    asked = json.dumps({"folder": str(models), "model": model, "texts": TEXTS})
    ended = subprocess.run(node, input=asked, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found


def test_keyphrases_are_those_of_evaluate_and_of_the_reader(service: Serving, models: Path, trained: Path) -> None:
    answers = served(service, "/v1/keyphrases", "keyphrases")
    folder = trained / "model"
    model = describe(folder, "", read(folder / "manifest.json"), "EvaluationFailed")
    words = [read_words(text) for text in TEXTS]
    rows = [
        # Preprocess writes what has UTF-8 alone.
        Row("document", [HALF_A_PAIR.sub("\ufffd", text[some[index].start : some[index].end]) for index in row], [])
        for text, some in zip(TEXTS, words, strict=True)
        for row in cut_rows(text, some)
    ]
    tags = [
        (tag, float(share))
        for tagged in tag_rows(model, rows, torch.device("cpu"), "EvaluationFailed", lambda done, windows: None)
        for tag, share in zip(tagged.tags, tagged.shares, strict=True)
    ]
    expected, start = [], 0
    for text, some in zip(TEXTS, words, strict=True):
        expected.append(list(keyphrases_in(text, some, tags[start : start + len(some)])))
        start += len(some)
    assert sum(len(found) for found in expected) > COUNT
    spans = [[(one.start, one.end, one.label) for one in found] for found in expected]
    assert [[(one["start"], one["end"], one["label"]) for one in answer["keyphrases"]] for answer in answers] == spans
    by_reader = Models(models, Tagger).current().keyphrases_of(TEXTS)
    assert [[(one.start, one.end, one.label) for one in found] for found in by_reader] == spans
