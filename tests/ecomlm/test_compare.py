"""What differs between products, in the reader's units, and which is better for what."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecomlm.compare import ComparisonImpossible, Rating, Said, Side, compare, names_of
from knowledge.records import Attribute, AttributeValue, Money, Offer, Product, ProductId, Sku, Text, Variant

LABELS = {
    "weight": Text("Weight", "重量"),
    "waterproof": Text("Waterproof", "防水"),
    "battery_life": Text("Battery life", "续航时间"),
    "warranty": Text("Warranty", "质保"),
    "warranty_years": Text("Warranty", "保修期"),
    "season": Text("Season", "适用季节"),
    "cabin_size": Text("Cabin size", "可登机"),
    "resolution": Text("Resolution", "分辨率"),
    "megapixels": Text("Resolution", "有效像素"),
    "height": Text("Height", "高度"),
}


def fact(
    key: str, value: AttributeValue | int, unit: str | None = None, wording: Text | None = None
) -> Attribute:
    plain = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return Attribute(key, plain, unit, LABELS[key], wording or Text())


def product(name: str, *facts: Attribute, price: str | None = None, stock: int | None = 3) -> Product:
    money = Money(Decimal(price), "USD") if price else None
    title = Text(f"{name} backpack", f"{name} 背包")
    return Product(ProductId(name.lower()), title, attributes=facts, offer=Offer(money, stock=stock))


LIGHT = product("Ferrant", fact("weight", 480, "g"), fact("waterproof", False), price="99.00")
HEAVY = product("Mossbridge", fact("weight", Decimal("1.5"), "kg"), fact("waterproof", True), price="59.50")
SILENT = product("Tidewise", fact("waterproof", False), price="70.00")


def rows(*products: Product, language="en", question="") -> dict[str, tuple[str, ...]]:
    found = compare([Side(item) for item in products], language, question)
    return {row.key: row.values for row in found.rows}


@pytest.mark.parametrize(
    ("language", "shown"), [("en", ("480 g", "1500 g", "")), ("zh", ("480 g", "1500 g", ""))]
)
def test_values_stand_in_one_unit_and_a_missing_one_is_empty(language, shown) -> None:
    assert rows(LIGHT, HEAVY, SILENT, language=language)["weight"] == shown


def test_a_chinese_reader_reads_kilograms_where_the_record_has_pounds() -> None:
    pair = product("A", fact("weight", 3, "lb")), product("B", fact("weight", 4, "lb"))
    assert rows(*pair, language="zh")["weight"] == ("约1.36 kg", "约1.81 kg")
    assert rows(*pair, language="en")["weight"] == ("3 lb", "4 lb")


def test_the_same_in_other_words_is_no_difference() -> None:
    pair = product("A", fact("warranty", 24, "months")), product("B", fact("warranty_years", 2, "years"))
    found = compare([Side(item) for item in pair], "en")
    assert "warranty" not in {row.key for row in found.rows}
    assert found.same == ("Warranty",)


@pytest.mark.parametrize(
    ("first", "second", "shown", "better"),
    [
        ((14, "days"), (36, "h"), ("14 days", "1.5 days"), 0),
        ((36, "h"), (14, "days"), ("36 h", "336 h"), 1),
        ((12, "months"), (90, "days"), ("12 months", "about 2.96 months"), 0),
        ((90, "days"), (12, "months"), ("90 days", "about 365 days"), 1),
        ((3, "weeks"), (20, "days"), ("3 weeks", "about 2.86 weeks"), 0),
    ],
)
def test_times_are_converted_by_one_scale(first, second, shown, better) -> None:
    pair = product("A", fact("warranty", *first)), product("B", fact("warranty", *second))
    (row,) = compare([Side(item) for item in pair], "en").rows[:1]
    assert (row.key, row.values, row.best) == ("warranty", shown, better)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("days", [90, 92])
def test_a_month_is_no_fixed_number_of_days(language, days) -> None:
    pair = product("A", fact("warranty", 3, "months")), product("B", fact("warranty", days, "days"))
    for sides in (pair, pair[::-1]):
        found = compare([Side(item) for item in sides], language)
        assert (found.rows, found.verdicts, len(found.same)) == ((), (), 1)


def test_facts_of_one_label_but_another_kind_are_kept_apart() -> None:
    pair = product("A", fact("resolution", "1920 x 1200")), product("B", fact("megapixels", 45, "MP"))
    assert rows(*pair)["resolution"] == ("1920 x 1200", "")
    assert rows(*pair)["megapixels"] == ("", "45 MP")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            {
                "price": "Mossbridge costs less, $59.50 against $99.00",
                "weight": "Ferrant is lighter, 480 g against 1500 g",
                "waterproof": "Mossbridge is waterproof, Ferrant is not",
            },
        ),
        (
            "zh",
            {
                "price": "Mossbridge更便宜，59.50美元，Ferrant是99.00美元",
                "weight": "Ferrant更轻，480 g，Mossbridge是1500 g",
                "waterproof": "Mossbridge防水，Ferrant不防水",
            },
        ),
    ],
)
def test_each_verdict_names_both_values(language, told) -> None:
    found = compare([Side(LIGHT), Side(HEAVY)], language)
    assert {item.key: item.text for item in found.verdicts} == told
    assert {row.key: row.best for row in found.rows} == {"price": 1, "weight": 0, "waterproof": 1}


def test_of_three_the_one_that_does_not_state_it_is_named() -> None:
    found = compare([Side(LIGHT), Side(HEAVY), Side(SILENT)], "en", "which is lighter?")
    assert [item.text for item in found.verdicts] == [
        "Ferrant is lighter, 480 g against 1500 g (not stated for Tidewise)"
    ]
    assert found.unstated == (("Weight", ("Tidewise",)),)


def test_a_tie_has_no_winner() -> None:
    twin = product("Twin", fact("weight", 480, "g"), price="99.00")
    assert compare([Side(LIGHT), Side(twin)], "en").verdicts == ()


def test_a_number_without_a_unit_makes_no_verdict() -> None:
    pair = product("A", fact("weight", 3)), product("B", fact("weight", 4))
    found = compare([Side(item) for item in pair], "en", "which is lighter?")
    assert found.verdicts == ()
    assert found.rows[0].best is None


def test_a_fact_whose_direction_depends_is_judged_only_when_asked_for() -> None:
    pair = product("A", fact("height", 3, "cm")), product("B", fact("height", 4, "cm"))
    sides = [Side(item) for item in pair]
    plain = compare(sides, "en")
    assert (plain.verdicts, [row.best for row in plain.rows]) == ((), [None])
    asked = compare(sides, "en", "which is better for a small flat?")
    assert (asked.verdicts[0].winner, [row.best for row in asked.rows]) == (0, [0])


@pytest.mark.parametrize(
    ("language", "question"), [("en", "which is better for travel?"), ("zh", "旅行用哪个好？")]
)
def test_a_use_is_judged_by_its_own_facts(language, question) -> None:
    cabin = product("A", fact("weight", 480, "g"), fact("cabin_size", True), price="99.00")
    large = product("B", fact("weight", 900, "g"), fact("cabin_size", False), price="59.00")
    found = compare([Side(cabin), Side(large)], language, question)
    assert [item.key for item in found.verdicts] == ["weight", "cabin_size"]
    assert {item.winner for item in found.verdicts} == {0}
    assert found.use == ("旅行" if language == "zh" else "travel")


@pytest.mark.parametrize(
    ("language", "question"), [("en", "which is better for summer?"), ("zh", "夏季用哪个好？")]
)
def test_a_use_that_a_record_words_is_quoted_from_it(language, question) -> None:
    first = product("A", fact("season", "winter", wording=Text("winter", "冬季")))
    second = product("B", fact("season", "summer", wording=Text("summer", "夏季")))
    found = compare([Side(first), Side(second)], language, question)
    assert [item.winner for item in found.verdicts] == [1]
    assert ("“Season: summer”" if language == "en" else "“适用季节：夏季”") in found.verdicts[0].text


def test_a_use_that_nothing_speaks_of_invents_nothing() -> None:
    found = compare([Side(product("A")), Side(product("B"))], "en", "which is better for travel?")
    assert (found.verdicts, found.use) == ((), "travel")


def test_ratings_count_from_three_and_a_clear_distance_on() -> None:
    def verdicts(first: Rating, second: Rating) -> list[str]:
        sides = [Side(product("A"), first), Side(product("B"), second)]
        return [item.text for item in compare(sides, "en").verdicts]

    clear = verdicts(Rating(Decimal("4.6"), 31), Rating(Decimal("4.1"), 12))
    assert clear == ["Buyers rate A higher, 4.6/5 (31) against 4.1/5 (12)"]
    assert verdicts(Rating(Decimal("5.0"), 2), Rating(Decimal("3.1"), 12)) == []
    assert verdicts(Rating(Decimal("4.6"), 31), Rating(Decimal("4.5"), 12)) == []


def test_counted_voices_of_buyers_speak_for_a_product() -> None:
    sides = [
        Side(product("A"), said=(Said("battery", 18, 20),)),
        Side(product("B"), said=(Said("battery", 9, 20),)),
    ]
    told = compare(sides, "en").verdicts[0].text
    assert told == "Buyers speak better of the battery of A, 18 of 20 pleased against 9 of 20 pleased"
    few = [sides[0], Side(product("B"), said=(Said("battery", 1, 4),))]
    assert compare(few, "en").verdicts == ()


def test_prices_of_two_currencies_are_not_judged() -> None:
    euro = Product(ProductId("e"), Text("Euro bag"), offer=Offer(Money(Decimal(1), "EUR")))
    found = compare([Side(LIGHT), Side(euro)], "en")
    assert "price" not in {item.key for item in found.verdicts}


@pytest.mark.parametrize("count", [0, 1, 5])
def test_too_few_or_too_many_are_refused(count) -> None:
    with pytest.raises(ComparisonImpossible, match=rf"{count} products.*give 2 to 4"):
        compare([Side(product(f"P{number}")) for number in range(count)], "en")


def test_a_product_is_not_compared_with_itself() -> None:
    with pytest.raises(ComparisonImpossible, match="1 of them different"):
        compare([Side(LIGHT), Side(LIGHT)], "en")


def test_names_are_as_short_as_tells_apart() -> None:
    titles = ["Ferrant Ledger bag", "Ferrant Meridian bag", "Drywick Harbor bag"]
    named = [Product(ProductId(title), Text(title)) for title in titles]
    assert names_of(named, "en") == ("Ferrant Ledger", "Ferrant Meridian", "Drywick Harbor")
    alike = [Product(ProductId(name), Text("Bag")) for name in "ab"]
    assert names_of(alike, "en") == ("Bag (1)", "Bag (2)")


@pytest.mark.parametrize(
    ("question", "language"), [("compare these sleeping bags", "en"), ("轻语睡袋和静界睡袋哪个好", "zh")]
)
def test_a_comparison_is_not_headed_by_the_names(question, language) -> None:
    named = [
        Product(ProductId("a"), Text("Eiderly Sleeping Bag", "轻语睡袋"), attributes=LIGHT.attributes),
        Product(ProductId("b"), Text("Fjell Sleeping Bag", "静界睡袋"), attributes=HEAVY.attributes),
    ]
    found = compare([Side(item) for item in named], language, question)
    assert found.use == ""
    assert {item.key for item in found.verdicts} == {"weight", "waterproof"}


def spread(low: str, high: str, name: str) -> Product:
    offers = [Offer(Money(Decimal(amount), "USD"), stock=1) for amount in (low, high)]
    variants = tuple(Variant(Sku(f"{name}{place}"), offer=offer) for place, offer in enumerate(offers))
    return Product(ProductId(name), Text(name), variants=variants)


@pytest.mark.parametrize(
    ("language", "clear", "rough"),
    [
        (
            "en",
            "A costs less, $10.00–$20.00 against $20.00–$30.00",
            "A starts lower, from $10.00 against $12.00",
        ),
        (
            "zh",
            "A更便宜，10.00美元–20.00美元，B是20.00美元–30.00美元",
            "A起价更低，10.00美元起，B12.00美元起",
        ),
    ],
)
def test_of_prices_that_overlap_only_the_start_is_lower(language, clear, rough) -> None:
    apart = compare([Side(spread("10", "20", "A")), Side(spread("20", "30", "B"))], language)
    assert ([item.text for item in apart.verdicts], apart.rows[0].best) == ([clear], 0)
    across = compare([Side(spread("10", "20", "A")), Side(spread("12", "14", "B"))], language)
    assert ([item.text for item in across.verdicts], across.rows[0].best) == ([rough], None)


def test_what_is_the_same_when_rounded_has_no_winner() -> None:
    for first, second in (((Decimal("2.2"), "lb"), (1, "kg")), ((1360, "g"), (3, "lb"))):
        pair = product("A", fact("weight", *first)), product("B", fact("weight", *second))
        found = compare([Side(item) for item in pair], "en")
        assert found.verdicts == ()
        assert all(row.best is None for row in found.rows)


@pytest.mark.parametrize(
    ("language", "few", "silent"),
    [
        ("en", "(too few buyers tell of C)", "(not stated for D)"),
        ("zh", "（评价C的买家太少）", "（D未说明）"),
    ],
)
def test_what_a_cell_states_is_not_called_unstated(language, few, silent) -> None:
    ratings = [Rating(Decimal("4.6"), 31), Rating(Decimal("4.1"), 12), Rating(Decimal("5.0"), 2), None]
    sides = [Side(product(name), rating) for name, rating in zip("ABCD", ratings, strict=True)]
    found = compare(sides, language)
    assert next(row for row in found.rows if row.key == "rating").values[2] == "5.0/5 (2)"
    assert few in found.verdicts[0].text
    assert silent in found.verdicts[0].text


@pytest.mark.parametrize(
    ("language", "shown"), [("en", ("in stock", "can be pre-ordered")), ("zh", ("有货", "可预订"))]
)
def test_a_form_in_stock_counts_before_one_to_order(language, shown) -> None:
    def forms(name: str, *offers: Offer) -> Product:
        variants = tuple(Variant(Sku(f"{name}{place}"), offer=offer) for place, offer in enumerate(offers))
        return Product(ProductId(name), Text(name), variants=variants)

    later, now, none = Offer(availability="preorder", stock=0), Offer(stock=4), Offer(stock=0)
    assert rows(forms("a", later, now), forms("b", none, later), language=language)["stock"] == shown


def test_names_that_end_in_a_comma_are_still_told_apart() -> None:
    named = [Product(ProductId(title), Text(title)) for title in ("Ledger, black", "Ledger brown")]
    assert names_of(named, "en") == ("Ledger, black", "Ledger brown")
