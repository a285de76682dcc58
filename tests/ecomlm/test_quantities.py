"""Numbers read out of sentences."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecomlm.quantities import quantities, topic


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("It weighs 480 g.", "480", "mass"),
        ("重量480克", "480", "mass"),
        ("reads at 3,500 MB/s", "3500", "mb/s"),
        ("The warranty is two years", "2", "month"),
        ("保修两年", "2", "month"),
        ("30天内可退", "30", "day"),
        ("costs $1,299.00", "1299.00", "USD"),
        ("价格129美元", "129", "USD"),
        ("三个电机", "3", ""),
    ],
)
def test_a_number_is_read_with_its_unit(text, value, unit):
    (quantity,) = quantities(text)
    assert (quantity.value, quantity.unit) == (Decimal(value), unit)


@pytest.mark.parametrize("text", ["the KC2500 drive", "M.2 slot", "没有数字", "WiFi and Bluetooth"])
def test_a_model_number_is_no_quantity(text):
    assert quantities(text) == ()


def test_each_number_knows_the_words_of_its_own_clause():
    read, write = quantities("It reads at 3500 MB/s and writes at 2900 MB/s.")
    assert "read" in read.about
    assert "read" not in write.about


@pytest.mark.parametrize(
    ("first", "second", "are_equal"),
    [
        ("1 kg", "1000 g", True),
        ("1 kg", "100 g", False),
        ("24 months", "2 years", True),
        ("30 days", "1 month", False),
        ("3500", "3500 MB/s", True),
        ("3500 MB/s", "3500", False),
        ("$20", "20 g", False),
        ("$20", "€20", False),
    ],
)
def test_equality_minds_the_unit(first, second, are_equal):
    assert quantities(first)[0].equals(quantities(second)[0]) is are_equal


@pytest.mark.parametrize(("asked", "label"), [("how heavy is it", "Weight"), ("它有多重", "重量")])
def test_a_question_word_meets_the_label_it_asks_for(asked, label):
    assert topic(asked) & topic(label)
