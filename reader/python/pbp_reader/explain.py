"""Which words made an answer, for a program in another language: a JSON object in, one out.

    python -m pbp_reader.explain <folder of a version> < asked.json

asked.json: {"text", "label": a name or null, "at": an offset in code points or null}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pbp_reader.attribution import CannotExplain, Explanation
from pbp_reader.bundle import ModelsError, open_bundle


def explain(folder: Path, text: str, label: str | None, at: int | None) -> Explanation:
    """Errors: CannotExplain; as Bundle.read."""
    bundle = open_bundle(folder)
    if bundle.kind == "keyphrases":
        from pbp_reader.tagger import Tagger  # which needs torch

        return Tagger(bundle).explain(text, label, at)
    from pbp_reader.classifier import Classifier

    return Classifier(bundle).explain(text, label)


if __name__ == "__main__":
    try:
        print(json.dumps(explain(Path(sys.argv[1]), **json.load(sys.stdin)).as_json()))
    except (CannotExplain, ModelsError) as error:
        sys.exit(str(error))
