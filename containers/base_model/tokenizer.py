"""The tokenizer of a base model, with one flag decided once: does it lower-case?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pbp_jobs.contract import JobError
from pbp_jobs.tokens import SPECIAL, word_piece_tokenizer

from tokenizers import Tokenizer

from .model_folder import ModelFolder, read_optional_json

CASED_SHARE = 0.01  # cased BERT vocabularies: 35 % of the pieces hold a capital; uncased ones: none


@dataclass(frozen=True)
class LowerCase:
    value: bool
    explanation: str


def decide_lower_case(source: ModelFolder, asked: bool | None) -> LowerCase:
    """The vocabulary decides; the folder's own settings only where the vocabulary leaves it open.

    Bio_ClinicalBERT has a cased vocabulary and a tokenizer that lower-cases (clinicalBERT #26): half of the
    vocabulary would never be used. Errors: InvalidInput when asked for what the vocabulary contradicts.
    """
    pieces = [piece for piece in source.vocabulary if not piece.startswith("[")]
    capitals = sum(any("A" <= letter <= "Z" for letter in piece) for piece in pieces)
    cased = capitals > CASED_SHARE * len(pieces)
    if cased and asked is True:
        raise JobError("InvalidInput", "--lower-case: expected false, for the vocabulary holds words with capitals")
    if not cased and capitals == 0 and asked is False:
        raise JobError("InvalidInput", "--lower-case: expected true, for the vocabulary holds no word with capitals")
    declared = declared_lower_case(source)
    if cased:
        corrected = " (the folder's settings say otherwise and are overruled)" if declared is not False else ""
        return LowerCase(False, f"tokenizer: no lower-casing: {capitals:,} word pieces hold capitals{corrected}")
    if asked is not None:
        return LowerCase(asked, f"tokenizer: {'' if asked else 'no '}lower-casing, as asked")
    value = declared is not False or capitals == 0
    return LowerCase(value, f"tokenizer: {'' if value else 'no '}lower-casing: the vocabulary is uncased")


def declared_lower_case(source: ModelFolder) -> bool | None:
    """What the folder says: sentence-transformers' own flag adds lower-casing, it never removes it."""
    if source.sentence_config.get("do_lower_case") is True:
        return True
    normalizer = read_optional_json(source.folder / "tokenizer.json").get("normalizer") or {}
    for value in (normalizer.get("lowercase"), source.tokenizer_config.get("do_lower_case")):
        if isinstance(value, bool):
            return value
    return None


def build_tokenizer(source: ModelFolder, lower_case: bool) -> Tokenizer:
    """The pipeline around the folder's vocabulary. Errors: InvalidInput when that is not whole, or not the folder's."""
    vocabulary = {piece: index for index, piece in enumerate(source.vocabulary)}
    missing = [token for token in SPECIAL if token not in vocabulary]
    if missing:
        raise JobError("InvalidInput", f"vocabulary: expected the special tokens {', '.join(missing)}")
    if len(vocabulary) != len(source.vocabulary):
        raise JobError("InvalidInput", "vocabulary: expected no word piece twice")
    tokenizer = word_piece_tokenizer(
        vocabulary,
        lower_case,
        source.tokenizer_config.get("tokenize_chinese_chars", True),
        source.tokenizer_config.get("strip_accents"),
    )
    check_same_tokenizer(source, tokenizer)
    return tokenizer


def check_same_tokenizer(source: ModelFolder, built: Tokenizer) -> None:
    """A tokenizer.json that differs in more than lower-casing is not the BERT pipeline we know: say so."""
    given = read_optional_json(source.folder / "tokenizer.json")
    ours = json.loads(built.to_str())
    for part in ("pre_tokenizer", "post_processor"):
        if given and given.get(part) != ours[part]:
            raise JobError("InvalidInput", f"tokenizer.json: expected BERT's {part}")
    if given and given["model"]["vocab"] != ours["model"]["vocab"]:
        raise JobError("InvalidInput", "tokenizer.json: expected the vocabulary of vocab.txt")


def tokenizer_config(source: ModelFolder, lower_case: bool) -> dict[str, Any]:
    """do_lower_case explicit, since transformers' default for BERT is true."""
    return {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": lower_case,
        "tokenize_chinese_chars": source.tokenizer_config.get("tokenize_chinese_chars", True),
        "strip_accents": source.tokenizer_config.get("strip_accents"),
        "model_max_length": min(source.config.get("max_position_embeddings", 512), 512),
        "unk_token": "[UNK]",
        "sep_token": "[SEP]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "mask_token": "[MASK]",
    }
