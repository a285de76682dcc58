"""The sample shop is complete and consistent, and its loader names every fault."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from knowledge.records import Article, Customer, LineStatus, Order, OrderStatus, Product, Record, Review, Text
from knowledge.sample.load import SampleInvalid, load_sample
from knowledge.store import Store

_DEPARTMENT = """
department: {en: Kitchen, zh: 厨房}
attributes:
  weight: {en: Weight, zh: 重量, unit: g}
  safe: {en: Dishwasher safe, zh: 可机洗}
  material: {en: Material, zh: 材质}
  includes: {en: In the box, zh: 包装内含}
products:
  - id: mug
    title: {en: Mug, zh: 杯子}
    brand: Kiln
    category: {en: Cups, zh: 杯具}
    description: {en: A mug., zh: 一个杯子。}
    attributes:
      weight: 350.5
      safe: true
      material: {en: stoneware, zh: 炻器}
      includes: [{en: mug, zh: 杯子}, {en: lid, zh: 杯盖}]
    sku: M-1
    price: 12.5
    list_price: 15
    stock: 3
    reviews:
      - {rating: 5, lang: en, by: Ann, date: 2026-05-12, verified: true, text: Nice.}
  - id: pan
    title: {en: Pan, zh: 平底锅}
    brand: Kiln
    category: {en: Pans, zh: 锅具}
    description: {en: A pan., zh: 一口锅。}
    options: {size: {en: Size, zh: 尺寸}}
    variants:
      - {sku: P-24, size: "24 cm", price: 30, stock: 0}
"""
_CUSTOMERS = """
- {id: ann, name: Ann, email: ann@example.com, phone: "1", language: zh,
   addresses: [{name: Ann, street: 1 Elm, city: X, region: NY, postcode: "1", country: US}]}
"""
_ORDERS = """
- {id: W1, customer: ann, status: shipped, placed: 2026-07-01T10:00:00Z, shipping: 5.9, payment: card,
     address: 0,
   lines: [{product: mug, sku: M-1, quantity: 2, price: 12.5, status: shipped}],
   parcels: [{carrier: UPS, tracking_number: "9", skus: [M-1], status: in transit,
     shipped: 2026-07-02}], refunds: [1]}
