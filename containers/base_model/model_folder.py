"""What a model folder says about itself: architecture, vocabulary, pooling, length. Weights are only located."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbp_jobs.contract import JobError

from .download import check_download

LONGEST = 512  # positions of a BERT model, and the limit of schemas/models/base-model.schema.json
OTHER_FRAMEWORKS = {".h5", ".msgpack", ".onnx", ".gguf", ".ot", ".tflite", ".data-00000-of-00001"}


@dataclass(frozen=True)
class ModelFolder:
    folder: Path  # of the transformer itself
    config: dict[str, Any]
    vocabulary: list[str]  # by id
    weights: list[Path]  # one file, or its shards
    tokenizer_config: dict[str, Any]
    sentence_config: dict[str, Any]
    normalize: bool
    embedding_max_length: int  # word pieces, special tokens included


def read_model_folder(root: Path) -> ModelFolder:
    """Errors: InvalidInput, saying what was expected where."""
    if not root.is_dir():
        raise JobError("InvalidInput", f"{root}: expected a model folder")
    modules = read_modules(root)
    folder = root / modules[0]["path"] if modules else root
    config = read_optional_json(folder / "config.json")
    check_architecture(config)
    tokenizer_config = read_optional_json(folder / "tokenizer_config.json")
    sentence_config = read_optional_json(folder / "sentence_bert_config.json")
    vocabulary = read_vocabulary(folder)
    if len(vocabulary) != config.get("vocab_size"):
        raise JobError(
            "InvalidInput",
            f"vocabulary: expected config.json's vocab_size ({config.get('vocab_size')}), found {len(vocabulary)}",
        )
    return ModelFolder(
        folder=folder,
        config=config,
        vocabulary=vocabulary,
        weights=find_weights(folder),
        tokenizer_config=tokenizer_config,
        sentence_config=sentence_config,
        normalize=any(module["type"].endswith("Normalize") for module in modules),
        embedding_max_length=maximum_length(config, tokenizer_config, sentence_config),
    )


def read_modules(root: Path) -> list[dict[str, Any]]:
    """modules.json of sentence-transformers, [] for a plain Hugging Face folder, which is mean-pooled as it does."""
    if not (root / "modules.json").is_file():
        return []
    check_download(root / "modules.json")
    try:
        modules: list[dict[str, Any]] = json.loads((root / "modules.json").read_bytes())
        kinds = [module["type"].rpartition(".")[2] for module in modules]
        inside = all((root / module["path"]).resolve().is_relative_to(root.resolve()) for module in modules)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise JobError("InvalidInput", "modules.json: expected modules, each with a type and a path") from None
    if not inside:
        raise JobError("InvalidInput", "modules.json: expected paths inside the model folder")
    if kinds not in (["Transformer"], ["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise JobError(
            "InvalidInput", "modules.json: expected Transformer, Pooling and perhaps Normalize, in this order"
        )
    if len(modules) > 1:
        check_pooling(read_optional_json(root / modules[1]["path"] / "config.json"))
    return modules


def check_pooling(config: dict[str, Any]) -> None:
    """The flags of older folders and the one word of newer ones."""
    flags = [name for name, value in config.items() if name.startswith("pooling_mode_") and value is True]
    if config.get("pooling_mode", "mean") != "mean" or any(flag != "pooling_mode_mean_tokens" for flag in flags):
        raise JobError("InvalidInput", "Pooling: expected mean pooling, the only one that is supported")


def check_architecture(config: dict[str, Any]) -> None:
    kind = config.get("model_type", "bert" if "BertModel" in config.get("architectures", []) else None)
    if not config:
        raise JobError(
            "InvalidInput", "config.json: expected such a file in the model folder, as Hugging Face lays it out"
        )
    if kind != "bert":
        raise JobError("InvalidInput", "config.json: expected model_type bert; other architectures are not supported")
    expected = {"hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
    for name, value in expected.items():
        if config.get(name, value) != value:
            raise JobError("InvalidInput", f"config.json: expected {name} to be {json.dumps(value)}")


def read_vocabulary(folder: Path) -> list[str]:
    """Word pieces by id, from vocab.txt or else tokenizer.json."""
    if (folder / "vocab.txt").is_file():
        check_download(folder / "vocab.txt")
        try:
            lines = (folder / "vocab.txt").read_text("utf-8").split("\n")
        except UnicodeDecodeError:
            raise JobError("InvalidInput", f"{folder / 'vocab.txt'}: expected UTF-8, a word piece per line") from None
        return [line.rstrip("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]
    model = read_optional_json(folder / "tokenizer.json").get("model", {})
    if model.get("type") == "WordPiece":
        return sorted(model["vocab"], key=model["vocab"].__getitem__)
    raise JobError("InvalidInput", f"{folder}: expected vocab.txt or a WordPiece tokenizer.json")


def find_weights(folder: Path) -> list[Path]:
    """The file that transformers would read too: safetensors before pickles, one file before shards."""
    for name in ("model.safetensors", "pytorch_model.bin"):
        files = [folder / name] if (folder / name).is_file() else find_shards(folder / f"{name}.index.json")
        for file in files:
            check_download(file)
        if files:
            return files
    expected = "expected weights in model.safetensors or pytorch_model.bin"
    foreign = [path.name for path in sorted(folder.iterdir()) if path.suffix in OTHER_FRAMEWORKS]
    if foreign:
        raise JobError(
            "InvalidInput",
            f"{folder}: {expected}, found only {foreign[0]}, which is not PyTorch's: take the PyTorch weights from the"
            " model's page",
        )
    raise JobError("InvalidInput", f"{folder}: {expected}, found none")


def find_shards(index: Path) -> list[Path]:
    """[] when there is no index. Errors: InvalidInput when it does not name files next to it that are there."""
    if not index.is_file():
        return []
    shard_of = read_optional_json(index).get("weight_map")
    shards: set[Any] = set(shard_of.values()) if isinstance(shard_of, dict) and shard_of else {None}
    kind = Path(index.name.removesuffix(".index.json")).suffix
    if not all(isinstance(name, str) and Path(name).name == name and name.endswith(kind) for name in shards):
        raise JobError("InvalidInput", f"{index}: expected a weight_map from tensors to {kind} files beside it")
    missing = sorted(name for name in shards if not (index.parent / name).is_file())
    if missing:
        raise JobError(
            "InvalidInput",
            f"{index.parent / missing[0]} is missing: the weights come in {len(shards)} shards, and {len(missing)} of"
            f" them {'is' if len(missing) == 1 else 'are'} not there; download every file that {index.name} names",
        )
    return [index.parent / name for name in sorted(shards)]


def maximum_length(config: dict[str, Any], tokenizer_config: dict[str, Any], sentence_config: dict[str, Any]) -> int:
    """As sentence-transformers: max_seq_length, else the tokenizer's limit; never more than there are positions."""
    asked = sentence_config.get("max_seq_length") or tokenizer_config.get("model_max_length") or LONGEST
    length = int(min(asked, config.get("max_position_embeddings", LONGEST), LONGEST))
    if length < 16:
        raise JobError("InvalidInput", "max_seq_length: expected at least 16 word pieces")
    return length


def read_optional_json(path: Path) -> dict[str, Any]:
    """{} when there is no such file. Errors: InvalidInput when it is not a JSON object."""
    if not path.is_file():
        return {}
    check_download(path)
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise JobError("InvalidInput", f"{path}: expected a JSON object")
    return value
