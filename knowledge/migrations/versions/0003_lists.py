"""Columns by which staff find products and reviews in long lists."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from knowledge import codec
from knowledge.records import RecordKind
from knowledge.tables import row

revision = "0003"
down_revision = "0002"
_BATCH = 500
_PRODUCT = ("words", "has_description", "languages")
_LIST = (
    "id", "title", "brand", "department", "lowest_price", "is_available", "is_published", "updated",
    *_PRODUCT,
)  # fmt: skip


def upgrade() -> None:
    """Add the columns and fill them from the records."""
    op.add_column("products", sa.Column("words", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "products", sa.Column("has_description", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("products", sa.Column("languages", sa.String(8), nullable=False, server_default=""))
    op.add_column("reviews", sa.Column("language", sa.String(8), nullable=False, server_default="en"))
    op.create_index("ix_reviews_list", "reviews", ["created", "id", "rating", "language", "product_id"])
    _fill("products", "product", _PRODUCT)
    _fill("reviews", "review", ("language",))
    if op.get_bind().dialect.name == "sqlite":
        # SQLite keeps a row in one piece: a list would read every record. Others keep long texts apart.
        op.create_index("ix_products_list", "products", list(_LIST))


def _fill(name: str, kind: RecordKind, columns: tuple[str, ...]) -> None:
    connection, last = op.get_bind(), ""
    table = sa.table(name, sa.column("id"), sa.column("data"), *map(sa.column, columns))
    change = sa.update(table).where(table.c.id == sa.bindparam("_id"))
    change = change.values({column: sa.bindparam(f"_{column}") for column in columns})
    while True:
        query = sa.select(table.c.id, table.c.data).where(table.c.id > last).order_by(table.c.id)
        rows = connection.execute(query.limit(_BATCH)).all()
        if not rows:
            return
        connection.execute(change, [_values(kind, columns, *item) for item in rows])
        last = rows[-1].id


def _values(kind: RecordKind, columns: tuple[str, ...], id: str, data: str) -> dict[str, Any]:
    found = row(codec.decode(kind, data))
    return {"_id": id, **{f"_{column}": found[column] for column in columns}}
