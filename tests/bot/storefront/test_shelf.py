from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.storefront import shelf as shelves
from bot.storefront.shelf import Shelf, ordered, slug_of
from knowledge.records import Money, Offer, Product, ProductId, Text
from knowledge.store import Store


def product(id: str, price: str | None = "10", stock: int | None = 1, **changes: object) -> Product:
    money = Money(Decimal(price), "USD") if price else None
    made = Product(ProductId(id), Text(id), offer=Offer(money, stock=stock), department=Text("Home", "家居"))
    return replace(made, **changes)  # type: ignore[arg-type]  # plain test values


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}") as opened:
        yield opened


async def read(store: Store, *products: Product) -> shelves.View:
    await store.save(products, who="test")
    return await Shelf(store).view()


async def test_products_are_grouped_by_department(store: Store):
    view = await read(store, product("a"), product("b"), product("c", department=Text("Toys")))
    assert {slug: len(section.products) for slug, section in view.sections.items()} == {"home": 2, "toys": 1}
    assert view.groups_by == "department"


async def test_a_shop_without_departments_is_grouped_by_category_then_brand(store: Store):
    bare = {"department": Text()}
    view = await read(
        store, product("a", categories=(Text("Lamps"),), **bare), product("b", **bare, brand="X")
    )
    assert view.groups_by == "brand"
    assert set(view.sections) == {"x", "other"}
    view = await read(store, product("b", categories=(Text("Rugs"),), **bare))
    assert (view.groups_by, set(view.sections)) == ("category", {"lamps", "rugs"})


async def test_an_empty_shop_has_no_sections(store: Store):
    view = await Shelf(store).view()
    assert (view.sections, view.newest) == ({}, ())


async def test_unpublished_products_are_not_listed(store: Store):
    view = await read(store, product("a"), product("b", is_published=False))
    assert set(view.listings) == {"a"}


async def test_a_change_is_seen_without_reading_all_again(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shelves, "REFRESH_SECONDS", 0.0)
    await store.save([product("a"), product("b"), product("c")], who="test")
    shelf = Shelf(store)
    await shelf.view()
    monkeypatch.setattr(store, "each_product", None)
    await store.save([product("a", "20"), product("b", is_published=False)], who="test")
    await store.remove("product", ["c"], who="test")
    view = await shelf.view()
    assert set(view.listings) == {"a"}
    assert view.listings["a"].lowest == Money(Decimal("20"), "USD")


async def test_what_is_sold_out_comes_last_in_every_order(store: Store):
    view = await read(
        store,
        product("dear", "30"),
        product("cheap", "5"),
        product("none", None, None),
        product("gone", "1", 0, released=date(2030, 1, 1)),
    )
    items = list(view.listings.values())
    assert [item.id for item in ordered(items, "price_up")] == ["cheap", "dear", "none", "gone"]
    assert [item.id for item in ordered(items, "price_down")] == ["dear", "cheap", "none", "gone"]
    assert ordered(items, "newest")[-1].id == "gone"


async def test_the_newest_show_several_sections(store: Store):
    many = [product(f"h{n}", released=date(2026, 5, n + 1)) for n in range(9)]
    view = await read(store, *many, product("t", department=Text("Toys"), released=date(2020, 1, 1)))
    assert [item.id for item in view.newest] == ["h8", "h7", "t"]


def test_slugs_stand_in_addresses():
    assert slug_of(Text("Home & Living")) == "home-living"
    assert slug_of(Text("", "家居 生活")) == "家居-生活"
    assert slug_of(Text("!!!")) == "other"
