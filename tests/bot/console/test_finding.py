"""Finding products and changing many at once, over the store alone; on each database."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import text

from bot.console.bulk import Bulk, BulkInvalid, apply, plan
from bot.console.products import Wanted, department_named, find_products, names_of, owners_of
from knowledge.errors import RecordConflict
from knowledge.records import Offer, Product, ProductId, Review, ReviewId, Text
from knowledge.store import Store
from tests.bot.shop import BAG, BOOT, DRIVE, RECORDS, usd

EVERYTHING = {"boot", "light-boot", "bag", "drive", "<img src=x>"}


@pytest.fixture
async def shop(any_store: Store) -> Store:
    await any_store.save(RECORDS, who="test")
    return any_store


async def test_products_are_found_by_words_and_filters(shop: Store):
    bare = replace(DRIVE, id=ProductId("bare"), title=Text(zh="裸盘"), offer=Offer(), is_published=False)
    await shop.save([bare], who="test")
    for query, ids in (
        ("words=HIKING+boots", {"boot", "light-boot"}),
        ("words=登山鞋+tarnvik", {"light-boot"}),
        ("words=ｂａｇ-blue", {"bag"}),
        ("words=boot&brand=Norrfell", {"boot"}),
        ("words=100%25", set()),
        ("words=_", set()),
        ("department=Bags", {"bag"}),
        ("stock=out", {"drive"}),
        ("stock=unknown", {"bare"}),
        ("lacking=description", {"light-boot", "drive", "<img src=x>", "bare"}),
        ("lacking=price", {"bare"}),
        ("lacking=en", {"bare"}),
        ("lacking=zh", set()),
        ("state=draft", {"bare"}),
        ("stock=no-such&sorting=no-such", EVERYTHING | {"bare"}),
    ):
        found = await find_products(shop, Wanted.read(dict(parse_qsl(query))))
        assert {product.id for product in found.products} == ids, query
        assert found.total == len(ids)


async def test_every_product_stands_on_one_page_and_once(shop: Store):
    many = [
        Product(ProductId(f"p{number:03}"), Text(f"Same {number % 3}"), offer=Offer(usd("5.00")))
        for number in range(25)
    ]
    await shop.save(many, who="test")
    for sorting in ("changed", "title", "price"):
        wanted, after, seen = Wanted.read({"words": "same", "sorting": sorting}), "", []
        while True:
            found = await find_products(shop, wanted, after=after, limit=10)
            seen += [product.id for product in found.products]
            if not found.next:
                break
            after = found.next
        assert sorted(seen) == [product.id for product in many], sorting


async def test_a_made_up_place_in_the_list_is_no_fault(shop: Store):
    for cursor in ("[]", "5", '["x", 1]', "[[[", "null", "\0", '["2020-01-01", "a"]', '[NaN, "a"]'):
        for sorting in ("changed", "title", "price"):
            await find_products(shop, Wanted(sorting=sorting), after=cursor)


async def test_what_a_list_is_searched_by_follows_the_record(shop: Store):
    await shop.save([replace(BOOT, title=Text("Gumboots"), brand=None)], who="test")
    assert not (await find_products(shop, Wanted(words="norrfell"))).products
    assert (await find_products(shop, Wanted(words="gumboots", lacking="zh"))).total == 1


async def test_owners_of_skus_and_names_of_departments(shop: Store):
    assert await owners_of(shop, ["bag-blue", "bag", "no-such"]) == {"bag-blue": "bag"}
    assert (await names_of(shop, "department"))[0] == "Outdoor"
    assert await department_named(shop, "Bags") == BAG.department


async def test_a_bulk_change_is_planned_then_done_to_all_or_none(shop: Store):
    raised = Bulk.read({"action": "price", "percent": "-10%"})
    found = await plan(shop, ["boot", "bag", "gone", "boot"], raised)
    assert [new.lowest_price for _, new in found.changes] == [usd("125.10"), usd("80.10")]
    await shop.save([replace(BOOT, brand="New")], who="Mei")
    assert await apply(shop, ["boot", "bag"], raised, found.mark, who="Ann") is None
    assert await shop.product("bag") == BAG
    found = await plan(shop, ["boot", "bag"], raised)
    changes = await apply(shop, ["boot", "bag"], raised, found.mark, who="Ann")
    assert changes
    assert changes.updated == 2
    offers = [variant.offer.price for variant in (await shop.product("bag")).variants]
    assert offers == [usd("80.10"), usd("84.60")]


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ({"action": "unpublish"}, replace(DRIVE, is_published=False)),
        ({"action": "publish"}, DRIVE),
        ({"action": "stock", "stock": "4"}, replace(DRIVE, offer=Offer(usd("119.00"), stock=4))),
        (
            {"action": "department", "department_en": "Sale", "department_zh": "特价"},
            replace(DRIVE, department=Text("Sale", "特价")),
        ),
        ({"action": "price", "percent": "3.5"}, replace(DRIVE, offer=Offer(usd("123.17"), stock=0))),
    ],
)
def test_each_bulk_change_does_what_it_says(given, after):
    assert Bulk.read(given).of(DRIVE) == after


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"action": "price", "percent": "-100"}, "bad_percent"),
        ({"action": "price", "percent": "0"}, "bad_percent"),
        ({"action": "price", "percent": "1001"}, "bad_percent"),
        ({"action": "price", "percent": "many"}, "bad_percent"),
        ({"action": "price"}, "bad_percent"),
        ({"action": "stock", "stock": "-1"}, "bad_stock"),
        ({"action": "stock", "stock": "٣"}, "bad_stock"),
        ({"action": "stock", "stock": "9" * 20}, "bad_stock"),
        ({"action": "department", "department_en": " "}, "no_department"),
        ({"action": "explode"}, "no_action"),
        ({}, "no_action"),
    ],
)
def test_a_bulk_change_that_cannot_be_is_refused(given, reason):
    with pytest.raises(BulkInvalid, match=reason):
        Bulk.read(given)


async def test_a_removed_product_is_restored_with_its_reviews(shop: Store):
    await shop.save([Review(ReviewId("bag-1"), BAG.id, "Good.", "en", 5)], who="test")
    [created] = await shop.history("product", "boot")
    reviews = await shop.reviews("boot")
    await shop.remove("product", ["boot", "bag"], who="Mei")
    await shop.restore("product", "boot", created.revision, who="Ann", replacing=None)
    assert await shop.product("boot") == BOOT
    assert await shop.reviews("boot") == reviews
    assert not await shop.reviews("bag")
    with pytest.raises(RecordConflict):
        await shop.restore("product", "boot", created.revision, who="Ann", replacing=None)
    with pytest.raises(RecordConflict):
        await shop.restore(
            "product", "boot", created.revision, who="Ann", replacing=replace(BOOT, brand="Old")
        )
    with pytest.raises(LookupError):
        await shop.restore("product", "boot", 999, who="Ann", replacing=BOOT)


async def test_an_older_database_is_filled_when_it_is_opened(shop: Store):
    url = shop.engine.url.render_as_string(hide_password=False)
    is_sqlite = shop.engine.dialect.name == "sqlite"
    async with shop.engine.begin() as connection:
        if is_sqlite:
            await connection.execute(text("DROP INDEX ix_products_list"))
        await connection.execute(text("DROP INDEX ix_reviews_list"))
        for table, column in (
            ("products", "words"), ("products", "has_description"), ("products", "languages"),
            ("reviews", "language"),
        ):  # fmt: skip
            await connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        await connection.execute(text("UPDATE knowledge_version SET version_num = '0002'"))
    async with await Store.open(url) as opened:
        assert (await find_products(opened, Wanted(words="登山鞋"))).total == 2
        assert (await find_products(opened, Wanted(lacking="description"))).total == 3
        async with opened.engine.connect() as connection:
            found = await connection.execute(text("SELECT id, language FROM reviews ORDER BY id"))
            assert [tuple(row) for row in found] == [("r1", "en"), ("r2", "en"), ("r3", "zh")]
