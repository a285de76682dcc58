"""What a shopper who asks about a product gets: the record's own value with its source, or honest silence."""

from __future__ import annotations

import re

import pytest

from knowledge.records import Product
from tests.acceptance.checker import Checker
from tests.acceptance.shop import Reply, Shop

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="session")]

Products = dict[str, Product]

YES = re.compile(
    r"\byes\b|\bsupports? 5g\b|(?<!不)(?<!不是)支持\s?5g|5g[^。.]{0,12}[:：]\s?(?:yes|是)|^是|，是",
    re.IGNORECASE,
)
NO = re.compile(
    r"\bno\b|\bnot? support|\bdoes(?: not|n't)|不支持|没有5g|5g[^。.]{0,12}[:：]\s?(?:no|否)"
    r"|^否|不是|只支持4g",
    re.IGNORECASE,
)
SILENT = re.compile(
    r"does(?: not|n't) say|not stated|isn't stated|no information|没有说明|没有写|没有提到|未说明|没提到",
    re.IGNORECASE,
)
FIVE_G = ["does it support 5G?", "这款手机支持5G吗？"]


def _is_about(reply: Reply, product: str) -> bool:
    told = reply.trace.get("arguments") or {}
    return told.get("record") == f"product:{product}"


@pytest.mark.parametrize("text", FIVE_G)
@pytest.mark.parametrize("phone", ["tavik-n3", "velmora-duet"])
async def test_a_phone_with_5g_says_yes_from_its_attribute(
    shop: Shop, products: Products, checker: Checker, phone: str, text: str
) -> None:
    attribute = products[phone].attribute("supports_5g")
    assert attribute
    assert attribute.value is True
    reply = await shop.ask(text, phone)
    assert YES.search(reply.text), reply
    assert not NO.search(reply.text), reply
    assert any(source.id == f"product:{phone}#attribute.supports_5g" for source in reply.sources), reply
    assert not checker.faults(reply, text, phone)


@pytest.mark.parametrize("text", FIVE_G)
async def test_a_phone_without_5g_says_no_from_its_attribute(shop: Shop, checker: Checker, text: str) -> None:
    reply = await shop.ask(text, "carrow-lite-4")
    assert NO.search(reply.text), reply
    assert not YES.search(NO.sub(" ", reply.text)), reply
    assert any(source.id == "product:carrow-lite-4#attribute.supports_5g" for source in reply.sources), reply
    assert not checker.faults(reply, text, "carrow-lite-4")


@pytest.mark.parametrize("text", FIVE_G)
async def test_a_silent_record_is_not_guessed_at_though_reviews_contradict_each_other(
    shop: Shop, products: Products, checker: Checker, text: str
) -> None:
    assert products["osmi-pocket-2"].attribute("supports_5g") is None
    reply = await shop.ask(text, "osmi-pocket-2")
    said = re.sub(r"[“\"][^”\"]*[”\"]", " ", reply.text)  # what buyers wrote is quoted
    assert SILENT.search(said), reply
    assert not re.search(r"\b(?:yes|no)\b|支持5g", said, re.IGNORECASE), reply
    assert all(source.startswith(("review:", "product:osmi-pocket-2")) for source in reply.cited), reply
    assert reply.sources or reply.buttons, "review passages or a person are offered"
    assert not checker.faults(reply, text, "osmi-pocket-2")


@pytest.mark.parametrize(
    ("text", "read", "write"),
    [
        ("how fast does it read and write?", "read", "writ"),
        ("What are the write and read speeds?", "read", "writ"),
        ("它的读写速度是多少？", "读", "写"),
        ("写入和读取速度各是多少", "读", "写"),
    ],
)
async def test_read_and_write_speed_are_never_swapped(
    shop: Shop, checker: Checker, text: str, read: str, write: str
) -> None:
    reply = await shop.ask(text, "ferrado-dash-nvme")
    told = reply.text.replace(",", "").lower()
    for name, speed, other in ((read, "3500", "2900"), (write, "2900", "3500")):
        assert re.search(rf"{name}[^\d。;；\n]*{speed}", told), reply
        assert not re.search(rf"{name}[a-z]*[^\d。;；\n读写]*{other}", told), reply
    assert "product:ferrado-dash-nvme" in reply.cited, reply
    assert not checker.faults(reply, text, "ferrado-dash-nvme")


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("how fast does it write?", "2900", "3500"),
        ("读取速度多快？", "3500", "2900"),
    ],
)
async def test_one_speed_is_answered_with_its_own_number(
    shop: Shop, checker: Checker, text: str, right: str, wrong: str
) -> None:
    reply = await shop.ask(text, "ferrado-dash-nvme")
    told = reply.text.replace(",", "")
    assert right in told, reply
    assert wrong not in told or re.search(rf"{right}.*{wrong}", told), reply
    assert not checker.faults(reply, text, "ferrado-dash-nvme")


