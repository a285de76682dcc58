"""The list of conversations: what is chosen, found, paged and exported; the same in both databases."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import event, update

from bot.console.conversations import Conversations, Filters, Key
from bot.console.notebook import TAGS_AT_MOST, Notebook, NotebookInvalid
from bot.desk.handoffs import Handoffs
from bot.keys import AUDIT, STORE, TRANSCRIPTS
from bot.overviews import catch_up, is_unanswered
from bot.tables import overviews
from bot.transcripts import Transcripts
from knowledge import database
from tests.bot.console.talks import EVIL, Exchange, number_of, talk

BOOTS = Exchange("Are the boots waterproof?")
RETURNS = Exchange("可以退货吗？", "收货后45天内可以退货。", "policy_question", 0.8)
NOTHING = Exchange(
    "a flying carpet", "I found nothing.", "find_product", 0.4, {"result": {"products": [], "total": 0}}
)
SILENT = Exchange("does it float?", "The page does not say.", trace={"abstained": True})


@pytest_asyncio.fixture
async def transcripts(database_url: str) -> AsyncIterator[Transcripts]:
    engine = database.open_engine(database_url)
    yield await Transcripts.open(engine)
    await engine.dispose()


@pytest_asyncio.fixture
async def several(transcripts: Transcripts) -> Transcripts:
    """Four conversations, c4 the newest."""
    replies = await talk(transcripts, "c1", BOOTS)
    await transcripts.rate("c1", replies[0], "down", "wrong")
    await talk(transcripts, "c2", RETURNS)
    await talk(transcripts, "c3", NOTHING, BOOTS)
    await talk(transcripts, "c4", SILENT)
    handoffs = Handoffs(transcripts._engine)
    await handoffs.begin("c2", "asked", {})
    await handoffs.begin("c3", "asked", {})
    await handoffs.join("c3", "Mia")
    await Notebook(transcripts._engine).add_tag("c3", " Wish  List ", who="Mia")
    return transcripts


async def ids(transcripts: Transcripts, **wanted: str) -> list[str]:
    found = await Conversations(transcripts._engine).page(Filters.read(wanted))
    return [overview.conversation for overview in found]


TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["c4", "c3", "c2", "c1"]),
        ({"rating": "down"}, ["c1"]),
        ({"rating": "up"}, []),
        ({"intent": "find_product"}, ["c3"]),
        ({"intent": "ask_product"}, ["c4", "c3", "c1"]),
        ({"person": "never"}, ["c4", "c1"]),
        ({"person": "any"}, ["c3", "c2"]),
        ({"person": "waiting"}, ["c2"]),
        ({"person": "with_agent"}, ["c3"]),
        ({"language": "zh"}, ["c2"]),
        ({"channel": "rasa"}, []),
        ({"tag": "wish list"}, ["c3"]),
        ({"unsure": "1"}, ["c3"]),
        ({"unanswered": "1"}, ["c4", "c3"]),
        ({"unanswered": "1", "text": "carpet"}, ["c3"]),
        ({"text": "boots"}, ["c3", "c1"]),
        ({"text": "退货"}, ["c2"]),
        ({"text": "..."}, []),
        ({"since": f"{TODAY}", "until": f"{TODAY + timedelta(days=1)}"}, ["c4", "c3", "c2", "c1"]),
        ({"since": f"{TODAY + timedelta(days=2)}"}, []),
        ({"until": f"{TODAY - timedelta(days=2)}"}, []),
        ({"rating": "sideways", "intent": "' OR 1=1"}, ["c4", "c3", "c2", "c1"]),
    ],
)
async def test_filters_choose(several: Transcripts, wanted: dict[str, str], found: list[str]) -> None:
    assert await ids(several, **wanted) == found


async def test_pages_follow_each_other_and_neighbours_agree(several: Transcripts) -> None:
    listed, everything = Conversations(several._engine), Filters()
    async with database.writing(several._engine) as connection:  # said at the same moment
        await connection.execute(update(overviews).values(updated=datetime(2026, 1, 1, tzinfo=UTC)))
    first = await listed.page(everything, limit=2)
    second = await listed.page(everything, before=first[-1].key, limit=2)
    assert [overview.conversation for overview in (*first, *second)] == ["c4", "c3", "c2", "c1"]
    assert await listed.neighbours(everything, first[1].key) == (first[0].number, second[0].number)
    assert await listed.neighbours(everything, first[0].key) == (None, first[1].number)
    batches = [batch async for batch in listed.each(everything, batch=3)]
    assert [len(batch) for batch in batches] == [3, 1]


def test_a_place_is_read_as_it_was_written() -> None:
    key = Key(datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC), 12)
    assert Key.read(str(key)) == key
    for broken in ("", "12", "a-b", "1-2-3", "9" * 40 + "-1", "１-２", "-1-2", "9" * 17 + "-1"):
        assert Key.read(broken) is None or broken == "9" * 17 + "-1"


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        ({"abstained": True}, True),
        ({"result": {"products": []}}, True),
        ({"result": {"reviews": 0}}, True),
        ({"result": {"products": [{"id": "boot"}]}}, False),
        ({"result": None}, False),
        ({}, False),
    ],
)
def test_a_reply_that_told_nothing_is_known(trace: dict[str, object], told: bool) -> None:
    assert is_unanswered(trace) is told


async def test_rows_of_conversations_from_before_are_made_when_the_store_opens(several: Transcripts) -> None:
    async with database.writing(several._engine) as connection:
        await connection.execute(overviews.delete())
    assert await ids(several) == []
    await catch_up(several._engine)
    assert set(await ids(several, text="boots")) == {"c1", "c3"}
    [down] = await Conversations(several._engine).page(Filters(rating="down"))
    assert (down.opening, down.messages, down.downs) == (BOOTS.asked, 2, 1)


async def test_a_store_from_before_there_were_lists_is_brought_up_to_date(several: Transcripts) -> None:
    engine = several._engine
    async with database.writing(engine) as connection:
        for table in ("conversation_words", "overviews", "notes", "tags", "reads", "canned_replies"):
            await connection.exec_driver_sql(f"DROP TABLE {table}")
        await connection.exec_driver_sql("ALTER TABLE traces DROP COLUMN is_unanswered")
        await connection.exec_driver_sql("UPDATE bot_version SET version_num = '0003'")
    opened = await Transcripts.open(engine)
    assert set(await ids(opened, unanswered="1")) == {"c3", "c4"}
    assert await ids(opened, text="退货") == ["c2"]


async def test_a_deleted_conversation_is_in_no_list(several: Transcripts) -> None:
    await Notebook(several._engine).add_note("c3", "look", who="Mia")
    await several.delete("c3")
    assert await ids(several, text="carpet") == []
    assert await ids(several) == ["c4", "c2", "c1"]
    assert await Notebook(several._engine).known_tags() == []


async def test_tags_are_few_short_and_one_however_they_are_written(several: Transcripts) -> None:
    notebook = Notebook(several._engine)
    await notebook.add_tag("c1", "VIP", who="Mia")
    await notebook.add_tag("c1", " vip ", who="Mia")
    assert (await notebook.tags(["c1"]))["c1"] == ["vip"]
    for wrong, reason in (("", "no_text"), ("x" * 41, "long_text")):
        with pytest.raises(NotebookInvalid, match=reason):
            await notebook.add_tag("c1", wrong, who="Mia")
    for number in range(TAGS_AT_MOST - 1):
        await notebook.add_tag("c1", f"t{number}", who="Mia")
    with pytest.raises(NotebookInvalid, match="many_tags"):
        await notebook.add_tag("c1", "one more", who="Mia")
    await notebook.remove_tag("c1", "t1", who="Mia")
    assert len((await notebook.tags(["c1"]))["c1"]) == TAGS_AT_MOST - 1


# ---- the pages ----


@pytest.fixture
async def shop(client) -> Transcripts:
    """The running shop's transcripts, with three conversations."""
    transcripts = client.app[TRANSCRIPTS]
    await talk(transcripts, "c1", BOOTS)
    await talk(transcripts, "c2", RETURNS)
    await talk(transcripts, "c3", Exchange(EVIL, EVIL, trace={"arguments": {"question": EVIL}}))
    return transcripts


