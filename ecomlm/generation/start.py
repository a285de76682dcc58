"""Start the engine that the settings choose, with the adapter that is live."""

from __future__ import annotations

import asyncio

from ecomlm.generation.engine import Engine
from ecomlm.generation.llama_cpp import LlamaCppEngine
from ecomlm.generation.openai_api import OpenAIEngine
from ecomlm.generation.switching import SwitchingEngine
from ecomlm.models.adapter import find_adapter
from ecomlm.models.base import prepare_base
from ecomlm.models.registry import Registry
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


async def serve_engine(settings: Settings) -> Engine:
    """Start the engine for a server: an adapter that is promoted or rolled back meanwhile takes over.

    Raises:
        BaseModelMissing, AdapterRefused, RegistryRefused: as `start_engine` does.
    """
    if settings.engine == "openai" or not settings.adapter:
        return await start_engine(settings)
    return await SwitchingEngine.open(lambda: Registry(settings).live, lambda: start_engine(settings))
