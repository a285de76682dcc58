"""The engine for any OpenAI-compatible server (vLLM, llama-server, Ollama ...), over `/v1/completions`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from ecomlm.generation.engine import Completion, Piece
from ecomlm.generation.sse import JsonStream


class OpenAIEngine:
    """A model on another server. `model` is its name there (for vLLM: the adapter's)."""

    def __init__(self, url: str, model: str, key: str = "") -> None:
        self.name = model
        self._stream = JsonStream(url, key)

    async def complete(self, request: Completion) -> AsyncGenerator[Piece]:
        """Stream the completion; see `Engine.complete`."""
        body = {
            "model": self.name,
            "prompt": request.prompt,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stop": list(request.stop),
            "seed": request.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.ignore_eos:
            body["ignore_eos"] = True  # vLLM's name; not all servers know it
        usage: dict[str, Any] = {}
        async for data in self._stream.post("/completions", body):
            usage = data.get("usage") or usage
            for choice in data.get("choices", ()):
                if choice.get("text"):
                    yield Piece(choice["text"])
        details = usage.get("prompt_tokens_details") or {}
        yield Piece(
            "",
            prompt_tokens=usage.get("prompt_tokens", 0),
            cached_tokens=details.get("cached_tokens", 0),
            generated_tokens=usage.get("completion_tokens", 0),
            is_last=True,
        )

    async def prefill(self, prompt: str) -> None:
        """Let the server read `prompt`, so that its prefix cache holds it."""
        async for _ in self.complete(Completion(prompt, max_tokens=1)):
            pass

    async def close(self) -> None:
        """Close the connections."""
        await self._stream.close()
