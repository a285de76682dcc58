"""The chosen conversations as files: JSONL as training reads it, CSV for a spreadsheet.

Personal data is masked in both, and a conversation has another name than the visitor's token has for it.
Knows nothing of HTTP.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any

from sqlalchemy import Row, select

from bot.commands.transcripts import Lines, masker_of, other_id
from bot.console.conversations import Conversations, Filters, Overview
from bot.tables import messages, traces
from bot.transcripts import Transcripts
from ecomlm.privacy import Masker
from knowledge.spreadsheets import neutral
from knowledge.store import Store

COLUMNS = (
    "conversation", "channel", "number", "time", "role", "language", "text", "intent", "confidence",
    "unanswered", "rating", "person",
)  # fmt: skip
_BYTE_ORDER_MARK = "\ufeff"  # without it some spreadsheets garble Chinese


async def as_jsonl(store: Store, transcripts: Transcripts, filters: Filters) -> AsyncIterator[str]:
    """Yield a line a conversation, as `python -m bot transcripts` writes them."""
    lines = await Lines.over(store)
    async for found in Conversations(store.engine).each(filters):
        exchanges = await transcripts.exchanges_of([overview.conversation for overview in found])
        for conversation, replies in exchanges.items():
            if replies:
                yield await lines.of(conversation, replies)


async def as_csv(store: Store, filters: Filters) -> AsyncIterator[str]:
    """Yield the heading, then a line a message."""
    masker = await masker_of(store)
    yield _BYTE_ORDER_MARK + _line(COLUMNS)
    query = (
        select(messages, traces.c.intent, traces.c.confidence, traces.c.is_unanswered)
        .outerjoin_from(messages, traces, traces.c.message_id == messages.c.id)
        .order_by(messages.c.number)
    )
    async for found in Conversations(store.engine).each(filters):
        said: dict[str, list[Row[Any]]] = {overview.conversation: [] for overview in found}
        async with store.engine.connect() as connection:
            for row in await connection.execute(query.where(messages.c.conversation_id.in_(said))):
                said[row.conversation_id].append(row)
        for overview in found:
            for row in said[overview.conversation]:
                yield _line(_cells(overview, row, masker))


def _cells(overview: Overview, row: Row[Any], masker: Masker) -> Iterable[object]:
    return (
        other_id(overview.conversation), overview.channel, row.number, row.created.isoformat(), row.role,
        row.language, masker.mask(row.text), row.intent or "",
        "" if row.confidence is None else row.confidence, "yes" if row.is_unanswered else "",
        row.rating or "", overview.person or "",
    )  # fmt: skip


def _line(cells: Iterable[object]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerow([neutral(str(cell)) for cell in cells])
    return stream.getvalue()
