"""Records as text and back: nothing is lost, nothing wrong slips in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from knowledge import codec
from knowledge.errors import RecordInvalid
from knowledge.records import Attribute, Money, Offer, Product, ProductId, Record, Review, Text

_texts = some.text(max_size=20)
_numbers = some.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
_attributes = some.builds(
    Attribute,
    key=_texts,
    value=_texts | _numbers | some.booleans() | some.lists(_texts).map(tuple),
    unit=some.none() | _texts,
    label=some.builds(Text, _texts, _texts),
    wording=some.builds(Text, _texts, _texts),
)
_offers = some.builds(
    Offer,
    some.none() | some.builds(Money, _numbers.map(abs), some.sampled_from(["EUR", "CNY"])),
    availability=some.sampled_from([None, "in_stock", "preorder"]),
    stock=some.none() | some.integers(0, 10**6),
)


@given(
    some.builds(
        Product,
        some.text(min_size=1, max_size=9).map(ProductId),
        some.builds(Text, some.text(min_size=1), _texts),
        attributes=some.lists(_attributes, max_size=4).map(tuple),
        offer=_offers,
        released=some.none() | some.dates(),
        is_published=some.booleans(),
    )
)
def test_a_product_comes_back_exactly(product: Product) -> None:
    text = codec.encode(product)
    assert codec.decode("product", text) == product
    assert codec.encode(codec.decode("product", text)) == text


def test_every_kind_comes_back(tiny_catalogue: tuple[Record, ...]) -> None:
    for record in tiny_catalogue:
        assert codec.decode(codec.kind_of(record), codec.encode(record)) == record


def test_decimals_keep_their_digits() -> None:
    product = Product(
        ProductId("p"), Text("T"), offer=Offer(Money(Decimal("2.50"), "EUR")), released=date(2026, 1, 2)
    )
    assert '"amount":"2.50"' in codec.encode(product)
    assert '"released":"2026-01-02"' in codec.encode(product)


def test_times_are_kept_in_utc() -> None:
    review = Review(*("r", "p", "text", "en"), created=datetime(2026, 1, 2, 3, tzinfo=UTC))  # type: ignore[arg-type]  # plain test values
    assert '"created":"2026-01-02T03:00:00+00:00"' in codec.encode(review)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "is not an object with the fields of Product"),
        ({"id": "p", "title": {"en": "T"}, "colour": "red"}, "colour"),
        ({"title": {"en": "T"}}, "id"),
        ({"id": 5, "title": {"en": "T"}}, "5 is not str"),
        ({"id": "p", "title": {"en": "T"}, "tags": "a"}, "'a' is not a list"),
        (
            {"id": "p", "title": {"en": "T"}, "offer": {"availability": "maybe"}},
            "'maybe' is not one of in_stock",
        ),
        ({"id": "p", "title": {"en": "T"}, "offer": {"stock": "5"}}, "'5' is not int"),
        ({"id": "p", "title": {"en": "T"}, "attributes": [{"key": "a", "value": 5}]}, "write a number as"),
        (
            {"id": "p", "title": {"en": "T"}, "offer": {"price": {"amount": "x", "currency": "EUR"}}},
            "not a product",
        ),
        (
            {"id": "p", "title": {"en": "T"}, "offer": {"price": {"amount": "-1", "currency": "EUR"}}},
            "0 or more",
        ),
        (
            {"id": "p", "title": {"en": "T"}, "offer": {"price": {"amount": 24.9, "currency": "EUR"}}},
            "24.9 is not an exact number",
        ),
        (
            {"id": "p", "title": {"en": "T"}, "offer": {"price": {"amount": True, "currency": "EUR"}}},
            "True is not an exact number",
        ),
        ({"id": "p", "title": {}}, "needs an id and a title"),
        ({"id": "p", "title": {"en": "T"}, "released": "soon"}, "not a product record"),
    ],
)
def test_what_is_no_record_is_refused(value: object, message: str) -> None:
    with pytest.raises(RecordInvalid, match=message):
        codec.from_json("product", value)
