"""Open chats hear what others write: at once, once, and after a lost connection too."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from bot.keys import HANDOFFS, LIVE, TRANSCRIPTS
from bot.limits import TooManyRequests
from bot.live import FOLLOWERS_AT_MOST, Live
from bot.news import Cursor, news
from bot.tables import conversations, touch
from bot.transcripts import Incoming, Message, Transcripts
from knowledge import database
from tests.bot.test_app import ask, visit

START = datetime(2026, 11, 22, tzinfo=UTC)


class Line:
    """One open line, read event by event."""

    def __init__(self, response: Any) -> None:
        self.response, self._held = response, ""
        self.persons: list[dict[str, str]] = []

    async def next(self) -> tuple[str, str, dict[str, Any]]:
        """Return the next event: its name, its mark, its values."""
        async with asyncio.timeout(10):
            while True:
                while "\n\n" not in self._held:
                    self._held += (await self.response.content.readany()).decode()
                frame, self._held = self._held.split("\n\n", 1)
                if frame.startswith("id: "):
                    mark, name, data = (line.split(": ", 1)[1] for line in frame.split("\n", 2))
                    values = json.loads(data)
                    if name == "state":
                        self.persons.append(values["person"])
                    return name, mark, values

    async def until(self, name: str) -> tuple[str, dict[str, Any]]:
        """Return mark and values of the next event of that name."""
        while True:
            found, mark, values = await self.next()
            if found == name:
                return mark, values


async def conversation_of(client, visitor: dict[str, str]) -> str:
    body = await (await client.get("/api/conversation", headers=visitor)).json()
    return str(body["conversation"])


async def opened(client, visitor: dict[str, str], mark: str = "") -> Line:
    response = await client.get("/api/live", headers={**visitor, "Last-Event-ID": mark})
    assert response.status == 200
    return Line(response)


@pytest.fixture
async def waiting(client) -> tuple[dict[str, str], str]:
    """A visitor whose conversation waits for a person."""
    visitor = await visit(client)
    await ask(client, visitor, "hello", client_id="m1")
    conversation = await conversation_of(client, visitor)
    await client.app[HANDOFFS].begin(conversation, "asked", {})
    return visitor, conversation


async def write(client, conversation: str, text: str, agent: str = "Mia") -> None:
    body = {"agent": agent, "text": text}
    assert (await client.post(f"/api/handoffs/{conversation}/messages", json=body)).status == 201


async def cursor_of(client, visitor: dict[str, str]) -> str:
    return str((await (await client.get("/api/conversation", headers=visitor)).json())["cursor"])


async def test_an_agents_message_arrives_in_every_open_tab(client, waiting) -> None:
    visitor, conversation = waiting
    mark = await cursor_of(client, visitor)
    tabs = [await opened(client, visitor, mark) for _ in range(2)]
    for tab in tabs:
        assert (await tab.next())[2]["person"] == {"state": "waiting", "agent": ""}
    await write(client, conversation, "Good morning.")
    for tab in tabs:
        _, joined = await tab.until("message")
        assert joined["events"] == [{"type": "agent", "name": "Mia", "step": "joined"}]
        _, said = await tab.until("message")
        assert (said["role"], said["text"]) == ("agent", "Good morning.")
        assert said["events"][0]["name"] == "Mia"
    await client.post(f"/api/handoffs/{conversation}/hand-back")
    for tab in tabs:
        _, gone = await tab.until("message")
        assert gone["events"] == [{"type": "agent", "name": "Mia", "step": "handed_back"}]
        while tab.persons[-1]["state"] != "closed":
            await tab.next()
        assert {"state": "with_agent", "agent": "Mia"} in tab.persons


async def test_a_lost_connection_loses_and_doubles_nothing(client, waiting) -> None:
    visitor, conversation = waiting
    line = await opened(client, visitor, await cursor_of(client, visitor))
    await write(client, conversation, "one")
    await line.until("message")
    mark, first = await line.until("message")
    line.response.close()
    await write(client, conversation, "two")
    await write(client, conversation, "three")
    again = await opened(client, visitor, mark)
    told = [
        first["text"],
        (await again.until("message"))[1]["text"],
        (await again.until("message"))[1]["text"],
    ]
    assert told == ["one", "two", "three"]


async def test_a_line_that_breaks_between_two_events_goes_on_at_the_second(client, waiting) -> None:
    visitor, conversation = waiting
    await write(client, conversation, "one")
    await write(client, conversation, "two")
    line = await opened(client, visitor)
    while (event := await line.until("message"))[1]["text"] != "one":
        pass
    line.response.close()
    again = await opened(client, visitor, event[0])
    assert (await again.until("message"))[1]["text"] == "two"


async def test_a_reply_under_way_is_not_passed_over_by_a_later_message(client, waiting, engine) -> None:
    visitor, conversation = waiting
    engine.gate.clear()
    body = {"text": "is it good on wet trails?", "page": {"product": "boot"}, "client_id": "m2"}
    asking = asyncio.create_task(client.post("/api/messages", json=body, headers=visitor))
    while len(await client.app[TRANSCRIPTS].messages(conversation)) < 4:
        await asyncio.sleep(0.01)
    message = await client.app[TRANSCRIPTS].add_agents(conversation, "One moment.", "en")
    line = await opened(client, visitor)
    while (event := await line.until("message"))[1]["id"] != message:
        assert event[1].get("state") != "streaming"
    line.response.close()
    engine.gate.set()
    await (await asking).read()
    again = await opened(client, visitor, event[0])
    _, reply = await again.until("message")
    assert (reply["number"], reply["role"], reply["state"]) == (4, "assistant", "complete")


async def test_what_one_tab_asks_the_other_is_told_with_the_reply(client) -> None:
    visitor = await visit(client)
    line = await opened(client, visitor)
    sent = await ask(client, visitor, "hello", client_id="m1")
    _, question = await line.until("message")
    assert (question["text"], question["client_id"]) == ("hello", "m1")
    _, reply = await line.until("message")
    assert reply["events"] == sent


async def test_a_conversation_that_was_deleted_is_cleared_and_the_next_one_told_whole(client) -> None:
    visitor = await visit(client)
    for text in ("hello", "waterproof hiking boots"):
        await ask(client, visitor, text)
    mark = await cursor_of(client, visitor)
    line = await opened(client, visitor, mark)
    await client.delete("/api/conversation", headers=visitor)
    await line.until("cleared")
    await ask(client, visitor, "thanks")
    assert (await line.until("message"))[1]["text"] == "thanks"
    late = await opened(client, visitor, mark)
    assert (await late.next())[0] == "cleared"
    assert (await late.until("message"))[1]["text"] == "thanks"


async def test_nobody_hears_another_visitors_conversation(client, waiting) -> None:
    _, conversation = waiting
    stranger = await visit(client)
    line = await opened(client, stranger)
    assert (await line.next())[2]["person"]["state"] == "closed"
    await write(client, conversation, "for nobody else")
    await ask(client, stranger, "hello")
    assert (await line.until("message"))[1]["text"] == "hello"
    assert (await client.get("/api/live")).status == 401


async def test_a_store_that_fails_ends_the_line_without_a_word_of_why(client, waiting, monkeypatch) -> None:
    visitor, conversation = waiting
    line = await opened(client, visitor)
    await line.until("state")

    async def broken(*_: object) -> None:
        raise OSError("secret detail")

    monkeypatch.setattr(client.app[TRANSCRIPTS], "since", broken)
    client.app[LIVE].wake(conversation)
    async with asyncio.timeout(5):
        assert b"secret" not in await line.response.content.read()


async def test_the_server_ends_its_lines_when_it_stops(client) -> None:
    line = await opened(client, await visit(client))
    await line.next()
    await client.app[LIVE].close()
    async with asyncio.timeout(5):
        assert await line.response.content.read() == b""


async def test_joining_twice_is_told_once(client, waiting) -> None:
    visitor, conversation = waiting
    for _ in range(2):
        joined = await client.post(f"/api/handoffs/{conversation}/join", json={"agent": "Mia"})
        assert joined.status == 204
        await client.post(f"/api/handoffs/{conversation}/hand-back")
        await client.post(f"/api/handoffs/{conversation}/hand-back")
    body = await (await client.get("/api/conversation", headers=visitor)).json()
    deeds = [event["step"] for message in body["messages"][2:] for event in message["events"]]
    assert deeds == ["joined", "handed_back"] * 2


async def test_the_team_reads_what_a_pressed_button_said(client, waiting) -> None:
    visitor, conversation = waiting
    await ask(client, visitor, '/deny{"proposal": "0123456789abcdef"}')
    body = await (await client.get(f"/api/handoffs/{conversation}")).json()
    assert "Not now" in [message["text"] for message in body["messages"]]
    assert "/deny" not in json.dumps(body["messages"])


# ---- the parts ----


@pytest.fixture
async def transcripts(tmp_path) -> AsyncIterator[Transcripts]:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    yield await Transcripts.open(engine)
    await engine.dispose()


async def test_a_follower_begins_by_reading_and_then_waits(transcripts) -> None:
    live = Live(transcripts._engine)
    with live.following("c1") as follower:
        assert await follower.changed(0.01)
        assert not await follower.changed(0.01)
        live.wake("c2")
        assert not await follower.changed(0.01)
        live.wake("c1")
        assert await follower.changed(5)
    await live.close()


async def test_what_another_process_wrote_is_noticed_by_one_look_for_all(transcripts) -> None:
    live = Live(transcripts._engine, look_seconds=0.01)
    for name in ("c1", "c2"):
        await transcripts.begin(name, Incoming("hello", "en"))
    with live.following("c1") as mine, live.following("c2") as other:
        for follower in (mine, other):
            while await follower.changed(0.2):
                pass
        async with database.writing(transcripts._engine) as connection:
            await touch(connection, "c1")
        assert await mine.changed(5)
        assert not await other.changed(0.1)
    await live.close()


async def test_nothing_is_looked_up_while_nobody_follows(transcripts) -> None:
    live = Live(transcripts._engine, look_seconds=0.01)
    with live.following("c1"):
        assert live._looking
    async with asyncio.timeout(5):
        while live._looking:
            await asyncio.sleep(0.01)
    with live.following("c1"):
        assert live._looking
    await live.close()


async def test_a_conversation_has_no_more_tabs_than_a_shopper_may_open(transcripts) -> None:
    live = Live(transcripts._engine)
    lines = [live.following("c1") for _ in range(FOLLOWERS_AT_MOST)]
    for line in lines:
        line.__enter__()
    with pytest.raises(TooManyRequests), live.following("c1"):
        pass
    lines[0].__exit__(None, None, None)
    with live.following("c1"):
        pass
    await live.close()


@pytest.mark.parametrize("cursor", [Cursor(), Cursor(1700000000000, 12), Cursor(1700000000000, 12, (4, 10))])
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    assert Cursor.read(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "7", "a-b", "1-2-", "1-" + "9" * 40, "-".join(["1"] * 40), "１-２", "1-2\n"]
)
def test_any_other_mark_counts_as_the_beginning(text: str) -> None:
    assert Cursor.read(text) == Cursor()


def reply(number: int, state: str) -> Message:
    return Message(str(number), "assistant", "en", START, START, state, "", (), None, number)  # type: ignore[arg-type]  # a state of the tests' own choice


def test_a_cursor_remembers_replies_that_may_still_change() -> None:
    cursor = Cursor().after(START, [reply(2, "streaming"), reply(4, "failed"), reply(6, "complete")])
    assert (cursor.number, cursor.open) == (6, (2, 4))
    assert cursor.after(START, [reply(2, "complete")]).open == (4,)


async def test_a_reader_of_another_conversation_begins_anew(transcripts) -> None:
    await transcripts.begin("c1", Incoming("hello", "en"))
    found = await news(transcripts, "c1", Cursor(5, 40))
    assert found.is_other
    assert [message.text for message in found.messages] == ["hello", ""]
    assert not (await news(transcripts, "c1", Cursor())).is_other
    assert (await news(transcripts, "c2", Cursor(5, 40))).is_other
    async with database.writing(transcripts._engine) as connection:
        values = {"channel": "widget", "created": START, "updated": START, "slots": {}}
        await connection.execute(insert(conversations).values(id="c3", **values))
    assert (await news(transcripts, "c3", found.cursor)).is_other


async def test_a_chat_hears_what_another_server_was_told_and_goes_on_there(serve, settings) -> None:
    first = await serve(settings)
    visitor = await visit(first)
    await ask(first, visitor, "hello")
    conversation = await conversation_of(first, visitor)
    await first.app[HANDOFFS].begin(conversation, "asked", {})
    line = await opened(first, visitor, await cursor_of(first, visitor))
    second = await serve(settings)
    await write(second, conversation, "one")
    await line.until("message")
    mark, said = await line.until("message")
    assert said["text"] == "one"
    await first.close()
    await write(second, conversation, "two")
    again = await opened(second, visitor, mark)
    assert (await again.until("message"))[1]["text"] == "two"
