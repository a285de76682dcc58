"""Comparing in a conversation: which products are meant, what is said of them, how each channel shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.compare import _told
from bot.assistant import running_turns
from bot.channels.rasa import rasa_messages
from bot.commands.chat import render
from bot.commands.replay import hold
from bot.dispatch import Reply
from bot.events import Cards, Column, Table, TableRow, TextPiece, as_json, from_json
from bot.turn import Turn
from bot.wording import say
from ecomlm.compare import Said, Side, compare
from knowledge.records import ProductId, Review, ReviewId
from tests.bot.shop import BOOT, LIGHT_BOOT, open_shop
from tests.ecomlm.search.hash_embedder import HashEmbedder

TABLE = Table(
    "Comparison of 2 products",
    (Column("Ridge", "/products/boot"), Column("Trail", "/products/light-boot")),
    (TableRow("Price", ("$139.00", "$99.00"), 1), TableRow("Weight", ("980 g", "not stated"))),
    "better",
    "2 more differences are on the product pages.",
)


def table(turn: Turn) -> Table:
    return next(event for event in turn.events if isinstance(event, Table))


def compared(turn: Turn) -> list[str]:
    return [card.id for event in turn.events if isinstance(event, Cards) for card in event.products]


@pytest.mark.parametrize(
    ("search", "text", "missing", "said"),
    [
        (
            "waterproof hiking boots",
            "compare the first two",
            "not stated",
            "costs less, $99.00 against $139.00",
        ),
        ("防水登山鞋", "比较一下前两个", "未说明", "更便宜，99.00美元"),
    ],
)
async def test_two_are_compared_in_sentences_and_a_table(conversation, search, text, missing, said) -> None:
    await conversation.say(search)
    turn = await conversation.say(text)
    assert sorted(compared(turn)) == ["boot", "light-boot"]
    assert said in turn.text
    assert [column.url.startswith("/") for column in table(turn).columns] == [True, True]
    assert any(missing in row.cells for row in table(turn).rows)
    assert table(turn).rows[0].best == compared(turn).index("light-boot")


@pytest.mark.parametrize(
    ("search", "text"),
    [("show me things under $200", "compare the first three"), ("200美元以下的商品", "比较一下前三个")],
)
async def test_three_are_compared_by_their_number(conversation, search, text) -> None:
    shown = compared(await conversation.say(search))
    assert len(shown) >= 3
    turn = await conversation.say(text)
    assert compared(turn) == shown[:3]
    assert {len(row.cells) for row in table(turn).rows} == {3}


@pytest.mark.parametrize(
    "text", ["compare the Norrfell Ridge and the Harbour laptop bag", "Norrfell Ridge 和海港电脑包比较一下"]
)
async def test_products_are_compared_by_their_titles(conversation, text) -> None:
    assert compared(await conversation.say(text)) == ["boot", "bag"]


async def test_the_page_is_compared_with_one_of_the_list(conversation) -> None:
    shown = compared(await conversation.say("waterproof hiking boots"))
    conversation.page = "bag"
    turn = await conversation.say("compare this with the second one")
    assert compared(turn) == ["bag", shown[1]]


@pytest.mark.parametrize(
    ("text", "head"),
    [("which is better for travel?", "For travel"), ("旅行用哪个更好？", "就“旅行”来看")],
)
async def test_a_use_is_answered_from_the_records(conversation, text, head) -> None:
    await conversation.say("waterproof hiking boots" if text.isascii() else "防水登山鞋")
    turn = await conversation.say(text)
    assert turn.text.startswith(head)
    assert "980" not in turn.text  # only one of the two states its weight
    assert "not stated" in turn.text or "未说明" in turn.text


@pytest.mark.parametrize(
    ("text", "words"),
    [("compare the first and the sixth", "no such number"), ("比较第一个和第六个", "换个序号")],
)
async def test_a_number_that_was_not_shown_is_said(conversation, text, words) -> None:
    await conversation.say("waterproof hiking boots" if text.isascii() else "防水登山鞋")
    turn = await conversation.say(text)
    assert words in turn.text
    assert not compared(turn)


async def test_more_than_four_are_cut_to_four_and_it_is_said(conversation) -> None:
    shown = compared(await conversation.say("show me things under $200"))
    assert len(shown) == 5
    turn = await conversation.say("compare them all")
    assert compared(turn) == shown[:4]
    assert "first 4 of 5" in turn.text


async def test_nothing_to_compare_is_asked_for(conversation) -> None:
    assert "Which products" in (await conversation.say("compare them please")).text


@pytest.mark.parametrize("text", ["compare the last two", "比较最后两个"])
async def test_the_last_of_nothing_is_asked_for(conversation, text) -> None:
    turn = await conversation.say(text)
    assert "Which products" in turn.text or "想比较哪几件" in turn.text


@pytest.mark.parametrize("text", ["compare this with the last one", "把这个和最后一个比较一下"])
async def test_the_page_is_not_compared_with_the_last_of_nothing(conversation, text) -> None:
    conversation.page = "bag"
    turn = await conversation.say(text)
    assert "Which products" in turn.text or "想比较哪几件" in turn.text
    assert not compared(turn)


@pytest.mark.parametrize(
    ("search", "text", "said"),
    [
        ("waterproof hiking boots", "compare it with an elephant", "no product called “elephant”"),
        ("防水登山鞋", "把它和大象比较一下", "没有找到叫“大象”的商品"),
    ],
)
async def test_what_the_shop_does_not_have_is_not_compared(conversation, search, text, said) -> None:
    await conversation.say(search)
    conversation.page = "boot"
    turn = await conversation.say(text)
    assert said in turn.text
    assert not compared(turn)


@pytest.mark.parametrize(
    ("search", "text"),
    [("waterproof hiking boots", "compare it with the drive"), ("防水登山鞋", "把它和硬盘比较一下")],
)
async def test_another_is_found_by_one_word_of_its_title(conversation, search, text) -> None:
    await conversation.say(search)
    conversation.page = "boot"
    assert compared(await conversation.say(text)) == ["boot", "drive"]


@pytest.mark.parametrize(
    ("search", "text", "said"),
    [
        ("waterproof hiking boots", "compare the first three", "Only 2 were shown."),
        ("防水登山鞋", "比较一下前三个", "刚才只展示了 2 件。"),
    ],
)
async def test_fewer_than_asked_for_are_said(conversation, search, text, said) -> None:
    shown = compared(await conversation.say(search))
    assert len(shown) == 2
    turn = await conversation.say(text)
    assert compared(turn) == shown
    assert turn.text.startswith(said)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_buyers_say_is_told_of_records_that_are_the_same(language) -> None:
    pleased, displeased = Said("battery", 9, 10), Said("battery", 1, 10)
    sides = [
        Side(LIGHT_BOOT, said=(pleased,)),
        Side(replace(LIGHT_BOOT, id=ProductId("b")), said=(displeased,)),
    ]
    told = _told(compare(sides, language), "", language)
    assert "9" in told
    assert told != say("compare.same", language)
    assert _told(compare([Side(side.product) for side in sides], language), "", language) == say(
        "compare.same", language
    )


async def test_markup_in_a_title_stays_text(conversation) -> None:
    turn = await conversation.say("compare the Norrfell Ridge boots and the script alert mug")
    shown = table(turn)
    assert "<script>alert(1)</script> mug" in [column.title for column in shown.columns]


def test_a_table_survives_its_storage() -> None:
    assert from_json(as_json(TABLE)) == TABLE


def test_the_terminal_shows_a_table_as_lines() -> None:
    shown = render(TABLE)
    assert "  Price: $139.00 | $99.00 ✓" in shown.splitlines()
    assert "  Weight: 980 g | not stated" in shown.splitlines()


def test_rasa_gets_a_table_as_text() -> None:
    message = rasa_messages("ann", [TextPiece("They differ."), TABLE])
    assert len(message) == 1
    assert message[0]["text"].startswith("They differ.\nComparison of 2 products\nRidge | Trail\nPrice")


async def test_a_rasa_server_gets_a_table_as_text() -> None:
    dispatcher = CollectingDispatcher()
    reply = Reply(dispatcher)
    await reply.say("They differ.")
    await reply.send(TABLE)
    await reply.close()
    assert [message["text"] for message in dispatcher.messages][0].splitlines()[
        3
    ] == "Price: $139.00 | $99.00 ✓"


@pytest.mark.parametrize(
    ("turns", "use"),
    [
        (["show me things under $200", "compare the first three", "which is better for the rain?"], "rain"),
        (["200美元以下的商品", "比较一下前三个", "下雨天用哪个更好？"], "下雨"),
    ],
)
async def test_a_replay_tells_what_was_compared(settings, engine, router_embedder, turns, use) -> None:
    tools = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    async with running_turns(settings, tools) as assistant:
        told = await hold(assistant, {"id": 1, "turns": turns})
    await tools.close()
    _, compared, asked = told["turns"]
    assert [turn["intent"] for turn in (compared, asked)] == ["compare_products"] * 2
    assert len(compared["actions"][0]["arguments"]["products"]) == 3
    (shown,) = [event for event in asked["events"] if event["type"] == "table"]
    assert len(shown["columns"]) == 3
    assert asked["actions"][0]["arguments"]["use"] == use
    assert told["store_changed"] is False


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Buyers speak better of the battery of Tarnvik"), ("zh", "谈到电池，Tarnvik的好评更多")],
)
async def test_what_buyers_say_is_counted(settings, engine, router_embedder, language, told) -> None:
    tools = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    liked, disliked = ("The battery is great.", "The battery is terrible.")
    reviews = [
        Review(ReviewId(f"{product.id}{number}"), product.id, text, "en", stars)
        for product, text, stars in ((LIGHT_BOOT, liked, 5), (BOOT, disliked, 1))
        for number in range(8)
    ]
    await tools.store.save(reviews, who="test")
    async with running_turns(settings, tools) as assistant:
        turns = {
            "en": ["waterproof hiking boots", "compare the first two, which has the better battery?"],
            "zh": ["防水登山鞋", "比较前两个，哪个电池更好？"],
        }[language]
        turn = (await hold(assistant, {"id": 1, "turns": turns}))["turns"][1]
    await tools.close()
    assert told in turn["reply"]
    assert "8 of 8" in turn["reply"] or "8人中8人" in turn["reply"]
