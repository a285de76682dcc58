"""A conversation in a person's hands: when the assistant is silent, what the person gets, and the way back.

The state is kept in the database, so that every server sees it; a server that is told of an agent's joining
also knows at once. Events for the shop's help desk are written in the same transaction and sent from the
outbox (`bot.desk.webhook`). Knows nothing of HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.tables import handoffs, outbox, touch
from knowledge import database
from knowledge.desk.rules import Hours
from knowledge.errors import RecordNotFound
from knowledge.records import Language

State = Literal["waiting", "with_agent", "message", "closed"]
_LOOK_SECONDS = 0.5
_KNOWN_AT_MOST = 10_000
_WEEK = 8


@dataclass(frozen=True, slots=True)
class Handoff:
    """Where a conversation stands between the assistant and a person."""

    conversation: str
    state: State
    reason: str
    agent: str
    email: str
    packet: Mapping[str, Any]
    opened: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Handoffs:
    """Opens, joins and closes handoffs, and tells whether the assistant may speak.

    With `waits_quietly` the assistant is silent from the handoff on; without, until an agent joins.
    """

    def __init__(
        self, engine: AsyncEngine, *, waits_quietly: bool = False, clock: Callable[[], datetime] = _now
    ) -> None:
        self._engine, self._clock = engine, clock
        self._quiet_states = ("waiting", "with_agent") if waits_quietly else ("with_agent",)
        self._known: dict[str, tuple[float, State]] = {}
        self._joining: set[str] = set()

    async def of(self, conversation: str) -> Handoff | None:
        """Return where a conversation stands; None where no person was ever asked for."""
        query = select(handoffs).where(handoffs.c.conversation_id == conversation)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _handoff(row) if row else None

    async def open_ones(self) -> list[Handoff]:
        """Return the conversations that wait for a person or have one, the oldest first."""
        query = select(handoffs).where(handoffs.c.state != "closed").order_by(handoffs.c.opened)
        async with self._engine.connect() as connection:
            return [_handoff(row) for row in await connection.execute(query)]

    async def is_quiet(self, conversation: str) -> bool:
        """Whether the assistant must not speak; looked up, since another server or a reply may have asked."""
        return await self._look(conversation) in self._quiet_states

    async def is_joined(self, conversation: str) -> bool:
        """Whether an agent has the conversation: a reply that asked for one may still say so."""
        return await self._state(conversation) == "with_agent"

    async def begin(
        self, conversation: str, reason: str, packet: Mapping[str, Any], *, is_staffed: bool = True
    ) -> None:
        """Ask for a person; asking again keeps the place in the queue."""
        now, state = self._clock(), "waiting" if is_staffed else "message"
        values = {"reason": reason, "packet": dict(packet), "updated": now}
        fresh = {"state": state, "agent": "", "email": "", "opened": now}
        async with database.writing(self._engine) as connection:
            found = await connection.scalar(
                select(handoffs.c.state).where(handoffs.c.conversation_id == conversation)
            )
            changes = values if found in ("waiting", "with_agent") else {**values, **fresh}
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            asked = dialect.insert(handoffs).values(conversation_id=conversation, **values, **fresh)
            await connection.execute(
                asked.on_conflict_do_update(index_elements=["conversation_id"], set_=changes)
            )
            await touch(connection, conversation)
            await self._post(connection, "handoff_opened", conversation, {"packet": dict(packet)})
        self._known.pop(conversation, None)

    async def join(self, conversation: str, agent: str) -> bool:
        """An agent takes over: the assistant is silent from this moment, also amid a reply.

        False where this agent has the conversation already.
        """
        self._joining.add(conversation)
        self._note(conversation, "with_agent")
        try:
            return await self._change(conversation, "agent_joined", state="with_agent", agent=agent)
        finally:
            self._joining.discard(conversation)

    async def hand_back(self, conversation: str) -> bool:
        """The assistant may speak again. False where it could all along."""
        is_new = await self._change(conversation, "handed_back", state="closed")
        self._note(conversation, "closed")
        return is_new

    async def leave_message(self, conversation: str, email: str) -> None:
        """Note where to write to; the assistant goes on."""
        await self._change(conversation, "message_left", email=email)

    async def heard(self, conversation: str, text: str) -> None:
        """Pass on what the shopper writes while a person has the conversation."""
        async with database.writing(self._engine) as connection:
            await self._post(connection, "message_created", conversation, {"text": text})

    async def _state(self, conversation: str) -> State:
        """Return where a conversation stands, looked up at most twice a second."""
        known = self._known.get(conversation)
        if known and time.monotonic() - known[0] < _LOOK_SECONDS:
            return known[1]
        return await self._look(conversation)

    async def _look(self, conversation: str) -> State:
        known = self._known.get(conversation)
        found = await self.of(conversation)
        told = self._known.get(conversation)
        if conversation in self._joining:  # what was looked up is older than that
            return "with_agent"
        if told is not None and told is not known:
            return told[1]
        return self._note(conversation, found.state if found else "closed")

    def _note(self, conversation: str, state: State) -> State:
        if len(self._known) > _KNOWN_AT_MOST:
            self._known.clear()
        self._known[conversation] = time.monotonic(), state
        return state

    async def _change(self, conversation: str, event: str, **values: Any) -> bool:
        """Write new values and the event that tells of them; false where they are what is there."""
        mine = handoffs.c.conversation_id == conversation
        async with database.writing(self._engine) as connection:
            found = (await connection.execute(select(handoffs).where(mine).with_for_update())).one_or_none()
            if found is None:
                self._known.pop(conversation, None)
                raise RecordNotFound("handoff", conversation)
            if all(getattr(found, name) == value for name, value in values.items()):
                return False
            await connection.execute(update(handoffs).where(mine).values(**values, updated=self._clock()))
            await touch(connection, conversation)
            await self._post(connection, event, conversation, values)
        return True

    async def _post(
        self, connection: AsyncConnection, event: str, conversation: str, values: Mapping[str, Any]
    ) -> None:
        body = {"event": event, "conversation": conversation, "at": self._clock().isoformat(), **values}
        await connection.execute(insert(outbox).values(event=event, body=body, tries=0, due=self._clock()))


def is_staffed(hours: Hours, language: Language, now: datetime) -> bool:
    """Whether people who speak the language are there; a shop that names no hours always has some."""
    week = hours.open.get(language) or {}
    if not week:
        return True
    local = now.astimezone(hours.zone)
    span = week.get(local.weekday())
    return span is not None and span[0] <= local.time().replace(tzinfo=None) < span[1]


def next_opening(hours: Hours, language: Language, now: datetime) -> datetime | None:
    """Return when people are there next, in the shop's own time."""
    week = hours.open.get(language) or {}
    local = now.astimezone(hours.zone)
    for ahead in range(_WEEK):
        day = local.date() + timedelta(days=ahead)
        span = week.get(day.weekday())
        if span:
            opening = datetime.combine(day, span[0], hours.zone)
            if opening > local:
                return opening
    return None


def _handoff(row: Any) -> Handoff:
    return Handoff(row.conversation_id, row.state, row.reason, row.agent, row.email, row.packet, row.opened)
