"""The list of conversations: choose, find, export."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from aiohttp import web

from bot.console.conversations import CHANNELS, PAGE, PERSONS, Conversations, Filters, Key
from bot.console.doors import Door
from bot.console.exports import as_csv, as_jsonl
from bot.console.notebook import Notebook
from bot.console.rendering import render, say
from bot.console.session import MEMBER, ROOT
from bot.keys import AUDIT, STORE, TRANSCRIPTS
from bot.router import INTENTS


async def conversations(request: web.Request) -> web.Response:
    """The newest first, those that fit, a page at a time."""
    given, engine = Filters.read(request.query), request.app[STORE].engine
    filters, listed = given.without_faults, Conversations(engine)
    before = Key.read(request.query.get("before", ""))
    found = await listed.page(filters, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    notebook = Notebook(engine)
    values = {
        "filters": given,
        "query": given.as_query(),
        "faults": [say(request, "conversations.no_day", day=day) for day in given.faults],
        "found": shown,
        "passages": await listed.passages(shown, filters.text) if filters.text and shown else {},
        "tags": await notebook.tags([overview.conversation for overview in shown]),
        "known_tags": await notebook.known_tags(),
        "older": str(shown[-1].key) if len(found) > PAGE else "",
        "is_first": before is None,
        "choices": {
            "rating": ("up", "down"),
            "intent": INTENTS,
            "person": PERSONS,
            "language": ("en", "zh"),
            "channel": CHANNELS,
        },
    }
    return await render(request, "conversations.html", values, status=400 if given.faults else 200)


async def jsonl(request: web.Request) -> web.StreamResponse:
    """The chosen ones as `python -m bot transcripts` writes them."""
    filters = Filters.read(request.query).without_faults
    lines = as_jsonl(request.app[STORE], request.app[TRANSCRIPTS], filters)
    return await _download(request, lines, "jsonl", "application/jsonl")


async def spreadsheet(request: web.Request) -> web.StreamResponse:
    """The chosen ones for a spreadsheet, a line a message."""
    filters = Filters.read(request.query).without_faults
    return await _download(request, as_csv(request.app[STORE], filters), "csv", "text/csv")


async def of_message(request: web.Request) -> web.Response:
    """Lead to the conversation that a message belongs to."""
    message = request.match_info["id"]
    number = await Conversations(request.app[STORE].engine).of_message(message)
    raise web.HTTPSeeOther(f"{ROOT}/conversations/{number}#m-{message}")


async def _download(
    request: web.Request, lines: AsyncIterator[str], ending: str, kind: str
) -> web.StreamResponse:
    query = Filters.read(request.query).as_query()
    await request.app[AUDIT].note(request[MEMBER].name, "conversations.export", ending, **query)
    name = f"conversations-{datetime.now(UTC):%Y-%m-%d}.{ending}"
    headers = {
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    async for line in lines:
        await response.write(line.encode())
    await response.write_eof()
    return response


DOORS = (
    Door("GET", "/conversations", conversations, "viewer"),
    Door("GET", "/conversations/export.jsonl", jsonl, "agent"),
    Door("GET", "/conversations/export.csv", spreadsheet, "agent"),
    Door("GET", "/conversations/message/{id}", of_message, "viewer"),
)
