"""A trial of the image `serve`, as SageMaker starts it: for .github/workflows/images.yml. test_container.py has it
without Docker.

    trial.py bundle FOLDER    writes what SageMaker would have unpacked: a linear model of two classes
    trial.py ask PORT         waits until the service is ready, and asks it
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import Request, urlopen

# What SageMaker waits for a serverless endpoint to be ready: docs.aws.amazon.com/sagemaker/latest/dg/
# serverless-endpoints-invoke.html. An endpoint on instances has longer.
SECONDS_TO_BE_READY = 180
LABELS = ["imaging", "laboratory"]
TEXTS = ["CT of the chest", "blood count", "CT of the head", "blood glucose", "CT", "blood"]


def write_bundle(folder: Path) -> None:
    from pbp_jobs.contract import write_json
    from pbp_jobs.linear.model import save_linear, train_linear

    import numpy as np
    from versions import add_version

    gold = np.array([[text.startswith("CT"), text.startswith("blood")] for text in TEXTS])
    model, training = train_linear(TEXTS, gold, True, 1.0)
    with TemporaryDirectory() as temporary:
        inside = Path(temporary) / "draft/model"
        inside.mkdir(parents=True)
        save_linear(model, training, LABELS, "single-label", inside)
        write_json(inside / "decision.json", {"temperature": 1.0, "thresholds": 0.5, "reject": None})
        models = Path(temporary) / "models"
        models.mkdir()
        named = {"execution": "trial", "kind": "single-label", "algorithm": "linear", "labels": LABELS}
        version = models / "versions" / add_version(models, inside.parent, **named)
        for path in sorted(version.rglob("*")):
            target = folder / path.relative_to(version)
            if path.is_dir():
                target.mkdir()
            else:
                target.write_bytes(path.read_bytes())


def ask(address: str) -> None:
    began = monotonic()
    while not is_ready(address):
        if monotonic() - began > SECONDS_TO_BE_READY:
            sys.exit(f"expected 200 of /ping within {SECONDS_TO_BE_READY} seconds")
        sleep(0.2)
    body = json.dumps({"notes": [{"text": text} for text in TEXTS]}).encode()
    request = Request(f"{address}/invocations", body, {"content-type": "application/json"})
    with urlopen(request, timeout=60) as response:
        answer = json.load(response)
    said = [one["classes"][0]["label"] for one in answer.pop("answers")]
    if said != [LABELS[text.startswith("blood")] for text in TEXTS]:
        sys.exit(f"expected each text's class, got {said}")
    print(json.dumps({**answer, "secondsToBeReady": round(monotonic() - began)}))


def is_ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/ping", timeout=2) as response:
            return bool(response.status == 200)
    except (URLError, ConnectionError, TimeoutError):  # not yet listening, or 503: it still loads
        return False


if __name__ == "__main__":
    command, argument = sys.argv[1:]
    if command == "bundle":
        write_bundle(Path(argument))
    else:
        ask(f"http://127.0.0.1:{argument}")
