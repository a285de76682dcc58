"""A visitor's way through the server, and what it lets nobody do."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

import pytest

from bot.keys import TURNS


async def visit(client) -> dict[str, str]:
    response = await client.post("/api/session", json={"locale": "en"})
    assert response.status == 201
    return {"Authorization": f"Bearer {(await response.json())['token']}"}


async def events_of(response) -> list[dict[str, Any]]:
    assert response.status == 200, await response.text()
    assert response.headers["Content-Type"].startswith("text/event-stream")
    frames = [frame for frame in (await response.text()).split("\n\n") if frame.startswith("id:")]
    return [json.loads(frame.split("\ndata: ", 1)[1]) for frame in frames]


async def ask(client, visitor: dict[str, str], text: str, **body: Any) -> list[dict[str, Any]]:
    return await events_of(await client.post("/api/messages", json={"text": text, **body}, headers=visitor))


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["text"] for event in events if event["type"] == "text")


async def test_cards_leave_before_text_and_done_is_last(client) -> None:
    events = await ask(client, await visit(client), "waterproof hiking boots under $150")
    kinds = [event["type"] for event in events]
    assert kinds[0] == "cards"
    assert kinds[-1] == "done"
    assert {card["id"] for card in events[0]["products"]} == {"boot", "light-boot"}
    assert events[-1]["intent"] == "find_product"
    assert set(events[-1]["seconds"]) >= {"cards", "first_text", "total"}


async def test_a_transcript_is_there_after_a_reload(client) -> None:
    visitor = await visit(client)
    sent = await ask(client, visitor, "你们有防水登山鞋吗", client_id="m1")
    body = await (await client.get("/api/conversation", headers=visitor)).json()
    shopper, assistant = body["messages"]
    assert (shopper["role"], shopper["text"], shopper["language"]) == ("shopper", "你们有防水登山鞋吗", "zh")
    assert (assistant["role"], assistant["language"]) == ("assistant", "zh")
    assert assistant["events"] == sent
    assert assistant["id"] == sent[-1]["message"]


async def test_the_same_message_sent_again_gets_the_same_reply(client) -> None:
    visitor = await visit(client)
    first = await ask(client, visitor, "hello", client_id="m1")
    assert await ask(client, visitor, "hello", client_id="m1") == first
    body = await (await client.get("/api/conversation", headers=visitor)).json()
    assert len(body["messages"]) == 2


async def test_a_reply_goes_on_when_the_line_drops(client, engine) -> None:
    visitor = await visit(client)
    engine.gate.clear()
    body = {"text": "is it good on wet trails?", "page": {"product": "boot"}, "client_id": "m1"}
    response = await client.post("/api/messages", json=body, headers=visitor)
    response.close()
    engine.text = "Made for wet trails."
    engine.gate.set()
    events = await ask(client, visitor, "is it good on wet trails?", page={"product": "boot"}, client_id="m1")
    assert "wet trails" in text_of(events)


async def test_a_failed_reply_can_be_asked_for_again(client, settings, monkeypatch) -> None:
    visitor = await visit(client)
    turns = client.app[TURNS]
    route = turns._router.route

    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(turns._router, "route", broken)
    failed = await ask(client, visitor, "hello", client_id="m1")
    assert [event["type"] for event in failed] == ["error", "done"]
    assert "secret detail" not in json.dumps(failed)
    assert len(failed[0]["reference"]) == 8
    monkeypatch.setattr(turns._router, "route", route)
    assert (await ask(client, visitor, "hello", client_id="m1"))[0]["type"] == "text"


async def test_two_messages_of_one_conversation_are_answered_in_turn(client) -> None:
    visitor = await visit(client)
    await asyncio.gather(ask(client, visitor, "hello"), ask(client, visitor, "waterproof hiking boots"))
    body = await (await client.get("/api/conversation", headers=visitor)).json()
    assert [message["role"] for message in body["messages"]] == ["shopper", "assistant"] * 2
    assert all(message.get("state", "complete") == "complete" for message in body["messages"])


async def test_a_conversation_can_be_forgotten(client) -> None:
    visitor = await visit(client)
    await ask(client, visitor, "hello")
    assert (await client.delete("/api/conversation", headers=visitor)).status == 204
    body = await (await client.get("/api/conversation", headers=visitor)).json()
    assert body["messages"] == []


async def test_a_rating_is_shown_again_after_a_reload(client) -> None:
    visitor = await visit(client)
    message = (await ask(client, visitor, "hello"))[-1]["message"]
    rating = {"message": message, "rating": "down", "reason": "wrong"}
    assert (await client.post("/api/feedback", json=rating, headers=visitor)).status == 204
    body = await (await client.get("/api/conversation", headers=visitor)).json()
    assert body["messages"][1]["rating"] == "down"


async def test_another_visitors_conversation_cannot_be_read_or_rated(client) -> None:
    ann, bob = await visit(client), await visit(client)
    message = (await ask(client, ann, "hello"))[-1]["message"]
    assert (await (await client.get("/api/conversation", headers=bob)).json())["messages"] == []
    rating = {"message": message, "rating": "up"}
    assert (await client.post("/api/feedback", json=rating, headers=bob)).status == 404


@pytest.mark.parametrize("token", ["", "v1.abc.9999999999.c2ln", "x", "....", "v1.é.1.ü"])
async def test_a_token_that_is_not_ours_is_refused(client, token) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = await client.get("/api/conversation", headers=headers)
    assert response.status == 401
    assert (await response.json())["error"]["code"] == "session_invalid"


async def test_pages_of_other_origins_are_refused_and_listed_ones_served(serve, settings) -> None:
    client = await serve(dataclasses.replace(settings, allowed_origins=("https://shop.example",)))
    refused = await client.post("/api/session", json={}, headers={"Origin": "https://evil.example"})
    assert refused.status == 403
    assert "Access-Control-Allow-Origin" not in refused.headers
    served = await client.post("/api/session", json={}, headers={"Origin": "https://shop.example"})
    assert served.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    preflight = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = await client.options("/api/messages", headers=preflight)
    assert answer.status == 204
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "https://shop.example" in answer.headers["Content-Security-Policy"]


async def test_a_foreign_name_for_this_machine_is_refused(client) -> None:
    response = await client.get("/healthz", headers={"Host": "evil.example:8080"})
    assert response.status == 403


async def test_too_many_messages_are_refused_with_a_time_to_wait(serve, settings) -> None:
    client = await serve(dataclasses.replace(settings, visitor_messages_per_minute=2))
    visitor = await visit(client)
    await ask(client, visitor, "hello")
    response = await client.post(
        "/api/messages", json={"text": "你好"}, headers={**visitor, "Accept-Language": "zh-CN"}
    )
    assert response.status == 429
    assert int(response.headers["Retry-After"]) >= 1
    assert "秒" in (await response.json())["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b'{"text": 5}', 400, "bad_request"),
        (b'{"text": "   "}', 400, "empty"),
        (json.dumps({"text": "x" * 2001}).encode(), 400, "too_long"),
        (json.dumps({"text": "x" * 20000}).encode(), 413, "too_large"),
        (b"\xff\xfe", 400, "bad_request"),
    ],
)
async def test_unusable_bodies_are_named(client, body, status, code) -> None:
    visitor = await visit(client)
    response = await client.post("/api/messages", data=body, headers=visitor)
    assert response.status == status
    assert (await response.json())["error"]["code"] == code


async def test_script_text_stays_text(client) -> None:
    visitor = await visit(client)
    events = await ask(client, visitor, "show me a mug")
    card = next(card for event in events if event["type"] == "cards" for card in event["products"])
    assert card["title"].startswith("<script>")  # the widget inserts it as text
    response = await client.get("/api/conversation", headers=visitor)
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


async def test_faults_never_show_their_inside(client, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(client.app[TURNS]._transcripts, "since", broken)
    response = await client.get("/api/conversation", headers=await visit(client))
    body = await response.text()
    assert response.status == 500
    assert "secret detail" not in body
    assert "Traceback" not in body
    assert json.loads(body)["error"]["reference"] == response.headers["X-Request-ID"]


async def test_unknown_addresses_of_the_interface_are_json(client) -> None:
    response = await client.get("/api/nothing")
    assert (response.status, (await response.json())["error"]["code"]) == (404, "not_found")


async def test_a_callers_request_id_is_kept_if_it_is_harmless(client) -> None:
    kept = await client.get("/healthz", headers={"X-Request-ID": "abc-1"})
    assert kept.headers["X-Request-ID"] == "abc-1"
    made = await client.get("/healthz", headers={"X-Request-ID": "a b<c>"})
    assert made.headers["X-Request-ID"] != "a b<c>"


async def test_health_readiness_and_metrics(client) -> None:
    visitor = await visit(client)
    await ask(client, visitor, "I want to talk to a human")
    assert (await client.get("/healthz")).status == 200
    assert (await (await client.get("/readyz")).json())["products"] == 5
    metrics = await (await client.get("/metrics")).text()
    for name in ("requests_total", "time_to_first_token_seconds", "index_age_seconds", "model_info"):
        assert f"ecomlm_{name}" in metrics
    assert "ecomlm_handoffs_total 1.0" in metrics


async def test_the_widgets_configuration_is_in_the_asked_language(client) -> None:
    body = await (await client.get("/api/config?locale=zh-CN")).json()
    assert body["language"] == "zh"
    assert body["greeting"]
    assert body["suggestions"][-1] == "转人工客服"


async def test_an_opened_product_page_is_read_ahead(client, engine) -> None:
    response = await client.get("/products/boot", headers={"Accept-Language": "en"})
    assert response.status == 200
    for _ in range(100):
        if engine.prompts:
            break
        await asyncio.sleep(0.02)
    assert "Norrfell Ridge" in engine.prompts[0]
