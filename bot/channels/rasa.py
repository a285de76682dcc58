"""Rasa's REST channel: `POST /webhooks/rest/webhook`, for programs that already speak to a Rasa server.

The same turns as the widget's; events become Rasa's messages. Knows nothing of sessions: the caller is a
program of the shop, which vouches for `sender`. Messages without one would share one conversation, and with
it one shopper's proof of identity; each of them is a conversation of its own instead.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from bot.actions.behind_rasa import NOBODY
from bot.channels.requests import address_of, json_object, require_program, text_of
from bot.events import (
    Buttons,
    Done,
    Event,
    Failure,
    Opinions,
    Proposal,
    Table,
    TextPiece,
    as_json,
    table_text,
)
from bot.keys import ADDRESS_LIMIT, SETTINGS, TURNS
from bot.transcripts import Incoming
from ecomlm.language import detect

_SENDER_CHARACTERS = 128


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/webhooks/rest/", _present)
    app.router.add_post("/webhooks/rest/webhook", webhook)


async def _present(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def webhook(request: web.Request) -> web.Response:
    """Answer one message with the list of Rasa messages."""
    require_program(request)
    request.app[ADDRESS_LIMIT].take(address_of(request))
    body = await json_object(request)
    sender = text_of(body, "sender", _SENDER_CHARACTERS) or NOBODY
    conversation = f"rasa:{sender}" if sender != NOBODY else f"rasa:{NOBODY}-{secrets.token_hex(8)}"
    text = text_of(body, "message", request.app[SETTINGS].max_message_characters, required=True)
    metadata = body.get("metadata")
    page = metadata.get("page") if isinstance(metadata, dict) else None
    product = page.get("product") if isinstance(page, dict) else None
    incoming = Incoming(text, detect(text), product if isinstance(product, str) else None, channel="rasa")
    turn = await request.app[TURNS].start(conversation, incoming)
    events = [event async for _, event in turn.follow()]
    return web.json_response(rasa_messages(sender, events))


def rasa_messages(recipient: str, events: Iterable[Event]) -> list[dict[str, Any]]:
    """Render a turn as Rasa's messages: text joined, a table as text, buttons with it, the rest as custom."""
    messages: list[dict[str, Any]] = []
    text = ""
    for event in events:
        if isinstance(event, TextPiece):
            text += event.text
            continue
        if isinstance(event, Table):
            text += f"\n{table_text(event)}\n"
            continue
        if isinstance(event, Opinions):
            text += f"\n{event.text}\n"
            continue
        if isinstance(event, Proposal):
            continue  # its text and buttons say the same
        if isinstance(event, Buttons):
            buttons = [{"title": button.title, "payload": button.payload} for button in event.buttons]
            messages.append({"text": text, "buttons": buttons} if text else {"buttons": buttons})
            text = ""
            continue
        if text:
            messages.append({"text": text})
            text = ""
        if isinstance(event, Failure):
            messages.append({"text": event.text})
        elif not isinstance(event, Done):
            messages.append({"custom": as_json(event)})
    if text:
        messages.append({"text": text})
    return [{"recipient_id": recipient, **message} for message in messages]
