"""The tables behind the records.

Every table holds the whole record as canonical JSON (`data`) and, beside it, the few columns by which
records are found. `history` has one row per change and is also the log that the search index follows.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from knowledge import codec
from knowledge.errors import RecordInvalid
from knowledge.records import Article, Customer, Language, Order, Product, Record, RecordKind, Review

LONGEST_ID = 200
_LONGEST = {"id": LONGEST_ID, "product_id": LONGEST_ID, "customer_id": LONGEST_ID, "email": 320}
_SORTED_BY = 200  # characters; a database refuses to sort by what fills a page
_FOUND_BY = 20_000
LANGUAGES: tuple[Language, ...] = ("en", "zh")
metadata = MetaData()
Row = dict[str, Any]
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, also in databases that forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store the time in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _record_table(name: str, *columns: Column[Any] | Index) -> Table:
    return Table(
        name,
        metadata,
        Column("id", String, primary_key=True),
        *columns,
        Column("data", Text, nullable=False),
        Column("updated", UtcDateTime, nullable=False, index=True),
    )


def _owner(table: str) -> ForeignKey:
    # Deferred: one transaction may bring both, in any order.
    return ForeignKey(f"{table}.id", deferrable=True, initially="DEFERRED")


products = _record_table(
    "products",
    Column("title", String, nullable=False),
    Column("brand", String, index=True),
    Column("department", String, nullable=False, index=True),
    Column("lowest_price", Float, index=True),  # to sort and filter; the exact amount is in `data`
    Column("currency", String),
    Column("is_available", Boolean, index=True),
    Column("is_published", Boolean, nullable=False),
    Column("words", String, nullable=False),  # what a list is searched by: id, skus, maker, both titles
    Column("has_description", Boolean, nullable=False),
    Column("languages", String(8), nullable=False),  # in which all of its texts are: "en", "zh", "en zh"
)
reviews = _record_table(
    "reviews",
    Column("product_id", String, _owner("products"), nullable=False, index=True),
    Column("rating", Integer),
    Column("created", UtcDateTime),
    Column("language", String(8), nullable=False),
    Index("ix_reviews_list", "created", "id", "rating", "language", "product_id"),
)
articles = _record_table(
    "articles",
    Column("topic", String, nullable=False),
    Column("is_published", Boolean, nullable=False),
)
customers = _record_table("customers", Column("email", String, nullable=False, index=True))
orders = _record_table(
    "orders",
    Column("customer_id", String, _owner("customers"), nullable=False, index=True),
    Column("status", String, nullable=False, index=True),
    Column("placed", UtcDateTime, nullable=False),
)
history = Table(
    "history",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("revision", BigInteger, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("id", String, nullable=False),
    Column("who", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Index("ix_history_kind_id", "kind", "id"),
)
# What the service desk did; the key makes a repeated request do nothing and find its receipt.
receipts = Table(
    "receipts",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("customer_id", String, nullable=False, index=True),
    Column("tool", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("data", Text, nullable=False),
)
# Who wants to be told when something sold out is back.
stock_notices = Table(
    "stock_notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sku", String, nullable=False, index=True),
    Column("email", String(320), nullable=False),
    Column("language", String(8), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("sku", "email"),
)
revisions = Table("revisions", metadata, Column("value", BigInteger, nullable=False))

TABLES: dict[RecordKind, Table] = {
    "product": products,
    "review": reviews,
    "article": articles,
    "order": orders,
    "customer": customers,
}


def row(record: Record) -> Row:
    """Return the record as a row of its table, without the time of its change.

    Raises:
        RecordInvalid: where a text cannot be stored.
    """
    found = {"id": record.id, "data": codec.encode(record), **_columns(record)}
    if fault := _fault(found):
        raise RecordInvalid(f"{codec.kind_of(record)} {record.id[:LONGEST_ID]!r}: {fault}")
    return found


def _fault(found: Row) -> str | None:
    """Say what no database takes: characters that are none, and names too long to look up."""
    if "\0" in found["id"] or "\\u0000" in found["data"].replace("\\\\", ""):
        return "holds a NUL character; remove it"
    if not found["data"].isascii() and _HALF_A_CHARACTER.search(found["data"]):
        return "holds half a character (a lone surrogate); write that text again"
    for name, longest in _LONGEST.items():
        if len(found.get(name, "")) > longest:
            return f"{name} has {len(found[name]):,} characters; use at most {longest}"
    return None


def _columns(record: Record) -> Row:
    match record:
        case Product():
            price = record.lowest_price
            return {
                "title": record.title.best("en"),
                "brand": record.brand and record.brand[:_SORTED_BY],
                "department": record.department.best("en")[:_SORTED_BY],
                "lowest_price": None if price is None else float(price.amount),
                "currency": price.currency if price else None,
                "is_available": record.is_available,
                "is_published": record.is_published,
                "words": _words(record),
                "has_description": bool(record.description),
                "languages": _languages(record),
            }
        case Review():
            return {
                "product_id": record.product_id,
                "rating": record.rating,
                "created": record.created,
                "language": record.language,
            }
        case Article():
            return {"topic": record.topic, "is_published": record.is_published}
        case Customer():
            return {"email": record.email.casefold()}
        case Order():
            return {"customer_id": record.customer_id, "status": record.status, "placed": record.placed}


def plain_words(text: str) -> str:
    """Return a text as lists are searched: without capitals, full-width letters and surplus spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _words(product: Product) -> str:
    codes = (product.id, *(variant.sku for variant in product.variants), product.barcode, product.brand)
    said = (product.title.en, product.title.zh, *filter(None, codes))
    return plain_words(" ".join(said))[:_FOUND_BY]


def _languages(product: Product) -> str:
    texts = [text for text in (product.title, product.description) if text]
    return " ".join(language for language in LANGUAGES if all(text.exact(language) for text in texts))
