"""What code states by itself, in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecomlm.evidence import Evidence
from ecomlm.rendering import asked_facts, render, review_frame
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
    assert render(fits, "is it good for a 15-inch laptop?", "en") == "Yes. Fits laptops up to: 16 inch."


def test_the_record_says_no_in_chinese():
    fact_5g = fact("supports_5g", Text("5G", "5G网络"), False, language="zh")
    assert render(fact_5g, "这款手机支持5G吗？", "zh") == "不，5G网络：否。"


@pytest.mark.parametrize(
    ("question", "language", "frame"),
    [
        ("is it small?", "en", "The page itself does not say. Going by buyers' reviews: "),
        ("what do hands say?", "en", "Going by buyers' reviews: "),
        ("它小吗？", "zh", "商品页面本身没有说明。根据买家评价："),
    ],
)
def test_an_answer_from_reviews_says_whose_word_it_is(question, language, frame):
    assert review_frame(question, language) == frame


def test_a_quotation_names_the_buyer():
    assert render(REVIEW, "how does it feel?", "en") == "A buyer wrote: “Fits my palm well.”"
