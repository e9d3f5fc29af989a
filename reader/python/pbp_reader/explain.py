"""Which words made an answer, for a program in another language: a JSON object in, one out.

    python -m pbp_reader.explain <folder of a version> < asked.json

asked.json: {"text", "label": a name or null, "at": an offset in code points or null}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pbp_reader.attribution import CannotExplain, Explanation
from pbp_reader.bundle import Bundle, ModelsError, open_bundle
from pbp_reader.classifier import Classifier


def explain_keyphrase(bundle: Bundle, text: str, label: str | None, at: int | None) -> Explanation:
    from pbp_reader.tagger import Tagger  # which needs torch

    return Tagger(bundle).explain(text, label, at)


def explain_class(bundle: Bundle, text: str, label: str | None, _: int | None) -> Explanation:
    return Classifier(bundle).explain(text, label)


# By the kind of the model. Errors: CannotExplain; as Bundle.read.
EXPLAIN = {"keyphrases": explain_keyphrase, "single-label": explain_class, "multi-label": explain_class}


def main(folder: Path) -> None:
    bundle, asked = open_bundle(folder), json.load(sys.stdin)
    explanation = EXPLAIN[bundle.kind](bundle, asked["text"], asked["label"], asked["at"])
    print(json.dumps(explanation.as_json()))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (CannotExplain, ModelsError) as error:
        sys.exit(str(error))
