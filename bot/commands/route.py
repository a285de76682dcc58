"""`python -m bot route`: the intents of a file of messages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.commands.prepare import open_router_embedder
from bot.router import Route, Router
from bot.settings import BotSettings
from bot.tracker import Memory
from ecomlm.batch import Row, run_batch, text_of


async def route(settings: BotSettings, source: Path, target: Path) -> int:
    """Route every message by itself, as the first of a conversation; `page` may name an open product."""
    router = await open_router(settings)

    async def work(row: Row) -> Mapping[str, Any]:
        page = row.get("page")
        memory = Memory().on_page(page if isinstance(page, str) else None)
        return as_row(await router.route(text_of(row, "text"), memory))

    return (await run_batch(source, target, work, required=("text",), label="route")).exit_status


def as_row(route: Route) -> dict[str, Any]:
    """Return a route as a line of the output."""
    return {
        "intent": route.intent,
        "confidence": route.confidence,
        "language": route.language,
        "entities": [asdict(entity) for entity in route.entities],
    }


async def open_router(settings: BotSettings) -> Router:
    """Open the router alone; the brands are those of the index, where there is one."""
    from ecomlm.search.snapshot import IndexMissing, Snapshots

    embed = await asyncio.to_thread(open_router_embedder, settings)
    brands: list[str] = []
    try:
        snapshot = await asyncio.to_thread(Snapshots(settings.home).open)
        brands = [brand.name for brand in snapshot.facts.brands]
    except IndexMissing:
        pass
    return await Router.open(settings, embed, lambda: brands)
