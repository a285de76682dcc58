"""A visitor whom the shop's own server vouches for: signing in and out over HTTP."""

from __future__ import annotations

import dataclasses
import hmac
import time

import pytest

from bot.keys import STORE, TOOLS
from knowledge.records import Customer, CustomerId
from tests.bot.test_app import visit
from tests.bot.test_live import conversation_of, opened

SECRET = "i" * 40


def signed(customer: str, expires: int) -> dict[str, object]:
    signature = hmac.new(SECRET.encode(), f"{customer}.{expires}".encode(), "sha256").hexdigest()
    return {"customer": customer, "expires": expires, "signature": signature}


@pytest.fixture
async def client(serve, settings):
    client = await serve(dataclasses.replace(settings, identity_secret=SECRET))
    await client.app[STORE].save([Customer(CustomerId("ann"), "Ann Lee", "ann@example.com")], who="test")
    return client


async def who(client, visitor: dict[str, str]) -> str | None:
    conversation = await conversation_of(client, visitor)
    verified = await client.app[TOOLS].desk.identities.of(conversation)
    return verified.customer_id if verified else None


async def test_a_signature_binds_the_visitor_until_they_sign_out(client) -> None:
    visitor = await visit(client)
    body = signed("ann", int(time.time()) + 600)
    answer = await client.post("/api/identity", json=body, headers=visitor)
    assert answer.status == 200
    assert time.time() < (await answer.json())["expires"] <= time.time() + 601
    assert await who(client, visitor) == "ann"
    assert (await client.delete("/api/identity", headers=visitor)).status == 204
    assert await who(client, visitor) is None
    assert (await client.delete("/api/identity", headers=visitor)).status == 204


async def test_signing_out_drops_what_was_to_be_confirmed_and_tells_the_open_chat(client) -> None:
    visitor = await visit(client)
    await client.post("/api/identity", json=signed("ann", int(time.time()) + 600), headers=visitor)
    conversation = await conversation_of(client, visitor)
    id = await client.app[TOOLS].desk.proposals.make(conversation, "ann", "d" * 64, {"kind": "cancel"})
    line = await opened(client, visitor)
    assert (await line.until("state"))[1]["proposals"][id]["state"] == "open"
    await client.delete("/api/identity", headers=visitor)
    assert (await line.until("state"))[1]["proposals"][id]["state"] == "dropped"


@pytest.mark.parametrize(
    "change",
    [{"customer": "bob"}, {"expires": 1}, {"signature": "0" * 64}, {"expires": "soon"}, {"customer": ""}],
)
async def test_whatever_does_not_hold_changes_nothing(client, change: dict[str, object]) -> None:
    visitor = await visit(client)
    good = signed("ann", int(time.time()) + 600)
    await client.post("/api/identity", json=good, headers=visitor)
    assert (await client.post("/api/identity", json=good | change, headers=visitor)).status == 400
    assert await who(client, visitor) == "ann"


async def test_nobody_signs_in_or_out_for_another_visitor(client) -> None:
    visitor, stranger = await visit(client), await visit(client)
    await client.post("/api/identity", json=signed("ann", int(time.time()) + 600), headers=visitor)
    await client.delete("/api/identity", headers=stranger)
    assert await who(client, visitor) == "ann"
    assert await who(client, stranger) is None
    assert (await client.delete("/api/identity")).status == 401
