"""The sample shop behind the real server, router and desk, on a day when its orders are what they are.

Search and the language model are replaced: business about orders needs neither.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import func, select

from bot.app import create_app
from bot.desk.service import Desk
from bot.keys import STORE
from bot.responses import Responses
from bot.settings import BotSettings
from bot.tools import Tools
from ecomlm.answer import Answerer
from ecomlm.search.embed import Embedder
from ecomlm.search.index import build_index
from ecomlm.search.search import Search
from knowledge.records import Language
from knowledge.sample.load import load_sample
from knowledge.store import Store
from knowledge.tables import receipts
from tests.bot.shop import ScriptedEngine, WordRanker
from tests.ecomlm.search.hash_embedder import HashEmbedder

DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "i" * 40
_EMBEDDERS: dict[Language, Any] = {"en": HashEmbedder(), "zh": HashEmbedder()}


def settings_of(home: Path) -> BotSettings:
    """Settings under which tests may say as much as they like."""
    return BotSettings(
        home=home, secret="s" * 40, identity_secret=SECRET, embedder_en="hash", embedder_zh="hash",
        visitor_messages_per_minute=6000, address_messages_per_minute=6000, address_sessions_per_minute=6000,
    )  # fmt: skip


async def fill(home: Path) -> None:
    """Make the shop's records and their index, once."""
    settings = settings_of(home)
    async with await Store.open(settings) as store:
        await store.save(load_sample(), who="test")
        await build_index(settings, store, embedders=_EMBEDDERS)


@dataclass
class Clock:
    """The day of the sample orders, going on at the usual pace, or faster."""

    ahead: timedelta

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def app_over(made: Path, home: Path, router_embedder: Embedder, clock: Clock) -> web.Application:
    """Build the application over a copy of the shop that `fill` made."""
    shutil.copytree(made, home, dirs_exist_ok=True)

    async def opening(settings: BotSettings, wrap: Callable[[Any], Any]) -> Tools:
        store = await Store.open(settings)
        search = await Search.open(settings, store, _EMBEDDERS)
        engine, ranker = ScriptedEngine(), WordRanker()
        tools = Tools(
            settings, store, search, engine, Answerer(engine, ranker), ranker, Responses.load(),
            router_embedder.encode_queries,
        )  # fmt: skip
        tools.__dict__["desk"] = Desk.open(tools, clock)
        return tools

    return create_app(settings_of(home), opening=opening)


@dataclass
class DeskShop:
    """The running shop: where it is, what is in its books, and its team's side of a handoff."""

    address: str
    app: web.Application
    clock: Clock

    async def state_of(self, order: str) -> list[str]:
        """The state of each of an order's lines."""
        return [line.status for line in (await self.app[STORE].order(order)).lines]

    async def writes(self) -> int:
        """How many things the desk has carried out."""
        async with self.app[STORE].engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(receipts)) or 0)

    async def handoffs(self) -> list[dict[str, Any]]:
        """The conversations that wait for a person or have one."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.address}/api/handoffs") as response,
        ):
            return list((await response.json())["handoffs"])

    async def agent(self, step: str, **body: str) -> None:
        """Do something as an agent in the only conversation that waits or is with one."""
        (handoff,) = await self.handoffs()
        address = f"{self.address}/api/handoffs/{handoff['conversation']}/{step}"
        async with aiohttp.ClientSession() as session, session.post(address, json=body) as response:
            assert response.ok, await response.text()
