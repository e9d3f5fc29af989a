"""How good attribution is, and what it costs, for a promoted model that is no linear one.

    .venv/bin/python bench/reader/attribution_bench.py <models folder> <export> [--model NAME] [--texts 20]

For each text: how well the ranks of its words agree with those by 256 steps, what the words leave unexplained, passes
and CPU seconds. For classes also how much the label's probability falls without the fifth of the words that weigh
most, beside the fifth by leaving out one word after the other (occlusion), and a random one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "reader/python"))

import numpy as np
from export_texts import texts_of
from pbp_reader import Models, gradients
from pbp_reader.attribution import Explanation, WordWeight
from pbp_reader.classifier import Classifier
from pbp_reader.tagger import Tagger
from recording.record import keep_figure

MANY = 256


def with_steps(explain: Callable[[], Explanation], steps: int) -> Explanation:
    usual = gradients.STEPS, gradients.MOST_STEPS
    gradients.STEPS = gradients.MOST_STEPS = steps
    try:
        return explain()
    finally:
        gradients.STEPS, gradients.MOST_STEPS = usual


def weights(explanation: Explanation) -> np.ndarray:
    return np.array([word.weight for word in explanation.attribution.words])


def rank_agreement(one: np.ndarray, other: np.ndarray) -> float:
    ranks = [values.argsort().argsort() for values in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1])


def without(text: str, words: Sequence[WordWeight], left_out: Sequence[int]) -> str:
    for place in sorted(left_out, reverse=True):
        text = text[: words[place].start] + text[words[place].end :]
    return text


def measure_falls(classifier: Classifier, text: str, found: Explanation, choose: random.Random) -> dict[str, float]:
    words, label = found.attribution.words, found.label
    assert label is not None

    def fall(left_out: Sequence[int]) -> float:
        before, after = classifier.classify_all([text, without(text, words, left_out)])
        return before.probabilities[label] - after.probabilities[label]

    fifth = max(1, round(len(words) / 5))
    started = time.process_time()
    occlusion = np.array([fall([place]) for place in range(len(words))])
    spent = time.process_time() - started
    return {
        "fall, integrated gradients": fall(np.argsort(-weights(found))[:fifth].tolist()),
        "fall, occlusion": fall(np.argsort(-occlusion)[:fifth].tolist()),
        "fall, at random": float(np.mean([fall(choose.sample(range(len(words)), fifth)) for _ in range(3)])),
        "CPU s, occlusion": spent,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("models")
    parser.add_argument("export", type=Path)
    parser.add_argument("--model", default="keyphrases")
    parser.add_argument("--texts", type=int, default=20)
    arguments = parser.parse_args()
    reader = Models(
        arguments.models,
        lambda bundle: (Tagger if bundle.kind == "keyphrases" else Classifier)(bundle),
        model=arguments.model,
    ).current()
    choose = random.Random(7)
    texts = texts_of(arguments.export)
    choose.shuffle(texts)
    measured: dict[str, list[float]] = defaultdict(list)
    for text in [text for text in texts if len(text.split()) >= 8][: arguments.texts]:
        started = time.process_time()
        found = reader.explain(text)
        measured["CPU s"].append(time.process_time() - started)
        attribution = found.attribution
        missing = attribution.score - attribution.baseline - attribution.sum
        sixteen, many = (with_steps(lambda text=text: reader.explain(text), steps) for steps in (16, MANY))
        measured["words"].append(len(attribution.words))
        measured["passes"].append(attribution.passes)
        measured["complete"].append(float(attribution.complete))
        measured["difference"].append(abs(attribution.score - attribution.baseline))
        measured["unexplained"].append(abs(missing))
        measured[f"ranks, 16 and {MANY} steps"].append(rank_agreement(weights(sixteen), weights(many)))
        if isinstance(reader, Classifier):
            for name, value in measure_falls(reader, text, found, choose).items():
                measured[name].append(value)
    print(f"{'':28}    mean  5 %    95 %")
    for name, values in measured.items():
        print(f"{name:28} {np.mean(values):8.4f} {np.quantile(values, 0.05):8.4f} {np.quantile(values, 0.95):8.4f}")
        keep_figure(f"{name}, mean over texts", float(np.mean(values)), "")


if __name__ == "__main__":
    main()
