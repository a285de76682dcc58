from decimal import Decimal

import pytest

from ecomlm.search.passages import (
    choices_of,
    evidence_of,
    evidence_of_article,
    money_text,
    sentences,
    value_text,
)
from knowledge.records import (
    Article,
    ArticleId,
    Attribute,
    Money,
    Offer,
    Option,
    Product,
    ProductId,
    Review,
    ReviewId,
    Sku,
    Text,
    Variant,
)

USD = "USD"


def boot() -> Product:
    sizes = [("42", 4), ("43", 0)]
    return Product(
        id=ProductId("boot"),
        title=Text("Ridge Boots", "山脊登山鞋"),
        brand="Norrfell",
        description=Text("Made for approx. 300 days. Dry inside.", "适合长途。脚底干爽！"),
        highlights=(Text("Seam-sealed", "压胶"),),
        attributes=(
            Attribute("weight", Decimal("480"), "g", Text("Weight", "重量")),
            Attribute("waterproof", True, label=Text("Waterproof", "防水")),
            Attribute(
                "includes",
                ("laces", "bag"),
                label=Text("In the box", "包装内含"),
                wording=Text("", "鞋带、袋子"),
            ),
        ),
        variants=tuple(
            Variant(
                Sku(f"B-{size}"),
                (Option("size", Text(size), Text("Size", "尺码")),),
                Offer(price=Money(Decimal("129.00"), USD), stock=stock),
            )
            for size, stock in sizes
        ),
    )


def texts(language: str) -> dict[str, str]:
    return {item.field: item.text for item in evidence_of(boot(), (), language)}  # type: ignore[arg-type]  # plain test values


def test_facts_are_worded_in_english():
    found = texts("en")
    assert found["attribute.weight"] == "Weight: 480 g"
    assert found["attribute.waterproof"] == "Waterproof: yes"
    assert found["attribute.includes"] == "In the box: laces, bag"
    assert found["price"] == "Price: $129.00"
    assert found["variant.B-42"] == "Size 42: $129.00, in stock, 4 left"
    assert found["variant.B-43"] == "Size 43: $129.00, out of stock"


def test_facts_are_worded_in_chinese():
    found = texts("zh")
    assert found["attribute.weight"] == "重量：480 g"
    assert found["attribute.waterproof"] == "防水：是"
    assert found["attribute.includes"] == "包装内含：鞋带、袋子"
    assert found["price"] == "价格：129.00美元"
    assert found["variant.B-43"] == "尺码 43：129.00美元，缺货"


@pytest.mark.parametrize(
    ("unit", "english", "chinese"), [("years", "2 years", "2年"), ("h", "2 h", "2小时"), ("g", "2 g", "2 g")]
)
def test_units_that_are_words_are_worded_in_the_readers_language(unit, english, chinese):
    attribute = Attribute("some_fact", Decimal(2), unit)
    assert value_text(attribute, "en") == english
    assert value_text(attribute, "zh") == chinese


def test_every_passage_can_be_addressed_once():
    ids = [item.id for item in evidence_of(boot(), (), "en")]
    assert len(ids) == len(set(ids))
    assert "product:boot#attribute.weight" in ids


def test_an_attribute_passage_carries_its_typed_value():
    weight = next(item for item in evidence_of(boot(), (), "en") if item.field == "attribute.weight")
    assert weight.attribute is not None
    assert weight.attribute.value == Decimal("480")


def test_descriptions_are_split_into_sentences_in_both_languages():
    assert list(sentences("Made for approx. 300 days. Dry inside.")) == [
        "Made for approx. 300 days.",
        "Dry inside.",
    ]
    assert list(sentences("适合长途。脚底干爽！")) == ["适合长途。", "脚底干爽！"]


def test_a_sentence_without_end_is_cut_into_bounded_passages():
    parts = list(sentences("word " * 400))
    assert all(len(part) <= 280 for part in parts)
    assert "".join(parts).replace(" ", "") == "word" * 400


def test_reviews_in_the_readers_language_come_first_and_are_bounded():
    reviews = [
        Review(ReviewId(f"r{number}"), ProductId("boot"), "Good. Dry.", "en" if number % 2 else "zh")
        for number in range(100)
    ]
    found = [item for item in evidence_of(boot(), reviews, "en") if item.source == "review"]
    assert len(found) == 60
    assert found[0].record == "review:r1"
    assert found[1].field == "text.1"


def test_a_text_that_only_the_other_language_has_keeps_its_own_language():
    product = Product(ProductId("x"), Text("Lamp"), Text("It shines."))
    described = [item for item in evidence_of(product, (), "zh") if item.source == "description"]
    assert [(item.text, item.language) for item in described] == [("It shines.", "en")]


def test_nothing_is_said_of_stock_or_price_that_the_record_does_not_hold():
    fields = {item.field for item in evidence_of(Product(ProductId("x"), Text("Lamp")), (), "en")}
    assert fields == {"title"}


def test_an_article_is_cited_by_paragraph():
    article = Article(ArticleId("a"), Text("Returns"), Text("First.\n\nWithin 30 days."))
    assert [item.id for item in evidence_of_article(article, "en")][-1] == "article:a#body.1"


def test_amounts_of_unknown_currencies_keep_their_code():
    assert money_text(Money(Decimal("1234.5"), "CHF"), "en") == "1,234.50 CHF"
    assert money_text(Money(Decimal("1234.5"), "CHF"), "zh") == "1234.50 CHF"


def tee(*forms: tuple[str, str, int | None]) -> Product:
    names = {"blue": "蓝色", "black": "黑色"}
    return Product(
        ProductId("tee"),
        Text("Tee", "T恤"),
        variants=tuple(
            Variant(
                Sku(f"{size}-{colour}"),
                (
                    Option("size", Text(size), Text("Size", "尺码")),
                    Option("colour", Text(colour, names[colour]), Text("Colour", "颜色")),
                ),
                Offer(stock=stock),
            )
            for size, colour, stock in forms
        ),
    )


def test_choices_are_listed_once_each_with_what_is_sold_out_in_every_form():
    product = tee(("S", "blue", 0), ("S", "black", 3), ("M", "blue", 0), ("L", "black", 0))
    assert [item.text for item in choices_of(product, "en")] == [
        "Size: S; sold out: M, L",
        "Colour: black; sold out: blue",
    ]
    assert [item.text for item in choices_of(product, "zh")] == [
        "尺码：S；已售罄：M、L",
        "颜色：黑色；已售罄：蓝色",
    ]
    assert [item.id for item in choices_of(product, "en")] == ["product:tee#variant.S-blue"] * 2


def test_choices_where_nothing_or_everything_is_sold_out_or_stock_is_not_counted():
    assert [item.text for item in choices_of(tee(("S", "blue", 0)), "en")][1] == "Colour: sold out: blue"
    assert [item.text for item in choices_of(tee(("S", "blue", None)), "zh")][1] == "颜色：蓝色"
    assert choices_of(Product(ProductId("x"), Text("X")), "en") == []
