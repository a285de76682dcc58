"""A shop with its desk as one server process runs it, and a second look at its database from outside.

`Server` is everything that a crash throws away; `Look` reads what is kept, without the code under test.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self
from unittest.mock import patch

import aiosqlite.core
import numpy as np
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from bot.actions import make_executor
from bot.classifier import Classifier, Embed, load_or_train
from bot.desk.handoffs import Handoffs
from bot.desk.service import Desk
from bot.responses import Responses
from bot.router import EXAMPLES, Route, Router
from bot.settings import BotSettings
from bot.tools import Tools
from bot.tracker import Memory
from bot.transcripts import Transcripts
from bot.turn import Turns
from ecomlm.answer import Answerer
from ecomlm.search.index import build_index
from ecomlm.search.search import Search
from knowledge import codec, database
from knowledge.desk.plans import Plan, Situation
from knowledge.desk.rules import Rules, load_rules
from knowledge.records import Customer, Order, Product, Record
from knowledge.store import Store
from tests.bot.shop import RETURNS, ScriptedEngine, WordRanker
from tests.ecomlm.search.hash_embedder import HashEmbedder
from tests.knowledge.desk.conftest import ANN, GIFT, RECORDS, usd

RICH_ANN = replace(ANN, payments=(*ANN.payments[:2], replace(GIFT, balance=usd("500.00"))))
SHOP: tuple[Record, ...] = tuple(RICH_ANN if record is ANN else record for record in RECORDS)
SECRET = "s" * 40


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


class Fuse:
    """Counts statements and commits: says when the n-th comes, or kills the process there for good."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.left, self.kills, self.has_burnt = -1, False, asyncio.Event()
        event.listen(engine.sync_engine, "before_cursor_execute", self._burn)
        event.listen(engine.sync_engine, "commit", self._burn)

    def light(self, statements: int, *, kills: bool) -> None:
        """Begin to count."""
        self.left, self.kills = statements, kills
        self.has_burnt.clear()

    def _burn(self, *_: object) -> None:
        if self.left >= 0:
            self.left -= 1
            if self.left < 0:
                self.has_burnt.set()
        if self.kills and self.has_burnt.is_set():
            raise Killed


class InLoop:
    """Stands for the queue to a connection's thread: each call runs on the event loop.

    So which task goes on after a statement is the loop's order, the same whenever a run is repeated. Where
    things happen at once (`takes_turns`) every statement lets the others go on.
    """

    takes_turns: ClassVar[bool] = True

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        if self.takes_turns:
            asyncio.get_running_loop().call_soon(self._call, *item)
        else:
            self._call(*item)

    def _call(self, future: asyncio.Future[Any] | None, function: Callable[[], Any]) -> None:
        try:
            result = function()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):  # another connection writes: in its thread it would wait
                asyncio.get_running_loop().call_soon(self._call, future, function)
            elif future and not future.done():
                future.set_exception(error)
        except BaseException as error:  # as a thread does: whatever it is, the one who waits gets it
            if future and not future.done():
                future.set_exception(error)
        else:
            if future and not future.done():
                future.set_result(result)


class _NoThread:
    """Stands for the connection's thread."""

    daemon = True

    def __init__(self, **_: object) -> None:
        pass

    def start(self) -> None:
        pass


@contextmanager
def databases_in_loop() -> Iterator[None]:
    """Run SQLite on the event loop; the database itself is as ever."""
    with (
        patch.object(aiosqlite.core, "SimpleQueue", InLoop),
        patch.object(aiosqlite.core, "Thread", _NoThread),
    ):
        yield


class InLoopRouter(Router):
    """The router, without a thread for each message."""

    async def route(self, text: str, memory: Memory) -> Route:
        return self.decide(text, memory)


class RememberingClassifier:
    """The router's own classifier, each text judged once."""

    def __init__(self, classifier: Classifier) -> None:
        self.intents, self._classifier = classifier.intents, classifier
        self._known: dict[str, Any] = {}

    def probabilities(self, texts: list[str]) -> Any:
        for text in texts:
            if text not in self._known:
                self._known[text] = self._classifier.probabilities([text])[0]
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True)
class Parts:
    """What every server shares: the database to begin with, the search, the router."""

    home: Path
    search: Search
    searched: Store
    router: Router
    embed: Embed
    responses: Responses
    compiled: Any = field(default_factory=lambda: LRUCache(1000))

    @classmethod
    async def make(cls, home: Path, embed: Embed) -> Self:
        """Fill the database, build the index, load the router."""
        settings = BotSettings(home=home, embedder_en="hash", embedder_zh="hash")
        store = await Store.open(settings)
        await store.save([*SHOP, RETURNS], who="test")
        await Transcripts.open(store.engine)
        embedders: dict[Any, Any] = {"en": HashEmbedder(), "zh": HashEmbedder()}
        await build_index(settings, store, embedders=embedders)
        await store.close()
        shutil.copy(home / "shop.db", home / "begin.db")
        searched = await Store.open(settings)
        search = await Search.open(settings, searched, embedders)
        classifier: Any = RememberingClassifier(load_or_train(EXAMPLES, home / "router", embed))
        return cls(home, search, searched, InLoopRouter(classifier), embed, Responses.load())

    async def close(self) -> None:
        await self.search.close()
        await self.searched.close()


