"""Values in messages, in both languages."""

from __future__ import annotations

import pytest

from bot.entities import find_entities


def values(text: str, kind: str, brands: tuple[str, ...] = ()) -> list[str]:
    return [entity.value for entity in find_entities(text, brands) if entity.entity == kind]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("where is LW-100234?", "LW-100234"),
        ("order #20931 please", "20931"),
        ("what's happening with order 100245", "100245"),
        ("订单号是100187", "100187"),
        ("查一下订单lw-100301", "LW-100301"),
    ],
)
def test_order_numbers_are_found(text: str, number: str) -> None:
    assert values(text, "order_number") == [number]


@pytest.mark.parametrize(
    "text", ["under $1500", "the year 2024", "a 15-inch laptop", "WH-1000XM5 headphones"]
)
def test_other_numbers_are_no_order_numbers(text: str) -> None:
    assert values(text, "order_number") == []


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("and the second one?", ["2"]),
        ("compare the first and the third", ["1", "3"]),
        ("number 2 please", ["2"]),
        ("第二个多重", ["2"]),
        ("第3款呢", ["3"]),
        ("最后一个", ["-1"]),
        ("the last one", ["-1"]),
        ("second hand phones", []),
        ("last week I ordered", []),
        ("第一次买", []),
    ],
)
def test_ordinals(text: str, positions: list[str]) -> None:
    assert values(text, "ordinal") == positions


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("boots under $150", [], ["150"]),
        ("for $5 to $10", ["5"], ["10"]),
        ("150美元以下", [], ["150"]),
        ("at least 20 bucks", ["20"], []),
        ("16 GB of RAM", [], []),
    ],
)
def test_prices(text: str, low: list[str], high: list[str]) -> None:
    assert values(text, "price_min") == low
    assert values(text, "price_max") == high


def test_brands_are_found_as_whole_words() -> None:
    assert values("any Norrfell jackets?", "brand", ("Norrfell", "Ark")) == ["Norrfell"]
    assert values("a dark jacket", "brand", ("Norrfell", "Ark")) == []


@pytest.mark.parametrize(
    ("text", "colour"), [("the blue one", "blue"), ("蓝色的呢", "blue"), ("a red dress", "red")]
)
def test_colours(text: str, colour: str) -> None:
    assert values(text, "colour") == [colour]


def test_spans_point_at_the_words() -> None:
    text = "where is LW-100234?"
    entity = find_entities(text)[0]
    assert text[entity.start : entity.end] == "LW-100234"
