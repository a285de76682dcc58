"""The journal of events: who looked at, put aside or bought what, and how it is forgotten.

A visitor is a key that says nothing of the person. Knows nothing of consent: who writes has asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast

from sqlalchemy import BigInteger, Column, Integer, MetaData, Row, String, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ecomlm.recommend.journeys import Kind
from knowledge import database
from knowledge.tables import LONGEST_ID, UtcDateTime

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "recommend_version"
STEP = 2000
metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("visitor", String(64), nullable=False, index=True),
    Column("product", String(LONGEST_ID), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    sqlite_autoincrement=True,  # a number is never used again, so that a reader can go on after the last one
)
# Which visitor a conversation is with, where the visitor's page told.
links = Table(
    "event_links",
    metadata,
    Column("conversation", String(160), primary_key=True),
    Column("visitor", String(64), nullable=False, index=True),
)
# One row for each time that events were erased: whoever counted them before must count anew.
erasures = Table(
    "event_erasures",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Event:
    """A visitor did something with a product. `number` is its place in the journal, 0 before it is there."""

    visitor: str
    product: str
    kind: Kind
    at: datetime
    number: int = 0


class Journal:
    """The events in the shop's database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    async def open(cls, engine: AsyncEngine) -> Self:
        """Create the tables, or bring them up to date."""
        await database.upgrade(engine, MIGRATIONS, version_table=VERSION_TABLE)
        return cls(engine)

    async def add(self, found: Iterable[Event]) -> int:
        """Write events, all or none, and return how many there were."""
        rows = [
            {"visitor": item.visitor, "product": item.product, "kind": item.kind, "at": item.at}
            for item in found
        ]
        if rows:
            async with database.writing(self._engine) as connection:
                await connection.execute(insert(events), rows)
        return len(rows)

    async def after(self, number: int, limit: int = STEP) -> list[Event]:
        """Return the events after a number, in their order."""
        query = select(events).where(events.c.number > number).order_by(events.c.number).limit(limit)
        async with self._engine.connect() as connection:
            return [_event(row) for row in await connection.execute(query)]

    async def of(self, visitor: str, limit: int) -> list[Event]:
        """Return a visitor's newest events, `limit` of them, in the order of their times."""
        query = select(events).where(events.c.visitor == visitor)
        query = query.order_by(events.c.at.desc(), events.c.number.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [_event(row) for row in await connection.execute(query)][::-1]

    async def link(self, conversation: str, visitor: str) -> None:
        """Note which visitor a conversation is with."""
        async with database.writing(self._engine) as connection:
            await connection.execute(delete(links).where(links.c.conversation == conversation))
            await connection.execute(insert(links).values(conversation=conversation, visitor=visitor))

    async def unlink(self, conversation: str) -> None:
        """Forget which visitor a conversation was with."""
        async with database.writing(self._engine) as connection:
            await connection.execute(delete(links).where(links.c.conversation == conversation))

    async def visitor_of(self, conversation: str) -> str | None:
        """Return the visitor whom a conversation is with; None where nobody told."""
        query = select(links.c.visitor).where(links.c.conversation == conversation)
        async with self._engine.connect() as connection:
            return cast("str | None", await connection.scalar(query))

    async def forget(self, visitor: str) -> int:
        """Erase a visitor's events for good and return how many there were."""
        async with database.writing(self._engine) as connection:
            await connection.execute(delete(links).where(links.c.visitor == visitor))
        return await self._erase(events.c.visitor == visitor)

    async def forget_before(self, moment: datetime) -> int:
        """Erase what is older than a time and return how much that was."""
        return await self._erase(events.c.at < moment)

    async def _erase(self, condition: Any) -> int:
        async with database.writing(self._engine) as connection:
            erased = (await connection.execute(delete(events).where(condition))).rowcount
            if erased:
                await connection.execute(insert(erasures).values(at=datetime.now(UTC)))
        return int(erased)

    async def erased(self) -> int:
        """Return a number that grows whenever events were erased."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(func.max(erasures.c.number))) or 0

    async def last(self) -> int:
        """Return the number of the last event, 0 where there is none."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(func.max(events.c.number))) or 0

    async def count(self) -> int:
        """Return how many events there are."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(func.count()).select_from(events)) or 0


def _event(row: Row[Any]) -> Event:
    return Event(row.visitor, row.product, cast(Kind, row.kind), row.at, row.number)
