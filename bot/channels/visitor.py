"""The widget's channel: sessions, messages as server-sent events, the transcript, ratings.

`setup(app)` adds the routes. Every route but the first two works on the conversation that the token names,
and on no other. Knows nothing of what a message means.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

from aiohttp import web

from bot.channels.live import STREAM_HEADERS
from bot.channels.requests import address_of, json_object, session_of, text_of
from bot.errors import BadRequest
from bot.events import Event, as_json
from bot.keys import (
    ADDRESS_LIMIT,
    HANDOFFS,
    LIVE,
    METRICS,
    RESPONSES,
    SEARCH,
    SESSION_LIMIT,
    SESSIONS,
    SETTINGS,
    STORE,
    TOOLS,
    TRANSCRIPTS,
    TURNS,
    VISITOR_LIMIT,
)
from bot.middlewares import preferred_language
from bot.news import Cursor, message_values, news, standing
from bot.storefront.urls import url_of
from bot.suggestions import suggestions
from bot.transcripts import Incoming, Rating
from bot.turn import Turn
from bot.wording import say
from ecomlm.language import detect
from knowledge.errors import RecordNotFound
from knowledge.records import Language

PRIVACY_ARTICLE = "privacy"
_REASON_CHARACTERS = 1000
_ID_CHARACTERS = 64


def setup(app: web.Application) -> None:
    """Add the widget's routes."""
    app.router.add_get("/api/config", configuration)
    app.router.add_post("/api/session", new_session)
    app.router.add_post("/api/messages", send_message)
    app.router.add_get("/api/conversation", conversation)
    app.router.add_delete("/api/conversation", forget_conversation)
    app.router.add_post("/api/feedback", rate)


async def configuration(request: web.Request) -> web.Response:
    """What the widget shows before the first message."""
    language = preferred_language(request)
    settings, responses = request.app[SETTINGS], request.app[RESPONSES]
    return web.json_response(
        {
            "shop": settings.shop_name_in(language),
            "language": language,
            "greeting": responses.pick("utter_greet", language, shop=settings.shop_name_in(language)),
            "suggestions": [
                *suggestions(request.app[SEARCH].facts, language),
                say("suggestion.4", language),
            ],
            "privacy_url": await _privacy_url(request, language),
            "limits": {"message_characters": settings.max_message_characters},
        }
    )


async def _privacy_url(request: web.Request, language: Language) -> str | None:
    """Return the address of the shop's article on privacy, where there is one and our pages show it."""
    if not request.app[SETTINGS].storefront:
        return None
    try:
        return url_of(f"article:{(await request.app[STORE].article(PRIVACY_ARTICLE)).id}", "", language)
    except RecordNotFound:
        return None


async def new_session(request: web.Request) -> web.Response:
    """Begin a visit; nothing is stored until the first message."""
    request.app[SESSION_LIMIT].take(address_of(request))
    await json_object(request)
    token, session = request.app[SESSIONS].issue()
    return web.json_response(
        {"token": token, "conversation": session.conversation, "expires": session.expires}, status=201
    )


async def send_message(request: web.Request) -> web.StreamResponse:
    """Take a message; stream its reply."""
    app, session = request.app, session_of(request)
    app[ADDRESS_LIMIT].take(address_of(request))
    app[VISITOR_LIMIT].take(session.conversation)
    body = await json_object(request)
    text = text_of(body, "text", app[SETTINGS].max_message_characters, required=True)
    client_id = text_of(body, "client_id", _ID_CHARACTERS) or None
    page = await _page(request, body.get("page"))
    turn = await app[TURNS].start(session.conversation, Incoming(text, detect(text), page, client_id))
    return await _stream(request, turn)


async def conversation(request: web.Request) -> web.Response:
    """The transcript so far, so that a reload goes on where it was."""
    app, id = request.app, session_of(request).conversation
    found, desk = await news(app[TRANSCRIPTS], id, Cursor()), app[TOOLS].desk
    patience = app[SETTINGS].reply_timeout_seconds
    return web.json_response(
        {
            "conversation": id,
            "messages": [message_values(message, patience) for message in found.messages],
            "cursor": str(found.cursor),
            "time": int(desk.clock().timestamp()),
            **await standing(app[HANDOFFS], desk.proposals, id),
        }
    )


async def forget_conversation(request: web.Request) -> web.Response:
    """Remove the transcript for good."""
    id = session_of(request).conversation
    await request.app[TRANSCRIPTS].delete(id)
    await (await request.app[TOOLS].recommender.journal()).unlink(id)
    request.app[LIVE].wake(id)
    return web.Response(status=204)


async def rate(request: web.Request) -> web.Response:
    """Keep a thumb up or down on a reply."""
    session, body = session_of(request), await json_object(request)
    rating = body.get("rating")
    if rating not in ("up", "down"):
        raise BadRequest(f"'rating' is {rating!r}; use 'up' or 'down'")
    message = text_of(body, "message", _ID_CHARACTERS, required=True)
    reason = text_of(body, "reason", _REASON_CHARACTERS)
    await request.app[TRANSCRIPTS].rate(session.conversation, message, cast(Rating, rating), reason)
    request.app[METRICS].rated(rating)
    return web.Response(status=204)


async def _page(request: web.Request, page: Any) -> str | None:
    """Return the product whose page is open; a product that is not in the shop counts as none."""
    product = page.get("product") if isinstance(page, dict) else None
    if not isinstance(product, str) or not product:
        return None
    try:
        return (await request.app[STORE].product(product)).id
    except RecordNotFound:
        return None


async def _stream(request: web.Request, turn: Turn) -> web.StreamResponse:
    response = web.StreamResponse(headers=STREAM_HEADERS)
    await response.prepare(request)
    after = request.headers.get("Last-Event-ID", "")
    first = int(after) if after.isascii() and after.isdigit() else 0
    beat = request.app[SETTINGS].heartbeat_seconds
    try:
        async for number, event in _with_heartbeat(turn.follow(first), beat):
            await response.write(_frame(number, event) if event else b": still here\n\n")
        await response.write_eof()
    except ConnectionResetError:
        pass  # the shopper left; the turn goes on and is in the transcript when they come back
    return response


async def _with_heartbeat(
    events: AsyncIterator[tuple[int, Event]], seconds: float
) -> AsyncIterator[tuple[int, Event | None]]:
    """Yield the events, and (0, None) whenever nothing came for `seconds`."""
    waiting: asyncio.Task[tuple[int, Event]] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({waiting}, timeout=seconds)
            if not done:
                yield 0, None
                continue
            try:
                item = waiting.result()
            except StopAsyncIteration:
                return
            waiting = None
            yield item
    finally:
        if waiting:
            waiting.cancel()


def _frame(number: int, event: Event) -> bytes:
    data = json.dumps(as_json(event), ensure_ascii=False)
    return f"id: {number}\nevent: {event.type}\ndata: {data}\n\n".encode()
