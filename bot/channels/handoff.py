"""The team's side of a handoff, for the shop's own programs: list, look, join, write, hand back.

Guarded like every address for programs (the operator password as a bearer token). Knows HTTP and the
transcripts; what a handoff is, is in `bot.desk.handoffs`.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.channels.requests import json_object, require_program, text_of
from bot.desk.handoffs import Handoff
from bot.desk.packet import words_of
from bot.keys import HANDOFFS, TEAM, TRANSCRIPTS

_NAME_CHARACTERS = 80
_TEXT_CHARACTERS = 4000


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/api/handoffs", waiting)
    app.router.add_get("/api/handoffs/{conversation}", one)
    app.router.add_post("/api/handoffs/{conversation}/join", join)
    app.router.add_post("/api/handoffs/{conversation}/messages", write)
    app.router.add_post("/api/handoffs/{conversation}/hand-back", hand_back)


async def waiting(request: web.Request) -> web.Response:
    """Every conversation that waits for a person or has one."""
    require_program(request)
    found = await request.app[HANDOFFS].open_ones()
    return web.json_response({"handoffs": [_as_json(handoff) for handoff in found]})


async def one(request: web.Request) -> web.Response:
    """One conversation's packet and all that was said."""
    require_program(request)
    id = request.match_info["conversation"]
    found = await request.app[HANDOFFS].of(id)
    if found is None:
        raise web.HTTPNotFound
    said = [
        {"role": message.role, "text": words_of(message), "time": message.created.isoformat()}
        for message in await request.app[TRANSCRIPTS].messages(id)
        if message.text
    ]
    return web.json_response({**_as_json(found), "messages": said})


async def join(request: web.Request) -> web.Response:
    """An agent takes the conversation; the assistant is silent from now on."""
    require_program(request)
    body = await json_object(request)
    agent = text_of(body, "agent", _NAME_CHARACTERS, required=True)
    await request.app[TEAM].join(request.match_info["conversation"], agent)
    return web.Response(status=204)


async def write(request: web.Request) -> web.Response:
    """An agent writes to the shopper; this also joins."""
    require_program(request)
    body, id = await json_object(request), request.match_info["conversation"]
    agent = text_of(body, "agent", _NAME_CHARACTERS, required=True)
    text = text_of(body, "text", _TEXT_CHARACTERS, required=True)
    message = await request.app[TEAM].write(id, agent, text)
    return web.json_response({"message": message}, status=201)


async def hand_back(request: web.Request) -> web.Response:
    """The assistant goes on."""
    require_program(request)
    await request.app[TEAM].hand_back(request.match_info["conversation"])
    return web.Response(status=204)


def _as_json(handoff: Handoff) -> dict[str, Any]:
    return {
        "conversation": handoff.conversation,
        "state": handoff.state,
        "reason": handoff.reason,
        "agent": handoff.agent,
        "email": handoff.email,
        "opened": handoff.opened.isoformat(),
        "packet": dict(handoff.packet),
    }
