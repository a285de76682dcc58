"""Reading what callers send: JSON bodies, tokens, addresses. Every fault names the value and the remedy."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any

from aiohttp import web

from bot.errors import BadRequest, PasswordRequired
from bot.keys import SESSIONS, SETTINGS
from bot.sessions import Session, SessionInvalid


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the body, which must be a JSON object; an empty body counts as one without keys."""
    raw = await request.read()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadRequest('the body is not valid JSON; send an object such as {"text": "hello"}') from error
    if not isinstance(body, dict):
        raise BadRequest('the body is JSON but not an object; send an object such as {"text": "hello"}')
    return body


def text_of(body: dict[str, Any], key: str, limit: int, *, required: bool = False) -> str:
    """Return a text of the body without control characters, at most `limit` characters long."""
    value = body.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise BadRequest(f"{key!r} must be a text")
    cleaned = "".join(letter for letter in value if letter in "\n\t" or letter.isprintable()).strip()
    if required and not cleaned:
        raise BadRequest(f"{key!r} is empty; write something", code="empty")
    if len(cleaned) > limit:
        raise BadRequest(f"{key!r} has {len(cleaned)} characters; {limit} is the limit", code="too_long")
    return cleaned


def session_of(request: web.Request) -> Session:
    """Return the visitor's session, from the bearer token alone: no cookie, nothing in the address."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SessionInvalid("a session token is needed; start a session: POST /api/session")
    return request.app[SESSIONS].check(token.strip())


def require_program(request: web.Request) -> None:
    """Let the shop's own programs in: anyone on this machine, elsewhere with the operator password."""
    password = request.app[SETTINGS].operator_password
    if not password:
        return
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = b64decode(given, validate=True).decode().partition(":")[2]
        except (NotBase64, UnicodeDecodeError):
            given = ""
    if not hmac.compare_digest(given.strip().encode(), password.encode()):
        raise PasswordRequired("this address needs the operator password as a bearer token")


def address_of(request: web.Request) -> str:
    """Return the caller's network address, as seen by the outermost proxy that is trusted."""
    trusted = request.app[SETTINGS].trusted_proxies
    if trusted:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= trusted:
            return hops[-trusted]
    return request.remote or "unknown"
