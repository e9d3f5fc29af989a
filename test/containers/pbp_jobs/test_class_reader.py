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
from pbp_reader import Models, gradients
from pbp_reader.attribution import CannotExplain
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
    explain(classifier, texts)


def explain(classifier: Classifier, texts: list[str]) -> None:
    """The words account for the score of a label, each where the text has it, and in its order."""
    scores = classifier.model.scores(texts)
    complete = 0
    for place, text in enumerate(texts):
        label = place % len(CLASSES)
        explanation = classifier.explain(text, CLASSES[label])
        found = explanation.attribution
        complete += found.complete
        assert explanation.label == CLASSES[label]
        assert found.score == pytest.approx(scores[place, label], abs=1e-4)
        assert found.tolerance <= max(0.02, 0.05 * abs(found.score - found.baseline)) and found.passes <= 2 + 3 * 240
        ends = [0, *(word.end for word in found.words)]
        assert all(end <= word.start < word.end for end, word in zip(ends, found.words, strict=False))
        if text.isascii():  # half a pair is nothing that a model reads
            assert "".join(text[word.start : word.end] for word in found.words) == "".join(text.split())
    # What is wrong by more is told. Models as small and as sure as these jump, which real ones hardly do.
    assert complete > 0.8 * len(texts)
    likeliest = classifier.explain(texts[0])
    assert likeliest.label == CLASSES[int(scores[0].argmax())]
    with pytest.raises(CannotExplain):
        classifier.explain(texts[0], "CANARY")


def test_says_when_the_words_do_not_account_for_the_score(
    tmp_path: Path, class_models: dict[tuple[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = tmp_path / "draft"
    shutil.copytree(class_models["single-label", "transformer"], draft / "model")
    use(tmp_path, draft)
    classifier = Models(tmp_path, Classifier).current()
    text = "fever after CT"
    usual = classifier.explain(text).attribution
    blank = classifier.explain("[PAD] [PAD] [PAD]", classifier.explain(text).label).attribution
    assert usual.baseline == pytest.approx(blank.score, abs=1e-4)
    assert blank.sum == pytest.approx(0) and blank.complete
    monkeypatch.setattr(gradients, "STEPS", 1)
    assert classifier.explain(text).attribution.complete  # by more steps
    monkeypatch.setattr(gradients, "MOST_STEPS", 1)
    assert not classifier.explain(text).attribution.complete
