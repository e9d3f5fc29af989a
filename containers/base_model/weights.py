"""Weights: from a pickle or a pre-training checkpoint to the encoder alone, under the names transformers expects."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

from pbp_jobs.contract import JobError, replacing, say

from .model_folder import ModelFolder

if TYPE_CHECKING:
    from pathlib import Path

SAFE_TORCH = (2, 10)  # before it, torch.load(weights_only=True) could be made to run code (CVE-2026-24747)


def write_weights(source: ModelFolder, path: Path) -> None:
    """Writes model.safetensors. A safetensors file that already has the right names is copied byte for byte, so
    that its digest can be compared with the publisher's.

    Errors: InvalidInput when a tensor of the encoder is missing, has another shape, or is no number.
    """
    if source.weights.suffix == ".safetensors":
        from safetensors import safe_open

        with safe_open(source.weights, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        if not missing_tensors(shapes, expected_shapes(source.config)):
            check_shapes(shapes, source.config)
            with replacing(path) as temporary:
                shutil.copyfile(source.weights, temporary)
            return
    tensors = convert(load_tensors(source.weights), source.config)
    from safetensors.torch import save_file

    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"format": "pt"})
    say(f"weights: {source.weights.name} converted, {len(tensors)} tensors of the encoder kept")


def load_tensors(path: Path) -> dict[str, Any]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        tensors: dict[str, Any] = load_file(path)
        return tensors
    import torch

    version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if version < SAFE_TORCH:
        raise JobError("InvalidInput", f"{path.name}: expected torch 2.10 or later to read it safely")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:
        raise JobError("InvalidInput", f"{path.name}: expected a file of tensors and nothing else") from None
    if not isinstance(state, dict):
        raise JobError("InvalidInput", f"{path.name}: expected tensors by name")
    return {name: tensor for name, tensor in state.items() if isinstance(tensor, torch.Tensor)}


def convert(tensors: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """Drops the heads and the pooler, takes `bert.` off, and gives LayerNorm the names it has had since 2019."""
    renamed = {
        re.sub(
            r"LayerNorm\.gamma$", "LayerNorm.weight", re.sub(r"LayerNorm\.beta$", "LayerNorm.bias", name)
        ).removeprefix("bert."): tensor
        for name, tensor in tensors.items()
    }
    shapes = {name: tuple(tensor.shape) for name, tensor in renamed.items()}
    expected = expected_shapes(config)
    missing = missing_tensors(shapes, expected)
    if missing:
        raise JobError("InvalidInput", f"weights: expected BERT's {missing[0]} (of {len(missing)} missing tensors)")
    check_shapes(shapes, config)
    return {name: renamed[name].float().contiguous().clone() for name in sorted(expected)}


def check_shapes(shapes: dict[str, tuple[int, ...]], config: dict[str, Any]) -> None:
    rows = shapes["embeddings.word_embeddings.weight"][0]
    if rows != config["vocab_size"]:
        raise JobError(
            "InvalidInput", f"weights: expected {config['vocab_size']} embedding rows, a row a word piece, found {rows}"
        )
    for name, shape in expected_shapes(config).items():
        if shapes[name] != shape:
            raise JobError("InvalidInput", f"weights: expected {name} of shape {shape}, found {shapes[name]}")


def missing_tensors(shapes: dict[str, tuple[int, ...]], expected: dict[str, tuple[int, ...]]) -> list[str]:
    return sorted(expected.keys() - shapes.keys())


def expected_shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Every tensor of a BERT encoder without pooler."""
    try:
        hidden, inner = config["hidden_size"], config["intermediate_size"]
        shapes: dict[str, tuple[int, ...]] = {
            "embeddings.word_embeddings.weight": (config["vocab_size"], hidden),
            "embeddings.position_embeddings.weight": (config["max_position_embeddings"], hidden),
            "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], hidden),
            "embeddings.LayerNorm.weight": (hidden,),
            "embeddings.LayerNorm.bias": (hidden,),
        }
        layers = range(config["num_hidden_layers"])
    except (KeyError, TypeError):
        raise JobError("InvalidInput", "config.json: expected the sizes of a BERT model") from None
    inside: dict[str, tuple[int, ...]] = {
        f"attention.self.{name}.{kind}": (hidden, hidden) if kind == "weight" else (hidden,)
        for name in ("query", "key", "value")
        for kind in ("weight", "bias")
    }
    inside |= {
        "attention.output.dense.weight": (hidden, hidden),
        "attention.output.dense.bias": (hidden,),
        "attention.output.LayerNorm.weight": (hidden,),
        "attention.output.LayerNorm.bias": (hidden,),
        "intermediate.dense.weight": (inner, hidden),
        "intermediate.dense.bias": (inner,),
        "output.dense.weight": (hidden, inner),
        "output.dense.bias": (hidden,),
        "output.LayerNorm.weight": (hidden,),
        "output.LayerNorm.bias": (hidden,),
    }
    return shapes | {f"encoder.layer.{layer}.{name}": shape for layer in layers for name, shape in inside.items()}
