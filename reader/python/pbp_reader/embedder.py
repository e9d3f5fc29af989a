"""The vector of a new note, to find past notes like it. Needs torch and tokenizers."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from pbp_reader.bert import Encoder, one_thread
from pbp_reader.bundle import ModelsError

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from tokenizers import Tokenizer


class Embedder:
    """Mean pooling over the base model, as the embedding job and sentence-transformers do, in float32.

    The base model is no part of a bundle, since it changes less often: copy base-models/<name>/manifest.json and the
    files that it lists from the data bucket into one folder.
    """

    def __init__(self, folder: str | Path, embedding_key: str, device: str = "cpu") -> None:
        """embedding_key: Notes.embedding_key. Errors: ModelsError when the folder holds another base model, whose
        vectors would look right and be compared with nothing."""
        folder = Path(folder)
        manifest = json.loads((folder / "manifest.json").read_bytes())
        weights = (folder / "model.safetensors").read_bytes()
        identity = {
            "weightsSha256": hashlib.sha256(weights).hexdigest(),
            **{name: manifest.get(name) for name in ("pooling", "normalize", "embeddingMaxLength", "lowerCase")},
        }
        canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
        if hashlib.sha256(canonical.encode()).hexdigest()[:16] != embedding_key:
            raise ModelsError(
                f"{folder} is not the base model {embedding_key} that the notes were embedded with. Copy that one."
            )
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(manifest["embeddingMaxLength"])
        self.encoder = Encoder(load(weights), json.loads((folder / "config.json").read_bytes()), device)

    def vector(self, text: str) -> NDArray[np.float32]:
        """Of length 1. The beginning of a long text speaks for all of it, as in the export's vectors."""
        # Half a surrogate pair has no UTF-8.
        pieces = self.tokenizer.encode(re.sub("[\ud800-\udfff]", "\ufffd", text)).ids
        with one_thread(), torch.inference_mode():
            mean = self.encoder.encode([pieces]).mean(0)
        vector: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=0).cpu().numpy()
        return vector
