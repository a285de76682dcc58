"""One conversation: the talk with its traces; take it over, write, hand it back; notes and tags."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.console.conversations import Conversations, Filters, Overview
from bot.console.doors import Door, to
from bot.console.notebook import LONGEST_NOTE, LONGEST_TAG, Notebook, NotebookInvalid
from bot.console.rendering import render, say
from bot.console.session import MEMBER
from bot.console.talk import mark, talk
from bot.keys import AUDIT, HANDOFFS, SETTINGS, STORE, TEAM, TOOLS, TRANSCRIPTS
from knowledge.errors import EcomlmError, RecordNotFound

LONGEST_MESSAGE = 4000


async def conversation(request: web.Request) -> web.Response:
    """The whole conversation."""
    return await _page(request, await _overview(request))


async def heard(request: web.Request) -> web.Response:
    """The talk alone, for the open page; nothing where it is as the page knows it."""
    overview = await _overview(request)
    if await mark(request.app[STORE].engine, overview.conversation) == request.query.get("mark"):
        return web.Response(status=204)
    return await render(request, "talk.html", await _talk(request, overview))


async def take(request: web.Request) -> web.Response:
    """Take the conversation: the assistant is silent from now on."""
    overview, who = await _overview(request), request[MEMBER].name
    await request.app[TEAM].take_over(overview.conversation, who)
    await request.app[AUDIT].note(who, "conversation.take", f"conversation {overview.number}")
    raise _back(request, overview, "conversation.taken")


async def write(request: web.Request) -> web.Response:
    """Say something to the shopper, in a conversation that one has."""
    overview, who = await _overview(request), request[MEMBER].name
    text = _cleaned(str((await request.post()).get("text", "")))
    handoff = await request.app[HANDOFFS].of(overview.conversation)
    fault = ""
    if not text:
        fault = say(request, "refused.no_text")
    elif len(text) > LONGEST_MESSAGE:
        fault = say(request, "refused.long_text", limit=LONGEST_MESSAGE, length=len(text))
    elif handoff is None or (handoff.state, handoff.agent) != ("with_agent", who):
        fault = say(request, "refused.not_yours")
    if fault:
        return await _page(request, overview, fault=fault, draft=text, status=400)
    await request.app[TEAM].write(overview.conversation, who, text)
    raise _back(request, overview, "conversation.sent")


async def hand_back(request: web.Request) -> web.Response:
    """Let the assistant go on; of one that nobody has yet: close it."""
    overview, who = await _overview(request), request[MEMBER].name
    await request.app[TEAM].hand_back(overview.conversation)
    await request.app[AUDIT].note(who, "conversation.hand_back", f"conversation {overview.number}")
    if (await request.post()).get("next") == "inbox":
        raise to("/inbox", notice="conversation.closed")
    raise _back(request, overview, "conversation.handed_back_done")


async def add_note(request: web.Request) -> web.Response:
    """Add a note for the other staff."""
    overview, text = await _overview(request), str((await request.post()).get("text", ""))
    try:
        await _notebook(request).add_note(overview.conversation, text, who=request[MEMBER].name)
    except NotebookInvalid as error:
        fault = say(request, f"refused.{error.reason}", **error.values)
        return await _page(request, overview, note_fault=fault, note=text, status=400)
    raise _back(request, overview, "conversation.noted")


async def remove_note(request: web.Request) -> web.Response:
    """Remove a note."""
    overview, form = await _overview(request), await request.post()
    id = _number(str(form.get("note", "")), "note")
    await _notebook(request).remove_note(overview.conversation, id, who=request[MEMBER].name)
    raise _back(request, overview, "conversation.note_removed")


async def add_tag(request: web.Request) -> web.Response:
    """Tag the conversation."""
    overview, form = await _overview(request), await request.post()
    await _notebook(request).add_tag(
        overview.conversation, str(form.get("tag", "")), who=request[MEMBER].name
    )
    raise _back(request, overview, "conversation.tagged")


async def remove_tag(request: web.Request) -> web.Response:
    """Take a tag away."""
    overview, form = await _overview(request), await request.post()
    await _notebook(request).remove_tag(
        overview.conversation, str(form.get("tag", "")), who=request[MEMBER].name
    )
    raise _back(request, overview, "conversation.untagged")


async def _page(
    request: web.Request,
    overview: Overview,
    *,
    fault: str = "",
    draft: str = "",
    note_fault: str = "",
    note: str = "",
    status: int = 200,
) -> web.Response:
    filters, notebook = Filters.read(request.query).without_faults, _notebook(request)
    may_act = request[MEMBER].may("agent")
    newer, older = await Conversations(request.app[STORE].engine).neighbours(filters, overview.key)
    values = {
        **await _talk(request, overview),
        "newer": newer,
        "older": older,
        "query": _query(request),
        "notes": await notebook.notes(overview.conversation),
        "tags": (await notebook.tags([overview.conversation]))[overview.conversation],
        "known_tags": await notebook.known_tags() if may_act else [],
        "replies": await notebook.replies() if may_act else [],
        "limits": {"message": LONGEST_MESSAGE, "note": LONGEST_NOTE, "tag": LONGEST_TAG},
        "fault": fault,
        "draft": draft,
        "note_fault": note_fault,
        "note": note,
    }
    return await render(request, "conversation.html", values, status=status)


async def _talk(request: web.Request, overview: Overview) -> dict[str, Any]:
    """Return what the talk's part of the page shows, and note that this agent has read it."""
    id, member, engine = overview.conversation, request[MEMBER], request.app[STORE].engine
    known = await mark(engine, id)  # before the reading: what comes between is read again, not missed
    stored = await request.app[TRANSCRIPTS].messages(id)
    handoff = await request.app[HANDOFFS].of(id)
    if member.may("agent") and stored:
        await _notebook(request).read(member.id, id, stored[-1].number)
    state = handoff.state if handoff else "closed"
    return {
        "overview": overview,
        "mark": known,
        "talk": await talk(engine, stored, request.app[SETTINGS].reply_timeout_seconds),
        "handoff": handoff if state != "closed" else None,
        "customer": await _customer(request, id),
        "is_mine": bool(handoff and state == "with_agent" and handoff.agent == member.name),
    }


