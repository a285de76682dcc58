"""What a shopper who looks for something gets: products that keep every condition, and true extremes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from bot.events import Card
from knowledge.records import Product
from tests.acceptance.checker import Checker
from tests.acceptance.shop import Shop

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="session")]

Products = dict[str, Product]


def _categories(product: Product) -> str:
    return " ".join(category.en for category in product.categories).lower()


def _prices(product: Product, *, available_only: bool = True) -> list[Decimal]:
    offers = [offer for offer in product.offers if offer.price]
    choices = [offer for offer in offers if offer.is_available is not False] if available_only else []
    return [offer.price.amount for offer in choices or offers if offer.price]


def _costs_at_most(product: Product, bound: str) -> bool:
    return any(price <= Decimal(bound) for price in _prices(product))


def _is_yes(product: Product, key: str) -> bool:
    attribute = product.attribute(key)
    return attribute is not None and attribute.value is True


def _is_told_to_be(word: str, product: Product) -> bool:
    """Whether a fact of the record says so, or, where it states none, its own words."""
    attribute = product.attribute(word)
    told = (product.title, product.description, *product.highlights)
    return attribute.value is True if attribute else any(word in text.en.lower() for text in told)


def _has_form(product: Product, colour: str, size: str) -> bool:
    """Whether one and the same form that can be had is of that colour and size."""
    return any(
        any(colour in option.value.en for option in variant.options)
        and any(option.value.en == size for option in variant.options)
        and variant.offer.is_available is True
        for variant in product.variants
    )


@pytest.mark.parametrize(
    "text", ["waterproof hiking boots under $150", "150美元以下的防水登山鞋", "防水登山鞋，不超过150美元"]
)
async def test_boots_are_waterproof_and_within_the_price(
    shop: Shop, products: Products, checker: Checker, text: str
) -> None:
    reply = await shop.ask(text)
    shown = [products[id] for id in reply.ids]
    assert shown, reply
    assert all(_is_yes(product, "waterproof") and _costs_at_most(product, "150") for product in shown), reply
    fitting = [
        product.id
        for product in products.values()
        if "hiking boots" in _categories(product)
        and _is_yes(product, "waterproof")
        and _costs_at_most(product, "150")
    ]
    assert fitting
    assert set(fitting) <= set(reply.ids), reply
    assert not reply.note
    assert not checker.faults(reply, text)


@pytest.mark.parametrize(
    ("text", "named"),
    [("waterproof hiking boots under $50", "$50"), ("50美元以下的防水登山鞋", "50.00美元")],
)
async def test_an_unmet_condition_is_named_and_the_nearest_are_offered(
    shop: Shop, products: Products, checker: Checker, text: str, named: str
) -> None:
    reply = await shop.ask(text)
    assert named in reply.note, reply
    assert named in reply.text
    assert reply.ids
    assert all(_is_yes(products[id], "waterproof") for id in reply.ids), reply
    assert not checker.faults(reply, text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a blue t-shirt in size M", lambda product: _has_form(product, "blue", "M")),
        ("M码的蓝色T恤", lambda product: _has_form(product, "blue", "M")),
        ("headphones by Kestrivo under $150", lambda p: p.brand == "Kestrivo" and _costs_at_most(p, "150")),
        ("150美元以内的Kestrivo耳机", lambda p: p.brand == "Kestrivo" and _costs_at_most(p, "150")),
        ("tents that are in stock", lambda p: "tents" in _categories(p) and p.is_available is True),
        ("有现货的帐篷", lambda p: "tents" in _categories(p) and p.is_available is True),
        (
            "wireless earbuds between $30 and $60",
            lambda p: any(Decimal(30) <= price <= Decimal(60) for price in _prices(p)),
        ),
        ("30到60美元的耳机", lambda p: any(Decimal(30) <= price <= Decimal(60) for price in _prices(p))),
        ("phones with 5G", lambda product: _is_yes(product, "supports_5g")),
        ("支持5G的手机", lambda product: _is_yes(product, "supports_5g")),
        ("waterproof laptop backpack", lambda product: _is_yes(product, "waterproof")),
    ],
)
async def test_every_card_keeps_every_condition(
    shop: Shop, products: Products, checker: Checker, text: str, holds: Callable[[Product], bool]
) -> None:
    reply = await shop.ask(text)
    assert not reply.note, reply
    assert reply.ids, reply
    broken = [id for id in reply.ids if not holds(products[id])]
    assert not broken, reply
    assert not checker.faults(reply, text)


@pytest.mark.parametrize(
    ("text", "category", "is_highest"),
    [
        ("what is your most expensive camera?", "cameras", True),
        ("最贵的相机是哪款？", "cameras", True),
        ("what is your cheapest tent?", "tents", False),
        ("最便宜的帐篷是哪款？", "tents", False),
        ("which laptop is the cheapest", "laptops", False),
        ("最便宜的笔记本电脑", "laptops", False),
        ("your most expensive phone", "phones", True),
        ("最贵的手机", "phones", True),
        ("cheapest tea", "tea", False),
        ("最贵的毛衣", "sweaters", True),
    ],
)
async def test_a_price_superlative_is_the_true_one_of_the_whole_shop(
    shop: Shop, products: Products, checker: Checker, text: str, category: str, is_highest: bool
) -> None:
    of_kind = [
        product
        for product in products.values()
        if any(_is_of(category, name.en) for name in product.categories)
    ]
    pick = max if is_highest else min
    true = pick(pick(_prices(product)) for product in of_kind)
    reply = await shop.ask(text)
    assert reply.ids, reply
    first = products[reply.ids[0]]
    assert first in of_kind, reply
    assert pick(_prices(first)) == true, reply
    assert f"{true:,.2f}" in reply.text or f"{true:.2f}" in reply.text, reply
    assert not checker.faults(reply, text)


def _is_of(kind: str, category: str) -> bool:
    """`Compact cameras` are cameras; `Camera bags` are not, and `Headphones` are no phones."""
    return category.lower() == kind or category.lower().endswith(f" {kind}")


@pytest.mark.parametrize(
    ("text", "category", "key", "is_highest"),
    [
        ("what is the lightest phone?", "phones", "weight", False),
        ("最轻的手机是哪款", "phones", "weight", False),
        ("laptop with the largest screen", "laptops", "screen_size", True),
        ("屏幕最大的笔记本电脑", "laptops", "screen_size", True),
    ],
)
async def test_a_superlative_of_an_attribute_is_the_true_one(
    shop: Shop, products: Products, text: str, category: str, key: str, is_highest: bool
) -> None:
    values = {
        product.id: attribute.value
        for product in products.values()
        if any(_is_of(category, name.en) for name in product.categories)
        and (attribute := product.attribute(key)) is not None
        and isinstance(attribute.value, Decimal)
    }
    true = (max if is_highest else min)(values.values())
    reply = await shop.ask(text)
    assert reply.ids, reply
    assert values.get(reply.ids[0]) == true, (reply, values)


@pytest.mark.parametrize(
    "text",
    ["any toys for $5 to $10?", "anything in toys between 5 and 10 dollars?", "有没有5到10美元的玩具？"],
)
async def test_where_nothing_lies_in_a_price_range_the_nearest_is_offered_and_it_is_said(
    shop: Shop, products: Products, checker: Checker, text: str
) -> None:
    toys = [product for product in products.values() if product.department.en == "Toys and games"]
    assert not any(Decimal(5) <= price <= Decimal(10) for toy in toys for price in _prices(toy))
    reply = await shop.ask(text)
    assert reply.note, reply
    assert "10" in reply.note
    assert "10" in reply.text
    assert reply.cards, reply
    gaps = sorted(min(_gap(price) for price in _prices(toy)) for toy in toys)
    for card in reply.cards:
        product = products[card.id]
        assert product in toys, reply
        assert min(_gap(price) for price in _prices(product)) <= gaps[len(reply.cards) + 2], reply
    assert max(map(_amount, reply.cards)) < Decimal(50), reply
    assert not checker.faults(reply, text)


def _gap(price: Decimal) -> Decimal:
    return max(Decimal(5) - price, price - Decimal(10), Decimal(0))


def _amount(card: Card) -> Decimal:
    assert card.amount is not None
    return Decimal(card.amount)


@pytest.mark.parametrize(
    "text", ["我想要一个 laptop bag 要 waterproof 的", "有没有 waterproof 的 laptop 背包"]
)
async def test_a_mixed_message_is_understood_and_answered_in_chinese(
    shop: Shop, products: Products, checker: Checker, text: str
) -> None:
    reply = await shop.ask(text)
    assert reply.language == "zh"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in reply.text), reply
    assert reply.ids, reply
    shown = [products[id] for id in reply.ids]
    assert all(_is_told_to_be("waterproof", product) for product in shown), reply
    assert shown[0].department.en == "Bags", reply
    assert not reply.note
    assert not checker.faults(reply, text)


@pytest.mark.parametrize(
    ("search", "only", "which", "unit"),
    [
        ("tents", "show me only what is in stock", "which one is the cheapest?", "$"),
        ("帐篷", "只看有货的", "哪个最便宜？", "美元"),
    ],
)
async def test_a_search_is_narrowed_and_ordered_without_being_said_again(
    shop: Shop, products: dict[str, Product], search: str, only: str, which: str, unit: str
) -> None:
    shopper = shop.shopper()
    found = await shopper.say(search)
    in_stock = {id for id in found.ids if products[id].is_available}
    assert in_stock
    assert in_stock != set(found.ids)
    narrowed = await shopper.say(only)
    assert set(narrowed.ids) == in_stock, narrowed
    ordered = await shopper.say(which)
    prices = {id: products[id].lowest_price for id in in_stock}
    cheapest = min(prices.values(), key=lambda price: price.amount if price else 0)
    assert set(ordered.ids) == in_stock, ordered
    assert prices[ordered.ids[0]] == cheapest, ordered
    assert unit in ordered.text, ordered


@pytest.mark.parametrize(("text", "value"), [("lightest phone", "138 g"), ("最轻的手机", "138 g")])
async def test_an_extreme_is_told_with_the_value_that_makes_it_so(shop: Shop, text: str, value: str) -> None:
    reply = await shop.ask(text)
    assert value in reply.text, reply


@pytest.mark.parametrize(
    "text", ["我想要一个 laptop bag 要 waterproof 的", "waterproof laptop bag", "防水电脑包"]
)
async def test_what_only_shares_a_feature_is_not_the_thing(
    shop: Shop, products: dict[str, Product], text: str
) -> None:
    reply = await shop.ask(text)
    assert reply.ids, reply
    departments = {products[id].department.en for id in reply.ids if products[id].department}
    assert departments == {"Bags"}, (departments, reply)
