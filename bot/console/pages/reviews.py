"""Reviews: the list with its filters, removing one and bringing it back."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from bot.console.doors import Door, to
from bot.console.pages.versions import history_page, restore_version
from bot.console.rendering import render
from bot.console.reviews import Wanted, find_reviews
from bot.console.session import MEMBER
from bot.keys import STORE


async def reviews(request: web.Request) -> web.Response:
    """The reviews that are looked for, the newest first."""
    wanted, after = Wanted.read(request.query), request.query.get("after", "")
    values = {
        "wanted": wanted,
        "query": wanted.as_query(),
        "found": await find_reviews(request.app[STORE], wanted, after=after),
        "after": after,
    }
    return await render(request, "reviews.html", values)


async def history(request: web.Request) -> web.Response:
    """What was changed in a review, by whom; also of one that was removed."""
    return await history_page(request, "review", "/reviews/r", "/reviews")


async def restore(request: web.Request) -> web.Response:
    """Bring an earlier version back, as a new change."""
    await restore_version(request, "review")
    raise to(f"{_path(request.match_info['id'])}/history", notice="products.restored")


async def remove(request: web.Request) -> web.Response:
    """Remove a review; its history brings it back."""
    id = request.match_info["id"]
    await request.app[STORE].remove("review", [id], who=request[MEMBER].name)
    raise to(f"{_path(id)}/history", notice="reviews.removed")


def _path(id: str) -> str:
    return f"/reviews/r/{quote(id, safe='')}"


DOORS = (
    Door("GET", "/reviews", reviews, "viewer"),
    Door("GET", "/reviews/r/{id}/history", history, "viewer"),
    Door("POST", "/reviews/r/{id}/restore", restore, "editor"),
    Door("POST", "/reviews/r/{id}/remove", remove, "editor"),
)
