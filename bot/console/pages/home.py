"""The first page: what the shop holds, and what waits for somebody."""

from __future__ import annotations

from aiohttp import web

from bot.console.doors import Door
from bot.console.rendering import render
from bot.keys import HANDOFFS, STORE
from knowledge.records import RecordKind

_SHOWN: tuple[RecordKind, ...] = ("product", "article", "review", "order")


async def home(request: web.Request) -> web.Response:
    """Show how much of everything there is, and how many shoppers wait for a person."""
    store = request.app[STORE]
    waiting = await request.app[HANDOFFS].open_ones()
    values = {
        "counts": [(kind, await store.count(kind)) for kind in _SHOWN],
        "waiting": sum(handoff.state in ("waiting", "message") for handoff in waiting),
        "with_agent": sum(handoff.state == "with_agent" for handoff in waiting),
    }
    return await render(request, "home.html", values)


async def home_without_slash(request: web.Request) -> web.Response:
    """Lead `/console` to the first page."""
    raise web.HTTPSeeOther(f"{request.path}/")


DOORS = (Door("GET", "", home_without_slash, None), Door("GET", "/", home, "viewer"))
