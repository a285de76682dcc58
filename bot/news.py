"""What of a conversation a reader has not seen, and where it stands: for the transcript and the open chat.

A `Cursor` is how far a reader is. It outlives the connection and the server: whoever comes back with it gets
every message once. Knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from bot.desk.handoffs import Handoffs
from bot.desk.proposals import Proposals
from bot.transcripts import Message, Transcripts, is_interrupted

_CURSOR = re.compile(r"\d{1,16}(?:-\d{1,9}){1,9}", re.ASCII)
_OPEN_AT_MOST = 8


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader is in a conversation.

    `begun` is when the conversation began, in milliseconds: one that was deleted and begun anew has another.
    `number` is the last message's; `open` are those before that may change: replies under way or failed.
    """

    begun: int = 0
    number: int = 0
    open: tuple[int, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `str` wrote; anything else counts as the beginning."""
        if not _CURSOR.fullmatch(text):
            return cls()
        begun, number, *open_ones = map(int, text.split("-"))
        return cls(begun, number, tuple(open_ones))

    def __str__(self) -> str:
        return "-".join(map(str, (self.begun, self.number, *self.open)))

    def after(self, begun: datetime, messages: Iterable[Message]) -> Cursor:
        """Return the cursor of a reader who has got these messages too."""
        started = _milliseconds(begun)
        number, unsettled = (self.number, set(self.open)) if self.begun == started else (0, set())
        for message in messages:
            number = max(number, message.number)
            unsettled.discard(message.number)
            if message.role == "assistant" and message.state in ("streaming", "failed"):
                unsettled.add(message.number)
        return Cursor(started, number, tuple(sorted(unsettled)[-_OPEN_AT_MOST:]))


@dataclass(frozen=True, slots=True)
class News:
    """What is new to a reader with a cursor. `is_other` says that the conversation they knew is gone."""

    begun: datetime | None
    messages: tuple[Message, ...]
    is_other: bool = False

    def cursor_after(self, cursor: Cursor, message: Message) -> Cursor:
        """Return the cursor of a reader who has got one message more."""
        return cursor.after(self.begun, (message,)) if self.begun else cursor

    @property
    def cursor(self) -> Cursor:
        """The cursor of a reader who had nothing and has got all of it."""
        return Cursor().after(self.begun, self.messages) if self.begun else Cursor()


async def news(transcripts: Transcripts, conversation: str, cursor: Cursor) -> News:
    """Return what a conversation holds beyond a cursor, replies under way among it."""
    begun, messages = await transcripts.since(conversation, cursor.number, cursor.open)
    if begun is None:
        return News(None, (), is_other=cursor.begun != 0)
    is_other = cursor.begun not in (0, _milliseconds(begun))
    if is_other:
        begun, messages = await transcripts.since(conversation, 0)
    return News(begun, tuple(messages), is_other)


def _milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)


async def standing(handoffs: Handoffs, proposals: Proposals, conversation: str) -> dict[str, Any]:
    """Return who has a conversation and what became of its proposals, as plain values.

    `expires` is in Unix seconds of the desk's clock; whoever shows it needs that clock's time too.
    """
    handoff = await handoffs.of(conversation)
    state = handoff.state if handoff else "closed"
    agent = handoff.agent if handoff and state == "with_agent" else ""
    return {
        "person": {"state": state, "agent": agent},
        "proposals": {
            id: {"state": found, "expires": int(expires.timestamp())}
            for id, (found, expires) in (await proposals.of(conversation)).items()
        },
    }


def message_values(message: Message, patience_seconds: float) -> dict[str, Any]:
    """Return a message as the widget shows it; a reply whose server went away counts as failed."""
    shown: dict[str, Any] = {
        "id": message.id,
        "number": message.number,
        "role": message.role,
        "language": message.language,
        "time": message.created.isoformat(),
        "text": message.text,
        "events": list(message.events),
        "rating": message.rating,
        "client_id": message.client_id,
    }
    if message.role == "assistant":
        shown["state"] = "failed" if is_interrupted(message, patience_seconds) else message.state
    return shown
