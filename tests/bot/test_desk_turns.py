"""The service desk and a person's joining, through whole turns: router, actions, transcript."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from bot.desk.handoffs import Handoffs
from bot.dispatch import EventDispatcher
from bot.events import TextPiece
from bot.router import Route
from bot.settings import BotSettings
from bot.transcripts import Incoming, Transcripts
from bot.turn import Turns
from knowledge import database
from tests.bot.desk.conftest import filled_database  # noqa: F401 (a fixture)


class _Router:
    async def route(self, text: str, memory: object) -> Route:
        return Route("other", 1.0, "en")


class _SlowAction:
    """Says one word, waits for the gate, says another."""

    def __init__(self) -> None:
        self.has_begun, self.gate = asyncio.Event(), asyncio.Event()

    async def run(self, call: object, dispatcher: EventDispatcher) -> object:
        await dispatcher.emit(TextPiece("before "))
        self.has_begun.set()
        await self.gate.wait()
        await dispatcher.emit(TextPiece("after"))

        class Result:
            events: list[dict[str, object]] = []

        return Result()


@pytest.fixture
async def engine(filled_database: Path, tmp_path: Path):  # noqa: F811 (the fixture's name)
    shutil.copy(filled_database, tmp_path / "shop.db")
    engine = database.open_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    yield engine
    await engine.dispose()


async def test_what_was_being_said_when_an_agent_joined_is_dropped_and_the_next_message_is_silent(
    engine,
) -> None:
    transcripts, handoffs, action = Transcripts(engine), Handoffs(engine), _SlowAction()
    turns = Turns(BotSettings(), transcripts, _Router(), action, None, handoffs)  # type: ignore[arg-type]  # behaves like an executor
    await handoffs.begin("c1", "asked", {})
    turn = await turns.start("c1", Incoming("hello", "en"))
    await action.has_begun.wait()
    await handoffs.join("c1", "Mia")
    action.gate.set()
    async for _ in turn.follow():
        pass
    assert turn.text == "before "
    assert turn.trace["dropped"]
    silent = await turns.start("c1", Incoming("are you there?", "en"))
    async for _ in silent.follow():
        pass
    assert silent.text == ""
    assert silent.trace["action"] == "silence"
    await transcripts.add_agents("c1", "This is Mia.", "en")
    await handoffs.hand_back("c1")
    back = await turns.start("c1", Incoming("thanks", "en"))
    async for _ in back.follow():
        pass
    assert back.text == "before after"
    assert [message.role for message in await transcripts.messages("c1")][4:6] == ["agent", "shopper"]
    await turns.drain(1)
