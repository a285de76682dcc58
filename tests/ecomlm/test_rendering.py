"""What code states by itself, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecomlm.evidence import Evidence
from ecomlm.language import detect
from ecomlm.rendering import asked_facts, certain_facts, excerpt, quotations, render
from knowledge.records import Attribute, Text


def fact(key, label, value, unit=None, language="en"):
    attribute = Attribute(key, value, unit, label)
    shown = {True: ("yes", "是"), False: ("no", "否")}.get(value, (f"{value} {unit}",) * 2)[language == "zh"]
    colon = "：" if language == "zh" else ": "
    text = f"{label.exact(language)}{colon}{shown}"
    return Evidence("product:1", f"attribute.{key}", "attribute", text, language, attribute)


READ, WRITE = Text("Read speed", "读取速度"), Text("Write speed", "写入速度")
REVIEW = Evidence("review:1", "text.0", "review", "Fits my palm well.", "en")


@pytest.mark.parametrize(
    ("question", "language"), [("how fast does it read and write?", "en"), ("读写速度是多少？", "zh")]
)
def test_two_things_asked_at_once_are_both_stated(question, language):
    read = fact("read_speed", READ, Decimal(3500), "MB/s", language)
    write = fact("write_speed", WRITE, Decimal(2900), "MB/s", language)
    assert asked_facts(question, [REVIEW, write, read], language) == [write, read]


def test_a_fact_that_the_question_does_not_name_is_left_to_the_model():
    read = fact("read_speed", READ, Decimal(3500), "MB/s")
    assert asked_facts("will it slow my games down?", [read], "en") == []


def test_a_typed_value_is_heard_before_a_buyer():
    fits = fact("fits_laptop", Text("Fits laptops up to", "适用笔记本"), Decimal(16), "inch")
    assert asked_facts("is it good for a 15-inch laptop?", [REVIEW, fits], "en") == [fits]
    assert render(fits, "is it good for a 15-inch laptop?", "en") == (
        "Yes. The page states “Fits laptops up to: 16 inch”."
    )


def test_the_record_says_no_in_chinese():
    fact_5g = fact("supports_5g", Text("5G", "5G网络"), False, language="zh")
    assert render(fact_5g, "这款手机支持5G吗？", "zh") == "不，商品页写明“5G网络：否”。"


@pytest.mark.parametrize(
    ("question", "language", "begin"),
    [
        ("is it small?", "en", "The page itself does not say. A buyer wrote: “Fits"),
        ("how does it feel?", "en", "A buyer wrote: “Fits"),
        ("它小吗？", "zh", "商品页面本身没有说明。有买家说：“Fits"),
    ],
)
def test_a_buyers_yes_or_no_is_quoted_as_such(question, language, begin):
    assert quotations([REVIEW], question, language).startswith(begin)


RETURNS = Evidence(
    "article:returns",
    "body.0",
    "article",
    "**Most items** can be sent back within 30 days of delivery, as you got them, with all their parts. "
    "Shoes and clothing have 45 days if they are unworn and carry their tags. Food cannot be returned. "
    "Gift cards are excluded and so is anything made to your own measurements or wishes.",
    "en",
)


def test_an_article_is_quoted_where_it_answers():
    told = excerpt(RETURNS, "how long do I have to return shoes?", "en")
    assert told == "Shoes and clothing have 45 days if they are unworn and carry their tags."


def test_a_short_paragraph_is_given_whole_and_without_its_markup():
    short = Evidence("article:x", "body.0", "article", "**Open** Monday to Friday. Closed on holidays.", "en")
    assert excerpt(short, "when are you open?", "en") == "Open Monday to Friday. Closed on holidays."


def test_a_quotation_names_the_buyer():
    assert render(REVIEW, "how does it feel?", "en") == "A buyer wrote: “Fits my palm well.”"


WEIGHT = fact("weight", Text("Weight", "重量"), Decimal(189), "g")
WEIGHT_ZH = fact("weight", Text("Weight", "重量"), Decimal(189), "g", "zh")
JACK = fact("headphone_jack", Text("Headphone jack", "耳机孔"), False)
STOCK = Evidence("product:1", "stock", "stock", "Availability: in stock", "en")
RED = Evidence("product:1", "variant.R", "variant", "Colour Brick: out of stock", "en")


@pytest.mark.parametrize(
    ("question", "evidence", "told"),
    [
        ("how heavy is it?", [REVIEW, JACK, WEIGHT], [WEIGHT]),
        ("它的重量是多少？", [REVIEW, WEIGHT_ZH], [WEIGHT_ZH]),
        ("does it have a headphone jack?", [WEIGHT, JACK], [JACK]),
        ("can I buy it now?", [WEIGHT, RED, STOCK], [STOCK]),
        ("is it in stock?", [WEIGHT, RED, STOCK], [STOCK]),
        ("how heavy is it with the lid on?", [REVIEW, WEIGHT], []),
        ("它的重量对老人合适吗？", [WEIGHT_ZH], []),
        ("is the brick one in stock?", [STOCK, RED], []),
        ("is it comfortable?", [WEIGHT, JACK], []),
    ],
)
def test_a_fact_is_certain_only_if_nothing_else_is_asked(question, evidence, told):
    assert certain_facts(question, "Tavik N3", evidence, detect(question)) == told


def choice(key, label, values, language="en"):
    text = f"{label.exact(language)}: {', '.join(values)}"
    attribute = Attribute(key, values, label=label)
    return Evidence("product:1", "variant.a", "variant", text, language, attribute)


COLOUR, SIZE = Text("Colour", "颜色"), Text("Size", "尺码")


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("which colours does it come in?", [0]),
        ("what colors are available?", [0]),
        ("有哪些颜色？", [0]),
        ("有几种颜色可选？", [0]),
        ("what sizes do you have?", [1]),
        ("都有什么尺码？", [1]),
        ("what sizes and colours does it come in?", [0, 1]),
        ("is it waterproof?", []),
        ("它防水吗？", []),
    ],
)
def test_a_question_for_the_choices_is_answered_with_all_of_them(question, asked):
    language = detect(question)
    passages = [choice("colour", COLOUR, ("blue", "black"), language), choice("size", SIZE, ("S",), language)]
    stated = certain_facts(question, "Plain tee", passages, language)
    assert stated == [passages[number] for number in asked]


@pytest.mark.parametrize(
    "question", ["does it survive heavy rain?", "is it good for long trips with big dogs?"]
)
def test_a_word_of_degree_before_a_thing_asks_for_no_measure_of_the_product(question):
    facts = [
        fact("weight", Text("Weight", "重量"), Decimal(2350), "g"),
        fact("length", Text("Length", "长度"), Decimal(45), "cm"),
        fact("size", Text("Size", "尺寸"), Decimal(45), "cm"),
    ]
    assert asked_facts(question, facts, "en") == []


@pytest.mark.parametrize("question", ["how heavy is it?", "is it heavy?", "is it very heavy or light?"])
def test_a_word_of_degree_said_of_the_product_asks_for_its_measure(question):
    weight = fact("weight", Text("Weight", "重量"), Decimal(2350), "g")
    assert asked_facts(question, [weight], "en") == [weight]


@pytest.mark.parametrize(
    ("question", "language"), [("how much is it and is it in stock?", "en"), ("多少钱？有货吗？", "zh")]
)
def test_price_and_stock_asked_at_once_are_both_told(question, language):
    price = Evidence(
        "product:1", "price", "price", "Price: $5.00", language, Attribute("price", Decimal(5), "USD")
    )
    stock = Evidence("product:1", "stock", "stock", "Availability: in stock", language)
    assert certain_facts(question, "Tent", [price, stock], language) == [price, stock]
