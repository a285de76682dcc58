"""Fill a database with conversations and time the console's list, search and single page over them.

    python -m tests.bench.conversations [--conversations 100000] [--database sqlite:///path | postgresql://...]

The texts are put together from words of both languages, so that there are frequent, rare and missing
words to look for; the rows are those that `bot.overviews` makes, many at a time. Prints the 50th and 95th
percentile in milliseconds. Knows nothing of HTTP: the pages add their rendering (a few milliseconds).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import word_index
from bot.console.conversations import PAGE, Conversations, Filters
from bot.console.talk import talk
from bot.overviews import summarise
from bot.tables import conversations, handoffs, messages, overviews, tags, traces
from bot.transcripts import Transcripts
from knowledge import database
from tests.bench.report import percentile

_BATCH = 1000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_ENGLISH = [
    "boots", "jacket", "tent", "lamp", "kettle", "drive", "laptop", "bag", "mug", "filter", "waterproof",
    "cheap", "light", "heavy", "blue", "red", "return", "order", "delivery", "weight", "size", "warranty",
    *(f"model{number}" for number in range(3000)),
]  # fmt: skip
_CHINESE = [
    "登山鞋", "外套", "帐篷", "台灯", "水壶", "硬盘", "电脑包", "杯子", "滤芯", "防水", "便宜", "蓝色",
    "退货", "订单", "送货",
    *(f"{chr(0x5000 + number)}{chr(0x6000 + number)}" for number in range(3000)),
]  # fmt: skip
_LANGUAGES: dict[str, tuple[list[str], list[float]]] = {
    language: (words, [1 / place for place in range(1, len(words) + 1)])  # as often as words are: Zipf
    for language, words in (("en", _ENGLISH), ("zh", _CHINESE))
}
_INTENTS = ("find_product", "ask_product", "policy_question", "order_status", "smalltalk", "other")


@dataclass(frozen=True)
class _Row:
    """A message as `summarise` reads it."""

    role: str
    language: str
    updated: datetime
    text: str
    rating: str | None
    intent: str | None = None
    confidence: float | None = None
    is_unanswered: bool | None = None


async def fill(engine: AsyncEngine, count: int, seed: int = 7) -> None:
    """Add conversations of two to six exchanges, each with messages, traces, handoffs and tags."""
    await Transcripts.open(engine)
    chance = random.Random(seed)
    for first in range(0, count, _BATCH):
        made = [_conversation(chance, number) for number in range(first, min(first + _BATCH, count))]
        async with database.writing(engine) as connection:
            for table in (conversations, messages, traces, overviews, handoffs, tags):
                if rows := [row for parts in made for row in parts[table.name]]:
                    await connection.execute(insert(table), rows)
            names = [parts["conversations"][0]["id"] for parts in made]
            query = select(overviews.c.conversation_id, overviews.c.number)
            numbers = dict(
                (await connection.execute(query.where(overviews.c.conversation_id.in_(names)))).all()
            )
            for parts in made:
                texts = [row["text"] for row in parts["messages"]]
                await word_index.keep(connection, numbers[parts["conversations"][0]["id"]], texts)


def _conversation(chance: random.Random, number: int) -> dict[str, list[dict[str, Any]]]:
    id, begun = f"v{number:012d}", _START + timedelta(minutes=4 * number, seconds=chance.randrange(60))
    said: list[_Row] = []
    made: dict[str, list[dict[str, Any]]] = {"messages": [], "traces": [], "handoffs": [], "tags": []}
    language = "zh" if chance.random() < 0.4 else "en"
    for exchange in range(chance.randint(2, 6)):
        added = _exchange(chance, language, begun + timedelta(seconds=40 * exchange), number % 5000 == 0)
        said += added
        names = [f"{number:09d}-{exchange}-{place}" for place in (1, 2)]
        for place, row in enumerate(added):
            made["messages"].append({
                "id": names[place], "conversation_id": id, "number": 2 * exchange + place + 1,
                "role": row.role, "language": language, "created": row.updated, "updated": row.updated,
                "state": "complete", "text": row.text, "events": [{"type": "text", "text": row.text}],
                "rating": row.rating, "reply_to": names[0] if place else None,
            })  # fmt: skip
        reply = added[1]
        detail = {
            "intent": reply.intent,
            "prompt": "prompt " * 100,
            "evidence": [{"id": "p#1", "score": 0.5}],
        }
        made["traces"].append({
            "message_id": names[1], "intent": reply.intent, "confidence": reply.confidence,
            "is_unanswered": reply.is_unanswered, "detail": detail,
        })  # fmt: skip
    if chance.random() < 0.08:
        state = chance.choices(("closed", "message", "waiting", "with_agent"), (96, 2, 1, 1))[0]
        made["handoffs"].append({
            "conversation_id": id, "state": state, "reason": "asked", "agent": "Mia", "email": "",
            "packet": {}, "opened": begun, "updated": begun,
        })  # fmt: skip
    if chance.random() < 0.02:
        made["tags"].append({"conversation_id": id, "tag": chance.choice(("vip", "wrong price", "尺码"))})
    shared = {"channel": "widget", "created": begun}
    made["conversations"] = [{"id": id, "updated": said[-1].updated, "slots": {}, **shared}]
    made["overviews"] = [{"conversation_id": id, **shared, **summarise(said)}]
    return made


def _exchange(chance: random.Random, language: str, at: datetime, is_rare: bool) -> list[_Row]:
    asked, told = _sentence(chance, language, 8), _sentence(chance, language, 30)
    rating = chance.choice([None] * 18 + ["up", "down"])
    how = (chance.choice(_INTENTS), round(0.3 + 0.7 * chance.random(), 3), chance.random() < 0.05)
    return [
        _Row("shopper", language, at, asked + (" zanzibar 雀林" if is_rare else ""), None),
        _Row("assistant", language, at, told, rating, *how),
    ]


def _sentence(chance: random.Random, language: str, count: int) -> str:
    words, weights = _LANGUAGES[language]
    return ("，" if language == "zh" else " ").join(chance.choices(words, weights, k=count))


def _questions(
    listed: Conversations, engine: AsyncEngine
) -> Iterator[tuple[str, Callable[[], Awaitable[object]]]]:
    wanted: dict[str, dict[str, str]] = {
        "newest": {}, "rated down": {"rating": "down"}, "one subject": {"intent": "order_status"},
        "waiting": {"person": "waiting"}, "never handed over": {"person": "never"},
        "hardly understood": {"unsure": "1"}, "unanswered": {"unanswered": "1"}, "tag": {"tag": "vip"},
        "days": {"since": "2026-03-01", "until": "2026-03-02"},
        "everything at once, none fits": {
            "rating": "up", "intent": "other", "unsure": "1", "unanswered": "1", "person": "message",
            "language": "zh", "tag": "尺码",
        },
        "frequent word": {"text": "boots"}, "two frequent words": {"text": "waterproof boots"},
        "frequent word, rated": {"text": "boots", "rating": "down"},
        "middling word": {"text": "warranty"}, "frequent Chinese": {"text": "登山"},
        "middling Chinese": {"text": "退货"}, "one character": {"text": "鞋"},
        "rare word": {"text": "zanzibar"}, "rare Chinese": {"text": "雀林"},
        "a longer run": {"text": "登山鞋"}, "no such word": {"text": "xylophone"},
    }  # fmt: skip
    for name, values in wanted.items():
        yield name, lambda values=values: _list(listed, Filters.read(values))  # type: ignore[misc]  # bound at once

    async def one() -> None:
        overview = (await listed.page(Filters(), limit=1))[0]
        await listed.neighbours(Filters(text="boots"), overview.key)
        await talk(engine, await Transcripts(engine).messages(overview.conversation), 30)

    yield "one conversation", one


async def _list(listed: Conversations, filters: Filters) -> None:
    found = await listed.page(filters, limit=PAGE + 1)
    if filters.text:
        await listed.passages(found, filters.text)


async def measure(url: str, count: int, rounds: int) -> None:
    """Fill where there is nothing yet, then time."""
    engine = database.open_engine(url)
    await Transcripts.open(engine)
    async with engine.connect() as connection:
        known = await connection.scalar(select(func.count()).select_from(overviews)) or 0
    if not known:
        started = time.perf_counter()
        await fill(engine, count)
        print(f"filled {count:,} conversations in {time.perf_counter() - started:.0f} s")
    listed = Conversations(engine)
    for name, question in _questions(listed, engine):
        taken = []
        for _ in range(rounds):
            started = time.perf_counter()
            await question()
            taken.append(1000 * (time.perf_counter() - started))
        print(f"{name:32} p50 {percentile(taken, 0.5):7.1f} ms   p95 {percentile(taken, 0.95):7.1f} ms")
    await engine.dispose()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser("python -m tests.bench.conversations", description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--database", default="", help="kept afterwards; without it a temporary SQLite file")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{Path(folder) / 'shop.db'}"
        asyncio.run(measure(url, options.conversations, options.rounds))


if __name__ == "__main__":
    main()
