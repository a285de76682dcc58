"""Conversations as they are kept: every message, every reply as it was sent, ratings and traces.

A shopper's message is stored before anything is done about it, together with the reply's place, so that
no crash loses it. Knows nothing of what the messages mean.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from sqlalchemy import FromClause, RowMapping, Select, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import overviews
from bot.events import Agent, TextPiece, as_json
from bot.tables import conversations, feedback, handoffs, identities, messages, proposals, touch, traces
from knowledge import database
from knowledge.errors import RecordNotFound
from knowledge.records import Language

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "bot_version"
_BATCH = 100

Role = Literal["shopper", "assistant", "agent"]
State = Literal["received", "streaming", "complete", "failed"]
Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a transcript."""

    id: str
    role: Role
    language: Language
    created: datetime
    updated: datetime
    state: State
    text: str
    events: tuple[dict[str, Any], ...]
    rating: Rating | None
    number: int = 0
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a shopper sends: the words, the product whose page is open, and the sender's own id of it."""

    text: str
    language: Language
    page: str | None = None
    client_id: str | None = None
    channel: str = "widget"


@dataclass(frozen=True, slots=True)
class Begun:
    """A stored message and the place of its reply. `is_new` is false where it was sent before.

    `answered` is the assistant's reply that the message may answer: the one right before it, if it was
    complete when the message came. None after an agent's words, or a reply that was cut off.
    """

    message: str
    reply: Message
    is_new: bool
    answered: Message | None = None


@dataclass(frozen=True, slots=True)
class End:
    """What a reply leaves behind: what the bot keeps in mind of the conversation, and how it came about."""

    conversation: str
    slots: dict[str, Any]
    trace: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which replies are wanted: of messages from `since` on, in one language, with a shopper's rating."""

    since: datetime | None = None
    language: Language | None = None
    is_rated: bool = False


