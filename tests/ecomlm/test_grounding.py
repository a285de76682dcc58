"""No sentence passes with a number, name, price, stock level or yes/no that no passage supports."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecomlm.evidence import Evidence
from ecomlm.grounding import Context, check, is_grounded
from knowledge.records import Attribute, Text


def fact(key, label, value, unit=None, zh="", language="en"):
    attribute = Attribute(key, value, unit, Text(label, zh))
    shown = {True: "yes", False: "no"}.get(value, f"{value} {unit or ''}".strip())
    name = zh if language == "zh" else label
    return Evidence("product:1", f"attribute.{key}", "attribute", f"{name}: {shown}", language, attribute)


READ = fact("read_speed", "Read speed", Decimal(3500), "MB/s", "读取速度")
WRITE = fact("write_speed", "Write speed", Decimal(2900), "MB/s", "写入速度")
CAPACITY = fact("weight_capacity", "Weight capacity", Decimal(130), "lbs")
WEIGHT = fact("item_weight", "Item weight", Decimal(12), "lbs")
FIVE_G = fact("supports_5g", "5G support", False)
PRICE = Evidence("product:1", "price", "price", "Price: $129.00", "en")
STOCK = Evidence("product:1", "stock", "stock", "Availability: out of stock", "en")
REVIEW = Evidence("review:1", "text.0", "review", "Great drive, my coupon made it $20, it runs cool.", "en")


def grounded(sentence, *evidence, question="tell me about it", language="en"):
    context = Context(question, "Kestrel K2 SSD", evidence, evidence, language)
    return is_grounded(check(sentence, context))


@pytest.mark.parametrize(
    ("sentence", "passes"),
    [
        ("It reads at 3500 MB/s.", True),
        ("It reads at 3,500 MB/s and writes at 2,900 MB/s.", True),
        ("It reads at 2900 MB/s and writes at 3500 MB/s.", False),
        ("It reads at 3500 GB/s.", False),
        ("It reads at 3600 MB/s.", False),
    ],
)
def test_a_number_needs_its_own_attribute_and_unit(sentence, passes):
    question = "how fast does it read and write?"
    assert grounded(sentence, READ, WRITE, question=question) is passes


@pytest.mark.parametrize(
    ("sentence", "passes"), [("读取速度为3500MB/s。", True), ("读取速度为2900MB/s。", False)]
)
def test_the_same_in_chinese(sentence, passes):
    read = fact("read_speed", "Read speed", Decimal(3500), "MB/s", "读取速度", "zh")
    write = fact("write_speed", "Write speed", Decimal(2900), "MB/s", "写入速度", "zh")
    assert grounded(sentence, read, write, question="读写速度多少？", language="zh") is passes


def test_what_it_holds_is_not_what_it_weighs():
    assert not grounded("It weighs 130 lbs.", CAPACITY, WEIGHT, question="how much does it weigh?")
    assert grounded("It weighs 12 lbs.", CAPACITY, WEIGHT, question="how much does it weigh?")


def test_a_volume_is_no_weight():
    volume = fact("volume", "Volume", Decimal(1000), "ml")
    assert not grounded("1000 ml.", volume, question="how much does it weigh?")
    assert grounded("It holds a volume of 1000 ml.", volume, question="how much does it hold?")


def test_a_period_is_that_of_the_goods_it_is_said_of():
    policy = Evidence(
        "article:1", "body.0", "article",
        "Most items can be returned within 30 days. Shoes and clothing can be returned within 45 days.", "en",
    )  # fmt: skip
    question = "how long can I return shoes?"
    assert grounded("Shoes can be returned within 45 days.", policy, question=question)
    assert not grounded("Shoes can be returned within 30 days.", policy, question=question)


def test_money_comes_from_a_price_and_never_from_a_review():
    assert grounded("It costs $129.00.", PRICE)
    assert not grounded("It costs $119.00.", PRICE)
    assert not grounded("It costs $20.", REVIEW)


def test_a_discount_needs_the_shops_own_word():
    assert not grounded("You can use a coupon.", REVIEW)


@pytest.mark.parametrize(
    ("sentence", "passes"),
    [("可以折叠收纳。", True), ("可以三折叠收纳。", True), ("可以打折。", False), ("给您 8 折。", False)],
)
def test_folding_is_no_discount(sentence, passes):
    folds = Evidence("product:1", "description.0", "description", "可以折叠收纳，三折叠设计。", "zh")
    assert grounded(sentence, folds, question="能折叠吗？", language="zh") is passes


@pytest.mark.parametrize(("sentence", "passes"), [("It is out of stock.", True), ("It is in stock.", False)])
def test_stock_agrees_with_the_record(sentence, passes):
    assert grounded(sentence, STOCK) is passes


def test_stock_without_a_record_is_cut():
    assert not grounded("It is in stock.", READ)


def test_a_yes_against_the_record_is_cut():
    assert not grounded("Yes, it supports 5G.", FIVE_G, question="does it support 5G?")
    assert grounded("No, it does not support 5G.", FIVE_G, question="does it support 5G?")


def test_a_number_of_the_question_is_no_evidence():
    battery = Evidence("product:1", "description.0", "description", "Charges quickly over USB.", "en")
    question = "does it charge at 100 W?"
    assert not grounded("Yes, it charges at 100 W.", battery, question=question)


@pytest.mark.parametrize("sentence", ["It works with the Zephyr X900.", "It was made by Samsung in Korea."])
def test_a_name_that_no_passage_holds_is_cut(sentence):
    assert not grounded(sentence, READ)


def test_wording_from_nowhere_is_cut():
    assert not grounded("Our engineers tested every unit in the mountains for months.", READ)


def test_a_claim_names_the_passage_it_rests_on():
    (claim, *_) = check("It reads at 3500 MB/s.", Context("how fast?", "SSD", [READ], [READ], "en"))
    assert claim.evidence == "product:1#attribute.read_speed"


AUDIO = fact("audio_system", "Audio system", "Mono")
WIRED = fact("connection", "Connection", "Wired")


@pytest.mark.parametrize(
    ("sentence", "question", "language", "passes"),
    [
        ("Yes, it has Mono audio.", "does it have Dolby audio?", "en", False),
        ("No, it has Mono audio.", "does it have Dolby audio?", "en", True),
        ("是的，它是有线的。", "支持蓝牙吗？", "zh", False),
        ("没有Wired的。", "有没有Wired？", "zh", False),
    ],
)
def test_yes_needs_more_than_the_name_of_a_fact_and_no_must_not_deny_it(sentence, question, language, passes):
    assert grounded(sentence, AUDIO, WIRED, question=question, language=language) is passes
