"""The assistant without a web server: what the terminal, the replay and the tests talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.actions import make_executor
from bot.router import Router
from bot.settings import BotSettings
from bot.tools import Tools, open_tools
from bot.transcripts import Transcripts
from bot.turn import Observer, Turns


@dataclass(frozen=True)
class Assistant:
    """Turns over open tools."""

    tools: Tools
    transcripts: Transcripts
    turns: Turns


@asynccontextmanager
async def open_assistant(settings: BotSettings) -> AsyncIterator[Assistant]:
    """Open tools and turns; close them at the end."""
    tools = await open_tools(settings)
    try:
        async with running_turns(settings, tools) as assistant:
            yield assistant
    finally:
        await tools.close()


@asynccontextmanager
async def running_turns(
    settings: BotSettings, tools: Tools, observer: Observer | None = None
) -> AsyncIterator[Assistant]:
    """Open the turns over tools; at the end the replies under way may finish."""
    transcripts = await Transcripts.open(tools.store.engine)
    router = await Router.open(settings, tools.embed, tools.brands)
    turns = Turns(settings, transcripts, router, make_executor(tools), observer)
    try:
        yield Assistant(tools, transcripts, turns)
    finally:
        await turns.drain(settings.drain_seconds)
