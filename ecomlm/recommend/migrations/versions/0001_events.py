"""What visitors looked at, put in their baskets and bought; and that somebody's events were erased."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "events",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("visitor", sa.String(64), nullable=False, index=True),
        sa.Column("product", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", moment, nullable=False, index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "event_links",
        sa.Column("conversation", sa.String(160), primary_key=True),
        sa.Column("visitor", sa.String(64), nullable=False, index=True),
    )
    op.create_table(
        "event_erasures",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("at", moment, nullable=False),
    )
