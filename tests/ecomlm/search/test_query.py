from decimal import Decimal

import pytest

from ecomlm.language import words
from ecomlm.search.facts import CatalogueFacts, FactsGatherer
from ecomlm.search.query import understand
from knowledge.records import Attribute, Product, ProductId, Text

from .shop import product, products


@pytest.fixture(scope="module")
def facts():
    gatherer = FactsGatherer()
    for item in products():
        gatherer.add(item)
    age = Attribute("age_from", Decimal(3), "years", Text("Suitable from age", "适用年龄（起）"))
    gatherer.add(product("blocks", "Blocks", "积木", ("Toys", "玩具"), 20, attributes=(age,)))
    return gatherer.facts()


def said(text, facts, language="en"):
    return [item.say(language) for item in understand(text, facts).filters]


@pytest.mark.parametrize(
    ("text", "subject", "conditions"),
    [
        ("waterproof hiking boots under $150", "waterproof hiking boots", {"up to $150.00", "waterproof"}),
        ("150美元以下的防水登山鞋", "防水登山鞋", {"up to $150.00", "waterproof"}),
        ("我想要一个 laptop bag 要 waterproof 的", "laptop bag waterproof", {"waterproof"}),
        ("anything for $5 to $10?", "", {"$5.00 to $10.00"}),
        ("口红", "口红", set()),
        ("红色口红", "红色口红", {"in red"}),
        ("show me only what is in stock", "", {"in stock"}),
        ("只看有货的", "", {"in stock"}),
        ("hiking boots in size 42 in stock", "hiking boots", {"in size 42", "in stock"}),
        ("42码的登山鞋有货吗", "登山鞋", {"in size 42", "in stock"}),
        ("laptop with at least 16 GB ram", "laptop with ram", {"ram at least 16 gb"}),
        ("14-inch laptop", "14-inch laptop", {"screen size 14 inch"}),
        ("camera under 500 g", "camera", {"weight up to 500 g"}),
        ("boots by Norrfell", "boots by norrfell", {"by Norrfell"}),
        ("red dress", "red dress", {"in red"}),
        ("红色的连衣裙", "红色的连衣裙", {"in red"}),
        ("boots on sale", "boots", {"on sale"}),
        ("do you sell live elephants?", "live elephants", set()),
        ("有没有5到10美元的玩具？", "玩具", {"$5.00 to $10.00"}),
        ("有没有 waterproof 的登山鞋", "waterproof 的登山鞋", {"waterproof"}),
        ("没有防水的登山鞋", "登山鞋", {"not waterproof"}),
        ("a gift for a 6 year old", "", {"suitable from age up to 6"}),
        ("blocks for a six-year-old", "blocks", {"suitable from age up to 6"}),
        ("给六岁孩子的礼物", "", {"suitable from age up to 6"}),
        ("puzzle for my 8-year-old son under $20", "puzzle", {"suitable from age up to 8", "up to $20.00"}),
        ("a watch for a 60 year old", "watch", set()),
        ("gift card", "gift card", set()),
    ],
)
def test_subject_and_conditions_are_told_apart(facts, text, subject, conditions):
    query = understand(text, facts)
    assert query.subject == subject
    assert {item.say("en") for item in query.filters} == conditions


def test_conditions_say_themselves_in_chinese(facts):
    assert said("waterproof boots under $150 in stock", facts, "zh") == ["150.00美元以内", "有货", "防水"]


@pytest.mark.parametrize(
    ("text", "fact", "is_highest"),
    [
        ("what is your most expensive camera?", "price", True),
        ("最便宜的相机", "price", False),
        ("最贵的相机是哪款", "price", True),
        ("the lightest camera", "number", False),
        ("最轻的相机", "number", False),
        ("newest camera", "released", True),
        ("best rated camera", "rating", True),
    ],
)
def test_superlatives_are_read_in_both_languages(facts, text, fact, is_highest):
    query = understand(text, facts)
    assert query.superlative is not None
    assert (query.superlative.fact, query.superlative.is_highest) == (fact, is_highest)
    assert query.core in ("camera", "相机")


