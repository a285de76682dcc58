"""The shop's people and the log of what they did; for owners."""

from __future__ import annotations

from aiohttp import web

from bot.console.doors import Door, Refused, to
from bot.console.rendering import render
from bot.console.session import MEMBER
from bot.console.staff import ROLES, SHORTEST_PASSWORD, checked_role
from bot.keys import AUDIT, STAFF

_ENTRIES = 50


async def people(request: web.Request) -> web.Response:
    """Everybody, with forms to add, change and remove."""
    values = {"members": await request.app[STAFF].members(), "roles": ROLES, "shortest": SHORTEST_PASSWORD}
    return await render(request, "people.html", values)


async def add(request: web.Request) -> web.Response:
    """Add a person with a first password, which they change themselves."""
    form = await request.post()
    name, password, role = (str(form.get(field, "")) for field in ("name", "password", "role"))
    await request.app[STAFF].add(name, password, checked_role(role), who=request[MEMBER].name)
    raise to("/people", notice="people.added")


async def change(request: web.Request) -> web.Response:
    """Give a person another role."""
    form = await request.post()
    role = checked_role(str(form.get("role", "")))
    await request.app[STAFF].set_role(request.match_info["id"], role, who=request[MEMBER].name)
    raise to("/people", notice="people.changed")


async def set_password(request: web.Request) -> web.Response:
    """Give a person a new password; they are signed out everywhere."""
    form = await request.post()
    password = str(form.get("password", ""))
    await request.app[STAFF].set_password(request.match_info["id"], password, who=request[MEMBER].name)
    raise to("/people", notice="people.password_set")


async def remove(request: web.Request) -> web.Response:
    """Remove a person; nobody removes themselves by mistake."""
    if request.match_info["id"] == request[MEMBER].id:
        raise Refused(400, "yourself")
    await request.app[STAFF].remove(request.match_info["id"], who=request[MEMBER].name)
    raise to("/people", notice="people.removed")


async def log(request: web.Request) -> web.Response:
    """Who changed what, the newest first, a page at a time."""
    before = request.query.get("before", "")
    known = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    entries = await request.app[AUDIT].entries(before=known, limit=_ENTRIES + 1)
    values = {
        "entries": entries[:_ENTRIES],
        "more": entries[_ENTRIES - 1].id if len(entries) > _ENTRIES else None,
    }
    return await render(request, "log.html", values)


DOORS = (
    Door("GET", "/people", people, "owner"),
    Door("POST", "/people", add, "owner"),
    Door("POST", "/people/{id}/role", change, "owner"),
    Door("POST", "/people/{id}/password", set_password, "owner"),
    Door("POST", "/people/{id}/remove", remove, "owner"),
    Door("GET", "/log", log, "owner"),
)
