"""How much of the machine a training uses: its arithmetic against a plain matrix product's.

Knows nothing of what is trained.
"""

from __future__ import annotations

import time
from typing import Any

import torch


def measured_peak(dtype: torch.dtype, device: torch.device, size: int = 2048, seconds: float = 0.5) -> float:
    """Return the floating point operations a second of a square matrix product, best of several."""
    one = torch.randn(size, size, device=device).to(dtype)
    other = torch.randn(size, size, device=device).to(dtype)
    best, begun = float("inf"), time.perf_counter()
    with torch.no_grad():
        while time.perf_counter() - begun < seconds:
            started = time.perf_counter()
            one @ other
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def operations_per_token(model: Any, length: int) -> float:
    """Return the operations of one token forwards and backwards in rows of `length` tokens.

    Two for each weight forwards, two back to the input, and two for each weight that is tuned (Kaplan et al.
    2020), and attention's products over half the row on average. The input embedding is a look-up.
    """
    embedding = model.get_input_embeddings().weight
    tied = model.get_output_embeddings().weight is embedding
    weights = sum(weight.numel() for weight in model.parameters()) - (0 if tied else embedding.numel())
    tuned = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    shape = model.config
    width = getattr(shape, "head_dim", shape.hidden_size // shape.num_attention_heads)
    attention = 2 * shape.num_attention_heads * width * length * shape.num_hidden_layers
    operations: float = 4 * weights + 2 * min(tuned, weights) + 3 * attention
    return operations


def share_of_peak(model: Any, length: int, tokens_per_second: float, dtype: torch.dtype) -> dict[str, float]:
    """Return the measured peak (in 10^12 operations a second) and which share of it training reached."""
    peak = measured_peak(dtype, next(model.parameters()).device)
    share = operations_per_token(model, length) * tokens_per_second / peak
    return {"peak_teraflops": round(peak / 1e12, 3), "share_of_peak": round(share, 4)}
