"""What staff keep about conversations, for themselves: notes, tags, how far they have read, canned replies.

No shopper sees any of it. Knows nothing of pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.console.audit import note
from bot.tables import canned_replies, messages, notes, overviews, reads, tags
from knowledge import database
from knowledge.errors import EcomlmError, RecordNotFound
from knowledge.records import Language

LONGEST_NOTE = 2000
LONGEST_TAG = 40
TAGS_AT_MOST = 20
LONGEST_REPLY = 2000
LONGEST_TITLE = 80
_TAGS_OFFERED = 100


class NotebookInvalid(EcomlmError):
    """Something that cannot be kept; `reason` is a wording's name, with its values."""

    def __init__(self, reason: str, /, **values: Any) -> None:
        self.reason, self.values = reason, values
        super().__init__(f"{reason} {values or ''}".strip())


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about a conversation."""

    id: int
    at: datetime
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class CannedReply:
    """Something that agents say often."""

    id: int
    title: str
    english: str
    chinese: str

    def text(self, language: Language) -> str:
        """Return what is said in a language."""
        return self.chinese if language == "zh" else self.english


class Notebook:
    """Keeps notes, tags, read marks and canned replies."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def notes(self, conversation: str) -> list[Note]:
        """Return a conversation's notes, the oldest first."""
        query = select(notes.c.id, notes.c.at, notes.c.who, notes.c.text).order_by(notes.c.id)
        async with self._engine.connect() as connection:
            found = await connection.execute(query.where(notes.c.conversation_id == conversation))
            return [Note(**row) for row in found.mappings()]

    async def add_note(self, conversation: str, text: str, *, who: str) -> None:
        """Add a note."""
        plain = _checked(text, LONGEST_NOTE)
        async with database.writing(self._engine) as connection:
            values = {"conversation_id": conversation, "at": datetime.now(UTC), "who": who, "text": plain}
            await connection.execute(insert(notes).values(**values))

    async def remove_note(self, conversation: str, id: int, *, who: str) -> None:
        """Remove a note, which the log remembers."""
        mine = (notes.c.id == id) & (notes.c.conversation_id == conversation)
        async with database.writing(self._engine) as connection:
            removed = await connection.execute(delete(notes).where(mine))
            if not removed.rowcount:
                raise RecordNotFound("note", str(id))
            await note(connection, who, "note.remove", await _name(connection, conversation))

    async def tags(self, conversations: Sequence[str]) -> dict[str, list[str]]:
        """Return the tags of each conversation, in their order."""
        query = select(tags).where(tags.c.conversation_id.in_(conversations)).order_by(tags.c.tag)
        found: dict[str, list[str]] = {id: [] for id in conversations}
        async with self._engine.connect() as connection:
            for row in await connection.execute(query):
                found[row.conversation_id].append(row.tag)
        return found

    async def known_tags(self) -> list[str]:
        """Return the tags in use, in their order."""
        async with self._engine.connect() as connection:
            query = select(tags.c.tag).distinct().order_by(tags.c.tag).limit(_TAGS_OFFERED)
            return list(await connection.scalars(query))

    async def add_tag(self, conversation: str, tag: str, *, who: str) -> None:
        """Tag a conversation; a tag is one, however it is written.

        Raises:
            NotebookInvalid: for an empty or long one, or where there are many already.
        """
        plain = " ".join(_checked(tag, LONGEST_TAG).casefold().split())
        async with database.writing(self._engine) as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            add = dialect.insert(tags).values(conversation_id=conversation, tag=plain)
            added = await connection.execute(add.on_conflict_do_nothing())
            if added.rowcount:
                count = select(func.count()).where(tags.c.conversation_id == conversation)
                if (await connection.scalar(count) or 0) > TAGS_AT_MOST:
                    raise NotebookInvalid("many_tags", limit=TAGS_AT_MOST)
                await note(connection, who, "tag.add", await _name(connection, conversation), tag=plain)

    async def remove_tag(self, conversation: str, tag: str, *, who: str) -> None:
        """Take a tag away."""
        mine = (tags.c.conversation_id == conversation) & (tags.c.tag == tag)
        async with database.writing(self._engine) as connection:
            if (await connection.execute(delete(tags).where(mine))).rowcount:
                await note(connection, who, "tag.remove", await _name(connection, conversation), tag=tag)

    async def read(self, member: str, conversation: str, number: int) -> None:
        """Note that somebody has read a conversation up to a message."""
        async with self._engine.connect() as connection:
            mine = (reads.c.staff_id == member) & (reads.c.conversation_id == conversation)
            known = await connection.scalar(select(reads.c.number).where(mine))
        if known is not None and known >= number:
            return
        async with database.writing(self._engine) as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            mark = dialect.insert(reads).values(staff_id=member, conversation_id=conversation, number=number)
            keys = ["staff_id", "conversation_id"]
            await connection.execute(
                mark.on_conflict_do_update(index_elements=keys, set_={"number": mark.excluded.number})
            )

    async def unread(self, member: str, conversations: Sequence[str]) -> dict[str, int]:
        """Return how many of the shopper's messages in each conversation somebody has not read."""
        seen = (
            select(reads.c.number)
            .where(reads.c.staff_id == member, reads.c.conversation_id == messages.c.conversation_id)
            .scalar_subquery()
        )
        query = (
            select(messages.c.conversation_id, func.count())
            .where(
                messages.c.conversation_id.in_(conversations),
                messages.c.role == "shopper",
                messages.c.number > func.coalesce(seen, 0),
            )
            .group_by(messages.c.conversation_id)
        )
        async with self._engine.connect() as connection:
            return {id: count for id, count in await connection.execute(query)}

    async def replies(self) -> list[CannedReply]:
        """Return the canned replies, in the order of their titles."""
        async with self._engine.connect() as connection:
            found = await connection.execute(select(canned_replies).order_by(canned_replies.c.title))
            return [CannedReply(**row) for row in found.mappings()]

    async def add_reply(self, title: str, english: str, chinese: str, *, who: str) -> None:
        """Add a canned reply.

        Raises:
            NotebookInvalid: for a text that is empty or long, or a title that there is already.
        """
        await self._save(insert(canned_replies), "canned.add", title, english, chinese, who=who)

    async def change_reply(self, id: int, title: str, english: str, chinese: str, *, who: str) -> None:
        """Change a canned reply; see `add_reply`."""
        change = update(canned_replies).where(canned_replies.c.id == id)
        if not await self._save(change, "canned.change", title, english, chinese, who=who):
            raise RecordNotFound("canned reply", str(id))

    async def remove_reply(self, id: int, *, who: str) -> None:
        """Remove a canned reply."""
        mine = canned_replies.c.id == id
        async with database.writing(self._engine) as connection:
            gone = delete(canned_replies).where(mine).returning(canned_replies.c.title)
            title = await connection.scalar(gone)
            if title is None:
                raise RecordNotFound("canned reply", str(id))
            await note(connection, who, "canned.remove", title)

    async def _save(
        self, change: Any, action: str, title: str, english: str, chinese: str, *, who: str
    ) -> bool:
        values = {
            "title": " ".join(_checked(title, LONGEST_TITLE).split()),
            "english": _checked(english, LONGEST_REPLY),
            "chinese": _checked(chinese, LONGEST_REPLY),
        }
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(is_writing=True)
                async with connection.begin():
                    changed = await connection.execute(change.values(**values))
                    if changed.rowcount:
                        await note(connection, who, action, values["title"])
                    return bool(changed.rowcount)
        except IntegrityError as error:
            raise NotebookInvalid("title_taken", title=values["title"]) from error


async def _name(connection: AsyncConnection, conversation: str) -> str:
    """Return what the log calls a conversation."""
    table: Table = overviews
    number = await connection.scalar(select(table.c.number).where(table.c.conversation_id == conversation))
    return f"conversation {number}"


def _checked(text: str, limit: int) -> str:
    plain = "".join(letter for letter in text if letter in "\n\t" or letter.isprintable()).strip()
    if not plain:
        raise NotebookInvalid("no_text")
    if len(plain) > limit:
        raise NotebookInvalid("long_text", limit=limit, length=len(plain))
    return plain
