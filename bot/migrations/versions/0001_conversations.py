"""Conversations, messages, feedback and traces."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("updated", moment, nullable=False, index=True),
        sa.Column("slots", sa.JSON(), nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "conversation_id",
            sa.String(160),
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("updated", moment, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("client_id", sa.String(64)),
        sa.Column("reply_to", sa.String(32), sa.ForeignKey("messages.id", ondelete="CASCADE"), index=True),
        sa.Column("page", sa.String()),
        sa.Column("rating", sa.String(8)),
        sa.UniqueConstraint("conversation_id", "number"),
        sa.UniqueConstraint("conversation_id", "client_id"),
    )
    message = sa.ForeignKey("messages.id", ondelete="CASCADE")
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("message_id", sa.String(32), message, nullable=False, index=True),
        sa.Column("rating", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created", moment, nullable=False),
    )
    message = sa.ForeignKey("messages.id", ondelete="CASCADE")
    op.create_table(
        "traces",
        sa.Column("message_id", sa.String(32), message, primary_key=True),
        sa.Column("intent", sa.String(64), nullable=False, index=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
