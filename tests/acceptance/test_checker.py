"""The checker itself: what it must find fault with, and what it must let pass."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.events import Card, SourceLink
from knowledge.records import (
    Article,
    ArticleId,
    Attribute,
    Money,
    Offer,
    Product,
    ProductId,
    Review,
    ReviewId,
    Text,
)
from tests.acceptance.checker import Checker
from tests.acceptance.shop import Reply

TENT = ProductId("tent")


@pytest.fixture
def tent() -> Checker:
    """A shop with one tent, two reviews and one article."""
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Checker(
        [
            Product(
                TENT,
                Text("Tent for 2", "双人帐篷"),
                attributes=(Attribute("weight", Decimal("2150"), "g"),),
                offer=Offer(Money(Decimal("1199.90"), "USD"), stock=7),
            )
        ],
        [
            Review(ReviewId("r1"), TENT, "Stood up to 90 km/h.", "en", 5, created=when),
            Review(ReviewId("r2"), TENT, "有点小。", "zh", 2, created=when),
        ],
        [Article(ArticleId("returns"), Text("Returns"), Text("Within 30 days, $5.90 for the label."))],
    )


def _card(**changes: object) -> Card:
    values = {
        "id": "tent", "title": "Tent for 2", "price": "$1,199.90", "amount": "1199.90", "currency": "USD",
        "availability": "in_stock", "stock": "In stock", "url": "/", "image": None,
    }  # fmt: skip
    return Card(**{**values, **changes})  # type: ignore[arg-type]  # plain test values


@pytest.mark.parametrize(
    "text",
    [
        "It weighs 2150 g and costs $1,199.90.",
        "重量2150克，价格1199.90美元，有货，剩余7件。",
        "In stock, 7 left [1].",
        "2 reviews, 3.5 of 5 stars. “Stood up to 90 km/h.” [2]",
    ],
)
def test_what_the_record_says_passes(tent: Checker, text: str) -> None:
    assert tent.faults(Reply(text), "how is it?", "tent") == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("It weighs 2100 g.", "2100"),
        ("It costs $1,099.90.", "1,099.90"),
        ("It costs $90.", "90"),
        ("It is sold out.", "sold out"),
        ("这款缺货。", "缺货"),
        ("仅剩3件。", "3"),
        ("", "empty"),
    ],
)
def test_what_no_record_says_is_found(tent: Checker, text: str, fault: str) -> None:
    assert any(fault in found for found in tent.faults(Reply(text), "how is it?", "tent"))


def test_numbers_count_only_from_records_that_the_reply_is_about(tent: Checker) -> None:
    assert tent.faults(Reply("Within 30 days."), "how long?")
    cited = SourceLink(1, "article:returns#body.1", "Returns", "Within 30 days", "/help/returns")
    assert not tent.faults(Reply("Within 30 days, for $5.90 [1].", sources=(cited,)), "how long?")


def test_a_number_of_the_message_may_be_repeated(tent: Checker) -> None:
    assert not tent.faults(Reply("Nothing under $50."), "a tent under $50")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "999.00"},
        {"price": "$999.00"},
        {"title": "Another tent"},
        {"availability": "out_of_stock"},
        {"stock": "Only 3 left"},
        {"id": "nothing"},
    ],
)
def test_a_card_that_differs_from_its_record_is_found(tent: Checker, changes: dict[str, object]) -> None:
    assert not tent.faults(Reply("Here.", cards=(_card(),)), "tents")
    assert tent.faults(Reply("Here.", cards=(_card(**changes),)), "tents")
