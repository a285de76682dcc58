"""The conversations that were handed over: who waits, who has which, and when people are there.

Knows nothing of pages; what a handoff is, is in `bot.desk.handoffs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.console.notebook import Notebook
from bot.desk.handoffs import Handoff, is_staffed, next_opening
from bot.tables import handoffs, overviews
from knowledge.desk.rules import Hours
from knowledge.records import Language

Section = Literal["waiting", "mine", "others", "messages"]
SECTIONS: tuple[Section, ...] = get_args(Section)
FIRST_ONES = 10
PAGE = 50


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation in a person's hands, with how many of its messages this agent has not read."""

    number: int
    handoff: Handoff
    opening: str
    said: datetime
    unread: int
    waits: timedelta


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether people who speak a language are there now; else when next, where that is known."""

    language: Language
    is_open: bool
    opens: datetime | None
    hours: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """How many wait for somebody, and since when the last of them does."""

    waiting: int
    newest: datetime | None


class Inbox:
    """Lists what waits for the shop's people."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def counts(self, agent: str) -> dict[Section, int]:
        """Return how many conversations each section holds."""
        which = case(*((_belongs(section, agent), section) for section in SECTIONS))
        query = select(which, func.count()).where(handoffs.c.state != "closed").group_by(which)
        async with self._engine.connect() as connection:
            found = {section: count for section, count in await connection.execute(query)}
        return {section: found.get(section, 0) for section in SECTIONS}

    async def cases(
        self, section: Section, agent: str, member: str, now: datetime, *, after: int = 0, limit: int = PAGE
    ) -> list[Case]:
        """Return a section's conversations, those first that were handed over first, after one of them."""
        order = (handoffs.c.opened, overviews.c.number)
        query = (
            select(handoffs, overviews.c.number, overviews.c.opening, overviews.c.updated.label("said"))
            .join_from(handoffs, overviews, handoffs.c.conversation_id == overviews.c.conversation_id)
            .where(_belongs(section, agent))
            .order_by(*order)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            if after:
                place = select(handoffs.c.opened).join_from(
                    handoffs, overviews, handoffs.c.conversation_id == overviews.c.conversation_id
                )
                since = await connection.scalar(place.where(overviews.c.number == after))
                is_later = (order[0] > since) | ((order[0] == since) & (order[1] > after))
                query = query.where(is_later) if since else query
            rows = (await connection.execute(query)).all()
        unread = await Notebook(self._engine).unread(member, [row.conversation_id for row in rows])
        return [
            Case(
                row.number,
                Handoff(
                    row.conversation_id, row.state, row.reason, row.agent, row.email, row.packet, row.opened
                ),
                row.opening,
                row.said,
                unread.get(row.conversation_id, 0),
                max(now - row.opened, timedelta(0)),
            )
            for row in rows
        ]

    async def unread_of(self, agent: str, member: str) -> int:
        """Return how many of the conversations that an agent has hold something they have not read."""
        mine = select(handoffs.c.conversation_id).where(_belongs("mine", agent)).limit(PAGE)
        async with self._engine.connect() as connection:
            ids = (await connection.scalars(mine)).all()
        return len(await Notebook(self._engine).unread(member, ids))

    async def queue(self) -> Queue:
        """Return how many wait: for somebody now, or for a letter."""
        waits = handoffs.c.state.in_(("waiting", "message"))
        query = select(func.count(), func.max(handoffs.c.opened)).where(waits)
        async with self._engine.connect() as connection:
            waiting, newest = (await connection.execute(query)).one()
        return Queue(waiting, newest)


def openings(hours: Hours, now: datetime) -> list[Opening]:
    """Return, for each language, whether its people are there; none where the shop names no hours."""
    found: list[Opening] = []
    for language, week in hours.open.items():
        is_open = is_staffed(hours, language, now)
        spans = tuple((day, f"{start:%H:%M}-{end:%H:%M}") for day, (start, end) in sorted(week.items()))
        opens = None if is_open else next_opening(hours, language, now)
        found.append(Opening(language, is_open, opens, spans))
    return found


def _belongs(section: Section, agent: str) -> ColumnElement[bool]:
    state, who = handoffs.c.state, handoffs.c.agent
    match section:
        case "waiting":
            return state == "waiting"
        case "mine":
            return and_(state == "with_agent", who == agent)
        case "others":
            return and_(state == "with_agent", who != agent)
        case "messages":
            return state == "message"
