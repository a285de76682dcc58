"""What the store keeps, finds, refuses and remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.errors import RecordConflict, RecordInvalid, RecordNotFound, StoreUnavailable
from knowledge.records import Product, ProductId, Record, Review, ReviewId, Text
from knowledge.settings import KnowledgeSettings
from knowledge.store import Store


@pytest.fixture
def store(any_store: Store) -> Store:
    """An empty store, on each database that is supported."""
    return any_store


async def test_every_record_comes_back_as_it_was_saved(
    tiny_store: Store, tiny_catalogue: tuple[Record, ...]
) -> None:
    kinds = ("product", "review", "article", "order", "customer")
    stored = [record for kind in kinds for record in [item async for item in tiny_store.each(kind)]]
    assert sorted(stored, key=lambda item: (type(item).__name__, item.id)) == sorted(
        tiny_catalogue, key=lambda item: (type(item).__name__, item.id)
    )


async def test_saving_the_same_again_changes_nothing(
    tiny_store: Store, tiny_catalogue: tuple[Record, ...]
) -> None:
    before = await tiny_store.revision()
    changes = await tiny_store.save(tiny_catalogue, who="again")
    assert (changes.created, changes.updated, changes.unchanged) == (0, 0, len(tiny_catalogue))
    assert await tiny_store.revision() == before == changes.revision


async def test_products_come_in_the_order_asked_for_without_missing_ones(tiny_store: Store) -> None:
    found = await tiny_store.products(["tent", "nothing", "boot"])
    assert [product.id for product in found] == ["tent", "boot"]
    assert len(await tiny_store.products()) == await tiny_store.count("product") == 5


async def test_records_are_found_by_what_they_belong_to(tiny_store: Store) -> None:
    assert [review.id for review in await tiny_store.reviews("boot")] == ["boot-1", "boot-2"]
    assert {order.id for order in await tiny_store.orders_of("ann")} == {"W1001", "W1002"}
    assert [customer.id for customer in await tiny_store.find_customers(email=" ann@EXAMPLE.com")] == ["ann"]
    assert [article.id for article in await tiny_store.articles()] == ["returns"]
    assert len(await tiny_store.articles(published_only=False)) == 2


async def test_unknown_id_is_named_with_a_remedy(tiny_store: Store) -> None:
    with pytest.raises(RecordNotFound, match="no order 'W9'.*python -m knowledge list orders"):
        await tiny_store.order("W9")


async def test_history_tells_who_changed_what(tiny_store: Store) -> None:
    old = await tiny_store.product("tent")
    new = replace(old, brand="Fellwood")
    await tiny_store.save([new], who="anna")
    await tiny_store.remove("product", ["tent"], who="bert")
    first, second, third = await tiny_store.history("product", "tent")
    assert (first.before, first.after, first.who) == (None, old, "test")
    assert (second.before, second.after, second.who) == (old, new, "anna")
    assert (third.before, third.after, third.who) == (new, None, "bert")
    assert first.at <= second.at <= third.at
    assert first.at.tzinfo is not None


async def test_changes_can_be_followed_from_a_revision(tiny_store: Store) -> None:
    start = await tiny_store.revision()
    tent = await tiny_store.product("tent")
    await tiny_store.save([replace(tent, brand="One")], who="test")
    await tiny_store.save([replace(tent, brand="Two")], who="test")
    await tiny_store.remove("product", ["boot"], who="test")
    assert await tiny_store.changed_since(start) == [
        ("product", "tent", False),
        ("review", "boot-1", True),
        ("review", "boot-2", True),
        ("product", "boot", True),
    ]
    assert await tiny_store.changed_since(await tiny_store.revision()) == []


async def test_one_bad_record_leaves_everything_as_it_was(tiny_store: Store) -> None:
    before = await tiny_store.revision()
    orphan = Review(ReviewId("lost"), ProductId("nothing"), "text", "en")
    with pytest.raises(RecordInvalid, match="review 'lost' belongs to product 'nothing'"):
        await tiny_store.save([Product(ProductId("new"), Text("New")), orphan], who="test")
    assert await tiny_store.count("product") == 5
    assert await tiny_store.revision() == before


async def test_a_failing_source_leaves_everything_as_it_was(tiny_store: Store) -> None:
    def source():
        for number in range(1200):
            yield Product(ProductId(f"p{number}"), Text("Title"))
        raise RecordInvalid("row 1201 is bad")

    with pytest.raises(RecordInvalid, match="row 1201"):
        await tiny_store.save(source(), who="test")
    assert await tiny_store.count("product") == 5


async def test_the_same_id_twice_in_one_save_is_refused(store: Store) -> None:
    product = Product(ProductId("x"), Text("X"))
    with pytest.raises(RecordInvalid, match="product 'x' occurs twice"):
        await store.save([product, product], who="test")


async def test_a_change_decided_on_old_knowledge_is_refused(tiny_store: Store) -> None:
    seen = await tiny_store.order("W1001")
    await tiny_store.save([replace(seen, status="shipped")], who="warehouse")
    with pytest.raises(RecordConflict, match="order 'W1001' has changed meanwhile"):
        await tiny_store.save([replace(seen, status="cancelled")], who="ann", replacing=[seen])
    assert (await tiny_store.order("W1001")).status == "shipped"


async def test_removing_something_unknown_removes_nothing(tiny_store: Store) -> None:
    with pytest.raises(RecordNotFound, match="no product 'nothing'"):
        await tiny_store.remove("product", ["boot", "nothing"], who="test")
    assert await tiny_store.count("product") == 5


async def test_a_customer_with_orders_is_not_removed(tiny_store: Store) -> None:
    with pytest.raises(RecordInvalid, match="customer 'ann' still has 2 orders"):
        await tiny_store.remove("customer", ["ann"], who="test")


async def test_an_unsupported_database_is_named_without_its_password() -> None:
    with pytest.raises(StoreUnavailable, match="'mysql' is not supported") as caught:
        await Store.open("mysql://root:secret@localhost/shop")
    assert "secret" not in str(caught.value)


async def test_what_is_not_an_address_is_refused() -> None:
    with pytest.raises(StoreUnavailable, match="not a database address"):
        await Store.open("my shop")


async def test_a_server_that_does_not_answer_is_reported_without_its_password() -> None:
    with pytest.raises(StoreUnavailable, match="cannot use the database") as caught:
        await Store.open("postgresql://shop:secret@127.0.0.1:1/shop")
    assert "secret" not in str(caught.value)


async def test_settings_name_the_database(tmp_path) -> None:
    async with await Store.open(KnowledgeSettings(home=tmp_path / "new" / "var")) as store:
        assert await store.count("product") == 0
    assert (tmp_path / "new" / "var" / "shop.db").exists()


async def test_a_database_of_a_newer_version_is_refused(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    async with await Store.open(url) as store, store.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE knowledge_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match="newer version of this program"):
        await Store.open(url)
