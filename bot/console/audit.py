"""Who changed what in the console, kept for good. Knows nothing of what the changes are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.tables import audit
from knowledge import database

_ABOUT_CHARACTERS = 240


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did: `action` is a name such as `staff.add`, `about` what it was done to."""

    id: int
    at: datetime
    who: str
    action: str
    about: str
    detail: Mapping[str, Any]


class Audit:
    """The log of what the shop's people did."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def note(self, who: str, action: str, about: str = "", **detail: Any) -> None:
        """Add an entry."""
        async with database.writing(self._engine) as connection:
            await note(connection, who, action, about, **detail)

    async def entries(self, *, before: int | None = None, limit: int = 50) -> list[Entry]:
        """Return the newest entries first; `before` is the id of the last one that is known already."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        query = query.where(audit.c.id < before) if before is not None else query
        async with self._engine.connect() as connection:
            return [Entry(**row) for row in (await connection.execute(query)).mappings()]


async def note(connection: AsyncConnection, who: str, action: str, about: str = "", **detail: Any) -> None:
    """Add an entry in the transaction of the change itself."""
    values = {"who": who, "action": action, "about": about[:_ABOUT_CHARACTERS], "detail": detail}
    await connection.execute(insert(audit).values(at=datetime.now(UTC), **values))
