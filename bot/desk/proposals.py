"""What a shopper was asked to confirm: each proposal stands for exactly one plan, and is done once.

Knows ids, states and digests. Knows nothing of what a plan does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.tables import proposals
from knowledge import database

State = Literal["open", "done", "dropped", "expired"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal: whose it is, what it stands for (`digest`), and how to work it out again (`task`)."""

    id: str
    conversation: str
    customer: str
    digest: str
    task: Mapping[str, Any]
    state: State


def _now() -> datetime:
    return datetime.now(UTC)


class Proposals:
    """Keeps proposals; at most one of a conversation is open."""

    def __init__(self, engine: AsyncEngine, minutes: int, clock: Callable[[], datetime] = _now) -> None:
        self._engine, self._minutes, self._clock = engine, minutes, clock

    async def make(self, conversation: str, customer: str, digest: str, task: Mapping[str, Any]) -> str:
        """Open a proposal, dropping any other of the conversation; the same one keeps its id."""
        async with database.writing(self._engine) as connection:
            mine = (proposals.c.conversation_id == conversation) & (proposals.c.state == "open")
            query = select(proposals).where(
                mine,
                proposals.c.customer_id == customer,
                proposals.c.digest == digest,
                proposals.c.expires > self._clock(),
            )
            same = (await connection.execute(query)).first()
            if same and same.task == dict(task):
                return str(same.id)
            await connection.execute(update(proposals).where(mine).values(state="dropped"))
            id = secrets.token_hex(8)
            await connection.execute(
                insert(proposals).values(
                    id=id, conversation_id=conversation, customer_id=customer, digest=digest, task=dict(task),
                    state="open", expires=self._clock() + timedelta(minutes=self._minutes),
                )
            )  # fmt: skip
        return id

    async def get(self, id: str, conversation: str) -> Proposal | None:
        """Return a proposal of this conversation; another one's looks like none."""
        query = select(proposals).where(proposals.c.id == id, proposals.c.conversation_id == conversation)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Proposal(
            row.id, row.conversation_id, row.customer_id, row.digest, row.task, self._now_state(row)
        )

    async def of(self, conversation: str) -> dict[str, tuple[State, datetime]]:
        """Return what became of every proposal of a conversation, and when each ends."""
        query = select(proposals.c.id, proposals.c.state, proposals.c.expires).where(
            proposals.c.conversation_id == conversation
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {row.id: (self._now_state(row), row.expires) for row in rows}

    def _now_state(self, row: Any) -> State:
        is_over = row.state == "open" and row.expires <= self._clock()
        state: State = "expired" if is_over else row.state
        return state

    async def mark(self, id: str, state: Literal["done", "dropped"]) -> None:
        """Close an open proposal."""
        async with database.writing(self._engine) as connection:
            closing = update(proposals).where(proposals.c.id == id, proposals.c.state == "open")
            await connection.execute(closing.values(state=state))

    async def drop_all(self, conversation: str) -> None:
        """Close whatever is open in a conversation."""
        async with database.writing(self._engine) as connection:
            mine = (proposals.c.conversation_id == conversation) & (proposals.c.state == "open")
            await connection.execute(update(proposals).where(mine).values(state="dropped"))
