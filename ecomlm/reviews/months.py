"""What reviews say, counted by product and month, so that a whole shop's opinions can be looked at over time.

The counts stand in two tables of the shop's database and follow the reviews: whoever looks asks for what has
changed to be read (`MonthBook.follow`). Knows nothing of pages, and nothing of what is remarkable: see
`ecomlm.reviews.insights`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ecomlm.reviews.notes import Mention, Note, rules
from ecomlm.reviews.shelf import DigestShelf
from knowledge import database
from knowledge.errors import EcomlmError
from knowledge.store import Store
from knowledge.tables import LONGEST_ID, reviews

_log = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "reviews_version"
EVERYTHING = ""
"""The aspect under which the reviews themselves are counted."""
EXAMPLES = 3
metadata = MetaData()

# One row for each product, month ("2026-03", empty where a review has no date), aspect and side. Under the
# aspect "" are the reviews themselves: all of them ("all") and those of each side. `examples` are
# [review, start, end]: where in a review's text it is said.
months = Table(
    "review_months",
    metadata,
    Column("product", String(LONGEST_ID), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("aspect", String(32), primary_key=True),
    Column("side", String(8), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("examples", JSON, nullable=False),
)
# Up to which state of its reviews a product was counted.
marks = Table(
    "review_months_read",
    metadata,
    Column("product", String(LONGEST_ID), primary_key=True),
    Column("mark", String(120), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many products with reviews are counted, of how many."""

    counted: int
    of: int

    @property
    def is_whole(self) -> bool:
        """Whether every product's newest reviews are in the counts."""
        return self.counted >= self.of


class MonthBook:
    """The counts of all products. Counting goes on in the background; `close` ends it."""

    def __init__(self, store: Store, shelf: DigestShelf) -> None:
        self._store, self._shelf = store, shelf
        self._task: asyncio.Task[None] | None = None
        self._revision, self._progress = -1, Progress(0, 0)
        self._lock = asyncio.Lock()
        self._is_open = False

    @property
    def engine(self) -> AsyncEngine:
        """Where the counts are."""
        return self._store.engine

    async def open(self) -> Self:
        """Create the tables, or bring them up to date; nothing where that was done."""
        async with self._lock:
            if not self._is_open:
                await database.upgrade(self.engine, MIGRATIONS, version_table=VERSION_TABLE)
                self._is_open = True
        return self

    async def follow(self) -> Progress:
        """Begin to count what is new, in the background, and return how far the counts are."""
        await self.open()
        revision = await self._store.revision()
        if self._task is None and revision != self._revision:
            todo = await self._todo()
            if todo.stale or todo.gone:
                self._progress = Progress(todo.of - len(todo.stale), todo.of)
                self._task = asyncio.create_task(self._count(todo, revision))
            else:
                self._revision, self._progress = revision, Progress(todo.of, todo.of)
        return self._progress

    async def finish(self) -> None:
        """Count everything that is new, and wait for it."""
        await self.follow()
        if self._task:
            await self._task

    async def close(self) -> None:
        """End the counting; what was counted is kept."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _todo(self) -> _Todo:
        """Find the products whose reviews are not those that were counted."""
        state = select(reviews.c.product_id, func.count(), func.max(reviews.c.updated))
        async with self.engine.connect() as connection:
            found = (await connection.execute(state.group_by(reviews.c.product_id))).all()
            known = {row.product: row.mark for row in await connection.execute(select(marks))}
        now = {product: f"{rules()} {count} {updated}" for product, count, updated in found}
        stale = {product: mark for product, mark in now.items() if known.get(product) != mark}
        return _Todo(stale, sorted(known.keys() - now.keys()), len(now))

    async def _count(self, todo: _Todo, revision: int) -> None:
        try:
            for product in todo.gone:
                await self._write(product, (), None)
            for product, mark in todo.stale.items():
                notes = await self._shelf.notes(product)
                rows = await asyncio.to_thread(rows_of, product, notes)
                await self._write(product, rows, mark)
                self._progress = Progress(self._progress.counted + 1, todo.of)
            self._revision = revision
        except EcomlmError:
            _log.exception("counting reviews by month has stopped; it goes on when somebody looks again")
        finally:
            self._task = None

    async def _write(self, product: str, rows: Sequence[dict[str, Any]], mark: str | None) -> None:
        async with database.writing(self.engine) as connection:
            for table in (months, marks):
                await connection.execute(delete(table).where(table.c.product == product))
            if rows:
                await connection.execute(insert(months), list(rows))
            if mark is not None:
                await connection.execute(insert(marks).values(product=product, mark=mark))


@dataclass(frozen=True, slots=True)
class _Todo:
    stale: dict[str, str]
    gone: list[str]
    of: int


def rows_of(product: str, notes: Iterable[Note]) -> list[dict[str, Any]]:
    """Count a product's notes: a review counts once for an aspect's side, however often it says so."""
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    examples: dict[tuple[str, str, str], list[list[Any]]] = defaultdict(list)
    for note in notes:
        if note.is_left_out:
            continue
        month = f"{note.created:%Y-%m}" if note.created else ""
        counts[month, EVERYTHING, "all"] += 1
        counts[month, EVERYTHING, note.polarity] += 1
        for mention in _once(note):
            key = (month, mention.category, mention.side)
            counts[key] += 1
            if len(examples[key]) < EXAMPLES:
                examples[key].append([note.id, *mention.sentence])
    return [
        {
            "product": product, "month": month, "aspect": aspect, "side": side,
            "count": count, "examples": examples[month, aspect, side],
        }
        for (month, aspect, side), count in counts.items()
    ]  # fmt: skip


def _once(note: Note) -> Iterable[Mention]:
    """The first mention of every aspect and side."""
    return {(mention.category, mention.side): mention for mention in reversed(note.mentions)}.values()