async def test_a_viewer_finds_a_conversation_and_opens_it(browser_of, shop) -> None:
    viewer = await browser_of("viewer")
    page = await viewer.page("/conversations?text=waterproof")
    assert "Are the boots <mark>waterproof</mark>?" in page
    number = await number_of(shop, "c1")
    assert f'href="/console/conversations/{number}?text=waterproof"' in page
    assert "可以退货吗" not in page
    assert "可以<mark>退货</mark>吗" in await viewer.page("/conversations?text=退货")
    assert "export" not in page


async def test_stored_script_is_text_in_the_list(browser_of, shop) -> None:
    viewer = await browser_of("viewer")
    for path in ("/conversations", "/conversations?text=alert"):
        page = await viewer.page(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    assert '"><script' not in await viewer.page('/conversations?text="><script>&tag="><script>')


async def test_a_day_that_is_none_is_named_and_kept(browser_of, shop) -> None:
    viewer = await browser_of("viewer")
    response = await viewer.get("/conversations?since=yesterday&until=9999-12-31")
    text = await response.text()
    assert response.status == 400
    assert "yesterday is no day" in text
    assert 'value="yesterday"' in text


async def test_a_shop_without_conversations_says_so(browser_of, client) -> None:
    viewer = await browser_of("viewer")
    assert "Nobody has written yet." in await viewer.page("/conversations")
    assert "No conversation fits." in await viewer.page("/conversations?rating=up")


async def test_older_conversations_are_behind_a_link(browser_of, shop) -> None:
    for number in range(30):
        await talk(shop, f"more{number}", Exchange(f"question {number}"))
    viewer = await browser_of("viewer")
    page = await viewer.page("/conversations?language=en")
    assert "question 29" in page
    assert "question 3<" not in page
    [older] = re.findall(r'href="/console(/conversations\?[^"]*before=[^"]*)"', page)
    assert "language=en" in older
    assert "question 3<" in await viewer.page(older.replace("&amp;", "&"))


async def test_the_number_of_queries_does_not_grow_with_the_conversations(browser_of, client, shop) -> None:
    viewer = await browser_of("viewer")
    counted: list[str] = []

    def count(connection, cursor, statement, *_) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            counted.append(statement)

    event.listen(client.app[STORE].engine.sync_engine, "before_cursor_execute", count)
    await viewer.page("/conversations?text=alert")
    few = len(counted)
    for number in range(20):
        await talk(shop, f"more{number}", Exchange(f"alert {number}"), Exchange("and again"))
    counted.clear()
    await viewer.page("/conversations?text=alert")
    assert len(counted) == few
    assert few <= 6


async def test_the_chosen_ones_are_exported_for_training_without_personal_data(
    browser_of, shop, client
) -> None:
    await talk(shop, "c4", Exchange("I am at ann@example.com about boots", "Thank you."))
    agent = await browser_of("agent")
    response = await agent.get("/conversations/export.jsonl?text=boots")
    assert response.headers["Content-Disposition"].startswith('attachment; filename="conversations-')
    lines = [json.loads(line) for line in (await response.text()).splitlines()]
    assert [line["turns"][0]["text"] for line in lines] == ["I am at [email] about boots", BOOTS.asked]
    assert "c4" not in {line["conversation"] for line in lines}
    [entry, *_] = await client.app[AUDIT].entries()
    assert (entry.action, entry.detail) == ("conversations.export", {"text": "boots"})


async def test_a_spreadsheet_takes_no_cell_for_a_formula(browser_of, shop) -> None:
    await talk(shop, "c4", Exchange("=HYPERLINK(1)", "+1"))
    agent = await browser_of("agent")
    text = await (await agent.get("/conversations/export.csv")).text()
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["text"] for row in rows[:2]] == ["'=HYPERLINK(1)", "'+1"]
    assert [row["role"] for row in rows[:2]] == ["shopper", "assistant"]
    assert len(rows) == 8
    assert {row["text"] for row in rows} >= {"可以退货吗？"}


async def test_a_viewer_takes_nothing_away(browser_of, shop) -> None:
    viewer = await browser_of("viewer")
    for ending in ("jsonl", "csv"):
        assert (await viewer.get(f"/conversations/export.{ending}")).status == 403


async def test_a_message_leads_to_its_conversation(browser_of, shop) -> None:
    [message, *_] = await shop.messages("c2")
    viewer = await browser_of("viewer")
    response = await viewer.get(f"/conversations/message/{message.id}")
    number = await number_of(shop, "c2")
    assert response.headers["Location"] == f"/console/conversations/{number}#m-{message.id}"
