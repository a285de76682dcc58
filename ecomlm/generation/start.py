"""Start the engine that the settings choose, with the adapter that they name."""

from __future__ import annotations

import asyncio

from ecomlm.generation.engine import Engine
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.generation.openai_api import OpenAIEngine
from ecomlm.models.adapter import find_adapter
from ecomlm.models.base import prepare_base
from ecomlm.settings import Settings


async def start_engine(settings: Settings) -> Engine:
    """Start the engine; on first use this prepares the base model (half a minute).

    Raises:
        BaseModelMissing, AdapterRefused: if base or adapter do not fit, before anything is served.
    """
    if settings.engine == "openai":
        return OpenAIEngine(settings.engine_url, settings.engine_model, settings.engine_key)
    base = await asyncio.to_thread(prepare_base, settings)
    adapter = find_adapter(settings, base)
    return await LlamaCppEngine.load(
        base.gguf,
        adapter.gguf if adapter else None,
        threads=settings.threads,
        parallel=settings.parallel_replies,
        context=settings.context_tokens,
    )
