"""Products as a list: search, filters, and one change for many."""

from __future__ import annotations

from aiohttp import web

from bot.console import bulk
from bot.console.bulk import Bulk, BulkInvalid
from bot.console.doors import Door, Refused, to
from bot.console.products import PAGE, Wanted, find_ids, find_products, names_of
from bot.console.rendering import render, say
from bot.console.session import MEMBER
from bot.console.versions import lines_between
from bot.keys import AUDIT, STORE
from knowledge.errors import RecordConflict

_SHOWN_CHANGES = 100
LARGEST_FORM = 1_000_000


async def products(request: web.Request) -> web.Response:
    """The products that are looked for, a page at a time."""
    return await _list(request, Wanted.read(request.query), request.query.get("after", ""))


async def plan_bulk(request: web.Request) -> web.Response:
    """Show what one change makes of the chosen products."""
    form = await request.post()
    wanted = Wanted.read({name: str(value) for name, value in form.items() if name != "action"})
    try:
        chosen = Bulk.read(form)
        ids = await _chosen(request, wanted, [str(id) for id in form.getall("id", [])], "all" in form)
    except BulkInvalid as error:
        fault = say(request, f"bulk.{error.reason}", most=f"{bulk.MOST:,}")
        ticked = [str(id) for id in form.getall("id", [])]
        return await _list(request, wanted, str(form.get("after", "")), fault=fault, ticked=ticked)
    return await _plan(request, chosen, ids, wanted)


async def apply_bulk(request: web.Request) -> web.Response:
    """Do it; where one of the products changed since the preview, show the preview anew."""
    form = await request.post()
    try:
        chosen = Bulk.read(form)
    except BulkInvalid as error:
        raise Refused(400, "bad_request", fault=say(request, f"bulk.{error.reason}")) from error
    ids = [str(id) for id in form.getall("id", [])][: bulk.MOST]
    wanted, who = Wanted.read({name: str(value) for name, value in form.items()}), request[MEMBER].name
    try:
        changes = await bulk.apply(request.app[STORE], ids, chosen, str(form.get("mark", "")), who=who)
    except RecordConflict:
        changes = None
    if changes is None:
        return await _plan(request, chosen, ids, wanted, fault=say(request, "bulk.changed_meanwhile"))
    await request.app[AUDIT].note(who, f"products.{chosen.action}", f"{changes.updated} products")
    raise to("/products", notice="bulk.done", **wanted.as_query())


async def _chosen(request: web.Request, wanted: Wanted, ticked: list[str], is_all: bool) -> list[str]:
    ids = await find_ids(request.app[STORE], wanted, bulk.MOST + 1) if is_all else ticked
    if not ids:
        raise BulkInvalid("none_chosen")
    if len(ids) > bulk.MOST:
        raise BulkInvalid("too_many")
    return ids


async def _list(
    request: web.Request, wanted: Wanted, after: str, *, fault: str = "", ticked: list[str] | None = None
) -> web.Response:
    store = request.app[STORE]
    values = {
        "wanted": wanted,
        "query": wanted.as_query(),
        "found": await find_products(store, wanted, after=after),
        "after": after,
        "page_size": PAGE,
        "departments": await names_of(store, "department"),
        "brands": await names_of(store, "brand"),
        "actions": bulk.ACTIONS,
        "most": bulk.MOST,
        "fault": fault,
        "ticked": set(ticked or ()),
    }
    return await render(request, "products.html", values, status=400 if fault else 200)


async def _plan(
    request: web.Request, chosen: Bulk, ids: list[str], wanted: Wanted, *, fault: str = ""
) -> web.Response:
    found = await bulk.plan(request.app[STORE], ids, chosen)
    values = {
        "bulk": chosen,
        "plan": found,
        "lines_between": lines_between,
        "shown": found.changes[:_SHOWN_CHANGES],
        "ids": ids,
        "query": wanted.as_query(),
        "fault": fault,
    }
    return await render(request, "products_bulk.html", values, status=409 if fault else 200)


DOORS = (
    Door("GET", "/products", products, "viewer"),
    Door("POST", "/products/bulk", plan_bulk, "editor", largest=LARGEST_FORM),
    Door("POST", "/products/bulk/apply", apply_bulk, "editor", largest=LARGEST_FORM),
)
