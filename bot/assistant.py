"""The assistant without a web server: what the terminal, the replay and the tests talk to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from bot.actions import make_executor
from bot.desk.handoffs import Handoffs
from bot.desk.webhook import Webhook
from bot.live import Live
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
    handoffs: Handoffs
    live: Live


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
    handoffs = Handoffs(tools.store.engine, waits_quietly=bool(settings.handoff_webhook))
    live = Live(tools.store.engine)
    turns = Turns(settings, transcripts, router, make_executor(tools), observer, handoffs, live.wake)
    sending = _sending(settings, tools)
    try:
        yield Assistant(tools, transcripts, turns, handoffs, live)
    finally:
        await live.close()
        await turns.drain(settings.drain_seconds)
        if sending:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending


def _sending(settings: BotSettings, tools: Tools) -> asyncio.Task[None] | None:
    """Begin to send handoffs to the shop's help desk, where there is one."""
    if not settings.handoff_webhook:
        return None
    webhook = Webhook(tools.store.engine, settings.handoff_webhook, settings.handoff_secret)
    return asyncio.create_task(webhook.run())
