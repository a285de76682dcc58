"""One conversation in the console: the talk with its traces, taking it over, notes and tags."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import event

from bot.console.session import COOKIE
from bot.events import Button, Buttons, Card, Cards, SourceLink, Sources
from bot.keys import AUDIT, HANDOFFS, STAFF, STORE, TRANSCRIPTS
from bot.tables import identities, staff_sessions
from bot.transcripts import Transcripts
from knowledge import database
from tests.bot.console.conftest import PASSWORD
from tests.bot.console.talks import EVIL, Exchange, number_of, talk
from tests.bot.test_app import ask, visit
from tests.bot.test_live import conversation_of, cursor_of, opened

WEIGHT = "product:boot#attribute.weight"
CARD = Card("boot", "Ridge boot", "$139.00", "139.00", "USD", "in_stock", "In stock", "/p/boot", None)
ANSWER = Exchange(
    "How heavy is it?",
    "It weighs 980 g. [1]",
    trace={
        "action": "action_ask_product",
        "arguments": {"question": "How heavy is it?", "record": "product:boot", "filters": [{"price": 150}]},
        "evidence": [{"id": WEIGHT, "score": 0.91234}],
        "prompt": "Facts: weight 980 g",
        "claims": [
            {"kind": "number", "text": "980 g", "is_supported": True, "evidence": WEIGHT},
            {"kind": "number", "text": "12 kg", "is_supported": False, "evidence": None},
        ],
        "cut": 1,
        "seconds": {"route": 0.01, "total": 0.2},
        "model": "gemma+shop",
        "verified": "order",
    },
    events=(
        Cards((CARD,)),
        Sources((SourceLink(1, WEIGHT, "Specification", "Weight: 980 g", "/p/boot#w"),)),
        Buttons((Button("A person", "A person"),)),
    ),
)  # fmt: skip


@pytest.fixture
async def shop(client) -> Transcripts:
    return client.app[TRANSCRIPTS]


async def shown(browser, shop: Transcripts, conversation: str = "c1", language: str = "en") -> str:
    page = await browser.page(f"/conversations/{await number_of(shop, conversation)}", language)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


async def test_a_reply_stands_with_its_products_sources_and_how_it_came_about(browser_of, shop) -> None:
    [reply] = await talk(shop, "c1", ANSWER)
    await shop.rate("c1", reply, "down", "too heavy")
    text = await shown(await browser_of("viewer"), shop)
    for part in (
        "How heavy is it?", "It weighs 980 g. [1]", "Ridge boot · $139.00 · In stock",
        "[1] Specification: Weight: 980 g", "A person", "Thumbs down", "too heavy", "0.90",
        "Question about a product", "action_ask_product", "gemma+shop", '{"price": 150}', WEIGHT, "0.9123",
        "Supported: 980 g", "Cut, no record supports it: 12 kg", "1 sentences cut", "Facts: weight 980 g",
        "0.200 s", "verified order", "Not verified",
    ):  # fmt: skip
        assert part in text, part


async def test_what_the_real_assistant_noted_is_shown(browser_of, client, shop) -> None:
    visitor = await visit(client)
    await ask(client, visitor, "waterproof hiking boots under $150", client_id="m1")
    await ask(client, visitor, "how heavy is it?", client_id="m2", page={"product": "boot"})
    viewer = await browser_of("viewer")
    text = await shown(viewer, shop, await conversation_of(client, visitor))
    assert "product:boot" in text
    assert "Norrfell Ridge waterproof hiking boots · $139.00" in text
    assert "Whole reply after" in text


async def test_stored_script_and_foreign_addresses_are_text(browser_of, shop) -> None:
    evil = Exchange(
        EVIL,
        EVIL,
        trace={
            "arguments": {"question": EVIL},
            "evidence": [{"id": EVIL, "score": 1}],
            "claims": [{"kind": EVIL, "text": EVIL, "is_supported": False, "evidence": None}],
            "prompt": EVIL,
            "model": EVIL,
            "anything": EVIL,
        },
        events=(
            Cards((Card("x", EVIL, "1", None, None, "unknown", "", "javascript:alert(1)", None),), EVIL),
            Sources((SourceLink(1, "x", EVIL, EVIL, "//evil.example"),)),
        ),
    )
    [reply] = await talk(shop, "c1", evil)
    await shop.rate("c1", reply, "up", EVIL)
    agent, number = await browser_of("agent"), await number_of(shop, "c1")
    await agent.post(f"/conversations/{number}/notes", text=EVIL)
    await agent.post(f"/conversations/{number}/tags", tag="<script>alert(1)")
    await agent.post(f"/conversations/{number}/take")
    for path in (f"/conversations/{number}", f"/conversations/{number}/talk", "/conversations", "/inbox"):
        page = await agent.page(path)
        assert "<script>alert" not in page, path
        assert "javascript:" not in page
        assert 'href="//' not in page
        assert "&lt;script&gt;" in page


async def test_an_agents_words_reach_the_shoppers_open_chat(browser_of, client, shop) -> None:
    visitor = await visit(client)
    await ask(client, visitor, "hello", client_id="m1")
    conversation = await conversation_of(client, visitor)
    number, agent = await number_of(shop, conversation), await browser_of("agent")
    line = await opened(client, visitor, await cursor_of(client, visitor))
    taken = await agent.post(f"/conversations/{number}/take")
    assert taken.headers["Location"] == f"/console/conversations/{number}?notice=conversation.taken"
    await agent.post(f"/conversations/{number}/messages", text="Good morning,\r\nhow can I help?")
    _, joined = await line.until("message")
    assert joined["events"] == [{"type": "agent", "name": "agent one", "step": "joined"}]
    _, said = await line.until("message")
    assert (said["role"], said["text"]) == ("agent", "Good morning,\nhow can I help?")
    assert await client.app[HANDOFFS].is_quiet(conversation)
    await agent.post(f"/conversations/{number}/hand-back")
    _, gone = await line.until("message")
    assert gone["events"] == [{"type": "agent", "name": "agent one", "step": "handed_back"}]
    assert not await client.app[HANDOFFS].is_quiet(conversation)
    text = await shown(agent, shop, conversation)
    assert "joined the conversation" in text
    assert "handed back to the assistant" in text
    actions = [entry.action for entry in await client.app[AUDIT].entries()]
    assert actions[:2] == ["conversation.hand_back", "conversation.take"]


async def test_a_viewer_cannot_write(browser_of, client, shop) -> None:
    await talk(shop, "c1", ANSWER)
    viewer, number = await browser_of("viewer"), await number_of(shop, "c1")
    await client.app[HANDOFFS].begin("c1", "asked", {})
    before = await shop.messages("c1")
    for path in ("take", "messages", "hand-back", "notes", "notes/remove", "tags", "tags/remove"):
        assert (await viewer.post(f"/conversations/{number}/{path}", text="hi", tag="x")).status == 403
    assert await shop.messages("c1") == before
    page = await viewer.page(f"/conversations/{number}")
    assert "Take over" not in page
    assert "<textarea" not in page


async def test_only_who_has_a_conversation_writes_in_it_and_what_was_typed_stays(
    browser_of, client, shop
) -> None:
    await talk(shop, "c1", ANSWER)
    agent, number = await browser_of("agent"), await number_of(shop, "c1")
    await client.app[HANDOFFS].begin("c1", "asked", {})
    await client.app[HANDOFFS].join("c1", "Mia")
    before = await shop.messages("c1")
    response = await agent.post(f"/conversations/{number}/messages", text="I am quicker")
    assert response.status == 400
    text = await response.text()
    assert "You do not have this conversation" in text
    assert "I am quicker</textarea>" in text
    assert "Mia has this conversation. Take it over?" in text
    assert await shop.messages("c1") == before


@pytest.mark.parametrize(("text", "told"), [(" \n ", "Write something."), ("x" * 4001, "4000 is the limit")])
async def test_what_cannot_be_sent_is_named(browser_of, shop, text, told) -> None:
    await talk(shop, "c1", ANSWER)
    agent, number = await browser_of("agent"), await number_of(shop, "c1")
    await agent.post(f"/conversations/{number}/take")
    response = await agent.post(f"/conversations/{number}/messages", text=text)
    assert response.status == 400
    assert told in await response.text()


async def test_notes_and_tags_are_kept_shown_and_removed(browser_of, client, shop) -> None:
    await talk(shop, "c1", ANSWER)
    agent, number = await browser_of("agent"), await number_of(shop, "c1")
    await agent.post(f"/conversations/{number}/notes", text="老顾客, be kind")
    await agent.post(f"/conversations/{number}/tags", tag="VIP")
    page = await (await browser_of("viewer")).page(f"/conversations/{number}")
    assert "老顾客, be kind" in page
    assert '<span class="badge">vip</span>' in page
    assert "vip</span>" in await agent.page("/conversations?tag=vip")
    empty = await agent.post(f"/conversations/{number}/notes", text=" ")
    assert empty.status == 400
    assert "Write something." in await empty.text()
    [note] = re.findall(r'name="note" value="(\d+)"', await agent.page(f"/conversations/{number}"))
    await agent.post(f"/conversations/{number}/notes/remove", note=note)
    await agent.post(f"/conversations/{number}/tags/remove", tag="vip")
    page = await agent.page(f"/conversations/{number}")
    assert "be kind" not in page
    assert "No tags." in page
    assert (await agent.post(f"/conversations/{number}/notes/remove", note=note)).status == 404


async def test_the_neighbours_are_those_of_the_chosen_list(browser_of, shop) -> None:
    await talk(shop, "c1", Exchange("boots one"))
    await talk(shop, "c2", Exchange("a tent"))
    await talk(shop, "c3", Exchange("boots two"))
    first, third = await number_of(shop, "c1"), await number_of(shop, "c3")
    page = await (await browser_of("viewer")).page(f"/conversations/{third}?text=boots")
    assert f'href="/console/conversations/{first}?text=boots" rel="next" data-key="j"' in page
    assert 'data-key="k"' not in page


@pytest.mark.parametrize("id", ["0", "99999", "c1", "9" * 30, "١", "-1"])
async def test_a_conversation_that_is_not_there_is_missing(browser_of, shop, id) -> None:
    viewer = await browser_of("viewer")
    assert (await viewer.get(f"/conversations/{id}")).status == 404


async def test_the_open_page_is_sent_the_talk_only_when_it_has_changed(browser_of, client, shop) -> None:
    [reply] = await talk(shop, "c1", ANSWER)
    viewer, number = await browser_of("viewer"), await number_of(shop, "c1")

    async def look(mark: str) -> tuple[int, str]:
        response = await viewer.get(f"/conversations/{number}/talk?mark={mark}")
        found = re.search(r'data-mark="([^"]+)"', await response.text())
        return response.status, found[1] if found else ""

    status, mark = await look("")
    assert status == 200
    assert (await look(mark))[0] == 204
    await shop.rate("c1", reply, "up", "")
    status, rated = await look(mark)
    assert status == 200
    await client.app[HANDOFFS].begin("c1", "asked", {})
    status, asked = await look(rated)
    assert status == 200
    await shop.add_agents("c1", "Hello", "en")
    assert (await look(asked))[0] == 200


async def test_an_open_page_keeps_nobody_signed_in(browser_of, client, shop) -> None:
    await talk(shop, "c1", ANSWER)
    agent, number = await browser_of("agent"), await number_of(shop, "c1")
    [token] = [cookie.value for cookie in agent.client.session.cookie_jar if cookie.key == COOKIE]
    member = await client.app[STAFF].member_of(token)
    engine = client.app[STORE].engine
    async with database.writing(engine) as connection:
        seen = member.created.replace(hour=0, minute=0)
        await connection.execute(staff_sessions.update().values(seen=seen, created=member.created))
    client.app[STAFF]._clock = lambda: seen.replace(hour=5)
    await agent.get(f"/conversations/{number}/talk")
    await agent.get("/inbox/waiting")
    async with engine.connect() as connection:
        assert (
            await connection.scalar(staff_sessions.select().with_only_columns(staff_sessions.c.seen)) == seen
        )
    await agent.get(f"/conversations/{number}")
    async with engine.connect() as connection:
        assert (
            await connection.scalar(staff_sessions.select().with_only_columns(staff_sessions.c.seen)) > seen
        )


async def test_the_number_of_queries_does_not_grow_with_the_talk(browser_of, client, shop) -> None:
    await talk(shop, "c1", ANSWER)
    await talk(shop, "c2", *[ANSWER] * 15)
    agent, counted = await browser_of("agent"), list[str]()
    event.listen(
        client.app[STORE].engine.sync_engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: counted.append(statement),
    )
    counts = []
    for conversation in ("c1", "c2"):
        number = await number_of(shop, conversation)
        counted.clear()
        await agent.page(f"/conversations/{number}")
        counts.append(len([text for text in counted if not text.startswith(("BEGIN", "PRAGMA"))]))
    assert counts[0] == counts[1]
    assert counts[0] <= 18


async def test_a_shopper_who_proved_who_they_are_is_named(browser_of, client, shop) -> None:
    await talk(shop, "c1", ANSWER)
    async with database.writing(client.app[STORE].engine) as connection:
        expires = datetime.now(UTC) + timedelta(minutes=5)
        values = {"customer_id": "ann", "level": "order", "expires": expires}
        await connection.execute(identities.insert().values(conversation_id="c1", **values))
    assert "Verified: ann, by order data" in await shown(await browser_of("viewer"), shop)


async def test_somebody_else_is_asked_before_a_conversation_is_taken_from_them(
    browser_of, client, shop
) -> None:
    await talk(shop, "c1", ANSWER)
    number = await number_of(shop, "c1")
    await client.app[STAFF].add("Mia", PASSWORD, "agent", who="test")
    agent = await browser_of("agent")
    await client.app[HANDOFFS].begin("c1", "asked", {})
    await client.app[HANDOFFS].join("c1", "Mia")
    assert "data-sure" in await agent.page(f"/conversations/{number}")
    await agent.post(f"/conversations/{number}/take")
    assert (await client.app[HANDOFFS].of("c1")).agent == "agent one"
