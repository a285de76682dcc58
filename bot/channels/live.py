"""`GET /api/live`: an open chat hears what others write in its conversation, as server-sent events.

`message` is a message of the transcript, `state` who has the conversation and what became of its proposals,
`cleared` that it was deleted. Every event's id says how far the reader is then; sent back as `Last-Event-ID`
it is where the next line goes on. Replies are streamed by `/api/messages`; here they come once they are over.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.requests import session_of
from bot.keys import HANDOFFS, LIVE, SETTINGS, TOOLS, TRANSCRIPTS
from bot.news import Cursor, message_values, news, standing
from knowledge.errors import EcomlmError

log = logging.getLogger(__name__)

STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold the pieces back
}


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/api/live", live)


async def live(request: web.Request) -> web.StreamResponse:
    """Keep the chat up to date for as long as it is open."""
    conversation = session_of(request).conversation
    reader = _Reader(request.app, conversation, Cursor.read(request.headers.get("Last-Event-ID", "")))
    beat = request.app[SETTINGS].heartbeat_seconds
    with request.app[LIVE].following(conversation) as follower:
        response = web.StreamResponse(headers=STREAM_HEADERS)
        await response.prepare(request)
        try:
            while not follower.is_over:
                if not await follower.changed(beat):
                    await response.write(b": still here\n\n")
                    continue
                async for frame in reader.frames():
                    await response.write(frame)
            await response.write_eof()
        except ConnectionResetError:
            pass  # the shopper left; they come back with their cursor
        except (EcomlmError, OSError, SQLAlchemyError):
            log.exception("an open line broke off; its chat will open it again")
    return response


class _Reader:
    """What one open chat was told, so that it is told nothing twice."""

    def __init__(self, app: web.Application, conversation: str, cursor: Cursor) -> None:
        self._app, self._conversation, self._cursor = app, conversation, cursor
        self._told: dict[int, str] = {}
        self._standing: dict[str, Any] | None = None

    async def frames(self) -> AsyncIterator[bytes]:
        """Yield what is new since the last time."""
        found = await news(self._app[TRANSCRIPTS], self._conversation, self._cursor)
        if found.is_other:
            self._told.clear()
            self._cursor = Cursor()
            yield self._frame("cleared", {})
        patience = self._app[SETTINGS].reply_timeout_seconds
        for message in found.messages:
            self._cursor = found.cursor_after(self._cursor, message)
            values = message_values(message, patience)
            state = values.get("state", "complete")
            if state != "streaming" and self._told.get(message.number) != state:
                self._told[message.number] = state
                yield self._frame("message", values)
        desk = self._app[TOOLS].desk
        now = await standing(self._app[HANDOFFS], desk.proposals, self._conversation)
        if now != self._standing:
            self._standing = now
            yield self._frame("state", {**now, "time": int(desk.clock().timestamp())})

    def _frame(self, name: str, values: dict[str, Any]) -> bytes:
        data = json.dumps(values, ensure_ascii=False)
        return f"id: {self._cursor}\nevent: {name}\ndata: {data}\n\n".encode()