_EVERYTHING = Chosen()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message with its complete reply, the product whose page was open, and how the reply came about."""

    message: Message
    reply: Message
    page: str | None = None
    trace: dict[str, Any] = field(default_factory=dict)


class Transcripts:
    """The store of conversations; shares the engine with the shop's records."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    async def open(cls, engine: AsyncEngine) -> Self:
        """Create the tables or bring them up to date.

        With SQLite one server owns the database: a reply still open was cut off when that server ended.
        """
        await database.upgrade(engine, MIGRATIONS, version_table=VERSION_TABLE)
        if engine.dialect.name == "sqlite":
            async with database.writing(engine) as connection:
                open_replies = update(messages).where(messages.c.state == "streaming")
                await connection.execute(open_replies.values(state="failed"))
        await overviews.catch_up(engine)
        return cls(engine)

    @classmethod
    async def beside(cls, engine: AsyncEngine) -> Self:
        """Open beside a running server: replies under way stay what they are."""
        await database.upgrade(engine, MIGRATIONS, version_table=VERSION_TABLE)
        return cls(engine)

    async def begin(self, conversation: str, incoming: Incoming) -> Begun:
        """Store a shopper's message and open its reply, or find what is stored of it already."""
        async with database.writing(self._engine) as connection:
            await _touch(connection, conversation, incoming.channel)
            if incoming.client_id and (begun := await _sent_before(connection, conversation, incoming)):
                return begun
            taken = select(func.max(messages.c.number)).where(messages.c.conversation_id == conversation)
            number = (await connection.scalar(taken) or 0) + 1
            message, reply, now = _new_id(), _new_id(), datetime.now(UTC)
            shared = {"conversation_id": conversation, "language": incoming.language, "events": []}
            times = {"created": now, "updated": now}
            await connection.execute(
                insert(messages).values(
                    **shared, **times, id=message, number=number, role="shopper", state="received",
                    text=incoming.text, client_id=incoming.client_id, page=incoming.page,
                )
            )  # fmt: skip
            await connection.execute(
                insert(messages).values(
                    **shared, **times, id=reply, number=number + 1, role="assistant", state="streaming",
                    text="", reply_to=message,
                )
            )  # fmt: skip
            answered = await _answered(connection, conversation, number, now)
            await overviews.refresh(connection, conversation)
        opened = Message(reply, "assistant", incoming.language, now, now, "streaming", "", (), None)
        return Begun(message, opened, is_new=True, answered=answered)

    async def add_agents(
        self, conversation: str, text: str, language: Language, agent: Agent | None = None
    ) -> str:
        """Store what a person of the shop writes or, without text, does; return the message's id."""
        events = [as_json(event) for event in (agent, TextPiece(text) if text else None) if event]
        async with database.writing(self._engine) as connection:
            exists = await connection.scalar(
                select(conversations.c.id).where(conversations.c.id == conversation)
            )
            if exists is None:
                raise RecordNotFound("conversation", conversation)
            await _touch(connection, conversation, "")
            taken = select(func.max(messages.c.number)).where(messages.c.conversation_id == conversation)
            number = (await connection.scalar(taken) or 0) + 1
            id, now = _new_id(), datetime.now(UTC)
            await connection.execute(
                insert(messages).values(
                    id=id, conversation_id=conversation, number=number, role="agent", language=language,
                    created=now, updated=now, state="complete", text=text, events=events,
                )
            )  # fmt: skip
            await overviews.refresh(connection, conversation)
        return id

    async def save_reply(
        self,
        reply: str,
        *,
        text: str,
        events: Sequence[dict[str, Any]],
        state: State,
        language: Language,
        end: End | None = None,
    ) -> None:
        """Store what has been sent of a reply so far; with its end, what is kept in mind after it too."""
        change = update(messages).where(messages.c.id == reply)
        async with database.writing(self._engine) as connection:
            await connection.execute(
                change.values(
                    text=text, events=list(events), state=state, language=language, updated=datetime.now(UTC)
                )
            )
            if end:
                await _remember(connection, reply, end)

    async def slots(self, conversation: str) -> dict[str, Any]:
        """Return what the bot keeps in mind of a conversation."""
        async with self._engine.connect() as connection:
            query = select(conversations.c.slots).where(conversations.c.id == conversation)
            return dict(await connection.scalar(query) or {})

    async def reply(self, id: str) -> Message:
        """Return a reply as it is stored now, or raise RecordNotFound."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(messages).where(messages.c.id == id))).one_or_none()
        if row is None:
            raise RecordNotFound("message", id)
        return _message(row)

    async def messages(self, conversation: str) -> list[Message]:
        """Return a conversation's messages in order; empty for one that nobody has written in."""
        query = select(messages).where(messages.c.conversation_id == conversation).order_by(messages.c.number)
        async with self._engine.connect() as connection:
            return [_message(row) for row in await connection.execute(query)]

    async def since(
        self, conversation: str, number: int, again: Sequence[int] = ()
    ) -> tuple[datetime | None, list[Message]]:
        """Return when a conversation began (None: there is none) and its messages after `number`.

        Those whose numbers are in `again` come along whatever their number.
        """
        wanted = or_(messages.c.number > number, messages.c.number.in_(again))
        query = select(messages).where(messages.c.conversation_id == conversation, wanted)
        begun = select(conversations.c.created).where(conversations.c.id == conversation)
        async with self._engine.connect() as connection:
            created: datetime | None = await connection.scalar(begun)
            rows = await connection.execute(query.order_by(messages.c.number))
            return created, [_message(row) for row in rows]

    async def trace(self, reply: str) -> dict[str, Any] | None:
        """Return how a reply came about, if it is known."""
        async with self._engine.connect() as connection:
            detail: dict[str, Any] | None = await connection.scalar(
                select(traces.c.detail).where(traces.c.message_id == reply)
            )
        return detail

    async def exchanges(self, chosen: Chosen) -> AsyncIterator[tuple[str, list[Exchange]]]:
        """Yield each conversation that has chosen replies with these, a hundred conversations in memory."""
        last = ""
        while True:
            wanted = _chosen(chosen).with_only_columns(_REPLIES.c.conversation_id).distinct()
            wanted = wanted.where(_REPLIES.c.conversation_id > last).order_by(_REPLIES.c.conversation_id)
            async with self._engine.connect() as connection:
                ids = (await connection.scalars(wanted.limit(_BATCH))).all()
            for conversation, exchanges in (await self.exchanges_of(ids, chosen)).items():
                yield conversation, exchanges
            if len(ids) < _BATCH:
                return
            last = ids[-1]

    async def exchanges_of(
        self, ids: Sequence[str], chosen: Chosen = _EVERYTHING
    ) -> dict[str, list[Exchange]]:
        """Return the chosen replies of some conversations, in the order of these, with their messages."""
        query = _chosen(chosen).where(_REPLIES.c.conversation_id.in_(ids))
        found: dict[str, list[Exchange]] = {id: [] for id in ids}
        async with self._engine.connect() as connection:
            for row in (await connection.execute(query.order_by(_REPLIES.c.number))).mappings():
                found[row[_REPLIES.c.conversation_id]].append(_exchange(row))
        return found

    async def delete(self, conversation: str) -> None:
        """Remove a conversation with all that hangs on it."""
        async with database.writing(self._engine) as connection:
            for table in (identities, proposals, handoffs):
                await connection.execute(delete(table).where(table.c.conversation_id == conversation))
            await connection.execute(delete(conversations).where(conversations.c.id == conversation))

    async def rate(self, conversation: str, message: str, rating: Rating, reason: str) -> None:
        """Keep a shopper's opinion of a reply in their own conversation.

        Raises:
            RecordNotFound: for a message of another conversation as for one that does not exist.
        """
        own = (messages.c.id == message) & (messages.c.conversation_id == conversation)
        async with database.writing(self._engine) as connection:
            changed = await connection.execute(
                update(messages).where(own, messages.c.role == "assistant").values(rating=rating)
            )
            if not changed.rowcount:
                raise RecordNotFound("message", message)
            await connection.execute(
                insert(feedback).values(
                    message_id=message, rating=rating, reason=reason, created=datetime.now(UTC)
                )
            )
            await overviews.refresh(connection, conversation, has_new_words=False)


