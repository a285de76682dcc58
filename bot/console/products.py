"""Finding products as staff look for them: words, filters, one page after the other.

Reads the few columns of the products' table and the records of one page: the number of queries does not
depend on how many products there are. Knows nothing of forms and HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, func, or_, select

from knowledge.records import Product, Text
from knowledge.store import Store
from knowledge.tables import plain_words, products

Stock = Literal["", "in", "out", "unknown"]
State = Literal["", "published", "draft"]
Lacking = Literal["", "price", "description", "en", "zh"]
Sorting = Literal["changed", "title", "price"]
PAGE = 50
MOST_CHOICES = 300
_MOST_WORDS = 8
_LONGEST = 200
_NEVER_PRICED = -1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of products is to show."""

    words: str = ""
    department: str = ""
    brand: str = ""
    stock: Stock = ""
    state: State = ""
    lacking: Lacking = ""
    sorting: Sorting = "changed"

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Wanted:
        """Read it from an address; what cannot be is left out."""
        found: dict[str, Any] = {name: values.get(name, "").strip()[:_LONGEST] for name in _PLAIN}
        for name, kind in _CHOICES.items():
            if values.get(name) in get_args(kind):
                found[name] = values[name]
        return cls(**found)

    def as_query(self) -> dict[str, str]:
        """Return it as an address holds it, without what is as usual."""
        usual = Wanted()
        return {
            item.name: value
            for item in fields(self)
            if (value := getattr(self, item.name)) != getattr(usual, item.name)
        }

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the list."""
        return not self.as_query().keys() - {"sorting"}


_PLAIN = ("words", "department", "brand")
_CHOICES = {"stock": Stock, "state": State, "lacking": Lacking, "sorting": Sorting}


@dataclass(frozen=True, slots=True)
class Found:
    """One page of products; `next` is where the following page begins, None on the last."""

    products: tuple[Product, ...]
    total: int
    next: str | None


async def find_products(store: Store, wanted: Wanted, *, after: str = "", limit: int = PAGE) -> Found:
    """Return a page of the products that are wanted.

    Args:
        after: `next` of the page before; one of another sorting begins at the start.
    """
    conditions = _conditions(wanted)
    columns, backwards = _order(wanted.sorting)
    query = select(*columns).where(*conditions)
    query = query.order_by(*[column.desc() if backwards else column for column in columns])
    if start := _place(wanted.sorting, after):
        query = query.where(_beyond(columns, start, backwards=backwards))
    async with store.engine.connect() as connection:
        total = await connection.scalar(select(func.count()).select_from(products).where(*conditions)) or 0
        rows = (await connection.execute(query.limit(limit + 1))).all()
    shown = await store.products([id for _, id in rows[:limit]])
    return Found(tuple(shown), total, _cursor(rows[limit - 1]) if len(rows) > limit else None)


async def find_ids(store: Store, wanted: Wanted, limit: int) -> list[str]:
    """Return the ids of all products that are wanted, `limit` of them at most."""
    query = select(products.c.id).where(*_conditions(wanted)).order_by(products.c.id).limit(limit)
    async with store.engine.connect() as connection:
        return list(await connection.scalars(query))


async def names_of(store: Store, column: Literal["department", "brand"]) -> list[str]:
    """Return the departments or makers that products have, the most frequent first."""
    name = products.c[column]
    query = select(name).where(name.is_not(None), name != "").group_by(name)
    query = query.order_by(func.count().desc(), name).limit(MOST_CHOICES)
    async with store.engine.connect() as connection:
        return list(await connection.scalars(query))


async def department_named(store: Store, name: str) -> Text:
    """Return a department in both languages, as the shop's products have it; itself where none has."""
    query = select(products.c.id).where(products.c.department == name).limit(1)
    async with store.engine.connect() as connection:
        id = await connection.scalar(query)
    return (await store.product(id)).department if id else Text(name)


async def owners_of(store: Store, skus: list[str]) -> dict[str, str]:
    """Return which product has each of these skus already, by sku."""
    if not skus:
        return {}
    mentions = or_(*[products.c.words.contains(plain_words(sku), autoescape=True) for sku in skus])
    async with store.engine.connect() as connection:
        ids = list(await connection.scalars(select(products.c.id).where(mentions)))
    wanted = set(skus)
    return {
        sku: product.id
        for product in await store.products(ids)
        for sku in wanted & {variant.sku for variant in product.variants}
    }


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    table = products.c
    found = [
        table.words.contains(word, autoescape=True)
        for word in plain_words(wanted.words).split()[:_MOST_WORDS]
    ]
    if wanted.department:
        found.append(table.department == wanted.department)
    if wanted.brand:
        found.append(table.brand == wanted.brand)
    if wanted.stock:
        stands_for = {"in": True, "out": False, "unknown": None}
        found.append(table.is_available.is_(stands_for[wanted.stock]))
    if wanted.state:
        found.append(table.is_published.is_(wanted.state == "published"))
    match wanted.lacking:
        case "price":
            found.append(table.lowest_price.is_(None))
        case "description":
            found.append(table.has_description.is_(False))
        case "en" | "zh":
            found.append(table.languages.not_in([wanted.lacking, "en zh"]))
    return found


def _order(sorting: Sorting) -> tuple[list[ColumnElement[Any]], bool]:
    """Return by what to sort, the id last, and whether the largest comes first."""
    match sorting:
        case "title":
            return [products.c.title, products.c.id], False
        case "price":
            return [func.coalesce(products.c.lowest_price, _NEVER_PRICED), products.c.id], False
    return [products.c.updated, products.c.id], True


def _cursor(row: Any) -> str:
    value, id = row
    return json.dumps([value.isoformat() if isinstance(value, datetime) else value, id])


def _place(sorting: Sorting, cursor: str) -> tuple[Any, str] | None:
    """Return the values that a cursor stands for; None where it is of another sorting or made up."""
    try:
        value, id = json.loads(cursor)
        place = _SORTED_BY[sorting](value)
    except (ValueError, TypeError, RecursionError):
        return None
    return (place, id) if isinstance(id, str) else None


_SORTED_BY: dict[Sorting, Callable[[Any], Any]] = {
    "changed": datetime.fromisoformat, "title": str, "price": float,
}  # fmt: skip


def _beyond(
    columns: list[ColumnElement[Any]], start: tuple[Any, str], *, backwards: bool
) -> ColumnElement[bool]:
    (first, id), (value, last) = columns, start
    if backwards:
        return or_(first < value, and_(first == value, id < last))
    return or_(first > value, and_(first == value, id > last))
