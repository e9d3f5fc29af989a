"""As race-reader.ts, with the reader for Python: python campaigns/races/race_reader.py <folder> <loads> <model>..."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "reader/python"))

import numpy as np
from pbp_reader import Bundle, Models, Notes
from safetensors.numpy import load


def is_of(execution: str, weights: bytes) -> bool:
    """Whether these are the weights of the execution in the manifest, as test/promote/execution.ts makes them."""
    word = int.from_bytes(hashlib.sha256(execution.encode()).digest()[:4], "little") / 2**32
    return bool(load(weights)["classifier.bias"][0] == np.float32(word))


def version_of(bundle: Bundle) -> tuple[str, str, bool]:
    Notes(bundle)
    return bundle.version, bundle.execution, is_of(bundle.execution, bundle.read("ner/model.safetensors"))


def is_mixed_when_careless(models: Path) -> bool:
    try:
        execution = json.loads((models / "current/manifest.json").read_bytes())["execution"]
        time.sleep(0.02)  # what reading some hundred megabytes takes
        return not is_of(execution, (models / "current/ner/model.safetensors").read_bytes())
    except OSError:
        return True


def main(folder: Path, wanted: int, models: list[str]) -> None:
    over = threading.Thread(target=sys.stdin.buffer.read, daemon=True)  # until standard input closes
    over.start()
    counts = dict.fromkeys(("loads", "versions", "mixed", "foreign", "unreadable", "careless", "carelessMixed"), 0)
    last: dict[str, str] = {}
    problem = ""
    while over.is_alive() or counts["loads"] < wanted:
        model = models[counts["loads"] % len(models)]
        counts["loads"] += 1
        try:
            version, execution, whole = Models(folder / "models", version_of, model=model).current()
            counts["mixed"] += not whole
            counts["foreign"] += not execution.startswith(f"{model}-")
            counts["versions"] += version != last.get(model)
            last[model] = version
        except Exception as error:
            counts["unreadable"] += 1
            problem = repr(error)
        if counts["loads"] == wanted:
            print("read", flush=True)
        if counts["loads"] % 100 == 0:
            counts["careless"] += 1
            counts["carelessMixed"] += is_mixed_when_careless(folder / "models")
    print(json.dumps({**counts, "problem": problem}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
