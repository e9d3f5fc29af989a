"""The reader answers as Evaluate judged."""

from __future__ import annotations

import shutil
from pathlib import Path

from pbp_jobs.archive import describe
from pbp_jobs.kinds import KINDS
from pbp_jobs.kinds.classes import named

import pytest
from class_folders import CLASS_MODELS, CLASSES, make_texts, probabilities
from job_folders import read
from linear_models import use
from pbp_reader import Models
from pbp_reader.classifier import Classifier


@pytest.mark.parametrize(("kind", "algorithm"), CLASS_MODELS)
def test_the_reader_decides_as_evaluate_does(
    tmp_path: Path, class_models: dict[tuple[str, str], Path], kind: str, algorithm: str
) -> None:
    draft = tmp_path / "draft"
    shutil.copytree(class_models[kind, algorithm], draft / "model")
    use(tmp_path, draft)
    classifier = Models(tmp_path, Classifier).current()
    texts = [row["text"] for row in make_texts(30, 8, kind, longest=60)]
    texts += ["", " \n", "fever", "half a pair \ud83d, and \u0130", f"{'q' * 70} fever {'x-ray ' * 20}"]
    shares = probabilities(class_models[kind, algorithm], texts, kind)
    folder = class_models[kind, algorithm]
    decision = KINDS[kind].decision(describe(folder, "", read(folder / "manifest.json"), "EvaluationFailed"), "-")
    chosen, sure = decision.chosen(shares, CLASSES), decision.confidences(shares, CLASSES) >= decision.reject.threshold
    for place, text in enumerate(texts):
        answer = classifier.classify(text)
        assert [answer.probabilities[label] for label in CLASSES] == pytest.approx(shares[place].tolist(), abs=2e-5)
        assert answer.classes == named(chosen[place], CLASSES)
        assert answer.sure == sure[place]
