"""The inbox: who waits, who has what, what is new to whom, canned replies, office hours."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, update

from bot.console.inbox import FIRST_ONES, openings
from bot.keys import HANDOFFS, STORE, TRANSCRIPTS
from bot.tables import handoffs
from bot.transcripts import Incoming, Transcripts
from knowledge import database
from knowledge.desk.rules import Hours
from tests.bot.console.talks import EVIL, Exchange, number_of, talk

PACKET = {
    "language": "en",
    "verified": "order",
    "summary": [{"role": "shopper", "text": "where is my [order]?"}],
}


@pytest.fixture
async def shop(client) -> Transcripts:
    """In every state: c1 waits longest, c2 waits, c3 is Mia's, c4 left a message, c5 is over."""
    transcripts, desk = client.app[TRANSCRIPTS], client.app[HANDOFFS]
    for number in range(1, 6):
        await talk(transcripts, f"c{number}", Exchange(f"question {number}"))
        await desk.begin(f"c{number}", "anger", PACKET, is_staffed=number != 4)
    await desk.join("c3", "Mia")
    await desk.leave_message("c4", "ann@example.com")
    await desk.hand_back("c5")
    async with database.writing(client.app[STORE].engine) as connection:
        longest = handoffs.c.conversation_id == "c1"
        since = datetime.now(UTC) - timedelta(minutes=42)
        await connection.execute(update(handoffs).where(longest).values(opened=since))
    return transcripts


async def test_everybody_is_in_their_section_the_oldest_first(browser_of, shop) -> None:
    page = await (await browser_of("agent")).page("/inbox")
    headings = re.findall(r'<h2 id="section-\w+">([^<]+)</h2>', page)
    assert headings == ["Waiting (2)", "With colleagues (1)", "Left messages (1)"]
    assert re.findall(r">(question \d)</a>", page) == ["question 1", "question 2", "question 3", "question 4"]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    for part in (
        "Waits 42 min",
        "is angry",
        "verified",
        "where is my [order]?",
        "Mia",
        "Write to: ann@example.com",
    ):
        assert part in text, part


async def test_taking_writing_and_handing_back_move_a_case(browser_of, client, shop) -> None:
    agent, number = await browser_of("agent"), await number_of(shop, "c1")
    await agent.post(f"/conversations/{number}/take")
    assert "Yours (1)" in await agent.page("/inbox")
    answered = await agent.post(f"/conversations/{number}/messages", text="您好")
    assert answered.status == 303
    assert (await shop.messages("c1"))[-1].text == "您好"
    closed = await agent.post(f"/conversations/{number}/hand-back", next="inbox")
    assert closed.headers["Location"] == "/console/inbox?notice=conversation.closed"
    assert (await client.app[HANDOFFS].of("c1")).state == "closed"
    assert "Yours (" not in await agent.page("/inbox")


async def test_a_left_message_is_closed_without_a_word_to_the_shopper(browser_of, client, shop) -> None:
    agent, before = await browser_of("agent"), await shop.messages("c4")
    await agent.post(f"/conversations/{await number_of(shop, 'c4')}/hand-back", next="inbox")
    assert (await client.app[HANDOFFS].of("c4")).state == "closed"
    assert await shop.messages("c4") == before


async def test_what_an_agent_has_not_read_is_marked_until_they_open_it(browser_of, client, shop) -> None:
    agent, number = await browser_of("agent"), await number_of(shop, "c1")
    await agent.post(f"/conversations/{number}/take")
    await agent.page(f"/conversations/{number}")
    assert (await (await agent.get("/inbox/waiting")).json())["unread"] == 0
    for text in ("are you there?", "hello?"):
        await shop.begin("c1", Incoming(text, "en"))
    assert (await (await agent.get("/inbox/waiting")).json())["unread"] == 1
    assert "2 new" in await agent.page("/inbox")
    await agent.page(f"/conversations/{number}")
    assert "2 new" not in await agent.page("/inbox")
    assert (await (await agent.get("/inbox/waiting")).json())["unread"] == 0


async def test_the_open_pages_are_told_who_waits(browser_of, client, shop) -> None:
    agent = await browser_of("agent")
    told = await (await agent.get("/inbox/waiting")).json()
    assert told["count"] == 3
    assert told["text"] == "Waiting: 3. Yours with something new: 0."
    await talk(shop, "c6", Exchange("question 6"))
    await client.app[HANDOFFS].begin("c6", "asked", {})
    later = await (await agent.get("/inbox/waiting")).json()
    assert later["newest"] > told["newest"]
    assert "等待中：4" in (await (await agent.get("/inbox/waiting?lang=zh")).json())["text"]
    assert "data-inbox-news" in await agent.page("/")
    assert "data-inbox-news" not in await (await browser_of("viewer")).page("/")


