"""The browser's side of being signed in: the cookie, who asks, and what their forms must carry.

Knows nothing of pages and roles.
"""

from __future__ import annotations

import hmac

from aiohttp import web

from bot.console.staff import LONGEST_SESSION, Member
from bot.keys import SETTINGS, STAFF

ROOT = "/console"
COOKIE = "ecomlm_console"
FORM_TOKEN = "form_token"
FORM_HEADER = "X-Form-Token"
MEMBER: web.RequestKey[Member] = web.RequestKey("member", Member)
_LONGEST_TOKEN = 200


def is_private(request: web.Request) -> bool:
    """Whether nobody on the way can read what is sent: on this machine, or over TLS to us or to our proxy."""
    settings = request.app[SETTINGS]
    if settings.trusted_proxies:
        return request.headers.get("X-Forwarded-Proto", "").split(",")[-1].strip() == "https"
    return settings.is_local or request.secure


async def recognise(request: web.Request, *, is_polled: bool = False) -> Member | None:
    """Return who asks and remember it with the request; None for whoever is not signed in.

    What a page's script asks again and again (`is_polled`) is no sign of a person: the session grows idle.
    """
    token = _token(request)
    member = await request.app[STAFF].member_of(token, is_sign=not is_polled) if token else None
    if member is not None:
        request[MEMBER] = member
    return member


def begin(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Give the browser its session; nothing that a page's script could read."""
    is_encrypted = request.secure or bool(request.app[SETTINGS].trusted_proxies)
    response.set_cookie(
        COOKIE, token, path=ROOT, httponly=True, samesite="Lax", secure=is_encrypted,
        max_age=int(LONGEST_SESSION.total_seconds()),
    )  # fmt: skip


async def end(request: web.Request, response: web.StreamResponse) -> None:
    """End the session, here and in the browser."""
    await request.app[STAFF].sign_out(_token(request))
    response.del_cookie(COOKIE, path=ROOT)


def form_token(request: web.Request) -> str:
    """Return what this session's forms carry; empty for whoever is not signed in."""
    return request.app[STAFF].form_token(_token(request)) if MEMBER in request else ""


def is_own_form(request: web.Request, given: str) -> bool:
    """Whether a form came from a page of this very session."""
    expected = form_token(request)
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def _token(request: web.Request) -> str:
    return request.cookies.get(COOKIE, "")[:_LONGEST_TOKEN]
