"""A shop's order system, and the one that lives in our own store.

`OrderSystem` is all that the service desk needs of a shop: find, and carry a plan out exactly once. Knows
nothing of identity or dialogue: whoever calls has the customer's proof.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge import codec, database
from knowledge.desk.plans import Plan
from knowledge.errors import EcomlmError, RecordNotFound
from knowledge.records import Customer, Order, Product, ProductId, Record
from knowledge.store import Store
from knowledge.tables import receipts, row, stock_notices
from knowledge.writer import Writer


class OrdersUnavailable(EcomlmError):
    """The shop's order system does not answer, or not usably; nothing was done."""


class OutcomeUnknown(OrdersUnavailable):
    """The order system was told to do something, and its answer was lost: it may have been done.

    The same key tells later: `receipt` finds it, `commit` does it if it was not done.
    """

    def __init__(self, message: str, key: str) -> None:
        self.key = key
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done, and its number. `is_new` is false where the same request was carried out before."""

    id: str
    tool: str
    arguments: Mapping[str, Any]
    at: datetime
    is_new: bool = True


class OrderSystem(Protocol):
    """What the service desk needs of a shop's orders; any of it raises OrdersUnavailable when it is down."""

    async def find_order(self, id: str) -> Order | None:
        """Return the order of that number, written in any way a shopper may write it."""
        ...

    async def orders_of(self, customer: str) -> list[Order]:
        """Return a customer's orders, newest first."""
        ...

    async def customer(self, id: str) -> Customer:
        """Return a customer, or raise RecordNotFound."""
        ...

    async def find_customers(self, *, email: str = "", name: str = "", postcode: str = "") -> list[Customer]:
        """Return the customers with that e-mail, or with that name and postcode."""
        ...

    async def products_of(self, order: Order) -> dict[ProductId, Product]:
        """Return the products of an order that the shop still knows."""
        ...

    async def commit(self, plan: Plan, *, key: str, customer: str) -> Receipt:
        """Carry a plan out: completely or not at all, and once for a key.

        Raises:
            RecordConflict: when a record has changed since the plan was made.
            OutcomeUnknown: when it may have been done, and the answer was lost.
        """
        ...

    async def receipt(self, key: str) -> Receipt | None:
        """Return what was done under a key, if anything was."""
        ...

    async def close(self) -> None:
        """Give back what was opened."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


class LocalOrders:
    """The orders in our own store."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime] = _now) -> None:
        self._store, self._clock = store, clock

    async def find_order(self, id: str) -> Order | None:
        """Return the order of that number; capitals, spaces and a leading # do not matter."""
        bare = bare_number(id)
        if not bare.isprintable():  # half a character, which no database takes
            return None
        for wanted in (bare, f"#{bare}"):
            try:
                return await self._store.order(wanted)
            except RecordNotFound:
                continue
        return None

    async def orders_of(self, customer: str) -> list[Order]:
        """Return a customer's orders, newest first."""
        return await self._store.orders_of(customer)

    async def customer(self, id: str) -> Customer:
        """Return a customer, or raise RecordNotFound."""
        return await self._store.customer(id)

    async def find_customers(self, *, email: str = "", name: str = "", postcode: str = "") -> list[Customer]:
        """Return the customers with that e-mail, or with that name and postcode."""
        if email:
            return await self._store.find_customers(email=email)
        found = []
        async for record in self._store.each("customer"):
            assert isinstance(record, Customer)
            if is_named(record, name, postcode):
                found.append(record)
        return found

    async def products_of(self, order: Order) -> dict[ProductId, Product]:
        """Return the products of an order that the shop still has."""
        ids = list(dict.fromkeys(line.product_id for line in order.lines))
        return {product.id: product for product in await self._store.products(ids)}

    async def commit(self, plan: Plan, *, key: str, customer: str) -> Receipt:
        """Carry a plan out in one transaction: the records, their history and the receipt."""
        now, id = self._clock(), receipt_number(key)
        async with database.writing(self._store.engine) as connection:
            writer = await Writer.begin(connection, f"service desk, receipt {id}")
            if done := await _receipt(connection, key):
                await writer.finish()
                return done
            await writer.check_unchanged(plan.before)
            for kind, rows in _by_kind(plan.settled(id, now)).items():
                await writer.write(kind, rows)
            if plan.tool == "request_stock_notice":
                await self._note(connection, plan, now)
            content = {"arguments": dict(plan.arguments), "digest": plan.digest}
            await connection.execute(
                insert(receipts).values(
                    key=key, customer_id=customer, tool=plan.tool, at=now,
                    data=json.dumps(content, ensure_ascii=False),
                )
            )  # fmt: skip
            await writer.finish()
        return Receipt(id, plan.tool, plan.arguments, now)

    async def receipt(self, key: str) -> Receipt | None:
        """Return what was done under a key, if anything was."""
        async with self._store.engine.connect() as connection:
            return await _receipt(connection, key)

    async def close(self) -> None:
        """Do nothing: the store is closed by whoever opened it."""

    async def _note(self, connection: AsyncConnection, plan: Plan, now: datetime) -> None:
        """Keep who wants to be told of something; asking again only prolongs it."""
        until = now + timedelta(days=int(plan.facts["days"]))
        asked = plan.arguments
        values = {"sku": asked["item_id"], "email": asked["email"], "created": now}
        again = {"expires": until, "language": asked["language"]}
        await connection.execute(delete(stock_notices).where(stock_notices.c.expires < now))
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        keep = dialect.insert(stock_notices).values({**values, **again})
        await connection.execute(keep.on_conflict_do_update(index_elements=["sku", "email"], set_=again))


def bare_number(id: str) -> str:
    """Return an order number without what shoppers write differently: capitals, spaces, a leading #."""
    return "".join(id.split()).upper().lstrip("#")


def is_named(customer: Customer, name: str, postcode: str) -> bool:
    """Whether a customer has that name and lives at that postcode; spaces and capitals do not matter."""
    codes = {"".join(address.postcode.split()).casefold() for address in customer.addresses}
    is_same = customer.name.casefold() == " ".join(name.split()).casefold()
    return is_same and "".join(postcode.split()).casefold() in codes


def receipt_number(key: str) -> str:
    """Return the number under which a shopper and the shop find what was done."""
    return f"R-{key[:10].upper()}"


def _by_kind(records: Iterable[Record]) -> dict[Any, list[dict[str, Any]]]:
    grouped: dict[Any, list[dict[str, Any]]] = {}
    for record in records:
        grouped.setdefault(codec.kind_of(record), []).append(row(record))
    return grouped


async def _receipt(connection: AsyncConnection, key: str) -> Receipt | None:
    found: Row[Any] | None = (
        await connection.execute(select(receipts).where(receipts.c.key == key))
    ).one_or_none()
    if found is None:
        return None
    content = json.loads(found.data)
    return Receipt(receipt_number(key), found.tool, content["arguments"], found.at, is_new=False)
