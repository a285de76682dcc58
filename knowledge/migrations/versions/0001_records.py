"""Records, their history and the revision counter."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _record_table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(), primary_key=True),
        *columns,
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def _owner(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", deferrable=True, initially="DEFERRED")


def upgrade() -> None:
    """Create the first tables."""
    _record_table(
        "products",
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), index=True),
        sa.Column("department", sa.String(), nullable=False, index=True),
        sa.Column("lowest_price", sa.Float(), index=True),
        sa.Column("currency", sa.String()),
        sa.Column("is_available", sa.Boolean(), index=True),
        sa.Column("is_published", sa.Boolean(), nullable=False),
    )
    _record_table(
        "reviews",
        sa.Column("product_id", sa.String(), _owner("products"), nullable=False, index=True),
        sa.Column("rating", sa.Integer()),
        sa.Column("created", sa.DateTime(timezone=True)),
    )
    _record_table(
        "articles",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("is_published", sa.Boolean(), nullable=False),
    )
    _record_table("customers", sa.Column("email", sa.String(), nullable=False, index=True))
    _record_table(
        "orders",
        sa.Column("customer_id", sa.String(), _owner("customers"), nullable=False, index=True),
        sa.Column("status", sa.String(), nullable=False, index=True),
        sa.Column("placed", sa.DateTime(timezone=True), nullable=False),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "history",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("revision", sa.BigInteger(), nullable=False, index=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
    )
    op.create_index("ix_history_kind_id", "history", ["kind", "id"])
    revisions = op.create_table("revisions", sa.Column("value", sa.BigInteger(), nullable=False))
    op.bulk_insert(revisions, [{"value": 0}])
