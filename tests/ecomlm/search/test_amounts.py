from decimal import Decimal

import pytest

from ecomlm.search.amounts import amounts, chinese_number, plain_numbers


def bounds(text):
    return [
        (
            None if item.low is None else float(item.low),
            None if item.high is None else float(item.high),
            item.unit,
        )
        for item in amounts(plain_numbers(text))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("under $150", (None, 150, "")),
        ("$5 to $10", (5, 10, "")),
        ("$5-$10", (5, 10, "")),
        ("between 5 and 10", (5, 10, "")),
        ("no more than 1,299.50 dollars", (None, 1299.5, "")),
        ("$150 or less", (None, 150, "")),
        ("at least 16 gb", (16, None, "gb")),
        ("over 2.5 kg", (2.5, None, "kg")),
        ("500 g to 2 kg", (0.5, 2, "kg")),
        ("15 inch", (15, 15, "inch")),
        ("about $50", (40, 60, "")),
        ("under 1.5k", (None, 1500, "")),
        ("150美元以下", (None, 150, "")),
        ("不超过200元", (None, 200, "")),
        ("一百块以内", (None, 100, "")),
        ("两三百元", (200, 300, "")),
        ("100到200元之间", (100, 200, "")),
        ("200元左右", (160, 240, "")),
        ("预算3千", (None, 3000, "")),
        ("至少16gb", (16, None, "gb")),
        ("十几块", (11, 19, "")),
    ],
)
def test_a_range_is_read_from_the_words_around_it(text, expected):
    assert bounds(text) == [expected]


@pytest.mark.parametrize(
    "text", ["windows 10", "iphone 11", "brother tn-2110 toner", "802.11ac", "rock and roll"]
)
def test_numbers_of_names_are_no_amounts(text):
    assert bounds(text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("一百", 100),
        ("两百五", 250),
        ("一千五", 1500),
        ("三万", 30000),
        ("十五", 15),
        ("二十", 20),
        ("一百零五", 105),
    ],
)
def test_chinese_numerals_are_read(text, number):
    assert chinese_number(text) == number


def test_chinese_words_that_hold_numerals_stay():
    assert plain_numbers("一双万能的鞋") == "一双万能的鞋"


def test_a_backward_range_is_not_taken():
    assert all(
        item.low is None or item.high is None or item.low <= item.high for item in amounts("$10 to $5")
    )


def test_a_currency_is_kept():
    (amount,) = amounts("under €20")
    assert (amount.currency, amount.high) == ("EUR", Decimal(20))
