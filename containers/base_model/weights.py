"""Weights: from a pickle or a pre-training checkpoint to the encoder alone, under the names transformers expects."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

from pbp_jobs.contract import JobError, replacing, say

from .download import damage_of
from .model_folder import ModelFolder

if TYPE_CHECKING:
    from pathlib import Path

SAFE_TORCH = (2, 10)  # before it, torch.load(weights_only=True) could be made to run code (CVE-2026-24747)

COPIED = {"torch.float32", "torch.float16", "torch.bfloat16"}
CONVERTED = {*COPIED, "torch.float64"}


def write_weights(source: ModelFolder, path: Path) -> None:
    """Writes model.safetensors. A safetensors file that already has the right names is copied byte for byte, so
    that its digest can be compared with the publisher's.

    Errors: InvalidInput when a tensor of the encoder is missing, has another shape or type, or holds numbers that are
    not finite.
    """
    expected = expected_shapes(source.config)
    tensors = load_tensors(source.weights)
    if source.weights[0].suffix == ".safetensors" and len(source.weights) == 1 and not expected.keys() - tensors.keys():
        check_tensors(tensors, source.config)
        if all(str(tensors[name].dtype) in COPIED for name in expected):
            with replacing(path) as temporary:
                shutil.copyfile(source.weights[0], temporary)
            return
    converted = convert(tensors, source.config)
    from safetensors.torch import save_file

    with replacing(path) as temporary:
        save_file(converted, temporary, metadata={"format": "pt"})
    files = source.weights[0].name if len(source.weights) == 1 else f"{len(source.weights)} shards"
    say(f"weights: {files} converted, {len(converted)} tensors of the encoder kept")


def load_tensors(files: list[Path]) -> dict[str, Any]:
    """Those of one file, or of all shards together."""
    tensors: dict[str, Any] = {}
    for file in files:
        for name, tensor in load_file(file).items():
            if name in tensors:
                raise JobError(
                    "InvalidInput",
                    f"{file}: expected a tensor in one shard, found {name} in two; download every shard from the same"
                    " revision of the model",
                )
            tensors[name] = tensor
    return tensors


def load_file(path: Path) -> dict[str, Any]:
    import torch

    if path.suffix == ".safetensors":
        import safetensors.torch

        try:
            tensors: dict[str, Any] = safetensors.torch.load_file(path)
        except Exception:
            raise JobError("InvalidInput", damage_of(path)) from None
        return tensors
    version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if version < SAFE_TORCH:
        raise JobError("InvalidInput", f"{path.name}: expected torch 2.10 or later to read it safely")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:
        raise JobError("InvalidInput", damage_of(path)) from None
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
    missing = sorted(expected_shapes(config).keys() - renamed.keys())
    if missing:
        raise JobError("InvalidInput", f"weights: expected BERT's {missing[0]} (of {len(missing)} missing tensors)")
    check_tensors(renamed, config)
    return {name: renamed[name].float().contiguous().clone() for name in sorted(expected_shapes(config))}


def check_tensors(tensors: dict[str, Any], config: dict[str, Any]) -> None:
    """Shape, type and every number of the encoder's tensors."""
    rows = (*tensors["embeddings.word_embeddings.weight"].shape, 0)[0]
    if rows != config["vocab_size"]:
        raise JobError(
            "InvalidInput", f"weights: expected {config['vocab_size']} embedding rows, a row a word piece, found {rows}"
        )
    for name, shape in expected_shapes(config).items():
        tensor = tensors[name]
        if tuple(tensor.shape) != shape:
            raise JobError("InvalidInput", f"weights: expected {name} of shape {shape}, found {tuple(tensor.shape)}")
        if str(tensor.dtype) not in CONVERTED:
            kind = str(tensor.dtype).removeprefix("torch.")
            raise JobError(
                "InvalidInput",
                f"weights: expected floats of 16, 32 or 64 bits in {name}, found {kind}; a quantised model cannot be"
                " trained further, take the original one",
            )
    from pbp_jobs.model import first_not_finite

    damaged = first_not_finite({name: tensors[name].float() for name in expected_shapes(config)})
    if damaged:
        raise JobError(
            "InvalidInput",
            f"weights: expected finite numbers, found NaN or infinity in {damaged}: the model was damaged when it was"
            " made or downloaded; download it again, or take another revision",
        )


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
