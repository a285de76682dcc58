"""The engine protocol: text in, text out in pieces, whoever computes it.

Knows nothing of shops, prompts or grounding.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from knowledge.errors import EcomlmError


class EngineUnavailable(EcomlmError):
    """The model cannot be reached or does not answer in time; records can still be shown."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What to complete, and how. `temperature` 0 is greedy; `stop` strings are not part of the text.

    With `ignore_eos` the model writes `max_tokens`, also where it would end: for timings.
    """

    prompt: str
    max_tokens: int = 96
    temperature: float = 0.0
    stop: tuple[str, ...] = ("\n",)
    seed: int = 0
    ignore_eos: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of generated text; the last one carries the token counts."""

    text: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    is_last: bool = False


class Engine(Protocol):
    """A language model that completes prompts."""

    @property
    def name(self) -> str:
        """Which model answers, for traces."""
        ...

    def complete(self, request: Completion) -> AsyncGenerator[Piece]:
        """Stream the completion. Closing the iterator cancels the work.

        Raises:
            EngineUnavailable: before the first piece, or in the middle when the engine is lost.
        """
        ...

    async def prefill(self, prompt: str) -> None:
        """Read `prompt` into the prefix cache, so that a completion that starts with it is quick."""
        ...

    async def close(self) -> None:
        """Free what the engine holds."""
        ...
