"""Conversations for the console's tests, straight into the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from bot.events import Event, TextPiece, as_json
from bot.tables import overviews
from bot.transcripts import End, Incoming, Transcripts
from ecomlm.language import detect

EVIL = "<script>alert('x')</script>"


@dataclass(frozen=True)
class Exchange:
    """What a shopper says, what they are told, and how that came about."""

    asked: str
    told: str = "Yes. [1]"
    intent: str = "ask_product"
    confidence: float = 0.9
    trace: dict[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    channel: str = "widget"


async def talk(transcripts: Transcripts, conversation: str, *exchanges: Exchange) -> list[str]:
    """Store exchanges; return the replies' ids."""
    replies = []
    for said in exchanges:
        language = detect(said.asked)
        begun = await transcripts.begin(conversation, Incoming(said.asked, language, channel=said.channel))
        trace = {"intent": said.intent, "confidence": said.confidence, **said.trace}
        events = [as_json(event) for event in (TextPiece(said.told), *said.events)]
        await transcripts.save_reply(
            begun.reply.id, text=said.told, events=events,
            state="complete", language=language, end=End(conversation, {}, trace),
        )  # fmt: skip
        replies.append(begun.reply.id)
    return replies


async def number_of(transcripts: Transcripts, conversation: str) -> int:
    """Return the number that the console knows a conversation by."""
    query = select(overviews.c.number).where(overviews.c.conversation_id == conversation)
    async with transcripts._engine.connect() as connection:
        return int(await connection.scalar(query))