async def _customer(request: web.Request, conversation: str) -> dict[str, Any] | None:
    desk = request.app[TOOLS].desk
    verified = await desk.identities.of(conversation)
    if verified is None:
        return None
    try:
        name = (await desk.orders.customer(verified.customer_id)).name
    except EcomlmError:  # the shop's order system does not know them, or does not answer
        name = ""
    return {
        "id": verified.customer_id, "name": name, "level": verified.level, "expires": verified.expires
    }  # fmt: skip


async def _overview(request: web.Request) -> Overview:
    number = _number(request.match_info["id"], "conversation")
    return await Conversations(request.app[STORE].engine).of(number)


def _number(text: str, kind: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise RecordNotFound(kind, text)
    return int(text)


def _query(request: web.Request) -> str:
    """Return the filters of the list that one came from, as the end of an address."""
    query = Filters.read(request.query).as_query()
    return f"?{urlencode(query)}" if query else ""


def _back(request: web.Request, overview: Overview, notice: str) -> web.HTTPSeeOther:
    query = Filters.read(request.query).as_query()
    return to(f"/conversations/{overview.number}", **query, notice=notice)


def _notebook(request: web.Request) -> Notebook:
    return Notebook(request.app[STORE].engine)


def _cleaned(text: str) -> str:
    kept = (letter for letter in text.replace("\r\n", "\n") if letter in "\n\t" or letter.isprintable())
    return "".join(kept).strip()


DOORS = (
    Door("GET", "/conversations/{id}", conversation, "viewer"),
    Door("GET", "/conversations/{id}/talk", heard, "viewer", polls=True),
    Door("POST", "/conversations/{id}/take", take, "agent"),
    Door("POST", "/conversations/{id}/messages", write, "agent"),
    Door("POST", "/conversations/{id}/hand-back", hand_back, "agent"),
    Door("POST", "/conversations/{id}/notes", add_note, "agent"),
    Door("POST", "/conversations/{id}/notes/remove", remove_note, "agent"),
    Door("POST", "/conversations/{id}/tags", add_tag, "agent"),
    Door("POST", "/conversations/{id}/tags/remove", remove_tag, "agent"),
)
