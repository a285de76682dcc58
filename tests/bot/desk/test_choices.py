"""Things of an order are called by their titles, and by their kind where a category names just one."""

import pytest

from bot.desk.choices import choose_items
from knowledge.records import Product, ProductId, Text
from tests.knowledge.desk.conftest import line

POWER = Text("Chargers and power banks", "充电器与充电宝")
SHOES = Text("Shoes", "鞋")


def order(*things):
    products = {
        ProductId(id): Product(ProductId(id), Text(en, zh), categories=(category,))
        for id, en, zh, category in things
    }
    return [line(item, item.id, "10.00", "delivered") for item in products.values()], products


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("return the charger", ["volt"]),
        ("only the power bank please", ["brick"]),
        ("退充电器", ["volt"]),
        ("只退充电宝", ["brick"]),
    ],
)
def test_a_title_goes_before_a_category_that_joins_two_things(text, meant):
    lines, products = order(
        ("volt", "Volt 65 W Charger", "沃特65瓦充电器", POWER),
        ("brick", "Brick Power Bank", "砖块充电宝", POWER),
    )
    chosen = choose_items(text, lines, products)
    assert [item.sku for item in chosen.lines] == meant
    assert not chosen.unclear


def test_what_two_things_of_one_kind_are_called_is_asked_back():
    lines, products = order(
        ("boot", "Ridge Boot", "岭登山靴", SHOES), ("run", "Swift Running Shoes", "疾风跑鞋", SHOES)
    )
    chosen = choose_items("return the shoes", lines, products)
    assert {item.sku for item in chosen.unclear} == {"boot", "run"}
