"""Conversations in lists and found by their words; notes, tags, read marks and canned replies of the staff.

The rows of conversations from before are made when the transcripts are opened (`bot.overviews.catch_up`).
"""

import sqlalchemy as sa
from alembic import op

from bot.overviews import is_unanswered

revision = "0004"
down_revision = "0003"
_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    is_told: sa.Column[bool] = sa.Column(
        "is_unanswered", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("traces", is_told)
    _mark_unanswered()
    _create_overviews()
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("conversation_id", sa.String(160), _conversation(), nullable=False, index=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "tags",
        sa.Column("conversation_id", sa.String(160), _conversation(), primary_key=True),
        sa.Column("tag", sa.String(40), primary_key=True, index=True),
    )
    op.create_table(
        "reads",
        sa.Column("staff_id", sa.String(32), sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("conversation_id", sa.String(160), _conversation(), primary_key=True, index=True),
        sa.Column("number", sa.Integer(), nullable=False),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(80), nullable=False, unique=True),
        sa.Column("english", sa.Text(), nullable=False),
        sa.Column("chinese", sa.Text(), nullable=False),
    )


def _create_overviews() -> None:
    op.create_table(
        "overviews",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(160), _conversation(), nullable=False, unique=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("updated", _MOMENT, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("opening", sa.String(160), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("ups", sa.Integer(), nullable=False),
        sa.Column("downs", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float()),
        sa.Column("is_unanswered", sa.Boolean(), nullable=False),
        sa.Column("intents", sa.Text(), nullable=False),
    )
    op.create_index(
        "ix_overviews_newest",
        "overviews",
        ["updated", "number", "language", "channel", "ups", "downs", "confidence", "is_unanswered", "intents",
         "conversation_id"],
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE conversation_words (words tsvector NOT NULL, "
            "number BIGINT PRIMARY KEY REFERENCES overviews ON DELETE CASCADE)"
        )
        op.execute("CREATE INDEX ix_conversation_words ON conversation_words USING gin (words)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE conversation_words "
        "USING fts5(words, tokenize = 'unicode61 remove_diacritics 0')"
    )
    op.execute(
        "CREATE TRIGGER forget_conversation_words AFTER DELETE ON overviews "
        "BEGIN DELETE FROM conversation_words WHERE rowid = old.number; END"
    )


def _conversation() -> sa.ForeignKey:
    return sa.ForeignKey("conversations.id", ondelete="CASCADE")


def _mark_unanswered() -> None:
    """Tell of every reply whether it had an answer, as of those to come."""
    connection = op.get_bind()
    traces = sa.table(
        "traces", sa.column("message_id"), sa.column("detail", sa.JSON()), sa.column("is_unanswered")
    )
    found = connection.execute(sa.select(traces.c.message_id, traces.c.detail))
    ids = [id for id, detail in found if is_unanswered(detail)]
    for id in ids:
        connection.execute(sa.update(traces).where(traces.c.message_id == id).values(is_unanswered=True))
