"""The conversation side's tables: conversations and messages, ratings and traces, the service desk's state.

They live in the same database as the shop's records, with a migration history of their own. The console's
tables are here too: the people of the shop, their sessions, and what they did.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.tables import UtcDateTime

metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False, index=True),
    Column("slots", JSON, nullable=False),  # what the bot remembers: see bot/tracker.py
)


async def touch(connection: AsyncConnection, conversation: str) -> None:
    """Note that a conversation has changed, for those who follow it from other servers."""
    mine = conversations.c.id == conversation
    await connection.execute(update(conversations).where(mine).values(updated=datetime.now(UTC)))


# A reply's `state` is `streaming`, `complete` or `failed`; a shopper's message is `received`.
messages = Table(
    "messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("role", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("client_id", String(64)),
    Column("reply_to", ForeignKey("messages.id", ondelete="CASCADE"), index=True),
    Column("page", String),
    Column("rating", String(8)),
    UniqueConstraint("conversation_id", "number"),
    UniqueConstraint("conversation_id", "client_id"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("rating", String(8), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)

traces = Table(
    "traces",
    metadata,
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("intent", String(64), nullable=False, index=True),
    Column("confidence", Float, nullable=False),
    Column("is_unanswered", Boolean, nullable=False),  # see bot/overviews.py
    Column("detail", JSON, nullable=False),
)

# Who a conversation was proven to be with; set and read by code alone.
identities = Table(
    "identities",
    metadata,
    Column("conversation_id", String(160), primary_key=True),
    Column("customer_id", String, nullable=False),
    Column("level", String(16), nullable=False),
    Column("expires", UtcDateTime, nullable=False),
)

# Failed proofs; `key` is `visitor:...` or `order:...`.
identity_tries = Table(
    "identity_tries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(240), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False, index=True),
)

# What a shopper was asked to confirm; `state` is `open`, `done` or `dropped`.
proposals = Table(
    "proposals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", String(160), nullable=False, index=True),
    Column("customer_id", String, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("task", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("expires", UtcDateTime, nullable=False),
)

# A conversation that went to a person; `state` is `waiting`, `with_agent`, `message` or `closed`.
handoffs = Table(
    "handoffs",
    metadata,
    Column("conversation_id", String(160), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", String(32), nullable=False),
    Column("agent", String(80), nullable=False),
    Column("email", String(320), nullable=False),
    Column("packet", JSON, nullable=False),
    Column("opened", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
)

# What the webhook still has to hear, oldest first.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due", UtcDateTime, nullable=False, index=True),
)

# The shop's people; `key` is the name without capitals, by which they sign in.
staff = Table(
    "staff",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key", String(80), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password", String(200), nullable=False),  # an Argon2id hash
    Column("created", UtcDateTime, nullable=False),
)

# Who is signed in; `digest` is the SHA-256 of the cookie, which is kept nowhere.
staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created", UtcDateTime, nullable=False),
    Column("seen", UtcDateTime, nullable=False),
)

# Failed ways in; `key` is `name:...` or `address:...`.
sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(120), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False, index=True),
)

# Who changed what in the console; rows are added and never altered.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("who", String(80), nullable=False),
    Column("action", String(64), nullable=False),
    Column("about", String(240), nullable=False),
    Column("detail", JSON, nullable=False),
)

# What lists of conversations show and choose by, a row a conversation: see bot/overviews.py. The words that
# were said are beside it in `conversation_words`, which each database keeps in its way: bot/word_index.py.
overviews = Table(
    "overviews",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column(
        "conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    Column("channel", String(32), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),  # when something was said last
    Column("language", String(8), nullable=False),
    Column("opening", String(160), nullable=False),
    Column("messages", Integer, nullable=False),
    Column("ups", Integer, nullable=False),
    Column("downs", Integer, nullable=False),
    Column("confidence", Float),  # of the message that was understood worst
    Column("is_unanswered", Boolean, nullable=False),
    Column("intents", Text, nullable=False),  # each once, between spaces
    Index(  # holds what is chosen by, so that only the rows that are shown need be read
        "ix_overviews_newest", "updated", "number", "language", "channel", "ups", "downs", "confidence",
        "is_unanswered", "intents", "conversation_id",
    ),
)  # fmt: skip

# What staff wrote about a conversation, for themselves.
notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(80), nullable=False),
    Column("text", Text, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(40), primary_key=True, index=True),
)

# How far each of the shop's people has read a conversation: the number of the last message.
reads = Table(
    "reads",
    metadata,
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
    Column("number", Integer, nullable=False),
)

# What agents say often, in both languages.
canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(80), nullable=False, unique=True),
    Column("english", Text, nullable=False),
    Column("chinese", Text, nullable=False),
)
