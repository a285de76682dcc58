"""Measures how quick an engine is: the reading of a prompt and the writing of an answer, one at a time.

Knows nothing of what is asked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ecomlm.generation.engine import Completion, Engine

MAX_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, the median over prompts; 0 where no prompt was long enough to tell."""

    prefill: float
    decode: float


async def measure_speed(engine: Engine, prompts: Sequence[str]) -> Speed:
    """Let an engine go on from each prompt, without a stop text; its prefix cache holds what they share.

    The median, because another program on the machine slows down single prompts.
    """
    read, written = [], []
    for prompt in prompts:
        begun = first = time.perf_counter()
        texts = 0
        async for piece in engine.complete(Completion(prompt, max_tokens=MAX_TOKENS, stop=())):
            now = time.perf_counter()
            if piece.text:
                texts += 1
                first = now if texts == 1 else first
            if piece.is_last and texts:
                if piece.prompt_tokens:
                    read.append(piece.prompt_tokens / max(first - begun, 1e-6))
                if piece.generated_tokens > 1:
                    written.append((piece.generated_tokens - 1) / max(now - first, 1e-6))
    return Speed(median(read) if read else 0.0, median(written) if written else 0.0)
