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
    """Tokens a second over whole replies, reading the prompt included."""

    alone: float
    eight_at_once: float


async def engine_speed(model: Path, adapter: Path | None, prompts: Sequence[str]) -> Speed:
    """Measure our engine, each prompt read for the first time."""
    engine = await LlamaCppEngine.load(model, adapter, parallel=8)
    try:
        await _complete(engine, "Shop item: a warm-up\nQuestion: does it work?\nAnswer:")
        half = len(prompts) // 2
        started, tokens = time.perf_counter(), 0
        for prompt in prompts[:half]:
            tokens += await _complete(engine, prompt)
        alone = tokens / (time.perf_counter() - started)
        started = time.perf_counter()
        counts = await asyncio.gather(*(_complete(engine, prompt) for prompt in prompts[half:]))
        return Speed(alone, sum(counts) / (time.perf_counter() - started))
    finally:
        await engine.close()


async def _complete(engine: LlamaCppEngine, prompt: str) -> int:
    """Complete a prompt and return how many tokens were written."""
    tokens = 0
    async for piece in engine.complete(Completion(prompt, max_tokens=TOKENS, stop=())):
        tokens = max(tokens, piece.generated_tokens)
    return tokens


def transformers_speed(folder: Path, prompts: Sequence[str]) -> Speed:
    """Measure `transformers` in its quicker precision: one after the other, and in one batch of eight."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

    def generate(texts: Sequence[str]) -> int:
        batch = tokenizer(list(texts), return_tensors="pt", padding=True)
        with torch.inference_mode():
            output = model.generate(**batch, max_new_tokens=TOKENS, min_new_tokens=TOKENS, do_sample=False)
        return (output.shape[1] - batch["input_ids"].shape[1]) * len(texts)

    generate(["Shop item: a warm-up\nQuestion: does it work?\nAnswer:"])
    half = len(prompts) // 2
    started = time.perf_counter()
    tokens = sum(generate([prompt]) for prompt in prompts[:half])
    alone = tokens / (time.perf_counter() - started)
    started = time.perf_counter()
    tokens = generate(prompts[half:])
    return Speed(alone, tokens / (time.perf_counter() - started))
