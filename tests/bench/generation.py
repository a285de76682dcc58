"""The engine against `transformers` generate: the same pruned model, the same prompts, the same process.

Knows nothing of shops beyond the prompts that it is given.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecomlm.generation.engine import Completion
from ecomlm.generation.llama_cpp import LlamaCppEngine

TOKENS = 32


@dataclass(frozen=True)
class Speed:
    """Tokens a second: writing alone, after the prompt was read; and eight whole replies at once."""

    writing: float
    eight_at_once: float


async def engine_speed(model: Path, adapter: Path | None, prompts: Sequence[str]) -> Speed:
    """Measure our engine, each prompt read for the first time."""
    engine = await LlamaCppEngine.load(model, adapter, parallel=8)
    try:
        await _complete(engine, "Shop item: a warm-up\nQuestion: does it work?\nAnswer:")
        half = len(prompts) // 2
        alone = [await _complete(engine, prompt) for prompt in prompts[:half]]
        started = time.perf_counter()
        crowd = await asyncio.gather(*(_complete(engine, prompt) for prompt in prompts[half:]))
        together = sum(tokens for tokens, _ in crowd) / (time.perf_counter() - started)
        written = sum(tokens - 1 for tokens, _ in alone)
        return Speed(written / sum(seconds for _, seconds in alone), together)
    finally:
        await engine.close()


async def _complete(engine: LlamaCppEngine, prompt: str) -> tuple[int, float]:
    """Complete a prompt; return how many tokens were written, and the seconds after the first of them."""
    tokens, first = 0, 0.0
    async for piece in engine.complete(Completion(prompt, max_tokens=TOKENS, stop=())):
        first = first or time.perf_counter()
        tokens = max(tokens, piece.generated_tokens)
    return tokens, time.perf_counter() - first


class Transformers:
    """`transformers` on the same pruned model, in its quicker precision."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(len(os.sched_getaffinity(0)))
        self._tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
        self.generate(["Shop item: a warm-up\nQuestion: does it work?\nAnswer:"], TOKENS)

    def generate(self, texts: Sequence[str], tokens: int) -> float:
        """Read the prompts and write so many tokens to each; return the seconds it took."""
        import torch

        batch = self._tokenizer(list(texts), return_tensors="pt", padding=True)
        started = time.perf_counter()
        with torch.inference_mode():
            self._model.generate(**batch, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False)
        return time.perf_counter() - started

    def speed(self, prompts: Sequence[str]) -> Speed:
        """Measure as `engine_speed` does: one after the other, and in one batch of eight."""
        half = len(prompts) // 2
        reading = sum(self.generate([prompt], 1) for prompt in prompts[:half])
        whole = sum(self.generate([prompt], TOKENS) for prompt in prompts[:half])
        together = (len(prompts) - half) * TOKENS / self.generate(prompts[half:], TOKENS)
        return Speed(half * (TOKENS - 1) / (whole - reading), together)

    def reply_seconds(self, prompt: str, reply: str) -> float:
        """Return the seconds to read a prompt and to write as many tokens as `reply` has."""
        return self.generate([prompt], max(1, len(self._tokenizer(reply)["input_ids"])))
