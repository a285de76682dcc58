"""The inbox: who waits for a person, who has which conversation, who left a message."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from bot.console.doors import Door
from bot.console.inbox import FIRST_ONES, PAGE, SECTIONS, Inbox, Section, openings
from bot.console.rendering import render, say
from bot.console.session import MEMBER
from bot.keys import STORE, TOOLS

_HOUR, _DAY = 3600, 86_400


async def inbox(request: web.Request) -> web.Response:
    """What waits, the oldest first: the first of every section, or one section a page at a time."""
    desk, member = request.app[TOOLS].desk, request[MEMBER]
    listed, now = Inbox(request.app[STORE].engine), desk.clock()
    only = next((section for section in SECTIONS if section == request.query.get("only")), None)
    given = request.query.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    limit = PAGE if only else FIRST_ONES
    sections: dict[Section, object] = {}
    for section in (only,) if only else SECTIONS:
        found = await listed.cases(section, member.name, member.id, now, after=after, limit=limit + 1)
        sections[section] = {
            "cases": [(case, since(request, case.waits)) for case in found[:limit]],
            "next": found[limit - 1].number if len(found) > limit else None,
        }
    values = {
        "sections": sections,
        "only": only,
        "counts": await listed.counts(member.name),
        "openings": openings(desk.rules.hours, now),
        "zone": str(desk.rules.hours.zone),
    }
    return await render(request, "inbox.html", values)


async def waiting(request: web.Request) -> web.Response:
    """How much waits, for the open pages to tell of."""
    listed, member = Inbox(request.app[STORE].engine), request[MEMBER]
    queue, unread = await listed.queue(), await listed.unread_of(member.name, member.id)
    values = {
        "count": queue.waiting + unread,
        "newest": queue.newest.timestamp() if queue.newest else 0,
        "unread": unread,
        "text": say(request, "inbox.news", waiting=queue.waiting, unread=unread),
    }
    return web.json_response(values, headers={"Cache-Control": "no-store"})


def since(request: web.Request, time: timedelta) -> str:
    """Return how long something lasts, in one unit."""
    seconds = int(time.total_seconds())
    if seconds < _HOUR:
        return say(request, "inbox.minutes", count=seconds // 60)
    if seconds < 2 * _DAY:
        return say(request, "inbox.hours", count=seconds // _HOUR)
    return say(request, "inbox.days", count=seconds // _DAY)


DOORS = (
    Door("GET", "/inbox", inbox, "agent"),
    Door("GET", "/inbox/waiting", waiting, "agent", polls=True),
)
