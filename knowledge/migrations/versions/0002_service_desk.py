"""Receipts of the service desk, and back-in-stock notices."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "receipts",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False, index=True),
        sa.Column("tool", sa.String(64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_table(
        "stock_notices",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sku", sa.String(), nullable=False, index=True),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("expires", moment, nullable=False, index=True),
        sa.UniqueConstraint("sku", "email"),
    )
