"""From texts to vectors with one base model: tokenise, batch, encode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embed.encoder import MeanEncoder, Pieces, fill, pack
from pbp_jobs.base_model import BaseModel
from pbp_jobs.batches import Batch
from pbp_jobs.hardware import choose_hardware
from pbp_jobs.tokens import load_tokenizer

import numpy as np
import torch
from torch import Tensor

# A cut is exact only where BERT's pre-tokenizer cuts anyway, so at a space. English takes 4 letters a piece.
LETTERS_PER_PIECE = 6
# Texts are sorted by length in pools of so many batches: on a CPU, which needs runs of one length, a million pieces,
# half a minute of work; on a GPU, which does not, little enough that its first batch is there at once.
POOL_BATCHES = {"cpu": 512, "cuda": 4}


class Embedder:
    """Mean-pooled sentence embeddings as sentence-transformers makes them of the same folder."""

    def __init__(self, base: BaseModel, dtype: torch.dtype | None = None) -> None:
        """dtype: what the hardware is best at, unless given."""
        device, best = choose_hardware("EmbeddingFailed")
        self.tokenizer = load_tokenizer(base.folder, base.lower_case, "EmbeddingFailed")
        self.max_length, self.dimension = base.embedding_max_length, base.dimension
        self.tokenizer.enable_truncation(self.max_length)
        self.unknown_piece = self.tokenizer.token_to_id("[UNK]")
        self.encoder = MeanEncoder(base, device, dtype or best)
        self.pool = POOL_BATCHES[device.type] * self.encoder.capacity  # word pieces
        self.description = f"{device.type} {str(dtype or best).removeprefix('torch.')}"

    def tokenise(self, texts: Sequence[str]) -> list[Pieces]:
        """Word pieces of each text with [CLS] and [SEP], at most max_length. An empty text has those two alone.

        Only the beginning of a long text is read; where that gives fewer pieces than fit (blanks, control
        characters), all of it is: the result is always that of the whole text.
        """
        beginnings = [self.beginning(text) for text in texts]
        pieces = [np.array(found.ids, np.int32) for found in self.tokenizer.encode_batch_fast(beginnings)]
        for index, text in enumerate(texts):
            if len(beginnings[index]) < len(text) and len(pieces[index]) < self.max_length:
                pieces[index] = np.array(self.tokenizer.encode(text).ids, np.int32)
        return pieces

    def unknown(self, pieces: Pieces) -> int:
        """How many of them stand for words that the vocabulary cannot spell."""
        return int(np.count_nonzero(pieces == self.unknown_piece))

    def beginning(self, text: str) -> str:
        end = text.find(" ", LETTERS_PER_PIECE * self.max_length)
        return text if end < 0 else text[:end]

    def batches(self, pieces: Sequence[Pieces]) -> Iterator[tuple[list[int], Batch]]:
        """Indices of texts, and these laid out for the device."""
        capacity = self.encoder.capacity
        for indices in pack([len(text) for text in pieces], capacity):
            yield indices, fill([pieces[index] for index in indices], capacity)

    def encode(self, batch: Batch, texts: int) -> Tensor:
        """Vectors float32 [texts, dimension] of a batch that `batches` made, on the device, perhaps still at work."""
        return self.encoder.encode(batch, texts)
