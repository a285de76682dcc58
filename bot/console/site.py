"""Adds the console to the web application: its pages, its files, the people's store."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from bot.console import rendering
from bot.console.audit import Audit
from bot.console.doors import Door, add_doors
from bot.console.pages import (
    articles,
    canned,
    conversation,
    conversations,
    home,
    imports,
    inbox,
    insights,
    people,
    product,
    products,
    reviews,
    texts,
    trial,
    way_in,
)
from bot.console.session import ROOT
from bot.console.staff import Staff
from bot.keys import AUDIT, SETTINGS, STAFF, STORE
from bot.settings import visitor_secret

DOORS: tuple[Door, ...] = (
    *way_in.DOORS,
    *home.DOORS,
    *inbox.DOORS,
    *canned.DOORS,
    *conversations.DOORS,
    *conversation.DOORS,
    *products.DOORS,
    *product.DOORS,
    *articles.DOORS,
    *reviews.DOORS,
    *imports.DOORS,
    *trial.DOORS,
    *insights.DOORS,
    *texts.DOORS,
    *people.DOORS,
)


def setup(app: web.Application) -> None:
    """Add the console to `app`, which must have its store when it starts."""
    rendering.setup(app)
    app.cleanup_ctx.append(_people)
    app.cleanup_ctx.append(imports.open_imports)
    app.router.add_static(f"{ROOT}/static", rendering.STATIC)
    add_doors(app, *DOORS)


async def _people(app: web.Application) -> AsyncIterator[None]:
    engine = app[STORE].engine
    app[STAFF], app[AUDIT] = Staff(engine, visitor_secret(app[SETTINGS])), Audit(engine)
    yield
