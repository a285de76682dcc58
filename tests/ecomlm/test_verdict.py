"""Yes/no questions decided from typed values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecomlm.evidence import Evidence
from ecomlm.search.passages import label_text, value_text
from ecomlm.verdict import decide, is_yes_no, polarity
from knowledge.records import Attribute, Text


def fact(attribute, language="en"):
    text = f"{label_text(attribute, language)}: {value_text(attribute, language)}"
    return Evidence("product:1", f"attribute.{attribute.key}", "attribute", text, language, attribute)


FIVE_G = Attribute("supports_5g", True, label=Text("5G support", "支持5G"))
NO_5G = Attribute("supports_5g", False, label=Text("5G support", "支持5G"))
AGE = Attribute("recommended_age", Decimal(3), "years", Text("Recommended age from", "适龄"))
FITS = Attribute("fits_laptop", Decimal("15.6"), "inch", Text("Fits laptops up to", "适合笔记本尺寸"))
PORTS = Attribute("ports", ("USB-C", "HDMI"), label=Text("Ports", "接口"))
CAPACITY = Attribute("hdd_capacity", Decimal(300), label=Text("hdd capacity", ""))
USB_2 = Attribute("i_o_ports", "USB 2.0", label=Text("i o ports", ""))
WIRED = Attribute("connectivity_technology", "Wired", label=Text("connectivity technology", ""))
BOTH_WAYS = Attribute("connection", ("Wired", "Wireless"), label=Text("Connection", "连接方式"))
WEIGHT = Attribute("weight", Decimal(480), "g", Text("Weight", "重量"))


@pytest.mark.parametrize(
    ("question", "attribute", "language", "decided"),
    [
        ("does it support 5G?", FIVE_G, "en", True),
        ("这款手机支持5G吗？", NO_5G, "zh", False),
        ("is it ok for a 2 year old?", AGE, "en", False),
        ("is it ok for a 4 year old?", AGE, "en", True),
        ("两岁的宝宝能玩吗？", AGE, "zh", False),
        ("is it good for a 15-inch laptop?", FITS, "en", True),
        ("能放17寸的笔记本吗？", FITS, "zh", False),
        ("does it have HDMI?", PORTS, "en", True),
        ("does it have ethernet?", PORTS, "en", None),
        ("does it weigh under 1 kg?", WEIGHT, "en", True),
        ("does it weigh under 300 g?", WEIGHT, "en", False),
        ("is it not waterproof?", FIVE_G, "en", None),
        ("does it support USB 3.0?", CAPACITY, "en", None),
        ("支持USB 3.0吗", CAPACITY, "zh", None),
        ("does it work with Windows 10?", CAPACITY, "en", None),
        ("does it have 1 TB?", CAPACITY, "en", None),
        ("is the hdd capacity 300?", CAPACITY, "en", True),
        ("is it usb 2.0?", USB_2, "en", True),
        ("is it usb 3.0?", USB_2, "en", None),
        ("is it wireless?", WIRED, "en", False),
        ("是无线的吗？", WIRED, "zh", False),
        ("是有线的吗？", WIRED, "zh", True),
        ("is it wireless?", BOTH_WAYS, "en", True),
        ("is it wired or wireless?", WIRED, "en", None),
        ("is it a wireless keyboard?", WIRED, "en", False),
        ("does it come with a wireless charger?", WIRED, "en", None),
        ("does it have wireless charging?", WIRED, "en", None),
        ("支持无线充电吗？", WIRED, "zh", None),
        ("how heavy is it?", WEIGHT, "en", None),
    ],
)
def test_the_record_decides_or_stays_silent(question, attribute, language, decided):
    assert decide(question, fact(attribute, language), language) is decided


def test_a_passage_without_a_typed_value_decides_nothing():
    review = Evidence("review:1", "text.0", "review", "It is waterproof.", "en")
    assert decide("is it waterproof?", review, "en") is None


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("does it float?", "en", True),
        ("hi, is it loud?", "en", True),
        ("the second one - is it loud?", "en", True),
        ("how loud is it?", "en", False),
        ("它防水吗？", "zh", True),
        ("是否支持快充", "zh", True),
        ("多重？", "zh", False),
    ],
)
def test_yes_no_questions_are_recognised(question, language, expected):
    assert is_yes_no(question, language) is expected


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Yes, it does.", True),
        ("No, it is not.", False),
        ("It does not support 5G.", False),
        ("支持5G。", True),
        ("不支持5G。", False),
        ("It reads at 3500 MB/s.", None),
    ],
)
def test_what_a_sentence_says(sentence, said):
    assert polarity(sentence) is said
