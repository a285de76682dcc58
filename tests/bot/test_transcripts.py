"""Transcripts keep every message and give it to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.transcripts import Begun, End, Incoming, State, Transcripts, is_interrupted
from knowledge import database
from knowledge.errors import RecordNotFound

_OTHER = End("c1", {}, {"intent": "other", "confidence": 0.1})


@pytest_asyncio.fixture
async def transcripts(database_url: str) -> AsyncIterator[Transcripts]:
    engine = database.open_engine(database_url)
    yield await Transcripts.open(engine)
    await engine.dispose()


async def test_a_message_and_its_reply_are_kept_in_order(transcripts: Transcripts) -> None:
    begun = await transcripts.begin("c1", Incoming("boots?", "en", page="p1", client_id="a"))
    await transcripts.save_reply(
        begun.reply.id,
        text="Two.",
        events=[{"type": "text", "text": "Two."}],
        state="complete",
        language="en",
        end=End("c1", {"product": "p1"}, {"intent": "ask", "confidence": 0.9}),
    )
    shopper, assistant = await transcripts.messages("c1")
    assert (shopper.role, shopper.text, shopper.state) == ("shopper", "boots?", "received")
    assert (assistant.text, assistant.state, assistant.events[0]["text"]) == ("Two.", "complete", "Two.")
    assert await transcripts.slots("c1") == {"product": "p1"}
    assert (await transcripts.trace(begun.reply.id) or {})["intent"] == "ask"


async def test_a_message_is_there_before_its_reply_is(transcripts: Transcripts) -> None:
    await transcripts.begin("c1", Incoming("boots?", "en"))
    assert [message.state for message in await transcripts.messages("c1")] == ["received", "streaming"]


async def test_the_same_client_id_is_stored_once(transcripts: Transcripts) -> None:
    first = await transcripts.begin("c1", Incoming("boots?", "en", client_id="a"))
    second = await transcripts.begin("c1", Incoming("boots?", "en", client_id="a"))
    assert first.is_new
    assert not second.is_new
    assert second.reply.id == first.reply.id
    assert len(await transcripts.messages("c1")) == 2
    assert (await transcripts.begin("c2", Incoming("boots?", "en", client_id="a"))).is_new


async def test_deleting_removes_messages_feedback_and_traces(transcripts: Transcripts) -> None:
    begun = await transcripts.begin("c1", Incoming("boots?", "en"))
    await transcripts.rate("c1", begun.reply.id, "down", "wrong")
    await _finish(transcripts, begun, end=_OTHER)
    await transcripts.delete("c1")
    assert await transcripts.messages("c1") == []
    assert await transcripts.trace(begun.reply.id) is None


async def test_a_turn_that_ends_after_its_conversation_was_deleted_leaves_nothing(
    transcripts: Transcripts,
) -> None:
    begun = await transcripts.begin("c1", Incoming("boots?", "en"))
    await transcripts.delete("c1")
    await _finish(transcripts, begun, end=_OTHER)
    assert await transcripts.messages("c1") == []


async def test_another_conversations_reply_cannot_be_rated(transcripts: Transcripts) -> None:
    begun = await transcripts.begin("c1", Incoming("boots?", "en"))
    with pytest.raises(RecordNotFound, match=begun.reply.id):
        await transcripts.rate("c2", begun.reply.id, "up", "")
    await transcripts.rate("c1", begun.reply.id, "up", "")
    assert (await transcripts.messages("c1"))[1].rating == "up"


async def test_a_reply_without_a_writer_counts_as_interrupted(transcripts: Transcripts) -> None:
    begun = await transcripts.begin("c1", Incoming("boots?", "en"))
    assert not is_interrupted(begun.reply, patience_seconds=60)
    assert is_interrupted(begun.reply, patience_seconds=-1)


async def test_a_reply_cut_off_by_a_restart_is_known_as_failed(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    begun = await (await Transcripts.open(engine)).begin("c1", Incoming("boots?", "en"))
    restarted = await Transcripts.open(engine)
    assert (await restarted.reply(begun.reply.id)).state == "failed"
    await engine.dispose()


async def test_messages_sent_at_once_are_numbered_one_after_the_other(transcripts: Transcripts) -> None:
    await asyncio.gather(*(transcripts.begin("c1", Incoming(f"m{n}", "en")) for n in range(8)))
    messages = await transcripts.messages("c1")
    assert [message.role for message in messages] == ["shopper", "assistant"] * 8


async def _say(transcripts: Transcripts, text: str, client_id: str | None = None) -> Begun:
    return await transcripts.begin("c1", Incoming(text, "en", client_id=client_id))


async def _finish(
    transcripts: Transcripts, begun: Begun, state: State = "complete", end: End | None = None
) -> None:
    await transcripts.save_reply(
        begun.reply.id, text="Shall I?", events=[], state=state, language="en", end=end
    )


async def test_a_message_answers_the_whole_reply_before_it(transcripts: Transcripts) -> None:
    first = await _say(transcripts, "cancel it")
    assert first.answered is None
    await _finish(transcripts, first)
    second = await _say(transcripts, "yes", "y")
    assert second.answered is not None
    assert second.answered.id == first.reply.id
    await _finish(transcripts, second)
    await _finish(transcripts, await _say(transcripts, "and the other one"))
    again = await _say(transcripts, "yes", "y")  # sent again, it still answers what it answered then
    assert again.answered is not None
    assert again.answered.id == first.reply.id


@pytest.mark.parametrize("state", ["streaming", "failed"])
async def test_a_message_answers_no_reply_that_was_not_whole(transcripts: Transcripts, state: State) -> None:
    begun = await _say(transcripts, "cancel it")
    await _finish(transcripts, begun, state)
    early = await _say(transcripts, "yes", "y")
    assert early.answered is None
    await _finish(transcripts, begun)
    assert (await _say(transcripts, "yes", "y")).answered is None


async def test_a_message_after_an_agents_words_answers_no_reply_of_the_assistants(
    transcripts: Transcripts,
) -> None:
    await _finish(transcripts, await _say(transcripts, "cancel it"))
    await transcripts.add_agents("c1", "Would you like a voucher?", "en")
    assert (await _say(transcripts, "yes")).answered is None
