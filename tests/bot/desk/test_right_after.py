"""A plain yes counts for what was shown right before it, and for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from rasa_sdk import Tracker

from bot.desk.reading import named_kind
from bot.dispatch import EventDispatcher, Reply
from bot.entities import find_entities
from bot.router import Route
from bot.settings import BotSettings
from bot.tools import Tools
from bot.tracker import Request
from bot.transcripts import Incoming, Transcripts
from bot.turn import Turn, Turns
from tests.bot.desk.conftest import INTENTS, DeskTools
from tests.bot.desk.test_confirming import cases_of


class _Router:
    async def route(self, text: str, memory: object) -> Route:
        return Route(INTENTS.get(named_kind(text) or "", "other"), 1.0, "en", find_entities(text))


@dataclass
class _Result:
    events: list[dict[str, Any]]


class _DeskAction:
    """Takes every message to the desk; breaks where one says so."""

    def __init__(self, tools: DeskTools) -> None:
        self._tools = tools

    async def run(self, call: dict[str, Any], dispatcher: EventDispatcher) -> _Result:
        told = call["tracker"]
        if told["latest_message"]["text"] == "break":
            raise RuntimeError("broken on purpose")
        tracker = Tracker(told["sender_id"], told["slots"], told["latest_message"], [], False, None, {}, None)
        request, reply = Request.from_tracker(tracker), Reply(dispatcher)
        await self._tools.desk.answer(request, reply, cast(Tools, self._tools))
        return _Result(request.slot_events(told["slots"]))


class Conversation:
    """Ann's, through whole turns."""

    id = "c1"

    def __init__(self, tools: DeskTools) -> None:
        self.tools, self.transcripts = tools, Transcripts(tools.store.engine)
        self.turns = Turns(BotSettings(), self.transcripts, _Router(), _DeskAction(tools))  # type: ignore[arg-type]  # behaves like an executor

    async def say(self, text: str, client_id: str | None = None) -> Turn:
        turn = await self.turns.start(self.id, Incoming(text, "en", client_id=client_id))
        async for _ in turn.follow():
            pass
        return turn


@pytest.fixture
async def conversation(tools: DeskTools) -> AsyncIterator[Conversation]:
    conversation = Conversation(tools)
    await conversation.say("where is my order LW-1003, ann@example.com")
    yield conversation
    await conversation.turns.drain(1)


async def is_cancelled(conversation: Conversation, order: str = "LW-1001") -> bool:
    return await cases_of(cast(Any, conversation), order) == 1


async def test_right_after_it_is_done(conversation: Conversation) -> None:
    await conversation.say("cancel order LW-1001")
    assert "Done" in (await conversation.say("yes")).text
    assert await is_cancelled(conversation)


async def test_a_yes_that_was_sent_before_the_question_was_there_is_asked_again(
    conversation: Conversation,
) -> None:
    _, early = await asyncio.gather(conversation.say("cancel order LW-1001"), conversation.say("yes"))
    assert not await is_cancelled(conversation)
    assert "yes or no" in early.text
    await conversation.say("yes")
    assert await is_cancelled(conversation)


async def test_a_second_yes_in_haste_confirms_nothing_that_the_first_brought_up(
    conversation: Conversation,
) -> None:
    await conversation.say("return one frying pan of LW-1003")
    await conversation.say("first cancel order LW-1001")
    await asyncio.gather(conversation.say("yes"), conversation.say("yes"), conversation.say("yes"))
    assert await is_cancelled(conversation)
    assert not await is_cancelled(conversation, "LW-1003")


async def test_a_yes_to_an_agents_question_confirms_nothing(conversation: Conversation) -> None:
    await conversation.say("cancel order LW-1001")
    await conversation.transcripts.add_agents("c1", "Would you like a voucher?", "en")
    assert "yes or no" in (await conversation.say("yes")).text
    assert not await is_cancelled(conversation)


async def test_a_yes_after_a_reply_that_failed_is_asked_again(conversation: Conversation) -> None:
    await conversation.say("cancel order LW-1001")
    assert "failure" in (await conversation.say("break")).trace
    assert "yes or no" in (await conversation.say("yes")).text
    assert not await is_cancelled(conversation)


async def test_a_no_after_a_reply_that_failed_is_a_no(conversation: Conversation) -> None:
    await conversation.say("cancel order LW-1001")
    await conversation.say("break")
    assert "changed nothing" in (await conversation.say("no")).text


async def test_a_message_sent_again_confirms_only_what_it_confirmed_then(conversation: Conversation) -> None:
    await conversation.say("cancel order LW-1001")
    first = await conversation.turns.start("c1", Incoming("yes", "en", client_id="y"))
    await conversation.turns.drain(0)  # the server stops before anything is done
    assert first.is_over
    await conversation.say("cancel order LW-1002")
    await conversation.say("yes", "y")
    assert not await is_cancelled(conversation, "LW-1002")


@pytest.mark.parametrize("text", ["yes", "no", "never mind", "continue", "是的"])
async def test_what_was_done_without_the_shoppers_seeing_it_is_told(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    await conversation.say("cancel order LW-1001")

    async def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose, after the write")

    with monkeypatch.context() as patched:
        patched.setattr("bot.desk.service.show_receipt", broken)
        assert "failure" in (await conversation.say("yes")).trace
    told = (await conversation.say(text)).text
    assert "done already" in told or "已经办好了" in told
    assert await is_cancelled(conversation)
