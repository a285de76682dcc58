"""The action server for a real Rasa: its protocol, and that no answer repeats a call."""

from __future__ import annotations

import dataclasses
import json
import socket
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from aiohttp.web import Application

from bot.actions import ACTIONS
from bot.channels.actions import create_action_server
from bot.commands.actions import serve_actions
from bot.commands.serve import AddressTaken
from bot.settings import BotSettings
from bot.tools import Tools
from tests.bot.shop import ScriptedEngine, open_shop
from tests.ecomlm.search.hash_embedder import HashEmbedder

Client = TestClient[object, Application]
SECRET = "ann.secret@example.com"


@pytest.fixture
def start(
    aiohttp_client: Callable[..., Awaitable[Client]], engine: ScriptedEngine, router_embedder: Any
) -> Callable[[BotSettings], Awaitable[Client]]:
    async def started(settings: BotSettings) -> Client:
        async def opening(settings: BotSettings) -> Tools:
            return await open_shop(settings, engine, HashEmbedder(), router_embedder)

        return await aiohttp_client(create_action_server(settings, opening=opening))

    return started


@pytest.fixture
async def server(start: Callable[[BotSettings], Awaitable[Client]], settings: BotSettings) -> Client:
    return await start(settings)


def tracker(text: str, **changes: Any) -> dict[str, Any]:
    latest = {"text": text, "intent": {"name": "smalltalk", "confidence": 0.9}, "entities": []}
    return {"sender_id": "ann", "slots": {}, "latest_message": latest, "events": [], **changes}


def call(text: str = f"hello, I am {SECRET}", **changes: Any) -> dict[str, Any]:
    return {"next_action": "action_smalltalk", "tracker": tracker(text), "domain": {}, **changes}


async def told(answer: ClientResponse) -> str:
    body = await answer.json()
    return " ".join(str(message["text"]) for message in body["responses"])


async def test_an_action_answers_with_events_and_responses(server) -> None:
    answer = await server.post("/webhook", json=call("hello"))
    assert answer.status == 200
    body = await answer.json()
    assert set(body) == {"events", "responses"}
    assert body["responses"][0]["text"]


async def test_the_actions_are_listed_and_the_server_says_that_it_is_there(server) -> None:
    assert await (await server.get("/health")).json() == {"status": "ok"}
    listed = await (await server.get("/actions")).json()
    assert {item["name"] for item in listed} == {action.action_name for action in ACTIONS}


async def test_a_call_without_the_domain_is_served(server) -> None:
    selective = call("hello")
    del selective["domain"]
    answer = await server.post("/webhook", json=selective)
    assert answer.status == 200
    assert await told(answer)


async def test_a_compressed_call_is_served(server) -> None:
    body = zlib.compress(json.dumps(call("hello")).encode())
    headers = {"Content-Encoding": "deflate", "Content-Type": "application/json"}
    answer = await server.post("/webhook", data=body, headers=headers)
    assert answer.status == 200


@pytest.mark.parametrize(
    "broken",
    [
        None, 5, [], {}, {"slots": 7}, {"sender_id": None, "latest_message": SECRET},
        {"sender_id": ["x"], "latest_message": {"text": 5}, "events": SECRET},
    ],
)  # fmt: skip
async def test_a_broken_tracker_still_gets_a_sentence(server, broken) -> None:
    answer = await server.post("/webhook", json=call(tracker=broken))
    assert answer.status == 200
    assert await told(answer)
    assert SECRET not in await answer.text()


@pytest.mark.parametrize(("text", "word"), [("hello", "Sorry"), ("你好", "抱歉")])
async def test_a_failing_action_answers_in_the_visitors_language(server, monkeypatch, text, word) -> None:
    async def fail(*_: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr("bot.actions.talk.SmallTalk.answer", fail)
    answer = await server.post("/webhook", json=call(text))
    assert answer.status == 200
    assert word in await told(answer)
    assert SECRET not in await answer.text()


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (call(next_action=None), 400, ""),
        (call(next_action=["action_smalltalk"]), 400, ""),
        (call(next_action="action_none"), 404, "action_none"),
        ([SECRET], 400, ""),
    ],
)
async def test_an_unusable_call_names_the_action_and_repeats_nothing(server, body, status, name) -> None:
    answer = await server.post("/webhook", json=body)
    assert answer.status == status
    assert (await answer.json())["action_name"] == name
    assert SECRET not in await answer.text()


async def test_what_is_no_json_is_refused_without_repeating_it(server) -> None:
    answer = await server.post("/webhook", data=SECRET.encode())
    assert answer.status == 400
    assert (await answer.json())["action_name"] == ""
    assert SECRET not in await answer.text()


async def test_a_server_error_holds_a_reference_and_nothing_of_the_call(server, monkeypatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("rasa_sdk.executor.ActionExecutor.run", fail)
    answer = await server.post("/webhook", json=call())
    assert answer.status == 500
    body = await answer.json()
    assert set(body) == {"error", "action_name"}
    assert SECRET not in json.dumps(body)


async def test_a_password_guards_the_actions_where_one_is_set(start, settings) -> None:
    server = await start(dataclasses.replace(settings, operator_password="correct horse"))
    assert (await server.post("/webhook", json=call())).status == 401
    headers = {"Authorization": "Bearer correct horse"}
    assert (await server.post("/webhook", json=call(), headers=headers)).status == 200


async def test_a_page_of_another_origin_cannot_speak_for_a_visitor(server) -> None:
    answer = await server.post("/webhook", json=call(), headers={"Origin": "https://evil.example"})
    assert answer.status == 403
    assert SECRET not in await answer.text()


def test_a_port_that_is_taken_is_named(settings, monkeypatch) -> None:
    monkeypatch.setattr("bot.commands.actions.create_action_server", lambda _: web.Application())
    monkeypatch.setattr("bot.commands.actions.set_up_logging", lambda: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressTaken, match=f"{port}.*--port"):
            serve_actions(settings, port)
