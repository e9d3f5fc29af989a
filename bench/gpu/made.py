"""What the GPU bench runs on: base models of random weights in two known layouts, and texts of a made-up vocabulary.

Speed depends on shapes and lengths alone. So nothing has to be downloaded, and no note is read.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from base_model.add_base_model import add_base_model
from pbp_jobs.base_model import BaseModel, read_base_model

from transformers import BertConfig, BertModel

# Layout: hidden, inner, layers, heads, word pieces in the vocabulary.
LAYOUTS = {
    "bert-base": (768, 3072, 12, 12, 28996),  # Bio_ClinicalBERT's
    "minilm": (384, 1536, 6, 12, 30522),
    "tiny": (64, 128, 2, 4, 3000),  # for a machine without a GPU
}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [f"{first}{second}{last}" for first in "bdfgklmnprst" for second in "aeiou" for last in "bdfgklmnprst"]
LABELS = ["problem", "procedure", "test"]

Shape = str  # sentences, 128 or 256: how long a text is in word pieces


def make_base_model(layout: str, folder: Path) -> BaseModel:
    """A base model folder as `pbp base-model add` makes it, of random weights."""
    hidden, inner, layers, heads, vocabulary = LAYOUTS[layout]
    source = folder / f"{layout}-source"
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
    )
    BertModel(config).save_pretrained(source)
    known = [*SPECIAL, *WORDS]
    unused = [f"[unused{number}]" for number in range(vocabulary - len(known))]
    (source / "vocab.txt").write_text("".join(f"{piece}\n" for piece in [*known, *unused]), "utf-8")
    (source / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True}), "utf-8")
    add_base_model(layout, source, folder / layout, True, 5e-5)
    return read_base_model(folder / layout, "EmbeddingFailed")


def for_length(base: BaseModel, length: int) -> BaseModel:
    return replace(base, embedding_max_length=length)


def flop_a_piece(layout: str, length: int) -> float:
    """Of a forward pass: a multiplication and an addition for each weight, and the two products of attention."""
    hidden, inner, layers, _, _ = LAYOUTS[layout]
    return layers * (2 * (4 * hidden**2 + 2 * hidden * inner) + 4 * length * hidden)


def longest(shape: Shape) -> int:
    return 128 if shape == "sentences" else int(shape)


def words_of(shape: Shape, draw: random.Random, exact: bool) -> list[str]:
    """exact: as many as fill a window. Otherwise a long text goes on for another quarter, as notes do."""
    if shape == "sentences":
        count = min(126, max(2, round(draw.lognormvariate(3.3, 0.5)) - 2))  # 30 word pieces on average
    else:
        count = longest(shape) - 2 if exact else longest(shape) * 5 // 4
    return draw.choices(WORDS, k=count)


def make_texts(shape: Shape, count: int) -> list[tuple[str, str]]:
    """(digest, text), all distinct."""
    draw = random.Random(f"{shape}/{count}")
    texts = dict.fromkeys(" ".join(words_of(shape, draw, exact=False)) for _ in range(count))
    return [(hashlib.sha256(text.encode()).hexdigest()[:32], text) for text in texts]


def make_rows(shape: Shape, count: int) -> list[dict[str, Any]]:
    """Lines of train.jsonl. The first letter of a word decides its label, so there is something to learn."""
    draw = random.Random(f"rows/{shape}/{count}")
    rows = []
    for number in range(count):
        words = words_of(shape, draw, exact=True)
        label = {"b": "problem", "d": "procedure", "t": "test"}
        tags = [f"B-{label[word[0]]}" if word[0] in label else "O" for word in words]
        rows.append({"document": f"{number:016x}", "tokens": words, "tags": tags})
    return rows
