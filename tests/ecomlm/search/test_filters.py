from decimal import Decimal

import pytest

from ecomlm.search.filters import (
    BrandIs,
    ColourIs,
    Feature,
    InStock,
    NumberIs,
    OnSale,
    PriceRange,
    SizeIs,
    satisfies,
)
from ecomlm.search.values import in_unit
from knowledge.records import Attribute, Offer, Product, ProductId, Text

from .shop import boot, money, product, products

UNDER_150 = PriceRange(None, Decimal(150), "USD")
RED = ColourIs(Text("red", "红色"), ("red", "红色"))
WATERPROOF = Feature(("waterproof",), Text("Waterproof", "防水"), ("waterproof", "防水"))
SHOP = {item.id: item for item in products()}


def test_one_form_of_the_product_must_meet_all_conditions():
    ridge = SHOP["ridge"]
    assert satisfies(ridge, [UNDER_150, SizeIs("42"), InStock()])
    assert not satisfies(ridge, [UNDER_150, SizeIs("43"), InStock()])
    assert not satisfies(SHOP["massif"], [UNDER_150])


def test_a_size_that_is_sold_out_is_not_offered_while_others_can_be_had():
    assert not satisfies(SHOP["ridge"], [SizeIs("43")])


def test_a_product_that_is_sold_out_entirely_is_still_found_by_size():
    assert satisfies(boot("x", "X", 10, True, {"42": 0}), [SizeIs("42")])


def test_an_attribute_outweighs_the_words_of_the_title():
    liar = product("x", "Waterproof Lamp", "", ("Lamps", ""), 5, attributes=(Attribute("waterproof", False),))
    assert not WATERPROOF.allows(liar)


def test_without_the_attribute_the_records_own_words_tell():
    assert WATERPROOF.allows(product("x", "Waterproof Lamp", "", ("Lamps", ""), 5))
    assert WATERPROOF.allows(product("x", "", "防水灯", ("", "灯"), 5))
    assert not WATERPROOF.allows(product("x", "Lamp", "", ("Lamps", ""), 5))


@pytest.mark.parametrize("title", ["Lamp, not waterproof", "Non-waterproof lamp"])
def test_a_denied_word_does_not_count(title):
    assert not WATERPROOF.allows(product("x", title, "", ("Lamps", ""), 5))


def test_a_refused_feature_excludes():
    dry = Feature(("waterproof",), Text("Waterproof", "防水"), ("waterproof",), is_wanted=False)
    assert not dry.allows(SHOP["ridge"])
    assert dry.allows(SHOP["dust"])


def test_colour_is_looked_up_in_options_attributes_and_title():
    brown = ColourIs(Text("brown", "棕色"), ("brown", "棕色"))
    assert brown.allows(SHOP["ridge"])
    assert RED.allows(SHOP["red-dress"])
    assert not RED.allows(SHOP["ridge"])
    recorded = product("x", "Red Baron Kite", "", ("Kites", ""), 5, attributes=(Attribute("colour", "blue"),))
    assert not RED.allows(recorded)


def test_a_word_inside_another_is_no_colour():
    assert not RED.allows(product("x", "Shredded Paper", "", ("Paper", ""), 5))


def test_numbers_are_compared_in_their_own_unit():
    under_half_kilo = NumberIs(("weight",), Text("Weight", "重量"), None, Decimal("0.5"), "kg")
    assert under_half_kilo.allows(SHOP["cam-small"])
    assert not under_half_kilo.allows(SHOP["cam-big"])
    assert not under_half_kilo.allows(SHOP["tea"])


def test_inches_are_whole_classes():
    fifteen = NumberIs(("screen_size",), Text("Screen size"), Decimal(15), Decimal(15), "inch")
    screen = Attribute("screen_size", Decimal("15.6"), "inch")
    assert fifteen.allows(product("x", "Laptop", "", ("Laptops", ""), 5, attributes=(screen,)))
    assert not fifteen.allows(SHOP["laptop"])


def test_what_takes_more_takes_less_too():
    fifteen = NumberIs(("laptop_size",), Text("Fits laptops up to"), Decimal(15), Decimal(15), "inch")
    roomy = Attribute("laptop_size", Decimal("15.6"), "in")
    tight = Attribute("laptop_size", Decimal(14), "in")
    assert fifteen.allows(product("x", "Bag", "", ("Bags", ""), 5, attributes=(roomy,)))
    assert not fifteen.allows(product("x", "Bag", "", ("Bags", ""), 5, attributes=(tight,)))


def test_centimetres_and_inches_compare():
    value = in_unit(Attribute("diagonal", Decimal("39.6"), "cm"), "inch")
    assert value is not None
    assert round(value, 1) == Decimal("15.6")


def test_units_of_different_kinds_do_not_compare():
    assert in_unit(Attribute("weight", Decimal(5), "kg"), "inch") is None


def test_a_price_range_measures_how_far_off_a_product_is():
    assert UNDER_150.distance(SHOP["ridge"]) == 0
    assert UNDER_150.distance(SHOP["massif"]) == pytest.approx(69 / 150)
    assert UNDER_150.distance(Product(ProductId("x"), Text("Gift"))) > 5


def test_stock_sale_and_brand():
    assert not InStock().allows(SHOP["tea"])
    assert not InStock().allows(Product(ProductId("x"), Text("Gift")))
    reduced = Product(ProductId("x"), Text("Gift"), offer=Offer(price=money(5), list_price=money(8)))
    assert OnSale().allows(reduced)
    assert not OnSale().allows(SHOP["tea"])
    assert BrandIs(("norrfell",)).allows(SHOP["ridge"])
    assert not BrandIs(("Norr",)).allows(SHOP["ridge"])


@pytest.mark.parametrize(
    "condition", [UNDER_150, RED, WATERPROOF, SizeIs("42"), InStock(), OnSale(), BrandIs(("A",)),
                  NumberIs(("w",), Text("Weight", "重量"), Decimal(1), None, "kg")],
)  # fmt: skip
def test_every_condition_says_itself_and_becomes_plain_values(condition):
    assert condition.say("en")
    assert condition.say("zh")
    assert condition.as_json()
    assert 0 < condition.cost < 1
