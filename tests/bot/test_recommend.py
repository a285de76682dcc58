"""Recommending in the chat: what for, beside what, why; in stock only; in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.assistant import running_turns
from bot.events import Card, Cards
from bot.turn import Turn
from ecomlm.language import detect
from ecomlm.recommend.journal import Event
from ecomlm.recommend.recommender import Wish
from ecomlm.search.query import understand
from knowledge.records import Offer, Option, Product, ProductId, Sku, Text, Variant
from tests.bot.conftest import Conversation
from tests.bot.shop import BOOT, open_shop, usd
from tests.ecomlm.search.hash_embedder import HashEmbedder

_OUTDOOR = Text("Outdoor", "户外")
_NAVY = Option("colour", Text("Navy", "藏青色"))


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


SEA_ROD = Product(
    ProductId("sea-rod"), Text("Telescopic surf rod", "伸缩海竿"), department=_OUTDOOR,
    categories=(Text("Surf casting", "海钓"),), offer=Offer(usd("75.00")),
)  # fmt: skip
JACKET = Product(
    ProductId("jacket"), Text("Harbour rain jacket", "海港雨衣夹克"), department=_OUTDOOR,
    categories=(Text("Jackets", "夹克"),),
    variants=(Variant(Sku("navy"), (_NAVY,), Offer(usd("99.00"), stock=3)),),
)  # fmt: skip


@pytest.mark.parametrize("text", ["recommend a surf rod", "推荐海竿"])
async def test_what_the_feed_says_nothing_of_can_be_had_as_far_as_anyone_knows(chat, tools, text) -> None:
    await tools.store.save([SEA_ROD], who="test")
    await tools.search.refresh()
    turn = await chat.say(text)
    assert ids(turn)[0] == "sea-rod"
    assert "in stock" not in turn.text
    assert "有现货" not in turn.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "recommend a gift for my father who likes fishing, under $50",
            "Nothing that can be had meets this: up to $50",
        ),
        ("推荐钓鱼竿，50美元以内", "没有符合“50.00美元以内”"),
    ],
)
async def test_a_price_that_nothing_meets_is_told_and_the_nearest_shown(chat, text, told) -> None:
    turn = await chat.say(text)
    assert ids(turn)[0] == "rod"
    assert told in turn.text
    assert not any("50" in card.reason for card in shown(turn))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("recommend a gift for my father who likes fishing, under $5", "fishing, up to $5"),
        ("推荐5美元以内的钓鱼竿", "钓鱼竿、5.00美元以内"),
    ],
)
async def test_where_nothing_comes_near_nothing_is_shown(chat, text, told) -> None:
    turn = await chat.say(text)
    assert ids(turn) == []
    assert told in turn.text


@pytest.mark.parametrize("text", ["recommend something for zither players", "推荐古筝配件"])
async def test_only_what_has_no_hit_at_all_has_nothing_to_do_with_the_need(chat, text) -> None:
    turn = await chat.say(text)
    assert "nothing in stock that has to do with" in turn.text or "没有与" in turn.text


async def test_others_are_not_said_to_choose_what_nobody_chose(settings, engine, router_embedder) -> None:
    tools = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    async with running_turns(settings, tools) as assistant:
        await tools.recommender.warm()
        turn = await Conversation(assistant.turns).say("recommend something for zither players")
        assert ids(turn)
        assert "often choose" not in turn.text
        assert "what else there is" in turn.text
    await tools.close()


@pytest.mark.parametrize("text", ["recommend something under $30", "推荐点30美元以内的东西"])
async def test_conditions_alone_find_what_nobody_chose(chat, tools, text) -> None:
    many = [
        _product(f"lamp-{n}", Text(f"Garden lamp {n}", f"庭院灯{n}"), Text("Lamps", "灯"), "90.00")
        for n in range(260)
    ]
    await tools.store.save(
        [*many, _product("mug", Text("Tin mug", "锡杯"), Text("Mugs", "杯子"), "9.00")], who="t"
    )
    await tools.search.refresh()
    tools.recommender.following._checked = 0.0
    turn = await chat.say(text)
    assert ids(turn)[0] == "socks"
    assert "mug" in ids(turn)


@pytest.mark.parametrize("text", ["what goes with the navy rain jacket?", "藏青色的雨衣夹克搭配什么好"])
async def test_the_words_of_the_product_are_no_conditions_on_what_goes_with_it(chat, tools, text) -> None:
    await tools.store.save([JACKET], who="test")
    await tools.search.refresh()
    turn = await chat.say(text)
    assert turn.trace["arguments"]["beside"] == "jacket"
    assert turn.trace["arguments"]["filters"] == []
    assert ids(turn)


@pytest.mark.parametrize(("text"), ["anything similar but cheaper?", "有没有类似但更便宜的？"])
async def test_similar_but_cheaper_is_cheaper(chat, tools, text) -> None:
    cheap = _product(
        "cheap-boot", Text("Vale waterproof hiking boots", "Vale 防水登山鞋"), BOOT.categories[0], "59.00"
    )
    await tools.store.save([cheap], who="test")
    await tools.search.refresh()
    tools.recommender.following._checked = 0.0
    chat.page = "light-boot"
    turn = await chat.say(text)
    assert ids(turn) == ["cheap-boot"]


@pytest.mark.parametrize(("text"), ["anything similar but cheaper?", "有没有类似但更便宜的？"])
async def test_where_nothing_similar_is_cheaper_that_is_said(chat, text) -> None:
    chat.page = "light-boot"
    turn = await chat.say(text)
    assert ids(turn) == []
    assert "98.99" in turn.text


@pytest.mark.parametrize("text", ["what goes with a fishing rod?", "钓鱼竿搭配什么好？"])
async def test_what_is_named_counts_more_than_what_was_talked_about(chat, text) -> None:
    chat.page = "boot"
    await chat.say("what goes well with this?")
    turn = await chat.say(text)
    assert turn.trace["arguments"]["beside"] == "rod"


async def test_while_it_is_read_nothing_is_said_of_who_chose_what(settings, engine, router_embedder) -> None:
    tools = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    await tools.store.save([ROD], who="test")
    await tools.search.refresh()

    async def never(patience_seconds: float | None = None) -> None:
        return None

    tools.recommender.following.model = never
    async with running_turns(settings, tools) as assistant:
        turn = await Conversation(assistant.turns).say("recommend a fishing rod")
    assert ids(turn) == ["rod"]
    assert "chosen" not in shown(turn)[0].reason
    await tools.close()


async def test_without_a_single_event_the_order_is_the_searchs(settings, engine, router_embedder) -> None:
    tools = await open_shop(settings, engine, HashEmbedder(), router_embedder)
    await tools.store.save([ROD, REEL, SEA_ROD], who="test")
    await tools.search.refresh()
    await tools.recommender.warm()
    found = await tools.search.products("surf rod", language="en")
    query = understand("surf rod", tools.search.facts, "en")
    recommended = await tools.recommender.recommend(Wish("en", query=query))
    assert recommended.items[0].product.id == found.hits[0].product.id == "sea-rod"
    await tools.close()


async def test_a_sponsor_is_named_even_where_the_rule_pushes_back(chat, settings) -> None:
    (settings.home / "boosts.yaml").write_text(
        "rules:\n  - {name: Late, boost: -0.1, products: [socks], sponsored: true}\n", encoding="utf-8"
    )
    chat.page = "boot"
    turn = await chat.say("what goes well with this?")
    assert next(card for card in shown(turn) if card.id == "socks").reason.startswith("Sponsored")


@pytest.mark.parametrize(
    ("text", "told"),
    [("recommend the cheapest thing under $1", "$1"), ("推荐一款1美元以内最便宜的", "1.00美元以内")],
)
async def test_a_condition_that_even_the_cheapest_misses_is_told(tools, text, told) -> None:
    language = detect(text)
    query = understand(text, tools.search.facts, language)
    assert query.superlative
    found = await tools.recommender.recommend(Wish(language, query=query))
    assert found.unmet
    assert told in found.unmet.say(language)


async def test_of_a_large_department_the_most_wanted_are_looked_at_and_not_all(
    chat, tools, monkeypatch
) -> None:
    many = [
        _product(f"lamp-{n}", Text(f"Garden lamp {n}", f"庭院灯{n}"), Text("Lamps", "灯")) for n in range(300)
    ]
    await tools.store.save(many, who="test")
    tools.recommender.following._checked = float("-inf")
    await tools.recommender.warm()
    await tools.search.refresh()  # a search reads what has changed, once
    loaded, products = [], tools.store.products

    async def counting(ids):
        loaded.append(len(list(ids)))
        return await products(ids)

    monkeypatch.setattr(tools.store, "products", counting)
    chat.page = "rod"
    assert ids(await chat.say("what goes well with this?"))
    assert 0 < max(loaded) <= 60
