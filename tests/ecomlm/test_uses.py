"""Which uses a question about several products speaks of, and that each of them is judged."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ecomlm.compare import Rating, Side, compare
from ecomlm.telling import FOLDER, alternatives, read_table
from ecomlm.uses import text_wish, uses_in
from knowledge.records import Attribute, Money, Offer, Product, ProductId, Text
from knowledge.sample.load import load_sample


@pytest.mark.parametrize(
    ("question", "language", "names"),
    [
        ("which one is better for hiking in the rain?", "en", ["hiking", "rain"]),
        ("which is cheaper?", "en", ["price"]),
        ("哪个更轻？", "zh", ["重量"]),
        ("坐飞机带哪个好", "zh", ["坐飞机"]),
        ("年轻人用哪个好", "zh", []),
        ("哪个最轻便", "zh", ["重量"]),
        ("家里有猫选哪个", "zh", ["养宠物"]),
        ("compare the first two", "en", []),
        ("比较一下前三个", "zh", []),
    ],
)
def test_uses_are_read_from_a_question(question, language, names) -> None:
    assert [use.name for use in uses_in(question, language)] == names


BAGS = [
    Text("Eiderly Frost Down Sleeping Bag", "Eiderly 霜夜羽绒睡袋"),
    Text("Fjell Sleeping Bag", "Fjell 夏日睡袋"),
]
BUDS = [Text("Hushline Light earbuds", "Hushline 轻语降噪耳机"), Text("Stilla headphones", "静界头戴耳机")]
PACKS = [
    Text("Norrfell Travel Backpack", "Norrfell 旅行背包"),
    Text("Norrfell Hiking Backpack", "Norrfell 登山背包"),
]


@pytest.mark.parametrize(
    ("question", "language", "titles", "names"),
    [
        ("compare these sleeping bags", "en", BAGS, []),
        ("which sleeping bag is better for cold nights?", "en", BAGS, ["cold weather"]),
        ("compare the Light and the Stilla", "en", BUDS, []),
        ("compare the travel backpack and the hiking one", "en", PACKS, []),
        ("which is better for travel?", "en", PACKS, ["travel"]),
        ("which hiking backpack is lighter?", "en", PACKS, ["weight"]),
        ("轻语和静界哪个好", "zh", BUDS, []),
        ("轻语和静界哪个更轻", "zh", BUDS, ["重量"]),
        ("旅行款和登山款哪个好", "zh", PACKS, []),
        ("旅行背包和登山背包哪个轻", "zh", PACKS, ["重量"]),
        ("旅行和登山用哪个好", "zh", PACKS, ["旅行", "徒步"]),
        ("旅行用哪个好", "zh", PACKS, ["旅行"]),
    ],
)
def test_the_products_own_names_are_no_use(question, language, titles, names) -> None:
    assert [use.name for use in uses_in(question, language, titles)] == names


@pytest.mark.parametrize(
    ("question", "language", "wish"),
    [
        ("轻语和静界哪个好", "zh", ""),
        ("轻语和静界婚礼用哪个好", "zh", "婚礼"),
        ("compare the sleeping bag for women and the Ledger", "en", ""),
        ("is the sleeping bag for women better for festivals?", "en", "festivals"),
    ],
)
def test_the_products_own_names_are_no_wish(question, language, wish) -> None:
    titles = [*BUDS, Text("Sleeping Bag for Women"), Text("Ferrant Ledger")]
    assert text_wish(question, language, titles) == wish


@pytest.mark.parametrize(
    ("question", "language", "wish"),
    [
        ("which is better for a wedding?", "en", "wedding"),
        ("compare these for me", "en", ""),
        ("婚礼用哪个好？", "zh", "婚礼"),
        ("这两个哪个好？", "zh", ""),
    ],
)
def test_an_unknown_use_is_kept_in_its_own_words(question, language, wish) -> None:
    assert text_wish(question, language) == wish


def sample_kinds() -> dict[str, tuple[type, str | None]]:
    """What type and unit each fact of the sample shop has; of several a yes or no, else a number."""
    kinds: dict[str, tuple[type, str | None]] = {}
    for kind in (bool, Decimal, str):
        for record in load_sample():
            for item in record.attributes if isinstance(record, Product) else ():
                if isinstance(item.value, kind):
                    kinds.setdefault(item.key, (kind, item.unit))
    return kinds


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_fact_of_every_use_gives_a_verdict(language) -> None:
    kinds = sample_kinds()
    for name_en, name_zh, english, chinese, keys in read_table(FOLDER / "uses.tsv", 5):
        word = alternatives(chinese if language == "zh" else english)[0]
        question = f"{word}哪个更好" if language == "zh" else f"which is better for {word}?"
        for key in (key.strip() for key in keys.split(",")):
            kind, unit = kinds.get(key, (Decimal, None))
            values = (True, False) if kind is bool else (Decimal(3), Decimal(9))
            label = Text(key, key)
            sides = [
                Side(
                    Product(
                        ProductId(name), Text(name), attributes=(Attribute(key, value, unit, label),),
                        offer=Offer(Money(Decimal(number), "USD") if key == "price" else None),
                    ),
                    Rating(Decimal(number), 9) if key == "rating" else None,
                )
                for number, name, value in zip((2, 4), "AB", values, strict=True)
            ]  # fmt: skip
            found = compare(sides, language, question)
            assert (name_zh if language == "zh" else name_en) in found.use, word
            assert key in {item.key for item in found.verdicts}, f"{name_en}: {key}"


def test_the_documentation_counts_the_uses() -> None:
    page = Path(__file__).parents[2] / "docs" / "comparison-and-content.md"
    count = len(list(read_table(FOLDER / "uses.tsv", 5)))
    assert f" {count} uses " in page.read_text(encoding="utf-8")
