"""The way in and out: the first owner, signing in, signing out, one's own password."""

from __future__ import annotations

from aiohttp import web

from bot.channels.requests import address_of
from bot.console import session
from bot.console.doors import Door, safe_path, to
from bot.console.rendering import render, say
from bot.console.session import MEMBER, ROOT
from bot.console.staff import SHORTEST_PASSWORD, StaffInvalid
from bot.keys import STAFF


async def sign_in_page(request: web.Request) -> web.Response:
    """Ask for name and password; where nobody was added yet, tell how the first owner comes in."""
    if MEMBER in request:
        raise web.HTTPSeeOther(f"{ROOT}/")
    if await request.app[STAFF].is_empty():
        raise to("/first")
    return await _sign_in_form(request)


async def sign_in(request: web.Request) -> web.Response:
    """Begin a session; whatever session the browser had ends, so that none can be planted."""
    form = await request.post()
    name, goal = str(form.get("name", "")), safe_path(str(form.get("next", "")))
    try:
        token, _ = await request.app[STAFF].sign_in(
            name, str(form.get("password", "")), address=address_of(request)
        )
    except StaffInvalid as error:
        fault = say(request, f"refused.{error.reason}", **error.values)
        return await _sign_in_form(request, name=name, goal=goal, fault=fault)
    return await _signed_in(request, token, goal)


async def first_page(request: web.Request) -> web.Response:
    """Ask the first owner for a name and a password."""
    if not await request.app[STAFF].is_empty():
        raise to("/sign-in")
    return await _first_form(request, code=request.query.get("code", ""))


async def first(request: web.Request) -> web.Response:
    """Add the first owner and let them in."""
    form = await request.post()
    code, name, password = (str(form.get(field, "")) for field in ("code", "name", "password"))
    staff = request.app[STAFF]
    try:
        if password != form.get("again"):
            raise StaffInvalid("not_the_same")
        await staff.begin(code, name, password)
    except StaffInvalid as error:
        fault = say(request, f"refused.{error.reason}", **error.values)
        return await _first_form(request, code=code, name=name, fault=fault)
    token, _ = await staff.sign_in(name, password, address=address_of(request))
    return await _signed_in(request, token, f"{ROOT}/")


async def sign_out(request: web.Request) -> web.Response:
    """End the session."""
    response = web.Response(status=303, headers={"Location": f"{ROOT}/sign-in?notice=way_in.signed_out"})
    await session.end(request, response)
    return response


async def account(request: web.Request) -> web.Response:
    """One's own name and role, and a form for a new password."""
    return await render(request, "account.html", {"fault": "", "shortest": SHORTEST_PASSWORD})


async def change_password(request: web.Request) -> web.Response:
    """Change one's own password, which ends one's sessions everywhere."""
    form = await request.post()
    old, new = str(form.get("old", "")), str(form.get("password", ""))
    try:
        if new != form.get("again"):
            raise StaffInvalid("not_the_same")
        await request.app[STAFF].change_password(request[MEMBER], old, new)
    except StaffInvalid as error:
        fault = say(request, f"refused.{error.reason}", **error.values)
        values = {"fault": fault, "shortest": SHORTEST_PASSWORD}
        return await render(request, "account.html", values, status=400)
    raise to("/sign-in", notice="way_in.password_changed")


async def _sign_in_form(
    request: web.Request, *, name: str = "", goal: str = "", fault: str = ""
) -> web.Response:
    values = {"name": name, "next": goal or request.query.get("next", ""), "fault": fault}
    return await render(request, "sign_in.html", values, status=400 if fault else 200)


async def _first_form(request: web.Request, *, code: str, name: str = "", fault: str = "") -> web.Response:
    values = {"code": code, "name": name, "fault": fault, "shortest": SHORTEST_PASSWORD}
    return await render(request, "first.html", values, status=400 if fault else 200)


async def _signed_in(request: web.Request, token: str, goal: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": goal})
    await session.end(request, response)
    session.begin(request, response, token)
    return response


DOORS = (
    Door("GET", "/sign-in", sign_in_page, None),
    Door("POST", "/sign-in", sign_in, None),
    Door("GET", "/first", first_page, None),
    Door("POST", "/first", first, None),
    Door("POST", "/sign-out", sign_out, "viewer"),
    Door("GET", "/account", account, "viewer"),
    Door("POST", "/account", change_password, "viewer"),
)
