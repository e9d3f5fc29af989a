"""From words to word pieces: windows in which every word is seen, and so every gold tag is trained on and scored."""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from .contract import JobError

SPECIAL = ("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of train.jsonl or test.jsonl: words of one document, each with its strict IOB2 tag."""

    document: str
    words: list[str]
    tags: list[str]


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder sees at once: [CLS], the pieces of some consecutive words, [SEP]."""

    pieces: array[int]  # of 4 bytes, as all that is held for each word of an export
    first_pieces: array[int]  # a word's place in `pieces`: the one place where it is labelled, as BERT's authors do
    row: int
    start: int  # the row's first word in this window


def parse_row(value: object, number: int, file: str, error_name: str) -> Row:
    """Errors: error_name with the line's number when it is not a LabelledRow."""
    match value:
        case {"document": str(document), "tokens": list(words), "tags": list(tags)} if (
            words and len(words) == len(tags) and all(isinstance(text, str) for text in (*words, *tags))
        ):
            # One string for each different word and tag, where JSON makes one for each place: a third of the memory.
            return Row(document, list(map(sys.intern, words)), list(map(sys.intern, tags)))
    raise JobError(error_name, f"{file}: expected a labelled row at line {number}")


def load_tokenizer(folder: Path, lower_case: bool, error_name: str) -> Tokenizer:
    """tokenizer.json, or BERT's pipeline around vocab.txt where a folder has nothing else, as Bio_ClinicalBERT's.

    The flag decides, never a default: transformers lower-cases for BERT unless told otherwise, and did so for
    Bio_ClinicalBERT's cased vocabulary (clinicalBERT #26). Errors: error_name when the folder contradicts it.
    """
    if (folder / "tokenizer.json").is_file():
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
    elif (folder / "vocab.txt").is_file():
        tokenizer = word_piece_tokenizer(models.WordPiece.read_file(str(folder / "vocab.txt")), lower_case)
    else:
        raise JobError(error_name, "tokenizer: expected tokenizer.json or vocab.txt in the model's folder")
    if lowers(tokenizer) != lower_case:
        raise JobError(error_name, f"tokenizer.json: expected lower-casing to be {lower_case}, as the manifest says")
    if any(tokenizer.token_to_id(token) is None for token in ("[CLS]", "[SEP]", "[UNK]")):
        raise JobError(error_name, "tokenizer: expected the special tokens [CLS], [SEP] and [UNK]")
    return tokenizer


def word_piece_tokenizer(
    vocabulary: dict[str, int],
    lower_case: bool,
    handle_chinese_chars: bool = True,
    strip_accents: bool | None = None,
) -> Tokenizer:
    """The WordPiece pipeline of transformers' BertTokenizer, made from the vocabulary and nothing else."""
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.add_special_tokens([token for token in SPECIAL if token in vocabulary])
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=handle_chinese_chars,
        strip_accents=strip_accents,
        lowercase=lower_case,
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    if "[CLS]" in vocabulary and "[SEP]" in vocabulary:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS]:0 $A:0 [SEP]:0",
            pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
            special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")],
        )
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    return tokenizer


def lowers(tokenizer: Tokenizer) -> bool:
    """Asked of the tokenizer itself, since a flag in a file next to it may be wrong."""
    return tokenizer.normalizer is not None and tokenizer.normalizer.normalize_str("A") == "a"


def write_tokenizer(tokenizer: Tokenizer, folder: Path, lower_case: bool, max_length: int) -> None:
    """The three files from which transformers makes the very same tokenizer."""
    vocabulary = sorted(tokenizer.get_vocab(with_added_tokens=True).items(), key=lambda item: item[1])
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece, _ in vocabulary), "utf-8")
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": lower_case,
        "model_max_length": max_length,
        **{f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", "utf-8")


def cut_windows(rows: Iterable[Row], tokenizer: Tokenizer, max_length: int) -> list[Window]:
    """Cuts rows at word boundaries into windows of at most max_length pieces, [CLS] and [SEP] included.

    No word is lost: one of too many pieces keeps those that fit, one without any becomes [UNK].
    """
    vocabulary = tokenizer.get_vocab()
    cls, sep, unknown = (vocabulary[token] for token in ("[CLS]", "[SEP]", "[UNK]"))
    room = max_length - 2
    pieces_of: dict[str, list[int]] = {}  # a corpus repeats its words: tokenising each once is 8 times faster
    windows: list[Window] = []
    for index, row in enumerate(rows):
        add_pieces(row.words, tokenizer, pieces_of)
        pieces, start = [cls], 0
        firsts: list[int] = []
        for number, word in enumerate(row.words):
            word_pieces = pieces_of[word][:room] or [unknown]
            if len(pieces) - 1 + len(word_pieces) > room:
                windows.append(Window(array("i", [*pieces, sep]), array("i", firsts), index, start))
                pieces, firsts, start = [cls], [], number
            firsts.append(len(pieces))
            pieces += word_pieces
        windows.append(Window(array("i", [*pieces, sep]), array("i", firsts), index, start))
    return windows


def add_pieces(words: Sequence[str], tokenizer: Tokenizer, pieces_of: dict[str, list[int]]) -> None:
    new = list(dict.fromkeys(word for word in words if word not in pieces_of))
    for word, encoding in zip(new, tokenizer.encode_batch(new, add_special_tokens=False), strict=True):
        pieces_of[word] = encoding.ids


def tags_of(labels: Sequence[str]) -> list[str]:
    """O, then B- and I- of each label: the order of the classifier's outputs."""
    return ["O", *(f"{kind}-{label}" for label in labels for kind in ("B", "I"))]


def read_labels(value: object, error_name: str) -> list[str]:
    """The label set of labels.json: an array of distinct names."""
    if (
        isinstance(value, list)
        and value
        and all(isinstance(label, str) and label for label in value)
        and len(set(value)) == len(value)
    ):
        return list(value)
    raise JobError(error_name, "labels.json: expected an array of distinct labels")
