"""Attention for training on a CPU: heads that share keys are multiplied together, in single precision.

The library's own half-precision attention spends most of a training step copying keys and scores around
(measured: 52 % of it). Knows nothing of what is trained.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, AttentionMaskInterface

GROUPED = "grouped_single_precision"


def grouped_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[Tensor, None]:
    """Return what each position attends to, as (batch, length, heads, width)."""
    batch, heads, length, width = query.shape
    groups = key.shape[1]
    shared = heads // groups
    asked = query.float().reshape(batch * groups, shared * length, width)
    keys = key.float().reshape(batch * groups, -1, width)
    values = value.float().reshape(batch * groups, -1, width)
    scores = torch.bmm(asked, keys.transpose(1, 2)) * (width**-0.5 if scaling is None else scaling)
    scores = scores.view(batch, heads, length, -1)
    if attention_mask is not None:
        scores = scores + attention_mask[:, :, :, : keys.shape[1]].float()
    shares = torch.softmax(scores, dim=-1)
    if dropout and module.training:
        shares = torch.nn.functional.dropout(shares, dropout)
    found = torch.bmm(shares.view(batch * groups, shared * length, -1), values)
    return found.view(batch, heads, length, width).transpose(1, 2).contiguous().to(query.dtype), None


def install() -> str:
    """Make this attention known to `transformers` and return its name for `attn_implementation`."""
    AttentionInterface.register(GROUPED, grouped_attention)
    AttentionMaskInterface.register(GROUPED, ALL_MASK_ATTENTION_FUNCTIONS["eager"])
    return GROUPED
