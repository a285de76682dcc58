from bot.suggestions import suggestions
from ecomlm.search.facts import BrandFacts, CatalogueFacts
from knowledge.records import Text


def test_the_sample_shop_suggests_what_it_sells():
    facts = CatalogueFacts(
        categories=(Text("Hiking boots", "登山鞋"), Text("Tents", "帐篷"), Text("Hiking shoes", "徒步鞋"))
    )
    assert suggestions(facts, "en")[1] == "What is your cheapest tent?"
    assert len(suggestions(facts, "zh")) == 3


def test_another_shop_never_suggests_what_it_does_not_sell():
    facts = CatalogueFacts(categories=(Text("Printers", "打印机"), Text("USB hubs", "")))
    assert suggestions(facts, "en") == ["Show me printers", "Show me USB hubs"]
    assert suggestions(facts, "zh") == ["看看打印机", "看看USB hubs"]


def test_a_shop_without_categories_suggests_its_largest_brands():
    facts = CatalogueFacts(brands=(BrandFacts("Xerox", 5, True), BrandFacts("HP", 9, True)))
    assert suggestions(facts, "en")[0] == "What is your cheapest product from HP?"
    assert suggestions(facts, "zh")[1] == "Xerox最便宜的商品是哪款？"


def test_an_empty_shop_suggests_nothing():
    assert suggestions(CatalogueFacts(), "en") == []
