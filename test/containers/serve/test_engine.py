"""A bundle in memory, from its loading to its end."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from serve.engine import Engine

import pytest
from pbp_reader.bundle import open_bundle

TEXT = "chest pain since monday"


@pytest.mark.parametrize("model", ["", "registered/routing", "registered/specialty"])
def test_a_model_is_freed_with_its_last_holder(models: Path, base_models: Path, model: str) -> None:
    """By the count of references: the garbage collector looks at old objects only when many new ones have become old,
    which in a service they do not. Fifteen models were in the memory after forty promotions."""
    engine = Engine(open_bundle((models / model / "current").resolve()), base_models)
    engine.answers.run([(TEXT, None)])
    engine.explanations.run([(TEXT, None, None)])
    if model == "":
        engine.neighbours.run([(TEXT, 1)])
    held = [weakref.ref(engine), weakref.ref(engine.reader), weakref.ref(engine.answers)]
    held += [weakref.ref(one) for one in vars(engine.reader).values()]  # the model
    gc.collect()
    gc.disable()
    try:
        del engine
        assert [one() for one in held] == [None] * len(held)
    finally:
        gc.enable()
