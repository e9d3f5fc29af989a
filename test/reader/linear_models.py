"""What linear.test.ts compares the TypeScript reader with: trains and saves as the job does, answers with both Pythons.

Reads texts.json, all texts and how many of them to answer, from the folder that it is called with. Lays out beside it a
models folder for each kind, as a promotion does, and python.json.
"""

from __future__ import annotations

import hashlib
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from pbp_jobs.linear import features as features_of_job
from pbp_jobs.linear.model import save_linear, train_linear
from pbp_jobs.probabilities import exponential, probabilities

import numpy as np
from pbp_reader import Models
from pbp_reader import features as features_of_reader
from pbp_reader.classifier import Classifier
from versions import add_version

TOGETHER = 7
LABELS = ["-1", "0", "5 stars", "__proto__", "never"]
DECISIONS: dict[str, dict[str, Any]] = {
    "single-label": {"thresholds": 0.5, "temperature": 1.7, "reject": {"threshold": 0.4}},
    "multi-label": {
        "thresholds": {"-1": 0.2, "0": 0.3, "5 stars": 0.25, "__proto__": 0.3, "never": 0.5},
        "temperature": 0.8,
        "reject": {"threshold": 0.6},
    },
}


def main(folder: Path) -> None:
    texts, count = json.loads((folder / "texts.json").read_bytes())
    answers = {kind: answer(folder / kind, kind, texts[:count]) for kind in DECISIONS}
    exponents = np.linspace(-720, 0, 5000)
    found = {"features": digests(texts), "answers": answers}
    found |= {"exponents": exponents.tolist(), "exponentials": exponential(exponents).tolist()}
    (folder / "python.json").write_text(json.dumps(found), "utf-8")


def digests(texts: list[str]) -> list[str]:
    """Of each text's features, for which the job and the reader have one answer, alone or together with others."""
    hashings = [module.Hashing(30, (1, 3), (2, 4)) for module in (features_of_job, features_of_reader)]
    found = []
    for first in range(0, len(texts), TOGETHER):
        some = texts[first : first + TOGETHER]
        owners, buckets, counts = features_of_reader.count_features(some, hashings[1])
        ends = np.searchsorted(owners, np.arange(len(some) + 1)).tolist()
        for text, (start, end) in zip(some, pairwise(ends), strict=True):
            job = features_of_job.count_features([text], hashings[0])
            ours = buckets[start:end].tolist(), counts[start:end].tolist()
            assert (job.buckets.tolist(), job.counts.tolist()) == ours, ascii(text)
            alone = features_of_reader.count_features([text], hashings[1])
            assert tuple(part.tolist() for part in alone[1:]) == ours, ascii(text)
            lines = "".join(f"{bucket} {count}\n" for bucket, count in zip(*ours, strict=True))
            found.append(hashlib.sha256(lines.encode()).hexdigest())
    return found


def answer(models: Path, kind: str, texts: list[str]) -> list[dict[str, Any]]:
    numbers = np.array([len(text) % 4 for text in texts])
    gold = np.arange(len(LABELS)) == numbers[:, None]
    if kind == "multi-label":
        gold |= np.arange(len(LABELS)) == np.array([len(text.split()) % 7 for text in texts])[:, None]
        gold[:, 4] = False
    draft = models / "draft"
    (draft / "model").mkdir(parents=True)
    model, training = train_linear(texts, gold, kind == "single-label", 10.0)
    save_linear(model, training, LABELS, kind, draft / "model")
    (draft / "model/decision.json").write_text(json.dumps(DECISIONS[kind]), "utf-8")
    use(models, draft)
    classifier = Models(models, Classifier).current()
    of_job = model.scores(texts)
    assert classifier.model.scores(texts).tolist() == of_job.tolist()
    shares = probabilities(of_job / DECISIONS[kind]["temperature"], kind == "single-label")
    answers = [vars(classifier.classify(text)) | {"explained": explained(classifier, text)} for text in texts]
    assert [list(answer["probabilities"].values()) for answer in answers] == shares.tolist()
    return [answer | {"scores": scores} for answer, scores in zip(answers, of_job.tolist(), strict=True)]


def explained(classifier: Classifier, text: str) -> dict[str, Any]:
    """Why it is the likeliest label, and that the words account for the score of any."""
    found, number = classifier.explain(text), len(text) % len(LABELS)
    other = classifier.explain(text, LABELS[number]).attribution
    assert found.attribution.complete and other.complete, ascii(text)
    assert other.score == classifier.model.scores([text])[0][number], ascii(text)
    words = [[word.start, word.end, word.weight] for word in found.attribution.words]
    return {"label": found.label, "baseline": found.attribution.baseline, "words": words}


def use(models: Path, draft: Path) -> None:
    """Makes a version of the draft, and it the one in use."""
    version = add_version(models, draft, execution="run", labels=LABELS)
    (models / "current").symlink_to(f"versions/{version}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