"""


def _shop(
    folder: Path, department: str = _DEPARTMENT, customers: str = _CUSTOMERS, orders: str = _ORDERS
) -> Path:
    (folder / "products").mkdir()
    (folder / "products" / "kitchen.yaml").write_text(department, encoding="utf-8")
    (folder / "customers.yaml").write_text(customers, encoding="utf-8")
    (folder / "orders.yaml").write_text(orders, encoding="utf-8")
    return folder


def test_files_become_records(tmp_path: Path) -> None:
    mug, pan, customer, order, review = load_sample(_shop(tmp_path))
    assert isinstance(mug, Product)
    assert isinstance(pan, Product)
    assert isinstance(order, Order)
    assert isinstance(review, Review)
    assert [(item.key, str(item.value), item.unit) for item in mug.attributes] == [
        ("weight", "350.5", "g"),
        ("safe", "True", None),
        ("material", "stoneware", None),
        ("includes", "('mug', 'lid')", None),
    ]
    assert mug.attributes[3].wording == Text("mug, lid", "杯子、杯盖")
    assert str(mug.offer.list_price.amount if mug.offer.list_price else "") == "15.00"
    assert (pan.variants[0].options[0].value, pan.is_available) == (Text("24 cm", "24 cm"), False)
    assert (str(order.total.amount), order.lines[0].title) == ("30.90", "杯子")
    assert order.address == customer.addresses[0] if isinstance(customer, Customer) else False
    assert (review.id, review.product_id, review.is_verified) == ("mug-1", "mug", True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: pan", "id: mug", "kitchen.yaml, mug: the id 'mug' is used twice"),
        ("sku: P-24", "sku: M-1", "kitchen.yaml, pan: the sku 'M-1' belongs to 'mug' already"),
        ("safe: true", "colour: red", "kitchen.yaml, mug: 'colour' is missing or unknown"),
        ("zh: 一口锅。", "fr: x", "needs en and zh"),
        ("price: 12.5\n", "price: -1\n", "it must be 0 or more"),
        ("stock: 3", "stock: -3", "stock -3 is below zero"),
        ("price: 12.5\n", "prize: 1\n", "'price' is missing or unknown"),
        ("lang: en", "lang: fr", "review 1: lang 'fr' is neither en nor zh"),
        ("rating: 5", "rating: 9", "rating 9 is not 1 to 5"),
        ("text: Nice.", "text: 5", "5 is not text; put it in quotes"),
        ("size: \"24 cm\"", "height: \"24 cm\"", "'height' is missing or unknown"),
        ("products:", "goods:", "kitchen.yaml: needs department, attributes and products"),
        ("  - id: mug", "  - mug\n  - id: mug", "entry 1: 'mug' is not a record"),
        ("department:", "department: {", "kitchen.yaml is not valid YAML"),
    ],
)  # fmt: skip
def test_a_fault_in_a_department_is_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in _DEPARTMENT
    with pytest.raises(SampleInvalid, match=message):
        load_sample(_shop(tmp_path, _DEPARTMENT.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("customer: ann", "customer: bob", "orders.yaml, W1: customer 'bob' does not exist"),
        ("product: mug", "product: jug", "product 'jug' does not exist"),
        ("sku: M-1", "sku: P-24", "product 'mug' has no sku 'P-24'"),
        ("quantity: 2", "quantity: 0", "quantity 0 of 'M-1' is below 1"),
        ("status: shipped", "status: lost", "'lost' is not one of pending"),
        ("address: 0", "address: 3", "address 3: customer 'ann' has 1 addresses"),
        ("skus: [M-1]", "skus: [P-24]", "parcel '9' holds .*which were not ordered"),
        ("placed: 2026-07-01T10:00:00Z", "placed: yesterday", "Invalid isoformat"),
    ],
)
def test_a_fault_in_an_order_is_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in _ORDERS
    with pytest.raises(SampleInvalid, match=message):
        load_sample(_shop(tmp_path, orders=_ORDERS.replace(old, new, 1)))


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    department = _DEPARTMENT.replace("id: pan", "id: mug").replace("rating: 5", "rating: 9")
    with pytest.raises(SampleInvalid) as caught:
        load_sample(_shop(tmp_path, department, customers="- {id: ann}\n"))
    assert len(caught.value.faults) == 4


@pytest.fixture(scope="module")
def sample() -> list[Record]:
    """Every record of the shop that is shipped."""
    return load_sample()


def test_the_shop_has_enough_to_choose_from(sample: list[Record]) -> None:
    products = [record for record in sample if isinstance(record, Product)]
    assert len(products) >= 160
    assert len({product.department.en for product in products}) >= 8
    assert sum(len(product.variants) > 1 for product in products) >= 20
    assert any(product.is_available is False for product in products)
    assert any(
        product.is_available and any(offer.is_available is False for offer in product.offers)
        for product in products
    )


def test_every_product_speaks_both_languages(sample: list[Record]) -> None:
    for product in sample:
        if isinstance(product, Product):
            texts = [product.title, product.description, product.department, *product.categories]
            texts += [*product.highlights, *(attribute.label for attribute in product.attributes)]
            texts += [option.value for variant in product.variants for option in variant.options]
            assert all(text.en and text.zh for text in texts), product.id
            assert product.lowest_price is not None
            assert product.attributes


def test_every_product_has_six_to_thirty_reviews_and_both_languages_occur(sample: list[Record]) -> None:
    reviews = [record for record in sample if isinstance(record, Review)]
    counts = Counter(review.product_id for review in reviews)
    assert {record.id for record in sample if isinstance(record, Product)} == set(counts)
    assert {product: count for product, count in counts.items() if not 6 <= count <= 30} == {}
    assert min(Counter(review.language for review in reviews).values()) >= len(reviews) // 4
    assert {review.rating for review in reviews} >= {1, 2, 3, 4, 5}


def test_no_two_texts_are_alike(sample: list[Record]) -> None:
    descriptions = Counter(record.description.en for record in sample if isinstance(record, Product))
    reviews = Counter(
        record.text for record in sample if isinstance(record, Review) and len(record.text) > 25
    )
    assert [text for text, count in (descriptions + reviews).items() if count > 1] == []


def test_there_are_thirty_bilingual_articles(sample: list[Record]) -> None:
    articles = [record for record in sample if isinstance(record, Article)]
    assert len(articles) >= 30
    assert all(text.en and text.zh for article in articles for text in (article.title, article.body))


def test_orders_are_in_every_state(sample: list[Record]) -> None:
    orders = [record for record in sample if isinstance(record, Order)]
    assert {order.status for order in orders} == set(get_args(OrderStatus))
    assert {line.status for order in orders for line in order.lines} == set(get_args(LineStatus))


async def test_the_shop_can_be_stored_twice(store: Store, sample: list[Record]) -> None:
    first = await store.save(sample, who="test")
    second = await store.save(sample, who="test")
    assert (first.created, second.unchanged) == (len(sample), len(sample))
