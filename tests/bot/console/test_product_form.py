"""A product as a form and back: what is kept, what is read, what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.console.product_form import ProductForm
from bot.console.product_reading import read_product
from knowledge.errors import RecordInvalid
from knowledge.records import Attribute, Money, Offer, Option, Product, ProductId, Sku, Text, Variant
from tests.bot.shop import BAG, BOOT, DRIVE, usd


def option(key: str, value: str) -> Option:
    return Option(key, Text(value), Text(key.title()))


ODD = replace(
    BOOT,
    id=ProductId("odd\u3000id"),
    attributes=(
        Attribute("material", "leather", wording=Text("Full-grain leather", "头层牛皮")),
        Attribute("origin", "中国", wording=Text(zh="中国")),
        Attribute("sizes", ("S", "M"), wording=Text(zh="小、中")),
        Attribute("weight", Decimal("1E+2"), "g", wording=Text("100 grams")),
    ),
    offer=Offer(Money(Decimal("89.000"), "USD"), availability="preorder"),
    description=Text("\nFirst.\n\n\n\nSecond.  "),
)
MANY_OPTIONS = replace(
    BAG,
    variants=(
        Variant(Sku("1"), tuple(option(key, "x") for key in ("colour", "size", "width", "lining")), Offer()),
    ),
)


def filled(product: Product) -> ProductForm:
    return ProductForm.of(product).with_spare_rows()


@pytest.mark.parametrize("product", [BOOT, BAG, DRIVE, ODD, MANY_OPTIONS], ids=lambda product: product.id)
def test_what_nobody_touched_stays_exactly_as_it_was(product):
    form = filled(product)
    assert read_product(form, product) == product, form.faults


@pytest.mark.parametrize(
    ("changes", "place", "reason"),
    [
        ({"title_en": " ", "title_zh": ""}, "title", "no_title"),
        ({"price": "-1"}, "price", "negative_price"),
        ({"price": "cheap"}, "price", "bad_price"),
        ({"price": "1e500"}, "price", "bad_price"),
        ({"price": "NaN"}, "price", "bad_price"),
        ({"price": "9" * 13}, "price", "bad_price"),
        ({"list_price": "-0.01"}, "list_price", "negative_price"),
        ({"price": "5", "currency": "XQZ"}, "currency", "bad_currency"),
        ({"price": "5", "currency": ""}, "currency", "no_currency"),
        ({"stock": "-1"}, "stock", "bad_stock"),
        ({"stock": "2.5"}, "stock", "bad_stock"),
        ({"released": "soon"}, "released", "bad_day"),
        ({"image": "javascript:alert(1)"}, "image", "bad_link"),
        ({"url": "data:text/html,x"}, "url", "bad_link"),
        ({"description_en": "a\x00b"}, "", "invalid"),
        ({"description_zh": "\ud83d"}, "", "invalid"),
    ],
)
def test_an_unusable_value_is_told_at_its_field(changes, place, reason):
    form = filled(BOOT)
    form.fields |= changes
    assert read_product(form, BOOT) is None
    assert form.faults[place].reason == reason


@pytest.mark.parametrize(
    ("rows", "row", "changes", "place", "reason"),
    [
        ("variants", 1, {"sku": "bag-black"}, "variant.1.sku", "sku_twice"),
        ("variants", 1, {"sku": ""}, "variant.1.sku", "no_sku"),
        ("variants", 1, {"sku": "a\nb"}, "variant.1.sku", "bad_id"),
        ("variants", 1, {"price": "-3"}, "variant.1.price", "negative_price"),
        ("variants", 1, {"currency": "EURO"}, "variant.1.currency", "bad_currency"),
        ("variants", 0, {"stock": "many"}, "variant.0.stock", "bad_stock"),
        ("variants", 0, {"option2_en": "L"}, "option.1.key", "no_option_name"),
        ("options", 1, {"key": "colour"}, "option.1.key", "key_twice"),
        ("options", 1, {"key": "a b"}, "option.1.key", "bad_key"),
        ("attributes", 0, {"value": "maybe"}, "attribute.0.value", "bad_yes_no"),
        ("attributes", 0, {"value": ""}, "attribute.0.value", "no_value"),
        ("attributes", 0, {"unit": "kg"}, "attribute.0.unit", "unit_of_no_number"),
        ("attributes", 0, {"key": "a b"}, "attribute.0.key", "bad_key"),
        ("attributes", 1, {"key": "waterproof", "value": "x"}, "attribute.1.key", "key_twice"),
        ("attributes", 1, {"key": "n", "type": "number", "value": "ten"}, "attribute.1.value", "bad_number"),
        ("attributes", 1, {"key": "n", "type": "list", "value": " \n"}, "attribute.1.value", "no_value"),
        ("attributes", 1, {"value": "x"}, "attribute.1.key", "bad_key"),
    ],
)
def test_an_unusable_value_in_a_row_is_told_at_its_cell(rows, row, changes, place, reason):
    form = filled(BAG)
    getattr(form, rows)[row] |= changes
    assert read_product(form, BAG) is None
    assert form.faults[place].reason == reason


def test_variants_are_added_changed_and_removed():
    form = filled(BAG)
    form.variants[0]["stock"] = "9"
    form.variants[1] = dict.fromkeys(form.variants[1], "")
    form.variants[2] |= {"sku": "bag-red", "option1_en": "Red", "option1_zh": "红色", "price": "95"}
    form.variants[2]["currency"] = "usd"
    product = read_product(form, BAG)
    assert product
    black, red = product.variants
    assert black == replace(BAG.variants[0], offer=Offer(usd("89.00"), stock=9))
    assert red == Variant(
        Sku("bag-red"), (Option("colour", Text("Red", "红色"), Text("Colour", "颜色")),), Offer(usd("95.00"))
    )


def test_options_without_a_column_survive_an_edit():
    form = filled(MANY_OPTIONS)
    form.variants[0]["stock"] = "2"
    product = read_product(form, MANY_OPTIONS)
    assert product
    assert product.variants[0].options == MANY_OPTIONS.variants[0].options


def test_a_new_name_keeps_an_attributes_wording_and_a_new_value_drops_it():
    form = filled(ODD)
    form.attributes[0]["label_en"] = "Made of"
    form.attributes[3]["value"] = "120"
    product = read_product(form, ODD)
    assert product
    assert product.attributes[0] == replace(ODD.attributes[0], label=Text("Made of"))
    assert product.attributes[3] == Attribute("weight", Decimal(120), "g")


def test_money_has_the_decimals_of_its_currency():
    form = filled(BOOT)
    form.fields |= {"price": "1,299.5", "list_price": "", "currency": "jpy"}
    product = read_product(form, BOOT)
    assert product
    assert str(product.offer.price.amount) == "1299.5"
    form.fields |= {"price": "5", "currency": "cny"}
    product = read_product(form, BOOT)
    assert product
    assert str(product.offer.price.amount) == "5.00"


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(RecordInvalid, match="torn"):
        ProductForm.sent("boot", {"attribute_key": ["a", "b"], "attribute_value": ["1"]})
