"""Amounts that no attribute holds: only what a record states itself meets them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ecomlm.search.facts import FactsGatherer
from ecomlm.search.query import understand
from ecomlm.search.stated import AmountStated
from knowledge.records import Attribute, Text

from .shop import product


def drive(title, *attributes):
    item = product("drive", title, "", ("Drives", "硬盘"), 80)
    return replace(item, attributes=attributes)


@pytest.mark.parametrize(
    ("text", "title", "meets"),
    [
        ("2TB hard drive", "Kestrel K2 external drive 2 TB", True),
        ("2TB hard drive", "Kestrel K2 external drive 2000GB", True),
        ("2TB hard drive", "Kestrel K2 external drive 300 GB", False),
        ("2TB hard drive", "Kestrel K2 external drive", False),
        ("2TB的移动硬盘", "Kestrel K2 external drive 300 GB", False),
        ("2TB的移动硬盘", "Kestrel K2 移动硬盘 2TB", True),
        ("hard drive lighter than 200 g", "Kestrel K2 drive, 180 g", True),
        ("hard drive lighter than 200 g", "Kestrel K2 drive, 0.5 kg", False),
        ("200克以下的硬盘", "Kestrel K2 drive, 180 g", True),
        ("27寸显示器", 'Vantor monitor 68.6 cm (27")', True),
        ("27寸显示器", 'Vantor monitor 55.9 cm (22") 27 series', False),
    ],
)
def test_what_is_asked_for_must_be_stated(text, title, meets):
    (condition,) = understand(text, FactsGatherer().facts()).filters
    assert isinstance(condition, AmountStated)
    assert condition.allows(drive(title)) is meets


def test_a_fact_in_words_states_it_too_and_a_bare_number_does_not():
    condition = AmountStated(Decimal(16), Decimal(16), "gb")
    assert condition.allows(drive("Kestrel K2", Attribute("memory", "16 GB DDR4", label=Text("Memory"))))
    assert not condition.allows(drive("Kestrel K2", Attribute("memory", Decimal(16), label=Text("Memory"))))


@pytest.mark.parametrize("text", ["a tent for 3 days", "harness for a 5 kg dog", "适合5公斤的狗的背带"])
def test_whom_or_how_long_it_is_for_is_no_measure_of_the_thing(text):
    assert not understand(text, FactsGatherer().facts()).filters


def test_it_is_worded_in_both_languages():
    condition = AmountStated(None, Decimal(2), "tb")
    assert (condition.say("en"), condition.say("zh")) == ("up to 2 TB", "2 TB以内")
    assert AmountStated(Decimal(2), Decimal(2), "tb").say("en") == "2 TB"
    assert condition.as_json() == {"stated": True, "low": None, "high": 2.0, "unit": "tb"}