class Server:
    """One process over a database file."""

    def __init__(self, file: Path, parts: Parts, clock: Callable[[], datetime]) -> None:
        settings = BotSettings(
            home=parts.home, identity_secret=SECRET, reply_timeout_seconds=3600, search_timeout_seconds=3600
        )
        self.engine = database.open_engine(f"sqlite:///{file}")
        event.listen(self.engine.sync_engine, "connect", _without_waiting_for_the_disk)
        self.engine.sync_engine._compiled_cache = parts.compiled  # statements are compiled once for all
        self.fuse = Fuse(self.engine)
        engine, ranker = ScriptedEngine(), WordRanker()
        self.tools = Tools(
            settings, Store(self.engine), parts.search, engine, Answerer(engine, ranker), ranker,
            parts.responses, parts.embed,
        )  # fmt: skip
        with patch("bot.desk.service.load_rules", lambda _: _rules()):  # read once for all
            self.desk = Desk.open(self.tools, clock)
        self.tools.__dict__["desk"] = self.desk  # the same, with the test's clock
        self.transcripts = Transcripts(self.engine)
        self.handoffs = Handoffs(self.engine, clock=clock)
        executor = make_executor(self.tools)
        self.turns = Turns(settings, self.transcripts, parts.router, executor, None, self.handoffs)

    async def stop(self, others: Set[asyncio.Task[Any]]) -> None:
        """End the process, in good order or not; the tasks of others go on."""
        await self.turns.drain(0)
        mine = asyncio.all_tasks() - others - {asyncio.current_task()}
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
        await self.engine.dispose()


def _without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA busy_timeout = 0")


class Look:
    """Reads the database file directly."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.row_factory = sqlite3.Row

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        return self._connection.execute(query, values).fetchall()

    def records(self) -> dict[tuple[str, str], str]:
        """Return every record's text by its kind and id."""
        kinds = {"product": "products", "order": "orders", "customer": "customers"}
        return {
            (kind, row["id"]): row["data"]
            for kind, table in kinds.items()
            for row in self.rows(f"SELECT id, data FROM {table}")
        }

    def receipts(self) -> dict[str, sqlite3.Row]:
        """Return what was done, in the order in which it was done."""
        return {row["key"]: row for row in self.rows("SELECT * FROM receipts ORDER BY rowid")}

    def proposal(self, id: str) -> sqlite3.Row | None:
        """Return one proposal as it is kept."""
        return next(iter(self.rows("SELECT * FROM proposals WHERE id = ?", id)), None)

    def customer_of(self, conversation: str, now: datetime) -> str:
        """Return whom a conversation is proven to be with; empty where that is nobody now."""
        query = "SELECT customer_id, expires FROM identities WHERE conversation_id = ?"
        held = [row["customer_id"] for row in self.rows(query, conversation) if moment(row["expires"]) > now]
        return held[0] if held else ""

    def is_with_agent(self, conversation: str) -> bool:
        """Whether an agent has a conversation."""
        query = "SELECT 1 FROM handoffs WHERE conversation_id = ? AND state = 'with_agent'"
        return bool(self.rows(query, conversation))

    def offered(self, conversation: str) -> set[str]:
        """Return the proposals that a shopper sees at the end of a conversation, if its reply is whole."""
        query = "SELECT * FROM messages WHERE conversation_id = ? ORDER BY number DESC LIMIT 1"
        for row in self.rows(query, conversation):
            if row["role"] == "assistant" and row["state"] == "complete":
                return proposals_in(json.loads(row["events"]))
        return set()

    def is_answered(self, client_id: str) -> bool:
        """Whether a message has its whole reply."""
        query = (
            "SELECT 1 FROM messages AS asked JOIN messages AS reply ON reply.reply_to = asked.id"
            " WHERE asked.client_id = ? AND reply.state = 'complete'"
        )
        return bool(self.rows(query, client_id))


def moment(text: str) -> datetime:
    """Return a time as SQLite keeps it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def proposals_in(events: list[dict[str, Any]]) -> set[str]:
    """Return the ids of the proposals that a reply's buttons confirm."""
    payloads = [b["payload"] for event in events if event.get("type") == "buttons" for b in event["buttons"]]
    return {json.loads(payload[7:])["proposal"] for payload in payloads if payload.startswith("/affirm{")}


@cache
def _rules() -> Rules:
    return load_rules()


def situation_of(
    records: Mapping[tuple[str, str], str], customer: str, order: str | None, now: datetime
) -> Situation:
    """Return what a plan is made from, of the records as they were."""
    found = codec.decode("order", records["order", order]) if order else None
    assert isinstance(found, Order | None)
    person = codec.decode("customer", records["customer", customer])
    assert isinstance(person, Customer)
    products: dict[Any, Product] = {}
    for line in found.lines if found else ():
        product = codec.decode("product", records["product", line.product_id])
        assert isinstance(product, Product)
        products[product.id] = product
    return Situation(_rules(), person, now, found, products)


def settled(plan: Plan, receipt: str, at: datetime) -> dict[tuple[str, str], str]:
    """Return the texts of the records that a plan leaves behind."""
    return {
        (codec.kind_of(record), str(record.id)): codec.encode(record) for record in plan.settled(receipt, at)
    }
