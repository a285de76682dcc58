"""The CPU engine: llama.cpp inside this process, with continuous batching, prefix cache and LoRA.

The library serves HTTP on a loopback port of its own choosing; a random key keeps others on the machine out.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from ecomlm.generation.engine import Completion, Piece
from ecomlm.generation.sse import JsonStream


class LlamaCppEngine:
    """A GGUF model with at most one LoRA adapter. Make it with `LlamaCppEngine.load`."""

    def __init__(self, server: Any, key: str, name: str) -> None:
        self.name = name
        self._server = server
        self._stream = JsonStream(str(server.listening_address), key)

    @classmethod
    async def load(
        cls,
        model: Path,
        adapter: Path | None = None,
        *,
        threads: int = 0,
        parallel: int = 4,
        context: int = 1536,
    ) -> LlamaCppEngine:
        """Load `model` and serve `parallel` completions at once, each of at most `context` tokens.

        `threads` 0 takes one per core.
        """
        key = secrets.token_urlsafe(24)
        server = await asyncio.to_thread(_start, model, adapter, key, threads, parallel, context)
        return cls(server, key, adapter.parent.name if adapter else model.stem)

    async def complete(self, request: Completion) -> AsyncGenerator[Piece]:
        """Stream the completion; see `Engine.complete`."""
        body = {
            "prompt": request.prompt,
            "n_predict": request.max_tokens,
            "temperature": request.temperature,
            "stop": list(request.stop),
            "seed": request.seed,
            "ignore_eos": request.ignore_eos,
            "cache_prompt": True,
            "stream": True,
        }
        async for data in self._stream.post("/completions", body):
            timings = data.get("timings") or {}
            yield Piece(
                data.get("content", ""),
                prompt_tokens=timings.get("prompt_n", 0),
                cached_tokens=timings.get("cache_n", 0),
                generated_tokens=timings.get("predicted_n", 0),
                is_last=bool(data.get("stop")),
            )

    async def prefill(self, prompt: str) -> None:
        """Read `prompt` into the prefix cache."""
        body = {"prompt": prompt, "n_predict": 0, "cache_prompt": True, "stream": True}
        async for _ in self._stream.post("/completions", body):
            pass

    async def close(self) -> None:
        """Stop the server and free the model."""
        await self._stream.close()
        server, self._server = self._server, None
        await asyncio.to_thread(lambda: server)  # the last reference goes in a thread: stopping waits


def _start(model: Path, adapter: Path | None, key: str, threads: int, parallel: int, context: int) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.n_parallel = parallel
    parameters.n_ctx = context * parallel
    parameters.cpuparams.n_threads = threads or os.cpu_count() or 1
    parameters.cpuparams_batch.n_threads = threads or os.cpu_count() or 1
    parameters.swa_full = True  # Gemma's sliding window would drop the shared prefix otherwise
    parameters.warmup = True
    parameters.verbosity = -1
    parameters.api_keys = [key]
    if adapter is not None:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path, lora.scale = str(adapter), 1.0
        parameters.lora_adapters = [lora]
    return xllamacpp.Server(parameters)
