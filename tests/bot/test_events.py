"""Event intake over a real server: consent, limits, erasure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.keys import TOOLS

VISITOR = "visitor-0123456789"


def body(*rows, consent=True, visitor=VISITOR):
    return {"visitor": visitor, "consent": consent, "events": list(rows)}


def view(product="boot", kind="view", **more):
    return {"kind": kind, "product": product, **more}


async def journal(client):
    return await client.app[TOOLS].recommender.journal()


async def test_events_with_consent_are_kept_and_unknown_products_named(client) -> None:
    response = await client.post("/events", json=body(view(), view("gone"), view("bag", "basket")))
    assert response.status == 202
    assert await response.json() == {"kept": 2, "unknown": ["gone"]}
    kept = await (await journal(client)).after(0)
    assert [(event.product, event.kind) for event in kept] == [("boot", "view"), ("bag", "basket")]


@pytest.mark.parametrize("consent", [False, None, "true", 1])
async def test_without_consent_nothing_is_kept(client, consent) -> None:
    response = await client.post("/events", json=body(view(), consent=consent))
    assert response.status == 400
    assert (await response.json())["error"]["code"] == "no_consent"
    assert await (await journal(client)).count() == 0


async def test_the_visitors_id_itself_is_not_kept(client) -> None:
    await client.post("/events", json=body(view()))
    (event,) = await (await journal(client)).after(0)
    assert VISITOR not in event.visitor
    assert event.visitor


async def test_a_visitor_is_forgotten_and_others_are_not(client) -> None:
    await client.post("/events", json=body(view(), view("bag")))
    await client.post("/events", json=body(view(), visitor="another-visitor-1"))
    response = await client.delete("/events", json={"visitor": VISITOR})
    assert await response.json() == {"erased": 2}
    assert await (await journal(client)).count() == 1


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (body(view(), visitor="short"), "'visitor' is not 16 to 64"),
        (body(view(), visitor=None), "'visitor' is not 16 to 64"),
        (body(), "'events' is not a list with events"),
        (body(*[view()] * 51), "51 events at once; 50 is the limit"),
        (body(view(kind="stare")), "event 0: 'kind' is 'stare'"),
        (body(view(), "boot"), "event 1: 'kind' is None"),
        (body(view(product=7)), "event 0: 'product' is not the id"),
        (body(view(product="x" * 201)), "event 0: 'product' is not the id"),
        (body(view(at="yesterday")), "event 0: 'at' is 'yesterday'"),
        (body(view(at="2026-01-01T10:00:00")), "not a past time with its zone"),
        (body(view(at="2999-01-01T10:00:00+00:00")), "not a past time with its zone"),
        (body(view(at="2001-01-01T10:00:00+00:00")), "are not kept"),
        (body(view(at="0001-01-01T00:00:00+14:00")), "are not kept"),
    ],
)
async def test_a_bad_event_is_named_and_nothing_is_kept(client, sent, told) -> None:
    response = await client.post("/events", json=sent)
    assert response.status == 400
    assert told in (await response.json())["error"]["message"]
    assert await (await journal(client)).count() == 0


async def test_too_large_a_body_is_refused(client, settings) -> None:
    response = await client.post("/events", data=b"x" * (settings.max_body_bytes + 1))
    assert response.status == 413


async def test_too_many_calls_are_put_off(serve, settings) -> None:
    client = await serve(replace(settings, events_per_minute=4))
    statuses = [(await client.post("/events", json=body(view()))).status for _ in range(3)]
    assert statuses == [202, 202, 429]


async def test_every_event_of_a_call_counts(serve, settings) -> None:
    client = await serve(replace(settings, events_per_minute=60))
    many = body(*[view()] * 20)
    assert [(await client.post("/events", json=many)).status for _ in range(2)] == [202, 429]


async def test_of_the_shops_own_programs_calls_count_and_not_events(serve, settings) -> None:
    client = await serve(replace(settings, operator_password="a long password", events_per_minute=60))
    many, headers = body(*[view()] * 20), {"Authorization": "Bearer a long password"}
    statuses = [(await client.post("/events", json=many, headers=headers)).status for _ in range(4)]
    assert statuses == [202] * 4
    headers = {"Authorization": "Bearer another password"}
    assert (await client.post("/events", json=many, headers=headers)).status == 401


async def test_purchases_are_believed_of_the_shops_own_programs_only(serve, settings) -> None:
    client = await serve(replace(settings, operator_password="a long password"))
    bought = body(view(kind="purchase"))
    assert (await client.post("/events", json=bought)).status == 401
    headers = {"Authorization": "Bearer a long password"}
    assert (await client.post("/events", json=bought, headers=headers)).status == 202


async def test_a_page_of_another_origin_is_refused(client) -> None:
    response = await client.post("/events", json=body(view()), headers={"Origin": "https://evil.example"})
    assert response.status == 403
    assert await (await journal(client)).count() == 0


async def chat_token(client) -> tuple[str, dict[str, str]]:
    session = await (await client.post("/api/session", json={})).json()
    return session["conversation"], {"Authorization": f"Bearer {session['token']}"}


async def test_a_chat_knows_its_visitor_until_the_visitor_is_forgotten(client) -> None:
    conversation, headers = await chat_token(client)
    await client.post("/events", json=body(view()))
    assert await (await journal(client)).visitor_of(conversation) is None
    assert (await client.post("/events", json=body(), headers=headers)).status == 202
    visitor = await (await journal(client)).visitor_of(conversation)
    kept = await (await journal(client)).of(visitor, 20)
    assert [event.product for event in kept] == ["boot"]
    await client.delete("/events", json={"visitor": VISITOR})
    assert await (await journal(client)).visitor_of(conversation) is None


async def test_a_cleared_chat_forgets_its_visitor_and_not_the_events(client) -> None:
    conversation, headers = await chat_token(client)
    await client.post("/events", json=body(view()), headers=headers)
    assert (await client.delete("/api/conversation", headers=headers)).status == 204
    assert await (await journal(client)).visitor_of(conversation) is None
    assert await (await journal(client)).count() == 1


async def test_a_token_that_is_not_ours_is_refused(client) -> None:
    headers = {"Authorization": "Bearer v1.someone.9999999999.signature"}
    assert (await client.post("/events", json=body(view()), headers=headers)).status == 401
    assert await (await journal(client)).count() == 0


async def test_the_script_can_be_carried_by_pages_of_other_origins(client) -> None:
    response = await client.get("/events.js")
    assert response.status == 200
    assert "javascript" in response.headers["Content-Type"]
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
