"""A BERT encoder in torch alone, in float32, reading texts laid end to end so that no matrix product sees padding.

transformers has it too, but takes seconds to import. The layout is that of the jobs (containers/pbp_jobs/model.py);
tests compare the answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

# Every module that needs torch imports this one first.
try:
    import torch
    from torch import Tensor
    from torch.nn import functional
except ModuleNotFoundError as error:
    needed = 'This model needs torch and tokenizers: pip install "pbp-reader[models]"'
    raise ModuleNotFoundError(needed, name=error.name) from None


@contextmanager
def one_thread() -> Iterator[None]:
    """The reader shares a process, and often its cores, with others. A note is too little work to share out: torch's
    threads wait for each other by spinning, so that on busy cores a second one made it ten times slower. Who has many
    notes and idle cores calls from several threads. The number is the calling thread's own, and is put back.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Encoder:
    def __init__(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any], device: str) -> None:
        """tensors: of a BertModel or a BertForTokenClassification, by transformers' names."""
        weights = {name.removeprefix("bert."): tensor.float().to(device) for name, tensor in tensors.items()}
        self.heads: int = config["num_attention_heads"]
        self.epsilon: float = config.get("layer_norm_eps", 1e-12)
        self.device = device
        self.embeddings = [weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position")]
        self.type = weights["embeddings.token_type_embeddings.weight"][0]
        self.norm = weight_and_bias(weights, "embeddings.LayerNorm")
        self.layers = [Layer(weights, f"encoder.layer.{number}") for number in range(config["num_hidden_layers"])]

    def encode(self, texts: Sequence[Sequence[int]], places: Sequence[int] | None = None) -> Tensor:
        """The last layer's states [pieces, hidden] of texts of word pieces, in their order. Fastest by length.

        places: of the pieces, counted through all texts, whose states are wanted; None: all.
        """
        vectors = self.vectors([piece for text in texts for piece in text])
        return self.states(vectors, [len(text) for text in texts], places)

    def vectors(self, pieces: Sequence[int]) -> Tensor:
        """What word pieces are before the first layer, wherever they stand: [pieces, hidden]."""
        return self.embeddings[0][torch.tensor(pieces, dtype=torch.long, device=self.device)]

    def states(self, vectors: Tensor, lengths: Sequence[int], places: Sequence[int] | None = None) -> Tensor:
        """As encode, of texts of these lengths whose pieces are given as vectors."""
        positions = torch.tensor([place for length in lengths for place in range(length)], device=self.device)
        hidden = self.normalise(vectors + self.embeddings[1][positions] + self.type, self.norm)
        for layer in self.layers:
            context = self.attend(functional.linear(hidden, *layer.attend_in), lengths)
            if places is not None and layer is self.layers[-1]:
                # What follows looks at each piece alone, and is three quarters of a layer's work.
                hidden, context = hidden[places], context[places]
            hidden = self.normalise(hidden + functional.linear(context, *layer.attend_out), layer.attend_norm)
            wide = functional.gelu(functional.linear(hidden, *layer.widen))
            hidden = self.normalise(hidden + functional.linear(wide, *layer.narrow), layer.norm)
        return hidden

    def attend(self, projected: Tensor, lengths: Sequence[int]) -> Tensor:
        """Attention within each text; neighbours of one length together."""
        runs: list[list[int]] = []  # [texts, length]
        for length in lengths:
            if runs and runs[-1][1] == length:
                runs[-1][0] += 1
            else:
                runs.append([1, length])
        contexts = []
        parts = torch.split(projected, [texts * length for texts, length in runs])
        for part, (texts, length) in zip(parts, runs, strict=True):
            query, key, value = part.view(texts, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
            context = functional.scaled_dot_product_attention(query, key, value)
            contexts.append(context.transpose(1, 2).reshape(texts * length, -1))
        return torch.cat(contexts)

    def normalise(self, hidden: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
        return functional.layer_norm(hidden, hidden.shape[-1:], *norm, self.epsilon)


class Layer:
    def __init__(self, weights: Mapping[str, Tensor], name: str) -> None:
        parts = [weight_and_bias(weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        self.attend_in = torch.cat([weight for weight, _ in parts]), torch.cat([bias for _, bias in parts])
        self.attend_out = weight_and_bias(weights, f"{name}.attention.output.dense")
        self.attend_norm = weight_and_bias(weights, f"{name}.attention.output.LayerNorm")
        self.widen = weight_and_bias(weights, f"{name}.intermediate.dense")
        self.narrow = weight_and_bias(weights, f"{name}.output.dense")
        self.norm = weight_and_bias(weights, f"{name}.output.LayerNorm")


def weight_and_bias(weights: Mapping[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]
