"""The web application: `create_app(settings)` builds it, its resources open and close with it.

Knows which parts there are and in which order they start. Knows nothing of what they do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from aiohttp import web

from bot import middlewares
from bot.ahead import ReadingAhead
from bot.assistant import running_turns
from bot.channels import events, handoff, identity, live, openai, operations, rasa, visitor
from bot.desk.team import Team
from bot.keys import (
    ADDRESS_LIMIT,
    AHEAD,
    ENGINE,
    EVENT_LIMIT,
    HANDOFFS,
    LIVE,
    METRICS,
    RESPONSES,
    SEARCH,
    SESSION_LIMIT,
    SESSIONS,
    SETTINGS,
    STORE,
    TEAM,
    TOOLS,
    TRANSCRIPTS,
    TURNS,
    VISITOR_LIMIT,
)
from bot.limits import RateLimit
from bot.metrics import MeteredEngine, Metrics
from bot.sessions import Sessions
from bot.settings import BotSettings, visitor_secret
from bot.tools import Tools, open_tools
from ecomlm.generation.engine import Engine
from ecomlm.search.snapshot import SnapshotBroken, Snapshots

OpenTools = Callable[[BotSettings, Callable[[Engine], Engine]], Awaitable[Tools]]


def create_app(settings: BotSettings, *, opening: OpenTools = open_tools) -> web.Application:
    """Build the application; `opening` gives it its tools when it starts."""
    app = web.Application(
        client_max_size=settings.max_body_bytes,
        middlewares=[
            middlewares.identify,
            middlewares.translate_errors,
            middlewares.guard_origin,
            middlewares.read_ahead,
        ],
    )
    app[SETTINGS] = settings
    app[METRICS] = Metrics()
    app[SESSIONS] = Sessions(visitor_secret(settings), settings.session_days)
    app[VISITOR_LIMIT] = RateLimit(settings.visitor_messages_per_minute)
    app[ADDRESS_LIMIT] = RateLimit(settings.address_messages_per_minute)
    app[SESSION_LIMIT] = RateLimit(settings.address_sessions_per_minute)
    app[EVENT_LIMIT] = RateLimit(settings.events_per_minute)
    app.on_response_prepare.append(middlewares.add_headers)
    app.cleanup_ctx.append(_tools(opening))
    app.cleanup_ctx.append(_turns)
    app.on_shutdown.append(_end_lines)
    for channel in (visitor, live, identity, rasa, openai, operations, handoff, events):
        channel.setup(app)
    _add_pages(app)
    return app


def _add_pages(app: web.Application) -> None:
    from bot.console import site as console
    from bot.widget import serve

    serve.setup(app)
    console.setup(app)
    if app[SETTINGS].storefront:
        from bot.storefront import site

        site.setup(app)


def _tools(opening: OpenTools) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        metrics = app[METRICS]
        tools = await opening(app[SETTINGS], lambda engine: MeteredEngine(engine, metrics))
        app[TOOLS] = tools
        app[STORE], app[SEARCH] = tools.store, tools.search
        app[ENGINE], app[RESPONSES] = tools.engine, tools.responses
        metrics.describe_model(tools.engine.name, app[SETTINGS].base_model)
        metrics.watch_index(_index_age(app[SETTINGS]))
        yield
        await tools.close()

    return context


def _index_age(settings: BotSettings) -> Callable[[], float | None]:
    """Return what tells when the live index was built, as Unix seconds."""
    snapshots = Snapshots(settings.home)

    def built() -> float | None:
        try:
            manifest = snapshots.current()
        except SnapshotBroken:
            return None
        return datetime.fromisoformat(manifest.created).timestamp() if manifest else None

    return built


async def _end_lines(app: web.Application) -> None:
    """Let the open chats go before the server waits for its answers to end."""
    await app[LIVE].close()


async def _turns(app: web.Application) -> AsyncIterator[None]:
    async with running_turns(app[SETTINGS], app[TOOLS], app[METRICS]) as assistant:
        app[TRANSCRIPTS], app[TURNS] = assistant.transcripts, assistant.turns
        app[HANDOFFS], app[LIVE] = assistant.handoffs, assistant.live
        app[TEAM] = Team(assistant.handoffs, assistant.transcripts, assistant.live)
        app[AHEAD] = ReadingAhead(app[TOOLS])
        await app[TOOLS].recommender.begin()
        yield
        await app[AHEAD].close()
