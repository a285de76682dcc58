"""What reviews say, counted by product and month."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "review_months",
        sa.Column("product", sa.String(200), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("aspect", sa.String(32), primary_key=True),
        sa.Column("side", sa.String(8), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
    )
    op.create_index("ix_review_months_aspect", "review_months", ["aspect", "side", "month"])
    op.create_table(
        "review_months_read",
        sa.Column("product", sa.String(200), primary_key=True),
        sa.Column("mark", sa.String(120), nullable=False),
    )
