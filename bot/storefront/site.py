"""The demo storefront: server-rendered pages over the shop's own records, carrying the chat widget.

`setup(app)` adds it to a web application. Knows nothing of dialogue, models or visitors' sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from bot.keys import STORE
from bot.storefront import pages, pictures, rendering, urls
from bot.storefront.rendering import render
from bot.storefront.shelf import Shelf
from knowledge.errors import RecordNotFound

STATIC = Path(__file__).parent / "static"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def setup(app: web.Application) -> None:
    """Serve the storefront's pages and its static files from `app`."""
    rendering.setup(app)
    app.middlewares.append(show_missing_page)
    app.cleanup_ctx.append(_shelf)
    router = app.router
    router.add_get(urls.HOME, pages.home)
    router.add_get(urls.DEPARTMENTS, pages.departments)
    router.add_get(urls.DEPARTMENTS + "/{slug}", pages.department)
    router.add_get(urls.PRODUCTS + "/{id}", pages.product)
    router.add_get(urls.REVIEWS + "/{id}", pages.review)
    router.add_get(urls.ARTICLES, pages.articles)
    router.add_get(urls.ARTICLES + "/{id}", pages.article)
    router.add_get(urls.SEARCH, pages.search)
    router.add_get(urls.PICTURES + "/{id}.svg", pictures.serve)
    router.add_static("/static", STATIC)


async def _shelf(app: web.Application) -> AsyncIterator[None]:
    """Read the catalogue behind the first requests, so that starting does not wait for it."""
    shelf = app[pages.SHELF] = Shelf(app[STORE])
    reading = asyncio.create_task(shelf.view())
    yield
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading


@web.middleware
async def show_missing_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a person who follows a dead link with a page, and programs as everywhere else."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, RecordNotFound):
        if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
            raise
        response = await render(request, "missing.html", {"title_name": "not_found"})
        response.set_status(404)
        return response