_OF_MESSAGE = ("id", "role", "language", "created", "updated", "state", "text")
_REPLIES, _ASKED = messages.alias("replies"), messages.alias("asked")


def _chosen(chosen: Chosen) -> Select[Any]:
    joined = _REPLIES.join(_ASKED, _REPLIES.c.reply_to == _ASKED.c.id)
    joined = joined.outerjoin(traces, traces.c.message_id == _REPLIES.c.id)
    query = select(_REPLIES, _ASKED, traces.c.detail).select_from(joined)
    query = query.where(_REPLIES.c.state == "complete")
    if chosen.since:
        query = query.where(_ASKED.c.created >= chosen.since)
    if chosen.language:
        query = query.where(_REPLIES.c.language == chosen.language)
    return query.where(_REPLIES.c.rating.is_not(None)) if chosen.is_rated else query


def is_interrupted(message: Message, patience_seconds: float) -> bool:
    """Whether a reply was being written when its server went away."""
    silence = datetime.now(UTC) - message.updated
    return message.state == "streaming" and silence > timedelta(seconds=patience_seconds)


def _new_id() -> str:
    return secrets.token_hex(12)


def _message(row: Any) -> Message:
    return Message(
        row.id, row.role, row.language, row.created, row.updated, row.state, row.text, tuple(row.events),
        row.rating, row.number, row.client_id,
    )  # fmt: skip


def _exchange(row: RowMapping) -> Exchange:
    asked, reply = _side(row, _ASKED), _side(row, _REPLIES)
    return Exchange(asked, reply, row[_ASKED.c.page], row[traces.c.detail] or {})


def _side(row: RowMapping, table: FromClause) -> Message:
    values = {name: row[table.c[name]] for name in _OF_MESSAGE}
    return Message(**values, events=tuple(row[table.c.events]), rating=row[table.c.rating])


async def _touch(connection: AsyncConnection, id: str, channel: str) -> None:
    """Begin the conversation if it is new; either way its row is locked against other writers."""
    now = datetime.now(UTC)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    begin = dialect.insert(conversations).values(id=id, channel=channel, created=now, updated=now, slots={})
    await connection.execute(begin.on_conflict_do_nothing())
    await connection.execute(update(conversations).where(conversations.c.id == id).values(updated=now))


async def _remember(connection: AsyncConnection, reply: str, end: End) -> None:
    change = update(conversations).where(conversations.c.id == end.conversation)
    await connection.execute(change.values(slots=end.slots))
    await touch(connection, end.conversation)
    exists = await connection.scalar(select(messages.c.id).where(messages.c.id == reply))
    if exists:  # else the shopper deleted the conversation meanwhile
        trace = {name: end.trace[name] for name in ("intent", "confidence")} | {"detail": end.trace}
        trace["is_unanswered"] = overviews.is_unanswered(end.trace)
        await connection.execute(delete(traces).where(traces.c.message_id == reply))
        await connection.execute(insert(traces).values(message_id=reply, **trace))
        await overviews.refresh(connection, end.conversation)


async def _sent_before(connection: AsyncConnection, conversation: str, incoming: Incoming) -> Begun | None:
    own = (messages.c.conversation_id == conversation) & (messages.c.client_id == incoming.client_id)
    sent = (await connection.execute(select(messages).where(own))).one_or_none()
    if sent is None:
        return None
    row = (await connection.execute(select(messages).where(messages.c.reply_to == sent.id))).one()
    answered = await _answered(connection, conversation, sent.number, sent.created)
    return Begun(sent.id, _message(row), is_new=False, answered=answered)


async def _answered(
    connection: AsyncConnection, conversation: str, number: int, sent: datetime
) -> Message | None:
    """Return the reply before a message, if it was the assistant's and whole when the message was sent."""
    query = select(messages).where(
        messages.c.conversation_id == conversation,
        messages.c.number == number - 1,
        messages.c.role == "assistant",
        messages.c.state == "complete",
        messages.c.updated <= sent,
    )
    row = (await connection.execute(query)).one_or_none()
    return _message(row) if row else None
