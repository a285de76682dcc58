"""Reviews as staff look for them, the newest first, one page after the other. Knows nothing of HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from knowledge.records import Product, Review
from knowledge.store import Store
from knowledge.tables import LANGUAGES, reviews

PAGE = 50
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reviews to show: of a product, with so many stars (`none`: without any), in a language."""

    product: str = ""
    stars: str = ""
    language: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Wanted:
        """Read it from an address; what cannot be is left out."""
        stars, language = values.get("stars", ""), values.get("language", "")
        return cls(
            values.get("product", "").strip()[:_LONGEST],
            stars if stars in ("1", "2", "3", "4", "5", "none") else "",
            language if language in LANGUAGES else "",
        )

    def as_query(self) -> dict[str, str]:
        """Return it as an address holds it."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Found:
    """One page of reviews with the products they are of; `next` is where the following page begins."""

    reviews: tuple[Review, ...]
    products: dict[str, Product]
    next: str | None


async def find_reviews(store: Store, wanted: Wanted, *, after: str = "", limit: int = PAGE) -> Found:
    """Return a page of the reviews that are wanted; those without a time come last."""
    table = reviews.c
    query = select(table.created, table.id).order_by(table.created.desc().nulls_last(), table.id.desc())
    if wanted.product:
        query = query.where(table.product_id == wanted.product)
    if wanted.stars:
        query = query.where(
            table.rating.is_(None) if wanted.stars == "none" else table.rating == int(wanted.stars)
        )
    if wanted.language:
        query = query.where(table.language == wanted.language)
    if place := _place(after):
        created, id = place
        rest = and_(table.created.is_(None), table.id < id)
        if created:
            later = and_(table.created == created, table.id < id)
            rest = or_(table.created < created, later, table.created.is_(None))
        query = query.where(rest)
    async with store.engine.connect() as connection:
        rows = (await connection.execute(query.limit(limit + 1))).all()
    shown = await store.some_reviews([id for _, id in rows[:limit]])
    products = await store.products(list(dict.fromkeys(review.product_id for review in shown)))
    following = _cursor(*rows[limit - 1]) if len(rows) > limit else None
    return Found(tuple(shown), {product.id: product for product in products}, following)


def _cursor(created: datetime | None, id: str) -> str:
    return json.dumps([created.isoformat() if created else None, id])


def _place(cursor: str) -> tuple[datetime | None, str] | None:
    try:
        created, id = json.loads(cursor)
        return (None if created is None else datetime.fromisoformat(created)), str(id)
    except (ValueError, TypeError, RecursionError):
        return None