@pytest.mark.parametrize(
    ("fits", "blue", "sizes"),
    [
        ("is it good for a 15-inch laptop?", "what about the blue one?", ("15.6", "in stock, 2")),
        ("能放下15寸的笔记本吗？", "蓝色的呢？", ("15.6", "剩余2")),
    ],
)
async def test_it_is_the_page_and_the_blue_one_is_its_variant(
    shop: Shop, products: Products, checker: Checker, fits: str, blue: str, sizes: tuple[str, str]
) -> None:
    bag = "ferrant-ledger-briefcase"
    shopper = shop.shopper(bag)
    first = await shopper.say(fits)
    assert _is_about(first, bag), first
    assert sizes[0] in first.text, first
    assert not NO.search(first.text), first
    assert f"product:{bag}" in first.cited
    assert not checker.faults(first, fits, bag)
    second = await shopper.say(blue)
    ink = next(variant for variant in products[bag].variants if variant.sku == "FR-LED-INK")
    assert ink.offer.price
    assert str(ink.offer.price.amount) in second.text, second
    assert sizes[1] in second.text, second
    assert not checker.faults(second, blue, bag)


@pytest.mark.parametrize(
    ("search", "question", "follow_up"),
    [
        ("laptop bags", "does the first one fit a 15-inch laptop?", "and the second one?"),
        ("电脑包", "第一个能放15寸的笔记本吗？", "第二个呢？"),
    ],
)
async def test_the_second_one_is_the_second_card_and_keeps_the_question(
    shop: Shop, products: Products, checker: Checker, search: str, question: str, follow_up: str
) -> None:
    shopper = shop.shopper()
    found = await shopper.say(search)
    assert len(found.ids) >= 2, found
    one = await shopper.say(question)
    assert _is_about(one, found.ids[0]), (found, one)
    two = await shopper.say(follow_up)
    assert _is_about(two, found.ids[1]), (found, two)
    assert (two.trace["arguments"] or {})["question"] == question
    for text, reply in ((question, one), (follow_up, two)):
        assert not checker.faults(reply, f"{question} {text}"), reply


@pytest.mark.parametrize(
    "texts",
    [("tents", "how heavy is the second one?", "is it waterproof?"), ("帐篷", "第二个多重？", "它防水吗？")],
)
async def test_it_means_the_product_that_was_spoken_of_last(shop: Shop, texts: tuple[str, str, str]) -> None:
    shopper = shop.shopper()
    found = await shopper.say(texts[0])
    assert _is_about(await shopper.say(texts[1]), found.ids[1])
    assert _is_about(await shopper.say(texts[2]), found.ids[1])


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("is it in stock?", "velmora-duet"),
        ("有货吗？", "velmora-duet"),
        ("can I buy it now?", "velmora-duet"),
    ],
)
async def test_a_sold_out_product_is_said_to_be_so(
    shop: Shop, checker: Checker, text: str, page: str
) -> None:
    reply = await shop.ask(text, page)
    assert re.search(r"out of stock|sold out|not in stock|缺货|售罄|无货|没有货", reply.text), reply
    assert not checker.faults(reply, text, page)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("is it heavy?", "243 g"),
        ("重不重", "243 g"),
        ("how much is it?", "1,499.00"),
        ("贵不贵", "1499.00"),
    ],
)
async def test_a_degree_is_told_as_the_records_own_value(
    shop: Shop, checker: Checker, text: str, told: str
) -> None:
    reply = await shop.ask(text, "velmora-duet")
    assert told in reply.text, reply
    assert "product:velmora-duet" in reply.cited, reply
    assert not checker.faults(reply, text, "velmora-duet")


@pytest.mark.parametrize("text", ["新手能学会吗？", "is there a water filter in the box?", "有水位窗吗"])
async def test_a_question_on_an_open_page_is_about_its_product(shop: Shop, text: str) -> None:
    reply = await shop.ask(text, "bramley-espresso-machine")
    assert reply.intent == "ask_product", reply


@pytest.mark.parametrize(
    ("text", "told"), [("how long is the warranty?", "24 months"), ("保修多久？", "24个月")]
)
async def test_the_warranty_of_the_open_page_is_the_products_own(shop: Shop, text: str, told: str) -> None:
    reply = await shop.ask(text, "bramley-espresso-machine")
    assert told in reply.text, reply
    assert "product:bramley-espresso-machine" in reply.cited, reply


@pytest.mark.parametrize("text", ["how long is the warranty?", "保修多久？"])
async def test_without_a_page_the_warranty_is_the_shops_rule(shop: Shop, text: str) -> None:
    reply = await shop.ask(text)
    assert any(cited.startswith("article:warranty") for cited in reply.cited), reply