async def test_a_long_section_goes_on_behind_a_link(browser_of, client, shop) -> None:
    for number in range(20, 20 + FIRST_ONES):
        await talk(shop, f"c{number}", Exchange(f"late {number}"))
        await client.app[HANDOFFS].begin(f"c{number}", "asked", {})
    agent = await browser_of("agent")
    page = await agent.page("/inbox")
    assert "late 29" not in page
    [more] = re.findall(r'href="/console(/inbox\?only=waiting[^"]*)"', page)
    rest = await agent.page(more.replace("&amp;", "&"))
    assert re.findall(r">(late \d+)</a>", rest) == ["late 28", "late 29"]
    assert not re.findall(r">(question \d+)</a>", rest)
    assert "Nothing waits here." in await agent.page("/inbox?only=mine")
    assert (await agent.get("/inbox?only=nowhere&after=x")).status == 200


async def test_an_empty_inbox_says_so(browser_of, client) -> None:
    assert "Nothing waits here." in await (await browser_of("agent")).page("/inbox")


async def test_the_number_of_queries_does_not_grow_with_the_cases(browser_of, client, shop) -> None:
    agent, counted = await browser_of("agent"), list[str]()
    event.listen(
        client.app[STORE].engine.sync_engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: counted.append(statement),
    )
    counts = []
    for _ in range(2):
        counted.clear()
        await agent.page("/inbox")
        counts.append(len([text for text in counted if not text.startswith(("BEGIN", "PRAGMA"))]))
        for number in range(30, 36):
            await talk(shop, f"c{number}", Exchange("more"))
            await client.app[HANDOFFS].begin(f"c{number}", "asked", PACKET)
    assert counts[0] == counts[1]
    assert counts[0] <= 12


# ---- canned replies ----

REPLY = {"title": "Greeting", "english": "Hello, how can I help?", "chinese": "您好，请问有什么可以帮您？"}


async def test_an_editor_keeps_canned_replies_and_agents_insert_them(browser_of, client, shop) -> None:
    editor = await browser_of("editor")
    assert (await editor.post("/inbox/replies", **REPLY)).status == 303
    agent, number = await browser_of("agent"), await number_of(shop, "c1")
    assert REPLY["chinese"] in await agent.page("/inbox/replies")
    await agent.post(f"/conversations/{number}/take")
    page = await agent.page(f"/conversations/{number}")
    assert REPLY["english"] in page
    assert REPLY["chinese"] not in page  # the shopper writes English
    [id] = re.findall(r'id="reply-(\d+)"', await editor.page("/inbox/replies"))
    await editor.post(f"/inbox/replies/{id}", **{**REPLY, "english": "Hi!"})
    assert "Hi!" in await agent.page("/inbox/replies")
    await editor.post(f"/inbox/replies/{id}/remove")
    assert "There are none yet." in await agent.page("/inbox/replies")
    assert (await editor.post(f"/inbox/replies/{id}", **REPLY)).status == 404


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"title": "Greeting"}, "already a reply called Greeting"),
        ({"title": "Other", "chinese": " "}, "Write something."),
        ({"title": "Other", "english": "x" * 2001}, "2000 is the limit"),
    ],
)
async def test_what_cannot_be_kept_is_named_and_stays_in_the_form(browser_of, client, changed, told) -> None:
    editor = await browser_of("editor")
    await editor.post("/inbox/replies", **REPLY)
    response = await editor.post("/inbox/replies", **{**REPLY, "english": "typed with care", **changed})
    assert response.status == 400
    text = await response.text()
    assert told in text
    assert "typed with care" in text or "english" in changed


async def test_canned_replies_hold_text_not_markup(browser_of, client) -> None:
    editor = await browser_of("editor")
    await editor.post("/inbox/replies", title=EVIL, english=EVIL, chinese=EVIL)
    assert "<script>alert" not in await editor.page("/inbox/replies")


async def test_an_agent_only_reads_canned_replies(browser_of, client) -> None:
    agent = await browser_of("agent")
    assert (await agent.post("/inbox/replies", **REPLY)).status == 403
    assert "<form class" not in await agent.page("/inbox/replies")


def test_office_hours_tell_who_is_there_and_when_next() -> None:
    week = {day: (time(8), time(16)) for day in range(5)}
    hours = Hours(ZoneInfo("America/New_York"), {"en": week, "zh": {}})
    at_work, asleep = datetime(2026, 11, 23, 15, tzinfo=UTC), datetime(2026, 11, 21, 15, tzinfo=UTC)
    english, chinese = openings(hours, at_work)
    assert (english.is_open, english.hours[0]) == (True, (0, "08:00-16:00"))
    assert (chinese.is_open, chinese.hours) == (True, ())
    english, _ = openings(hours, asleep)
    assert not english.is_open
    assert english.opens == datetime(2026, 11, 23, 13, tzinfo=UTC)
