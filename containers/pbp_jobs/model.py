"""BERT, alone and as a token classifier, reading windows laid end to end, so that no matrix product sees padding.

The mathematics and the files are those of transformers' BertForTokenClassification (tests compare them); what
differs is the layout: one row a word piece instead of a padded rectangle, and one matrix for query, key and value.
Devlin et al. 2019, arXiv:1810.04805.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from .batches import Batch
from .contract import JobError

SUPPORTED = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
ATTENTION = ("query", "key", "value")

N = TypeVar("N", bound=nn.Module)


class Dropout(nn.Module):
    """On a CPU from a random byte an element, 8 to a draw: a tenth of the time of torch's."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.generator: torch.Generator | None = None  # of a CPU; None: torch's own, which all threads draw from

    def forward(self, values: Tensor) -> Tensor:
        if not self.training or self.share == 0:
            return values
        if values.is_cuda:
            return F.dropout(values, self.share)
        dropped = round(self.share * 256)
        draws = torch.empty((values.numel() + 7) // 8, dtype=torch.int64)
        draws.random_(-(2**63), 2**63 - 1, generator=self.generator)
        kept = draws.view(torch.uint8)[: values.numel()].view(values.shape) >= dropped
        return values * kept.to(values.dtype).mul_(256 / (256 - dropped))


class Layer(nn.Module):
    def __init__(self, hidden: int, inner: int, heads: int, dropout: float, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.attend_in = nn.Linear(hidden, 3 * hidden)
        self.attend_out = nn.Linear(hidden, hidden)
        self.attend_norm = nn.LayerNorm(hidden, epsilon)
        self.widen = nn.Linear(hidden, inner)
        self.narrow = nn.Linear(inner, hidden)
        self.norm = nn.LayerNorm(hidden, epsilon)
        self.drop = Dropout(dropout)

    def forward(self, hidden: Tensor, runs: list[tuple[int, int]], starts: Tensor | None, longest: int) -> Tensor:
        """States [pieces, hidden] of windows as a Batch describes them. Its parts one by one, so that compiling the
        layer (optimise.py) depends on no list that differs from batch to batch."""
        context = self.attend(self.attend_in(hidden), runs, starts, longest)
        hidden = self.attend_norm(hidden + self.drop(self.attend_out(context)))
        widened = F.gelu(self.widen(hidden))
        states: Tensor = self.norm(hidden + self.drop(self.narrow(widened)))
        return states

    def attend(self, projected: Tensor, runs: list[tuple[int, int]], starts: Tensor | None, longest: int) -> Tensor:
        """Attention [pieces, hidden] from query, key and value [pieces, 3 * hidden], window by window.

        Nothing is masked: a GPU's kernel takes windows of any length end to end, and elsewhere a run holds windows of
        one length. Without dropout on the attention weights, which would cost as many random numbers as all the other
        dropout (F1 with and without: bench/jobs/train_bench.py).
        """
        if starts is not None and projected.dtype in (torch.bfloat16, torch.float16):
            query, key, value = projected.view(len(projected), 3, self.heads, -1).unbind(1)
            # 3.9 times as fast as a kernel a run for sentences, and no slower for windows of one length (H100).
            # Imported where it runs: it loads torch's compiler, seconds of CPU and a folder in TMPDIR for every job.
            from torch.nn.attention.varlen import varlen_attn

            attended = varlen_attn(query, key, value, starts, starts, longest, longest)
            assert isinstance(attended, Tensor)
            return attended.reshape(len(projected), -1)
        contexts = []
        parts = torch.split(projected, [windows * length for windows, length in runs])
        for part, (windows, length) in zip(parts, runs, strict=True):
            # [3, windows, heads, length, width]
            query, key, value = part.view(windows, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
            if part.is_cuda or (part.dtype == torch.float32 and not part.requires_grad):
                context = F.scaled_dot_product_attention(query, key, value)
            else:
                # torch's fused attention has a backward pass on CPUs that is 10 times slower than this for sentences.
                # In bf16 without AMX its forward pass is too: 2 times at length 35, 1.4 times at 256 (Zen 4).
                weights = torch.matmul(query * query.shape[-1] ** -0.5, key.transpose(-1, -2)).softmax(-1)
                context = torch.matmul(weights.to(value.dtype), value)
            contexts.append(context.transpose(1, 2).reshape(windows * length, -1))
        return contexts[0] if len(contexts) == 1 else torch.cat(contexts)


class Encoder(nn.Module):
    """Word pieces in, the last layer's state of each out.

    `vocabulary_size` may be smaller than config's: training keeps only the rows of the pieces that occur, since a
    row that never occurs has no gradient, and two thirds of a small model's weights are such rows.
    """

    def __init__(self, config: Mapping[str, Any], vocabulary_size: int) -> None:
        super().__init__()
        hidden, epsilon = config["hidden_size"], config["layer_norm_eps"]
        dropout: float = config.get("hidden_dropout_prob", 0.1)
        self.pieces = nn.Embedding(vocabulary_size, hidden)
        self.positions = nn.Embedding(config["max_position_embeddings"], hidden)
        self.types = nn.Embedding(config["type_vocab_size"], hidden)
        self.norm = nn.LayerNorm(hidden, epsilon)
        self.layers = nn.ModuleList(
            Layer(hidden, config["intermediate_size"], config["num_attention_heads"], dropout, epsilon)
            for _ in range(config["num_hidden_layers"])
        )
        self.drop = Dropout(dropout)

    def encode(self, batch: Batch) -> Tensor:
        """States [pieces, hidden]. batch.words may be empty."""
        hidden: Tensor = self.norm(self.pieces(batch.pieces) + self.positions(batch.positions) + self.types.weight[0])
        hidden = self.drop(hidden)
        for layer in self.layers:
            hidden = layer(hidden, batch.runs, batch.starts, batch.longest)
        return hidden


class HeadedEncoder(Encoder):
    """With a linear head, for a score of each output."""

    def __init__(self, config: Mapping[str, Any], vocabulary_size: int, outputs: int) -> None:
        super().__init__(config, vocabulary_size)
        self.classifier = nn.Linear(config["hidden_size"], outputs)


class Tagger(HeadedEncoder):
    """Word pieces in, a score for each tag and word out."""

    def forward(self, batch: Batch) -> Tensor:
        """Scores [words, tags] for a batch's words, in the order of batch.words."""
        scores: Tensor = self.classifier(self.drop(self.encode(batch)[batch.words]))
        return scores


def check_config(config: Any, error_name: str) -> None:
    """Errors: error_name when config.json is not that of a BERT encoder."""
    sizes = [
        *("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
        *("max_position_embeddings", "type_vocab_size", "vocab_size"),
    ]
    if not isinstance(config, dict) or any(config.get(name, value) != value for name, value in SUPPORTED.items()):
        raise JobError(error_name, "config.json: expected a BERT encoder with gelu and absolute positions")
    if any(not isinstance(config.get(name), int) or config[name] < 1 for name in sizes):
        raise JobError(error_name, "config.json: expected the sizes of a BERT encoder")
    config.setdefault("layer_norm_eps", 1e-12)


def load_trained(network: N, folder: Path, config: Mapping[str, Any], head: str, error_name: str) -> N:
    """A network with its trained weights, to be asked. Errors: error_name when they are not those of config.json.

    head: what the classifier's weights must be, in words.
    """
    try:
        tensors = load_file(folder / "model.safetensors")
    except Exception:
        raise JobError(error_name, "model.safetensors: expected a safetensors file") from None
    try:
        network.load_state_dict(from_transformers(tensors, config, error_name))
    except RuntimeError:
        raise JobError(error_name, f"model.safetensors: expected the shapes of config.json and {head}") from None
    return network.eval()


def check_room(config: Mapping[str, Any], max_length: int, tokenizer: Tokenizer, error_name: str) -> None:
    """Errors: error_name when the tokenizer makes longer windows, or other word pieces, than the network takes."""
    if max_length > config["max_position_embeddings"] or tokenizer.get_vocab_size() > config["vocab_size"]:
        raise JobError(error_name, "config.json: expected as many positions and word pieces as the tokenizer uses")


def names(layers: int) -> dict[str, list[str]]:
    """Our parameter names, each with transformers' name of the same tensor, or of the three it is stacked from."""
    table = {
        "pieces.weight": ["embeddings.word_embeddings.weight"],
        "positions.weight": ["embeddings.position_embeddings.weight"],
        "types.weight": ["embeddings.token_type_embeddings.weight"],
    }
    modules = {"norm": ["embeddings.LayerNorm"]}
    for number in range(layers):
        ours, theirs = f"layers.{number}", f"encoder.layer.{number}"
        modules |= {
            f"{ours}.attend_in": [f"{theirs}.attention.self.{name}" for name in ATTENTION],
            f"{ours}.attend_out": [f"{theirs}.attention.output.dense"],
            f"{ours}.attend_norm": [f"{theirs}.attention.output.LayerNorm"],
            f"{ours}.widen": [f"{theirs}.intermediate.dense"],
            f"{ours}.narrow": [f"{theirs}.output.dense"],
            f"{ours}.norm": [f"{theirs}.output.LayerNorm"],
        }
    kinds = ("weight", "bias")
    return table | {
        f"{our}.{kind}": [f"{name}.{kind}" for name in their] for our, their in modules.items() for kind in kinds
    }


def from_transformers(tensors: Mapping[str, Tensor], config: Mapping[str, Any], error_name: str) -> dict[str, Tensor]:
    """Our tensors from those of a BertModel or a BertForTokenClassification, whose `bert.` is optional.

    The classifier's two are included if they are there. Errors: error_name naming the first tensor that is missing or
    holds a number that is not finite: one NaN would make every answer of the model NaN, and none is seen in a file.
    """
    bare = {name.removeprefix("bert."): tensor.float() for name, tensor in tensors.items()}
    ours: dict[str, Tensor] = {name: bare[name] for name in ("classifier.weight", "classifier.bias") if name in bare}
    for our, their in names(config["num_hidden_layers"]).items():
        missing = [name for name in their if name not in bare]
        if missing:
            raise JobError(error_name, f"model.safetensors: expected the tensor {missing[0]}")
        ours[our] = torch.cat([bare[name] for name in their]) if len(their) > 1 else bare[their[0]].clone()
    if damaged := first_not_finite(ours):
        raise JobError(error_name, f"model.safetensors: expected finite numbers, found NaN or infinity in {damaged}")
    return ours


def first_not_finite(tensors: Mapping[str, Tensor]) -> str | None:
    """The name of the first tensor that holds NaN or an infinity. aminmax passes both on at a tenth of isfinite's
    cost: 35 ms of CPU for BERT-base."""
    for name, tensor in tensors.items():
        if tensor.numel() > 0 and not torch.stack(tensor.aminmax()).isfinite().all():
            return name
    return None


def to_transformers(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state of a BertForTokenClassification, fp32, from ours."""
    theirs = {name: tensors[name].float().contiguous() for name in ("classifier.weight", "classifier.bias")}
    for our, names_there in names(config["num_hidden_layers"]).items():
        parts = tensors[our].float().chunk(len(names_there))
        theirs |= {f"bert.{name}": part.contiguous().clone() for name, part in zip(names_there, parts, strict=True)}
    return theirs
