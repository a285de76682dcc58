"""What visitors look at and put in their baskets, told by the shop's pages: `POST /events`.

Nothing is kept without the visitor's consent, and a visitor's events are erased by whoever holds the
visitor's id. The id itself is not kept, only a signature of it. Knows nothing of what events are good for.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from bot.channels.requests import address_of, json_object, require_program, session_of
from bot.errors import BadRequest
from bot.keys import EVENT_LIMIT, SETTINGS, STORE, TOOLS
from bot.sessions import VERSION
from bot.settings import visitor_secret
from ecomlm.recommend.journal import Event
from ecomlm.recommend.journeys import KINDS, Kind
from knowledge.tables import LONGEST_ID

SCRIPT = Path(__file__).parents[1] / "widget" / "events.js"
MOST_EVENTS = 50
LATE = timedelta(minutes=5)
_VISITOR = re.compile(r"[\w-]{16,64}", re.ASCII)
_EXAMPLE = '{"visitor": "...", "consent": true, "events": [{"kind": "view", "product": "ID"}]}'


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_post("/events", take)
    app.router.add_delete("/events", forget)
    app.router.add_get("/events.js", script)


async def script(request: web.Request) -> web.StreamResponse:
    """The script that asks nothing itself, and sends what a page tells it once the visitor said yes."""
    headers = {
        "Cache-Control": "public, max-age=300",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return web.FileResponse(SCRIPT, headers=headers)


async def take(request: web.Request) -> web.Response:
    """Keep a visitor's events; those about no product of the shop are passed over and named.

    With the token of a chat, its conversation is known to be with that visitor.
    """
    body = await json_object(request)
    visitor = _visitor(request, body)
    _limit(request, visitor, body.get("events"))
    if body.get("consent") is not True:
        raise BadRequest(
            "'consent' is not true; nothing is kept without the visitor's yes", code="no_consent"
        )
    session = session_of(request) if "Authorization" in request.headers and _is_chat(request) else None
    oldest = datetime.now(UTC) - timedelta(days=request.app[SETTINGS].event_days)
    found = _events(body, visitor, oldest, may_be_empty=session is not None)
    if any(event.kind == "purchase" for event in found):
        require_program(request)
    known = {item.id for item in await request.app[STORE].products([event.product for event in found])}
    kept = [event for event in found if event.product in known]
    journal = await request.app[TOOLS].recommender.journal()
    await journal.add(kept)
    if session:
        await journal.link(session.conversation, visitor)
    unknown = sorted({event.product for event in found} - known)
    return web.json_response({"kept": len(kept), "unknown": unknown}, status=202)


async def forget(request: web.Request) -> web.Response:
    """Erase everything that a visitor did; what was learnt of it is unlearnt."""
    visitor = _visitor(request, await json_object(request))
    request.app[EVENT_LIMIT].take(f"address {address_of(request)}")
    return web.json_response({"erased": await request.app[TOOLS].recommender.forget(visitor)})


def visitor_key(secret: bytes, visitor: str) -> str:
    """Return under which key a visitor's events are kept: it cannot be turned back into the id."""
    return hmac.new(secret, f"events.{visitor}".encode(), "sha256").hexdigest()[:40]


def _visitor(request: web.Request, body: Mapping[str, Any]) -> str:
    given = body.get("visitor")
    if not isinstance(given, str) or not _VISITOR.fullmatch(given):
        raise BadRequest("'visitor' is not 16 to 64 letters, digits, - or _ that the page made up by chance")
    return visitor_key(visitor_secret(request.app[SETTINGS]), given)


def _limit(request: web.Request, visitor: str, rows: Any) -> None:
    """Count every event of a call, for its address and its visitor; of the shop's programs every call."""
    count = min(max(len(rows), 1), MOST_EVENTS) if isinstance(rows, list) else 1
    is_program = "Authorization" in request.headers and not _is_chat(request)
    is_program = is_program and bool(request.app[SETTINGS].operator_password)
    request.app[EVENT_LIMIT].take(f"address {address_of(request)}", 1 if is_program else count)
    if is_program:
        require_program(request)
    else:
        request.app[EVENT_LIMIT].take(f"visitor {visitor}", count)


def _is_chat(request: web.Request) -> bool:
    """Tell a chat's token from the shop's own password."""
    return request.headers["Authorization"].lower().startswith(f"bearer {VERSION}.")


def _events(body: Mapping[str, Any], visitor: str, oldest: datetime, *, may_be_empty: bool) -> list[Event]:
    rows = body.get("events")
    if not isinstance(rows, list) or not (rows or may_be_empty):
        raise BadRequest(f"'events' is not a list with events; send {_EXAMPLE}")
    if len(rows) > MOST_EVENTS:
        raise BadRequest(f"{len(rows)} events at once; {MOST_EVENTS} is the limit", code="too_long")
    return [_event(row, number, visitor, oldest) for number, row in enumerate(rows)]


def _event(row: Any, number: int, visitor: str, oldest: datetime) -> Event:
    kind, product = (row.get("kind"), row.get("product")) if isinstance(row, dict) else (None, None)
    if kind not in KINDS:
        raise BadRequest(f"event {number}: 'kind' is {kind!r}; use one of {', '.join(KINDS)}")
    if not isinstance(product, str) or not 0 < len(product) <= LONGEST_ID:
        raise BadRequest(f"event {number}: 'product' is not the id of a product")
    return Event(visitor, product, cast(Kind, kind), _moment(row.get("at"), number, oldest))


def _moment(given: Any, number: int, oldest: datetime) -> datetime:
    """Return when it happened: now, unless a time that is not ahead is given, and not too old to be kept."""
    now = datetime.now(UTC)
    if given is None:
        return now
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise BadRequest(
            f"event {number}: 'at' is {given!r}, not a time such as {now.isoformat()}"
        ) from error
    if moment.tzinfo is None or moment > now + LATE:
        raise BadRequest(f"event {number}: 'at' is {given!r}, not a past time with its zone")
    if moment < oldest:
        raise BadRequest(f"event {number}: 'at' is {given!r}; events before {oldest.date()} are not kept")
    return moment
