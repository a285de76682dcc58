"""Identity, proposals, handoffs and the webhook's outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "identities",
        sa.Column("conversation_id", sa.String(160), primary_key=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
    )
    op.create_table(
        "identity_tries",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(240), nullable=False, index=True),
        sa.Column("at", _MOMENT, nullable=False, index=True),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("conversation_id", sa.String(160), nullable=False, index=True),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("task", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("expires", _MOMENT, nullable=False),
    )
    op.create_table(
        "handoffs",
        sa.Column("conversation_id", sa.String(160), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("agent", sa.String(80), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("packet", sa.JSON(), nullable=False),
        sa.Column("opened", _MOMENT, nullable=False),
        sa.Column("updated", _MOMENT, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", _MOMENT, nullable=False, index=True),
    )
