"""The one place where records change: finds the real differences, writes them and their history.

Works inside a transaction that `knowledge.store` opened. Knows nothing of where records come from.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge import codec
from knowledge.errors import RecordConflict, RecordInvalid, RecordNotFound
from knowledge.records import Record, RecordKind
from knowledge.tables import TABLES, Row, history, orders, reviews, revisions

BATCH = 500
# What must exist before a record may point to it: the kind, the field, the kind it points to.
_OWNERS: tuple[tuple[RecordKind, str, RecordKind], ...] = (
    ("review", "product_id", "product"),
    ("order", "customer_id", "customer"),
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What one call wrote. `revision` is the store's after it."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    revision: int = 0


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the ids in parts that fit into one statement."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def next_rows(rows: Iterator[tuple[RecordKind, Row]]) -> dict[RecordKind, list[Row]]:
    """Return the next batch of rows by kind; empty when there are no more."""
    batch: dict[RecordKind, list[Row]] = {}
    for kind, row in itertools.islice(rows, BATCH):
        batch.setdefault(kind, []).append(row)
    return batch


class Writer:
    """Writes one revision. Hold it for one transaction only."""

    def __init__(self, connection: AsyncConnection, who: str, revision: int) -> None:
        self._connection = connection
        self._who = who
        self._revision = revision
        self._now = datetime.now(UTC)
        self._counts: Counter[str] = Counter()
        self._seen: set[tuple[RecordKind, str]] = set()

    @classmethod
    async def begin(cls, connection: AsyncConnection, who: str) -> Self:
        """Take the next revision; other writers wait until this transaction ends.

        So revisions become visible in their order, and whoever follows them misses none.
        """
        bump = update(revisions).values(value=revisions.c.value + 1).returning(revisions.c.value)
        return cls(connection, who, (await connection.execute(bump)).scalar_one())

    async def check_unchanged(self, expected: Iterable[Record]) -> None:
        """Raise RecordConflict if one of the records is no longer stored like this."""
        kinds: dict[RecordKind, dict[str, Record]] = {}
        for record in expected:
            kinds.setdefault(codec.kind_of(record), {})[record.id] = record
        for kind, records in kinds.items():
            for part in batches(list(records)):
                stored = await self._stored(kind, part)
                for id in part:
                    if stored.get(id) != codec.encode(records[id]):
                        raise RecordConflict(kind, id)

    async def write(self, kind: RecordKind, rows: list[Row]) -> None:
        """Insert what is new and update what differs."""
        for item in rows:
            if (kind, item["id"]) in self._seen:
                raise RecordInvalid(f"{kind} {item['id']!r} occurs twice; give every {kind} its own id")
            self._seen.add((kind, item["id"]))
        stored = await self._stored(kind, [item["id"] for item in rows])
        new = [item for item in rows if item["id"] not in stored]
        changed = [item for item in rows if stored.get(item["id"], item["data"]) != item["data"]]
        self._counts["created"] += len(new)
        self._counts["updated"] += len(changed)
        self._counts["unchanged"] += len(rows) - len(new) - len(changed)
        table = TABLES[kind]
        if new:
            await self._connection.execute(insert(table), [item | {"updated": self._now} for item in new])
        if changed:
            statement = update(table).where(table.c.id == bindparam("_id"))
            names = [name for name in changed[0] if name != "id"]
            statement = statement.values({name: bindparam(f"_{name}") for name in [*names, "updated"]})
            await self._connection.execute(
                statement,
                [
                    {f"_{name}": value for name, value in item.items()} | {"_updated": self._now}
                    for item in changed
                ],
            )
        await self._record(
            kind, [(item["id"], stored.get(item["id"]), item["data"]) for item in new + changed]
        )

    async def remove(self, kind: RecordKind, ids: Sequence[str]) -> None:
        """Remove records of one kind, and a product's reviews with it."""
        stored = await self._stored(kind, ids)
        missing = [id for id in ids if id not in stored]
        if missing:
            raise RecordNotFound(kind, missing[0])
        if kind == "product":
            query = select(reviews.c.id).where(reviews.c.product_id.in_(ids))
            theirs = list(await self._connection.scalars(query))
            for part in batches(theirs):
                await self.remove("review", part)
        if kind == "customer":
            await self._refuse_with_orders(ids)
        table = TABLES[kind]
        await self._connection.execute(delete(table).where(table.c.id.in_(ids)))
        self._counts["removed"] += len(ids)
        await self._record(kind, [(id, stored[id], None) for id in ids])

    async def check_owners(self) -> None:
        """Raise RecordInvalid if a review has no product or an order no customer."""
        kinds = {kind for kind, _ in self._seen}
        for kind, field, owner in _OWNERS:
            if kind not in kinds:
                continue
            table, owners = TABLES[kind], TABLES[owner]
            query = select(table.c.id, table.c[field]).outerjoin(owners, owners.c.id == table.c[field])
            orphan = (await self._connection.execute(query.where(owners.c.id.is_(None)).limit(1))).first()
            if orphan:
                raise RecordInvalid(
                    f"{kind} {orphan[0]!r} belongs to {owner} {orphan[1]!r}, which does not exist; "
                    f"save that {owner} first or together with it"
                )

    async def finish(self) -> Changes:
        """Return what was written; a transaction without any change takes no revision."""
        counts = {name: self._counts[name] for name in ("created", "updated", "unchanged", "removed")}
        if not counts["created"] + counts["updated"] + counts["removed"]:
            self._revision -= 1
            await self._connection.execute(update(revisions).values(value=self._revision))
        return Changes(**counts, revision=self._revision)

    async def _stored(self, kind: RecordKind, ids: Sequence[str]) -> dict[str, str]:
        table = TABLES[kind]
        rows = await self._connection.execute(select(table.c.id, table.c.data).where(table.c.id.in_(ids)))
        return {id: data for id, data in rows}

    async def _record(self, kind: RecordKind, changes: list[tuple[str, str | None, str | None]]) -> None:
        if changes:
            common = {"revision": self._revision, "kind": kind, "who": self._who, "at": self._now}
            entries = [common | {"id": id, "before": old, "after": new} for id, old, new in changes]
            await self._connection.execute(insert(history), entries)

    async def _refuse_with_orders(self, ids: Sequence[str]) -> None:
        query = select(orders.c.customer_id, func.count()).where(orders.c.customer_id.in_(ids))
        found = (await self._connection.execute(query.group_by(orders.c.customer_id))).first()
        if found:
            raise RecordInvalid(
                f"customer {found[0]!r} still has {found[1]} orders; remove those orders first"
            )
