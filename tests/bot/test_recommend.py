"""Recommending in the chat: what for, beside what, why; in stock only; in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.assistant import running_turns
from bot.events import Card, Cards
from bot.turn import Turn
from ecomlm.recommend.journal import Event
from knowledge.records import Offer, Product, ProductId, Text
from tests.bot.conftest import Conversation
from tests.bot.shop import open_shop, usd
from tests.ecomlm.search.hash_embedder import HashEmbedder

_OUTDOOR = Text("Outdoor", "户外")


def _product(id: str, title: Text, category: Text, price: str = "19.00", stock: int = 5, **more) -> Product:
    return Product(
        ProductId(id),
        title,
        department=_OUTDOOR,
        categories=(category,),
        offer=Offer(usd(price), stock=stock),
        **more,
    )


SOCKS = _product("socks", Text("Wool trekking socks", "羊毛徒步袜"), Text("Socks", "袜子"))
POLES = _product("poles", Text("Trekking poles", "徒步杖"), Text("Poles", "登山杖"), "49.00")
GAITERS = _product("gaiters", Text("Rain gaiters", "防雨鞋套"), Text("Gaiters", "鞋套"), stock=0)
ROD = _product(
    "rod", Text("Carbon fishing rod", "碳素钓鱼竿"), Text("Fishing", "钓鱼"), "59.00",
    description=Text("A fishing rod for lakes.", "适合湖边钓鱼。"),
)  # fmt: skip
REEL = _product("reel", Text("Fishing reel", "钓鱼线轮"), Text("Fishing", "钓鱼"), "89.00")
NET = _product("net", Text("Fishing landing net", "钓鱼抄网"), Text("Fishing", "钓鱼"), stock=0)
START = datetime(2026, 11, 1, 9, tzinfo=UTC)


def shown(turn: Turn) -> list[Card]:
    return [card for event in turn.events if isinstance(event, Cards) for card in event.products]


def ids(turn: Turn) -> list[str]:
    return [card.id for card in shown(turn)]


@pytest.fixture
async def tools(settings, engine, router_embedder):
    tools = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    await tools.store.save([SOCKS, POLES, GAITERS, ROD, REEL, NET], who="test")
    await tools.search.refresh()
    journal = await tools.recommender.journal()
    for visitor in ("a", "b", "c"):
        baskets = ("boot", "socks", "gaiters") if visitor != "c" else ("boot", "socks", "poles")
        await journal.add(
            Event(visitor, id, "basket", START + timedelta(minutes=n)) for n, id in enumerate(baskets)
        )
    await tools.recommender.warm()
    yield tools
    await tools.close()


@pytest.fixture
async def chat(settings, tools):
    async with running_turns(settings, tools) as assistant:
        yield Conversation(assistant.turns)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "what goes well with this?",
            "3 shoppers who chose Norrfell Ridge waterproof hiking boots chose this too",
        ),
        ("有什么搭配的？", "3位选了“Norrfell Ridge 防水登山鞋”的顾客也选了它"),
    ],
)
async def test_what_goes_with_the_open_page_comes_with_its_reason(chat, text, reason) -> None:
    chat.page = "boot"
    turn = await chat.say(text)
    assert ids(turn)[0] == "socks"
    assert shown(turn)[0].reason == reason
    assert not {"boot", "light-boot", "gaiters"} & set(ids(turn))


@pytest.mark.parametrize("text", ["anything similar to this?", "类似的还有吗？"])
async def test_what_is_similar_is_of_the_same_kind(chat, text) -> None:
    chat.page = "boot"
    turn = await chat.say(text)
    assert ids(turn) == ["light-boot"]
    assert "Norrfell" in shown(turn)[0].reason


@pytest.mark.parametrize("text", ["what goes well with this?", "有什么搭配的？"])
async def test_without_a_product_in_sight_it_is_asked_for(chat, text) -> None:
    turn = await chat.say(text)
    assert ids(turn) == []
    assert turn.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("can you recommend something for my father, 70, likes fishing?", "fishing"),
        ("给我爸爸推荐点东西，70岁，喜欢钓鱼", "钓鱼"),
    ],
)
async def test_a_need_is_met_by_what_has_to_do_with_it_and_can_be_had(chat, text, said) -> None:
    turn = await chat.say(text)
    assert set(ids(turn)) == {"rod", "reel"}
    assert all(said in card.reason for card in shown(turn))


@pytest.mark.parametrize(
    "text",
    [
        "recommend a gift for my father who likes fishing, under $60",
        "推荐送爸爸的礼物，他喜欢钓鱼，60美元以下",
    ],
)
async def test_the_price_range_holds(chat, text) -> None:
    turn = await chat.say(text)
    assert ids(turn) == ["rod"]
    assert "60" in shown(turn)[0].reason


@pytest.mark.parametrize("text", ["what do you recommend?", "有什么推荐的吗？"])
async def test_a_shopper_whom_nobody_knows_sees_what_others_chose(chat, text) -> None:
    turn = await chat.say(text)
    assert ids(turn)
    assert "3" in shown(turn)[0].reason
    assert not {"gaiters", "net", "drive"} & set(ids(turn))


async def test_a_need_that_is_asked_twice_is_met_twice(chat) -> None:
    for _ in range(2):
        assert ids(await chat.say("recommend a gift for my father who likes fishing, under $60")) == ["rod"]


async def test_the_open_page_is_not_recommended_and_moves_what_is(chat) -> None:
    chat.page = "boot"
    found = ids(await chat.say("what do you recommend?"))
    assert found[0] == "socks"
    assert "boot" not in found


async def test_what_was_looked_at_is_not_said_to_be_bought(chat, tools) -> None:
    journal = await tools.recommender.journal()
    await journal.add([Event("me", "rod", "view", START)])
    await journal.link("test", "me")
    turn = await chat.say("recommend something for my father who likes fishing")
    rod = next(card for card in shown(turn) if card.id == "rod")
    assert "You looked at it before" in rod.reason
    assert "rod" not in ids(await chat.say("what do you recommend?"))


@pytest.mark.parametrize(
    ("rule", "word"), [("sponsored: true", "Sponsored"), ("sponsored: false", "The shop's pick")]
)
async def test_a_boost_is_told_to_the_shopper_and_in_the_trace(chat, settings, rule, word) -> None:
    path = settings.home / "boosts.yaml"
    path.write_text(
        f"rules:\n  - {{name: Poles week, boost: 1, products: [poles], {rule}}}\n", encoding="utf-8"
    )
    chat.page = "boot"
    turn = await chat.say("what goes well with this?")
    assert ids(turn)[0] == "poles"
    assert shown(turn)[0].reason.startswith(word)
    assert turn.trace["result"]["boosts"] == [{"rule": "Poles week", "product": "poles"}]


async def test_a_new_event_is_known_to_the_next_question(chat, tools) -> None:
    chat.page = "bag"
    await chat.say("what goes well with this?")
    journal = await tools.recommender.journal()
    for visitor in ("x", "y"):
        await journal.add(
            Event(visitor, id, "basket", START + timedelta(minutes=n))
            for n, id in enumerate(("bag", "poles"))
        )
    tools.recommender.following._checked = 0.0
    turn = await chat.say("what goes well with this?")
    assert ids(turn)[0] == "poles"
    assert shown(turn)[0].reason.startswith("2 shoppers")


async def test_what_is_sold_out_meanwhile_is_not_recommended(chat, tools) -> None:
    sold_out = _product("socks", SOCKS.title, SOCKS.categories[0], stock=0)
    await tools.store.save([sold_out], who="test")
    chat.page = "boot"
    assert "socks" not in ids(await chat.say("what goes well with this?"))
