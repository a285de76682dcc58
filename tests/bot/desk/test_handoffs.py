"""A person takes over: who is silent when, what they get, what the help desk is told."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.desk.handoffs import Handoffs, is_staffed, next_opening
from bot.desk.packet import hand_off, leave_message, make_packet
from bot.desk.webhook import TRIES, Webhook, signature
from bot.dispatch import EventDispatcher, Reply
from bot.entities import find_entities
from bot.events import Event, TextPiece
from bot.tracker import Memory, Request
from knowledge.desk.rules import load_rules
from knowledge.errors import RecordNotFound
from tests.bot.desk.conftest import Chat

SECRET = "h" * 40
SUNDAY = datetime(2026, 11, 22, 15, tzinfo=UTC)


def request_of(chat: Chat, text: str) -> Request:
    return Request(text, "handoff", "en", 0.9, find_entities(text), Memory.from_slots(chat.slots), chat.id)


@pytest.fixture
def handoffs(tools, clock) -> Handoffs:
    return Handoffs(tools.store.engine, waits_quietly=True, clock=clock)


async def test_the_assistant_is_silent_until_it_is_handed_back(handoffs) -> None:
    assert not await handoffs.is_quiet("c1")
    await handoffs.begin("c1", "asked", {})
    assert await handoffs.is_quiet("c1")
    assert not await handoffs.is_joined("c1")
    await handoffs.join("c1", "Mia")
    assert await handoffs.is_joined("c1")
    await handoffs.hand_back("c1")
    assert not await handoffs.is_quiet("c1")
    assert not await handoffs.is_quiet("c2")


async def test_without_a_help_desk_the_assistant_goes_on_until_somebody_joins(tools, clock) -> None:
    handoffs = Handoffs(tools.store.engine, clock=clock)
    await handoffs.begin("c1", "asked", {})
    assert not await handoffs.is_quiet("c1")
    await handoffs.join("c1", "Mia")
    assert await handoffs.is_quiet("c1")


async def test_what_was_looked_up_as_an_agent_joined_does_not_undo_that(handoffs, monkeypatch) -> None:
    """The look began before the agent joined, and ends before or after that is written."""
    await handoffs.begin("c1", "asked", {})
    of, change, asked, written = handoffs.of, handoffs._change, asyncio.Event(), asyncio.Event()

    async def slow_look(conversation: str) -> object:
        found = await of(conversation)
        await asked.wait()
        return found

    async def slow_change(*what: object, **values: object) -> None:
        await written.wait()
        await change(*what, **values)

    monkeypatch.setattr(handoffs, "of", slow_look)
    monkeypatch.setattr(handoffs, "_change", slow_change)
    looking = asyncio.create_task(handoffs.is_joined("c1"))
    await asyncio.sleep(0)
    joining = asyncio.create_task(handoffs.join("c1", "Mia"))
    await asyncio.sleep(0)
    asked.set()
    assert await looking
    assert await handoffs.is_quiet("c1")
    written.set()
    await joining
    assert await handoffs.is_joined("c1")


async def test_the_next_message_is_quiet_at_once_whoever_handed_over(tools, clock) -> None:
    turns, actions = (Handoffs(tools.store.engine, waits_quietly=True, clock=clock) for _ in range(2))
    assert not await turns.is_quiet("c1")
    await actions.begin("c1", "asked", {})
    assert await turns.is_quiet("c1")


async def test_asking_again_keeps_the_agent_and_the_place_in_the_queue(handoffs, clock) -> None:
    await handoffs.begin("c1", "asked", {})
    await handoffs.join("c1", "Mia")
    clock.advance(5)
    await handoffs.begin("c2", "asked", {})
    await handoffs.begin("c1", "anger", {})
    assert [(h.conversation, h.agent) for h in await handoffs.open_ones()] == [("c1", "Mia"), ("c2", "")]


async def test_nobody_joins_what_was_never_handed_over(handoffs) -> None:
    with pytest.raises(RecordNotFound):
        await handoffs.join("never", "Mia")
    assert not await handoffs.is_quiet("never")


async def test_the_packet_tells_what_is_needed_and_hides_personal_data(ann) -> None:
    await ann.say("cancel order LW-1001")
    packet = await make_packet("asked", request_of(ann, "a person please"), ann.tools)
    assert packet["verified"] == "order"
    assert packet["tried"][0]["kind"] == "cancel"
    assert packet["suggested"]
    assert "ann@example.com" not in json.dumps(packet)


async def test_an_unverified_visitor_is_told_so(chat) -> None:
    packet = await make_packet("asked", request_of(chat, "a person please"), chat.tools)
    assert (packet["verified"], packet["customer"]) == ("none", None)


async def test_out_of_hours_a_message_with_an_address_is_taken(chat, monkeypatch) -> None:
    monkeypatch.setattr("bot.desk.packet.is_staffed", lambda *_: False)
    request = request_of(chat, "a person please")
    told = await hand_off("asked", request, chat.tools)
    assert "e-mail address" in told
    chat.slots = request.memory.as_slots()
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    reply = Reply(EventDispatcher(emit))
    assert await leave_message(request_of(chat, "write to eve@example.com"), reply, chat.tools)
    assert "eve@example.com" in "".join(event.text for event in events if isinstance(event, TextPiece))
    found = await Handoffs(chat.tools.store.engine).of(chat.id)
    assert found is not None
    assert (found.state, found.email) == ("message", "eve@example.com")


def test_hours_are_the_shops_own_and_each_languages() -> None:
    hours = load_rules().hours
    monday = datetime(2026, 11, 23, 18, tzinfo=ZoneInfo("America/New_York"))
    assert is_staffed(hours, "en", monday)
    assert not is_staffed(hours, "zh", monday)
    assert not is_staffed(hours, "en", SUNDAY)
    opening = next_opening(hours, "en", SUNDAY)
    assert opening is not None
    assert (opening.weekday(), opening.hour) == (0, 8)


async def test_the_help_desk_is_told_in_order_signed_and_again_until_it_answers(
    handoffs, tools, clock
) -> None:
    heard: list[tuple[str, str]] = []
    answers = iter([500, 200, 200])

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        stamp = int(request.headers["X-Ecomlm-Timestamp"])
        assert request.headers["X-Ecomlm-Signature"] == signature(SECRET, stamp, body)
        status = next(answers)
        heard.append((json.loads(body)["event"], request.headers["X-Ecomlm-Delivery"]))
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/hook", receive)
    await handoffs.begin("c1", "asked", {"summary": []})
    await handoffs.heard("c1", "hello?")
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        webhook = Webhook(tools.store.engine, str(server.make_url("/hook")), SECRET, clock)
        assert await webhook.send_due(session) == 0
        assert await webhook.send_due(session) == 0  # not due yet
        clock.advance(1)
        assert await webhook.send_due(session) == 2
    assert [event for event, _ in heard] == ["handoff_opened", "handoff_opened", "message_created"]
    assert heard[0][1] == heard[1][1]


async def test_an_event_that_nobody_takes_is_given_up_after_some_tries(handoffs, tools, clock) -> None:
    await handoffs.begin("c1", "asked", {})
    async with aiohttp.ClientSession() as session:
        webhook = Webhook(tools.store.engine, "http://127.0.0.1:9/hook", SECRET, clock)
        for _ in range(TRIES):
            assert await webhook.send_due(session) == 0
            clock.now += timedelta(hours=1)
        assert await webhook.send_due(session) == 0
        async with tools.store.engine.connect() as connection:
            from sqlalchemy import func, select

            from bot.tables import outbox

            assert await connection.scalar(select(func.count()).select_from(outbox)) == 0
