"""Which form of a product is meant, over one product whose options are names, sizes, amounts, yes and no."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.desk.variants import choose_variant, new_options
from knowledge.records import Money, Offer, Option, Product, ProductId, Sku, Text, Variant

FORMS = {
    "a": ("M", "500", "low", "yes", "wood", "10", True),
    "b": ("L", "500", "low", "yes", "wood", "12", True),
    "c": ("L", "1000", "low", "yes", "wood", "14", True),
    "d": ("M", "1000", "medium", "yes", "wood", "9", True),
    "e": ("M", "500", "high", "no", "wood", "30", True),
    "f": ("M", "500", "low", "no", "animals", "11", True),
    "g": ("M", "500", "medium", "yes", "metal", "8", False),
    "h": ("XL", "1500", "high", "no", "metal", "20", True),
}


def _variant(sku: str) -> Variant:
    size, pieces, brightness, waterproof, theme, price, is_here = FORMS[sku]
    options = {
        "size": size, "pieces": pieces, "brightness": brightness, "waterproof": waterproof, "theme": theme,
    }  # fmt: skip
    return Variant(
        Sku(sku),
        tuple(Option(key, Text(value), Text(key)) for key, value in options.items()),
        Offer(Money(Decimal(price), "USD"), availability="in_stock" if is_here else "out_of_stock"),
    )


THING = Product(ProductId("thing"), Text("Thing"), variants=tuple(_variant(sku) for sku in FORMS))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("one size bigger", "b"),
        ("I want to change it to a large one", "b"),
        ("from the M to an L", "b"),
        ("not waterproof, with animals", "f"),
        ("the animal one, waterproof or not doesn't matter", "f"),
        ("for one with 500 more pieces, size L", "c"),
        ("a brighter one with 1000 pieces", "d"),
        ("with the highest brightness, size M", "e"),
        ("to the cheapest", "d"),
        ("for the most expensive in the same size", "e"),
        ("item h please", "h"),
    ],
)
def test_the_form_that_is_meant(text: str, meant: str) -> None:
    assert [variant.sku for variant in choose_variant([text], THING, "a")] == [meant]


def test_what_is_preferred_goes_first_and_the_next_best_serves() -> None:
    assert [v.sku for v in choose_variant(["metal if possible, else animals, size M"], THING, "a")] == ["f"]


def test_exactly_what_was_named_comes_back_though_it_is_sold_out() -> None:
    assert [v.sku for v in choose_variant(["in metal, medium brightness"], THING, "a")] == ["g"]


def test_what_was_said_before_still_holds() -> None:
    assert [v.sku for v in choose_variant(["size L", "and 1000 pieces"], THING, "a")] == ["c"]


@pytest.mark.parametrize("text", ["", "something nice", "I'm not sure", "yes please"])
def test_nothing_is_guessed(text: str) -> None:
    assert choose_variant([text], THING, "a") == []


def test_an_infinitive_is_no_new_form() -> None:
    assert new_options("I want to change the M to an L").strip() == "an L"
