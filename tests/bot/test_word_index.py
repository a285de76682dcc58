"""What was said is found by its words: English beginnings, Chinese anywhere, alike in both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.transcripts import Incoming, Transcripts
from bot.word_index import LONGEST, numbers_with, tokens
from knowledge import database

SAID = {
    1: "My hiking boots leak; can I RETURN them?",
    2: "这双登山鞋可以退货吗？",
    3: "Ｒｅｔｕｒｎｉｎｇ a café mug, order W1042",
    4: "退 货 is two words here",
    5: "15寸电脑包",
}


@pytest_asyncio.fixture
async def transcripts(database_url: str) -> AsyncIterator[Transcripts]:
    engine = database.open_engine(database_url)
    opened = await Transcripts.open(engine)
    for number, text in SAID.items():
        await opened.begin(f"c{number}", Incoming(text, "en"))
    yield opened
    await engine.dispose()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("return", {1, 3}),
        ("RETURN boots", {1}),
        ("turn", set()),
        ("my", {1}),
        ("m", set()),  # a word as short as that is meant whole
        ("cafe", {3}),
        ("w1042", {3}),
        ("登山", {2}),
        ("山鞋可以退", {2}),
        ("退货", {2}),
        ("货退", set()),
        ("鞋", {2}),
        ("包", {5}),
        ("脑", {5}),
        ("寸 15", {5}),
        ("登山 退货", {2}),
        ("登山 电脑", set()),
        ('"登山" AND OR NOT * ^ - : ( NEAR', set()),
        ("return') OR 1=1 --", set()),
        ("boots & leak | x:*", set()),
    ],
)
async def test_words_are_found(transcripts: Transcripts, wanted: str, found: set[int]) -> None:
    query = numbers_with(wanted, transcripts._engine.dialect.name)
    assert query is not None
    async with transcripts._engine.connect() as connection:
        assert set(await connection.scalars(query)) == found


@pytest.mark.parametrize("wanted", ["", "  ", "?!", "，。"])
def test_what_has_no_words_is_no_question(wanted: str) -> None:
    assert numbers_with(wanted, "sqlite") is None


def test_pairs_never_reach_over_what_stands_between() -> None:
    assert tokens(["退货，政策", "鞋"]) == ["退货", "货", "政策", "策", "鞋"]


def test_a_very_long_talk_is_kept_in_part() -> None:
    assert len(tokens(["word " * LONGEST, "more"])) == LONGEST


async def test_a_deleted_conversation_leaves_no_words(transcripts: Transcripts) -> None:
    await transcripts.delete("c2")
    async with transcripts._engine.connect() as connection:
        kept = await connection.exec_driver_sql("SELECT count(*) FROM conversation_words")
        assert kept.scalar() == len(SAID) - 1
