"""One row a conversation, by which lists show, choose and find it without reading what was said.

The row is made anew from the messages in the transaction that changes them, so it is never behind. Where a
person stands in a conversation is in `handoffs` and looked up there. Knows nothing of pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import word_index
from bot.tables import conversations, messages, overviews, traces
from knowledge import database

_BATCH = 200
_OPENING_CHARACTERS = 160
_SAID = (
    select(
        messages.c.role, messages.c.language, messages.c.updated, messages.c.text, messages.c.rating,
        traces.c.intent, traces.c.confidence, traces.c.is_unanswered,
    )
    .outerjoin_from(messages, traces, traces.c.message_id == messages.c.id)
    .order_by(messages.c.number)
)  # fmt: skip


async def refresh(connection: AsyncConnection, conversation: str, *, has_new_words: bool = True) -> None:
    """Make a conversation's row anew; one that is gone has none."""
    mine = select(conversations).where(conversations.c.id == conversation).with_for_update()
    begun = (await connection.execute(mine)).one_or_none()
    if begun is None:
        return
    said = (await connection.execute(_SAID.where(messages.c.conversation_id == conversation))).all()
    values = {"channel": begun.channel, "created": begun.created, "updated": begun.created, **summarise(said)}
    change = update(overviews).where(overviews.c.conversation_id == conversation).values(**values)
    number = await connection.scalar(change.returning(overviews.c.number))
    is_new = number is None
    if is_new:
        add = insert(overviews).values(conversation_id=conversation, **values)
        number = await connection.scalar(add.returning(overviews.c.number))
    if number is not None and (is_new or has_new_words):
        await word_index.keep(connection, number, (row.text for row in said))


def summarise(said: Sequence[Any]) -> dict[str, Any]:
    """Return what a conversation's messages amount to, in the columns of its row."""
    shoppers = [row for row in said if row.role == "shopper"]
    languages = Counter(row.language for row in shoppers or said)
    routed = [row for row in said if row.confidence]  # 0: the message never came to be understood
    intents = dict.fromkeys(row.intent for row in routed)
    opening = next((row.text for row in shoppers), "")
    values: dict[str, Any] = {
        "language": max(languages, key=lambda language: languages[language], default="en"),
        "opening": " ".join(opening.split())[:_OPENING_CHARACTERS],
        "messages": sum(bool(row.text) for row in said),
        "ups": sum(row.rating == "up" for row in said),
        "downs": sum(row.rating == "down" for row in said),
        "confidence": min((row.confidence for row in routed), default=None),
        "is_unanswered": any(row.is_unanswered for row in said),
        "intents": f" {' '.join(intents)} " if intents else "",
    }
    return values | ({"updated": max(row.updated for row in said)} if said else {})


def is_unanswered(trace: Mapping[str, Any]) -> bool:
    """Whether a reply said that the records do not tell, or that nothing was found."""
    result = trace.get("result") or {}
    found_nothing = any(name in result and not result[name] for name in ("products", "reviews"))
    return bool(trace.get("abstained")) or found_nothing


async def catch_up(engine: AsyncEngine) -> None:
    """Make the rows that are missing: of conversations from before there were any."""
    last = ""
    while True:
        known = select(overviews.c.number).where(overviews.c.conversation_id == conversations.c.id)
        query = select(conversations.c.id).where(conversations.c.id > last, ~known.exists())
        async with engine.connect() as connection:
            ids = (await connection.scalars(query.order_by(conversations.c.id).limit(_BATCH))).all()
        if not ids:
            return
        async with database.writing(engine) as connection:
            for id in ids:
                await refresh(connection, id)
        last = ids[-1]
