"""The shop's records in a database, with the history of every change.

Knows records and tables. Knows nothing of files, search or conversations.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self, cast

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge import codec, database
from knowledge.errors import RecordConflict, RecordNotFound
from knowledge.records import (
    Article,
    ArticleId,
    Customer,
    CustomerId,
    Order,
    OrderId,
    Product,
    ProductId,
    Record,
    RecordKind,
    Review,
)
from knowledge.settings import KnowledgeSettings
from knowledge.tables import TABLES, Row, customers, history, orders, reviews, revisions, row
from knowledge.writer import BATCH, Changes, Writer, batches, next_rows

__all__ = ["Change", "Changes", "Store"]

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "knowledge_version"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a record's history; `before` is None where it began, `after` where it was removed."""

    revision: int
    kind: RecordKind
    id: str
    who: str
    at: datetime
    before: Record | None
    after: Record | None


class Store:
    """Everything the shop knows. Open with `await Store.open(settings)`, close with `await store.close()`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @classmethod
    async def open(cls, address: KnowledgeSettings | str) -> Self:
        """Connect, and create the tables or bring them up to date."""
        url = address if isinstance(address, str) else address.database
        engine = database.open_engine(url)
        try:
            await database.upgrade(engine, MIGRATIONS, version_table=VERSION_TABLE)
        except BaseException:  # also when cancelled: nothing stays open
            await engine.dispose()
            raise
        return cls(engine)

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def product(self, id: ProductId | str) -> Product:
        """Return the product of that id, or raise RecordNotFound."""
        return cast(Product, await self.get("product", id))

    async def products(self, ids: Sequence[ProductId | str] | None = None) -> list[Product]:
        """Return the products of these ids in this order, leaving out missing ones; all without ids."""
        if ids is None:
            return [product async for product in self.each_product()]
        return cast(list[Product], await self.some("product", ids))

    async def article(self, id: ArticleId | str) -> Article:
        """Return the article of that id, or raise RecordNotFound."""
        return cast(Article, await self.get("article", id))

    async def customer(self, id: CustomerId | str) -> Customer:
        """Return the customer of that id, or raise RecordNotFound."""
        return cast(Customer, await self.get("customer", id))

    async def order(self, id: OrderId | str) -> Order:
        """Return the order of that id, or raise RecordNotFound."""
        return cast(Order, await self.get("order", id))

    async def review(self, id: str) -> Review:
        """Return the review of that id, or raise RecordNotFound."""
        return cast(Review, await self.get("review", id))

    async def reviews(self, product_id: ProductId | str, *, limit: int | None = None) -> list[Review]:
        """Return what buyers wrote about a product, newest first; with `limit` so many at most."""
        query = select(reviews.c.data).where(reviews.c.product_id == product_id)
        query = query.order_by(reviews.c.created.desc().nulls_last(), reviews.c.id).limit(limit)
        return cast(list[Review], await self._many("review", query))

    async def review_marks(self, product_id: ProductId | str) -> dict[str, str]:
        """Return the ids of a product's reviews, newest first, each with a mark that changes when it does."""
        query = select(reviews.c.id, reviews.c.updated).where(reviews.c.product_id == product_id)
        query = query.order_by(reviews.c.created.desc().nulls_last(), reviews.c.id)
        async with self.engine.connect() as connection:
            return {id: updated.isoformat() for id, updated in await connection.execute(query)}

    async def some_reviews(self, ids: Sequence[str]) -> list[Review]:
        """Return the reviews of these ids in this order, leaving out missing ones."""
        return cast(list[Review], await self.some("review", ids))

    async def some(self, kind: RecordKind, ids: Sequence[str]) -> list[Record]:
        """Return the records of these ids in this order, leaving out missing ones."""
        table, found = TABLES[kind], dict[str, Record]()
        async with self.engine.connect() as connection:
            for part in batches(ids):
                rows = await connection.execute(select(table.c.id, table.c.data).where(table.c.id.in_(part)))
                found |= {id: codec.decode(kind, data) for id, data in rows}
        return [found[id] for id in ids if id in found]

    async def articles(self, *, published_only: bool = True) -> list[Article]:
        """Return the shop's articles in the order of their ids."""
        table = TABLES["article"]
        query = select(table.c.data).order_by(table.c.id)
        query = query.where(table.c.is_published) if published_only else query
        return cast(list[Article], await self._many("article", query))

    async def orders_of(self, customer_id: CustomerId | str) -> list[Order]:
        """Return a customer's orders, newest first."""
        query = select(orders.c.data).where(orders.c.customer_id == customer_id)
        return cast(
            list[Order], await self._many("order", query.order_by(orders.c.placed.desc(), orders.c.id))
        )

    async def find_customers(self, *, email: str) -> list[Customer]:
        """Return the customers with that e-mail address; capitals do not matter."""
        query = select(customers.c.data).where(customers.c.email == email.strip().casefold())
        return cast(list[Customer], await self._many("customer", query.order_by(customers.c.id)))

    def each_product(self) -> AsyncIterator[Product]:
        """Yield every product in the order of their ids, a few hundred in memory at a time."""
        return cast(AsyncIterator[Product], self.each("product"))

    def each_review(self) -> AsyncIterator[Review]:
        """Yield every review in the order of their ids."""
        return cast(AsyncIterator[Review], self.each("review"))

    def each_article(self) -> AsyncIterator[Article]:
        """Yield every article, published or not, in the order of their ids."""
        return cast(AsyncIterator[Article], self.each("article"))

    async def each(self, kind: RecordKind) -> AsyncIterator[Record]:
        """Yield every record of a kind in the order of their ids, a few hundred in memory at a time."""
        table, last = TABLES[kind], ""
        while True:
            query = (
                select(table.c.id, table.c.data).where(table.c.id > last).order_by(table.c.id).limit(BATCH)
            )
            async with self.engine.connect() as connection:
                rows = (await connection.execute(query)).all()
            for _, data in rows:
                yield codec.decode(kind, data)
            if len(rows) < BATCH:
                return
            last = rows[-1].id

    async def count(self, kind: RecordKind) -> int:
        """Return how many records of a kind there are."""
        async with self.engine.connect() as connection:
            return await connection.scalar(select(func.count()).select_from(TABLES[kind])) or 0

    async def revision(self) -> int:
        """Return the number of the last change; it only grows."""
        async with self.engine.connect() as connection:
            return await connection.scalar(select(revisions.c.value)) or 0

    async def changed_since(self, revision: int) -> list[tuple[RecordKind, str, bool]]:
        """Return (kind, id, is removed) of what changed after that revision, each record once."""
        latest = select(func.max(history.c.number)).where(history.c.revision > revision)
        latest = latest.group_by(history.c.kind, history.c.id)
        query = select(history.c.kind, history.c.id, history.c.after.is_(None))
        query = query.where(history.c.number.in_(latest)).order_by(history.c.number)
        async with self.engine.connect() as connection:
            return [(kind, id, bool(removed)) for kind, id, removed in await connection.execute(query)]

    async def history(self, kind: RecordKind, id: str, *, newest: int | None = None) -> list[Change]:
        """Return a record's changes, oldest first; those of a removed record too.

        Args:
            newest: only so many, the last ones.
        """
        query = select(history).where(history.c.kind == kind, history.c.id == id)
        query = query.order_by(history.c.number.desc()).limit(newest)
        async with self.engine.connect() as connection:
            rows = (await connection.execute(query)).all()[::-1]
        return [
            Change(
                item.revision,
                kind,
                id,
                item.who,
                item.at,
                codec.decode(kind, item.before) if item.before else None,
                codec.decode(kind, item.after) if item.after else None,
            )
            for item in rows
        ]

    async def save(self, records: Iterable[Record], *, who: str, replacing: Iterable[Record] = ()) -> Changes:
        """Create or update records, all or none; what is equal to what is stored is left alone.

        Args:
            who: shown in the history, such as `import products.csv` or an operator's name.
            replacing: records as they were when the change was decided; if one of them has changed
                meanwhile, nothing is saved and RecordConflict is raised.
        """
        rows = ((codec.kind_of(record), row(record)) for record in records)
        return await self.save_rows(rows, who=who, replacing=replacing)

    async def save_rows(
        self, rows: Iterable[tuple[RecordKind, Row]], *, who: str, replacing: Iterable[Record] = ()
    ) -> Changes:
        """Do what `save` does for records that are rows of their tables already."""
        async with database.writing(self.engine) as connection:
            writer = await Writer.begin(connection, who)
            await writer.check_unchanged(replacing)
            source = iter(rows)
            while batch := await asyncio.to_thread(next_rows, source):
                for kind, found in batch.items():
                    await writer.write(kind, found)
            await writer.check_owners()
            return await writer.finish()

    async def remove(self, kind: RecordKind, ids: Iterable[str], *, who: str) -> Changes:
        """Remove records, all or none; a product's reviews go with it, its orders stay."""
        wanted = list(dict.fromkeys(ids))
        async with database.writing(self.engine) as connection:
            writer = await Writer.begin(connection, who)
            for part in batches(wanted):
                await writer.remove(kind, part)
            return await writer.finish()

    async def restore(
        self, kind: RecordKind, id: str, revision: int, *, who: str, replacing: Record | None
    ) -> Changes:
        """Bring a record back to how it was after that revision, as a new change.

        A product that was removed gets the reviews again that went with it.

        Args:
            replacing: the record as it is now, None where it was removed; if that has changed meanwhile,
                nothing is restored and RecordConflict is raised.

        Raises:
            RecordNotFound: where the record had no such revision, or was not there after it.
        """
        changes = await self.history(kind, id)
        version = next((change.after for change in changes if change.revision == revision), None)
        if version is None:
            raise RecordNotFound(kind, id)
        if (changes[-1].after is None) is not (replacing is None):
            raise RecordConflict(kind, id)
        records: list[Record] = [version]
        if kind == "product" and replacing is None:
            records += await self._reviews_removed(id, changes[-1].revision)
        return await self.save(records, who=who, replacing=[replacing] if replacing else ())

    async def _reviews_removed(self, product_id: str, revision: int) -> list[Record]:
        query = select(history.c.before).where(history.c.revision == revision, history.c.kind == "review")
        removed = await self._many("review", query.where(history.c.after.is_(None)))
        return [review for review in cast(list[Review], removed) if review.product_id == product_id]

    async def get(self, kind: RecordKind, id: str) -> Record:
        """Return the record of that kind and id, or raise RecordNotFound."""
        table = TABLES[kind]
        async with self.engine.connect() as connection:
            data = await connection.scalar(select(table.c.data).where(table.c.id == id))
        if data is None:
            raise RecordNotFound(kind, id)
        return codec.decode(kind, data)

    async def _many(self, kind: RecordKind, query: Select[Any]) -> list[Record]:
        async with self.engine.connect() as connection:
            return [codec.decode(kind, data) for data in await connection.scalars(query)]
