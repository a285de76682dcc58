"""The service desk over a small shop, spoken to without search, model or router."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from bot.desk.reading import named_kind
from bot.desk.service import Desk
from bot.dispatch import EventDispatcher, Reply
from bot.entities import find_entities, spoken_language
from bot.events import Buttons, Event, TextPiece
from bot.settings import BotSettings
from bot.tools import Tools, open_tools
from bot.tracker import Memory, Request
from bot.transcripts import Transcripts
from knowledge import database
from knowledge.store import Store
from tests.acceptance.shop import build_home, sample_records
from tests.knowledge.desk.conftest import NOW, RECORDS

INTENTS = {
    "status": "order_status", "invoice": "order_status", "refund": "order_refund", "cancel": "order_cancel",
    "return": "order_return", "exchange": "order_return", "warranty": "order_return",
}  # fmt: skip


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@dataclass
class DeskTools:
    """The part of the tools that the desk works with."""

    settings: BotSettings
    store: Store
    desk: Desk = field(init=False)


@dataclass
class Said:
    """One reply of the desk."""

    text: str
    events: list[Event]
    trace: dict[str, Any]

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        return [(call["name"], call["arguments"]) for call in self.trace.get("calls", ()) if "result" in call]

    @property
    def payloads(self) -> list[str]:
        return [b.payload for event in self.events if isinstance(event, Buttons) for b in event.buttons]


class Chat:
    """One conversation with the desk, as the actions would lead it."""

    def __init__(self, tools: DeskTools, id: str) -> None:
        self.tools, self.id = cast(Tools, tools), id
        self.slots: dict[str, Any] = {}

    async def say(self, text: str, intent: str | None = None) -> Said:
        events: list[Event] = []

        async def emit(event: Event) -> None:
            events.append(event)

        dispatcher = EventDispatcher(emit)
        reply, desk = Reply(dispatcher), self.tools.desk
        intent = intent or INTENTS.get(
            named_kind(text) or "", "order_change" if named_kind(text) else "other"
        )
        memory = Memory.from_slots(self.slots)
        language = spoken_language(text, memory.language)
        request = Request(
            text, intent, language, 0.9, find_entities(text), replace(memory, language=language), self.id
        )
        if intent.startswith("order_") or desk.claims(request):
            await desk.answer(request, reply, self.tools)
        else:
            await reply.say("Something else. ")
            await desk.interrupted(request, reply)
        self.slots = request.memory.as_slots()
        told = "".join(event.text for event in events if isinstance(event, TextPiece))
        return Said(told, events, reply.trace)

    async def prove(self, text: str = "LW-1003, ann@example.com") -> None:
        """Prove to be Ann, and leave the matter at that."""
        await self.say(f"where is my order {text}")
        self.slots = {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def _fill(url: str) -> None:
    async with await Store.open(url) as store:
        await store.save(RECORDS, who="test")
        await Transcripts.open(store.engine)


@pytest.fixture(scope="session")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the records and all tables, made once and copied for each test."""
    file = tmp_path_factory.mktemp("desk") / "shop.db"
    asyncio.run(_fill(f"sqlite:///{file}"))
    return file


@pytest.fixture
async def tools(filled_database: Path, tmp_path: Path, clock: Clock) -> AsyncIterator[DeskTools]:
    shutil.copy(filled_database, tmp_path / "shop.db")
    async with Store(database.open_engine(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
        tools = DeskTools(BotSettings(home=tmp_path), store)
        tools.desk = Desk.open(cast(Tools, tools), clock)
        yield tools


@pytest.fixture
def new_chat(tools: DeskTools) -> Callable[[str], Chat]:
    return lambda id: Chat(tools, id)


@pytest.fixture
def chat(new_chat: Callable[[str], Chat]) -> Chat:
    return new_chat("c1")


@pytest.fixture
async def ann(chat: Chat) -> Chat:
    """A conversation that was proven to be with Ann."""
    await chat.prove()
    return chat


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sample_tools(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tools]:
    """The whole assistant's tools over the sample shop, opened once; see `tests.bot.desk.held`."""
    kept = os.environ.get("ECOMLM_TEST_HOMES")
    home = Path(kept) / "sample" if kept else tmp_path_factory.mktemp("sample")
    opened = await open_tools(await build_home(home, sample_records()))
    yield opened
    await opened.close()