@pytest.mark.parametrize(
    ("text", "subject"),
    [("anything cheap for camping?", "camping"), ("something cheap", ""), ("便宜的东西有吗", "")],
)
def test_something_cheap_is_the_cheapest_of_what_is_meant(facts, text, subject):
    query = understand(text, facts)
    assert query.superlative is not None
    assert (query.superlative.fact, query.superlative.is_highest) == ("price", False)
    assert query.subject == subject


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Hello, my name is Oluwaseun Ade, I need a camera", "camera"),
        ("I'm Zoë and need a camera", "camera"),
        ("Björn here, looking for a camera", "camera"),
        ("Hello, Mei speaking: a camera please", "camera"),
        ("Mrs. Nwosu wants a camera", "camera"),
        ("我叫古丽娜尔，想买相机", "相机"),
    ],
)
def test_who_asks_is_not_looked_for(facts, text, subject):
    assert words(understand(text, facts).subject, "en") == words(subject, "en")


@pytest.mark.parametrize(
    "text", ["this is a camera", "Canon Camera here", "I'm after a camera", "It's Boots, I mean"]
)
def test_what_introduces_nobody_stays(facts, text):
    assert understand(text, facts).subject or understand(text, facts).filters


def test_for_whom_it_is_may_tell_what_is_wanted(facts):
    assert "baby" in understand("Baby needs a blanket", facts).subject


@pytest.mark.parametrize("text", ["boots not waterproof", "不防水的登山鞋"])
def test_a_refused_feature_is_turned_round_and_not_looked_for(facts, text):
    query = understand(text, facts)
    assert [item.as_json() for item in query.filters] == [{"feature": "waterproof", "wanted": False}]
    assert "waterproof" not in query.subject
    assert "防水" not in query.subject


def test_a_material_may_be_refused(facts):
    (condition,) = understand("boots without leather", facts).filters
    assert condition.as_json() == {"feature": "leather", "wanted": False}


@pytest.mark.parametrize("text", ["手机支持5G吗", "toys for ages 3 and up", "case for Norrfell boots"])
def test_what_only_looks_like_a_condition_is_none(facts, text):
    assert understand(text, facts).filters == ()


def test_a_bare_feature_is_the_subject_and_no_condition(facts):
    query = understand("waterproof", facts)
    assert query.filters == ()
    assert query.subject == "waterproof"


def test_the_language_can_be_given(facts):
    assert understand("laptop", facts, "zh").language == "zh"


def test_facts_survive_being_written_and_read(facts):
    assert CatalogueFacts.from_json(facts.as_json()).as_json() == facts.as_json()


def test_a_brand_that_other_makers_titles_name_is_not_sure():
    gatherer = FactsGatherer()
    gatherer.add(product("phone", "Apple Phone", "", ("Phones", ""), 900, brand="Apple"))
    for number in range(3):
        gatherer.add(product(f"case{number}", "Case for Apple Phone", "", ("Cases", ""), 9, brand="Shell"))
    facts = gatherer.facts()
    assert {brand.name: brand.is_sure for brand in facts.brands} == {"Shell": True, "Apple": False}
    assert understand("apple phone", facts).filters == ()
    assert [item.kind for item in understand("phone by apple", facts).filters] == ["brand"]


@pytest.mark.parametrize("text", ["phones with 5G", "支持5G的手机", "有没有支持5G的手机"])
def test_a_yes_or_no_fact_is_known_by_its_short_name(text):
    gatherer = FactsGatherer()
    fact = Attribute("supports_5g", True, label=Text("5G", "5G网络"))
    gatherer.add(Product(ProductId("phone"), Text("Aria 5 phone", "Aria 5 手机"), attributes=(fact,)))
    (condition,) = understand(text, gatherer.facts()).filters
    assert condition.as_json()["wanted"] is True
    assert condition.allows(Product(ProductId("a"), Text("A"), attributes=(fact,)))


@pytest.mark.parametrize(
    ("text", "thing", "is_only"),
    [
        ("phone with a good camera", "phone", True),
        ("light stove for camping", "stove", False),
        ("露营的轻便炉具", "炉具", False),
        ("拍照好的手机", "手机", False),
        ("camera bag", "", False),
        ("something warm for winter", "", False),
        ("相机包", "", False),
    ],
)
def test_the_thing_is_told_from_what_is_said_of_it(facts, text, thing, is_only):
    query = understand(text, facts)
    assert (query.thing, query.is_thing_only) == (thing, is_only)


def test_a_childs_age_is_met_by_what_is_made_for_it_or_for_younger_ones(facts):
    (condition,) = understand("toys for a 6 year old", facts).filters
    assert [
        condition.allows(
            product("t", "Toy", "玩具", ("", ""), 5, attributes=(Attribute("age_from", Decimal(age)),))
        )
        for age in (3, 6, 8)
    ] == [True, True, False]
