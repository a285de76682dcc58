"""The products' rooms: finding, editing, locking, history, bulk."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import event

from bot.keys import SEARCH, STORE
from ecomlm.search import live
from knowledge.records import Attribute, Offer, Product, ProductId, Text
from tests.bot.console.forms import form_of, in_row, send, with_values
from tests.bot.shop import BAG, BOOT, usd

BOOT_PAGE, BAG_PAGE = "/products/p/boot", "/products/p/bag"


def shown_ids(page: str) -> list[str]:
    return re.findall(r'href="/console/products/p/([^"/]+)" data-key="e"', page)


async def edit(browser, path: str = BOOT_PAGE):
    return form_of(await browser.page(path), path)


async def test_a_list_costs_the_same_number_of_queries_however_long_it_is(browser_of, client):
    browser, store, counts = await browser_of("viewer"), client.app[STORE], []

    async def queries() -> int:
        statements: list[str] = []

        def note(connection, cursor, statement, *_):
            statements.append(statement)

        event.listen(store.engine.sync_engine, "before_cursor_execute", note)
        await browser.page("/products")
        event.remove(store.engine.sync_engine, "before_cursor_execute", note)
        return sum(statement.startswith("SELECT") for statement in statements)

    counts.append(await queries())
    await store.save(
        [Product(ProductId(f"p{number}"), Text(f"Thing {number}")) for number in range(60)], who="test"
    )
    counts.append(await queries())
    assert counts[0] == counts[1] <= 8


async def test_an_editor_changes_every_kind_of_field(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    fields = with_values(
        await edit(browser), title_zh="新登山鞋", price="1,129.5", stock="3", released="2026-03-31",
        highlights_en="Dry\nLight", highlights_zh="干爽", tags="new\nsale", brand="",
    )  # fmt: skip
    fields = in_row(fields, "attribute_value", 0, "no")
    for name, value in (("key", ""), ("label_en", "Sole"), ("label_zh", "鞋底"), ("value", "rubber\nfoam")):
        fields = in_row(fields, f"attribute_{name}", 2, value)
    fields = in_row(fields, "attribute_type", 2, "list")
    response = await send(browser, BOOT_PAGE, fields)
    assert response.headers["Location"].endswith("notice=products.saved")
    boot = await store.product("boot")
    assert boot.title == Text(BOOT.title.en, "新登山鞋")
    assert boot.offer == Offer(usd("1129.50"), stock=3)
    assert boot.highlights == (Text("Dry", "干爽"), Text("Light"))
    assert (boot.brand, boot.tags, str(boot.released)) == (None, ("new", "sale"), "2026-03-31")
    assert boot.attributes[0].value is False
    assert boot.attributes[1] == BOOT.attributes[1]
    assert boot.attributes[2] == Attribute("sole", ("rubber", "foam"), label=Text("Sole", "鞋底"))
    [*_, last] = await store.history("product", "boot")
    assert last.who == "editor one"


async def test_a_fault_is_told_at_its_field_and_nothing_is_saved(browser_of, client):
    browser = await browser_of("editor")
    fields = with_values(await edit(browser), brand="Kept", price="-1", title_en="", title_zh="")
    response = await send(browser, BOOT_PAGE, in_row(fields, "attribute_value", 0, "maybe"))
    page = await response.text()
    assert response.status == 400
    for place in ("price", "title", "attribute.0.value"):
        assert f'id="{place}-fault"' in page
        assert f'href="#{place}"' in page
    assert "below zero" in page
    assert 'value="Kept"' in page
    assert await client.app[STORE].product("boot") == BOOT


async def test_a_sku_of_another_product_is_refused(browser_of, client):
    browser = await browser_of("editor")
    await client.app[STORE].save(
        [replace(BAG, id=ProductId("other"), variants=(replace(BAG.variants[0], sku="other-1"),))], who="test"
    )
    response = await send(
        browser, BAG_PAGE, in_row(await edit(browser, BAG_PAGE), "variant_sku", 0, "other-1")
    )
    assert response.status == 400
    assert "belongs to the product other" in await response.text()


async def test_torn_rows_are_refused(browser_of, client):
    browser = await browser_of("editor")
    fields = [*await edit(browser), ("attribute_key", "extra")]
    assert (await send(browser, BOOT_PAGE, fields)).status == 400
    assert await client.app[STORE].product("boot") == BOOT


async def test_a_new_product_is_a_draft_until_it_is_published(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    fields = with_values(
        form_of(await browser.page("/products/new"), "/products/new"), id="mug", title_zh="马克杯", price="8"
    )
    assert (await send(browser, "/products/new", fields)).status == 303
    mug = await store.product("mug")
    assert (mug.title, mug.offer.price, mug.is_published) == (Text(zh="马克杯"), usd("8.00"), False)
    assert (await browser.client.get("/products/mug", headers={"Accept": "text/html"})).status == 404
    again = await send(browser, "/products/new", fields)
    assert again.status == 400
    assert "already a product mug" in await again.text()
    fields = with_values(await edit(browser, "/products/p/mug"), is_published="yes")
    await send(browser, "/products/p/mug", fields)
    assert (await browser.client.get("/products/mug", headers={"Accept": "text/html"})).status == 200


async def test_a_preview_shows_card_and_page_and_saves_nothing(browser_of, client):
    browser = await browser_of("editor")
    fields = with_values(await edit(browser), title_en="Ridge II", price="77")
    response = await send(browser, BOOT_PAGE, [*fields, ("do", "preview")])
    page = await response.text()
    assert "not saved yet" in page
    assert "$77.00" in page
    page = await (await send(browser, "/products/page?lang=zh", fields)).text()
    assert "Norrfell Ridge 防水登山鞋" in page
    assert "77" in page
    assert await client.app[STORE].product("boot") == BOOT


async def test_somebody_elses_change_is_not_undone_and_what_was_typed_is_kept(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    fields = with_values(await edit(browser), brand="Mine")
    await store.save([replace(BOOT, offer=Offer(usd("5.00"), stock=7))], who="Mei")
    response = await send(browser, BOOT_PAGE, fields)
    page = await response.text()
    assert response.status == 409
    assert "Mei changed this meanwhile" in page
    assert 'value="Mine"' in page
    assert (await store.product("boot")).brand == BOOT.brand
    fields = with_values(form_of(page, BOOT_PAGE), price="5.00")
    assert (await send(browser, BOOT_PAGE, fields)).status == 303
    boot = await store.product("boot")
    assert (boot.brand, boot.offer.price) == ("Mine", usd("5.00"))


async def test_history_tells_the_difference_and_undoes_it(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    changed = replace(BOOT, description=Text("Leather boots with a dry membrane.", BOOT.description.zh))
    await store.save([replace(changed, is_published=False)], who="Mei")
    page = await browser.page(f"{BOOT_PAGE}/history")
    assert re.search(r"<del>waterproof</del>\s*<ins>dry</ins>", page)
    assert re.search(r"Published</dt><dd>\s*<del>yes</del>\s*<ins>no</ins>", page)
    path = f"{BOOT_PAGE}/restore"
    fields = form_of(page, path)
    assert (await send(browser, path, fields)).status == 303
    assert await store.product("boot") == BOOT
    assert len(await store.history("product", "boot")) == 3
    stale = await send(browser, path, fields)
    assert stale.status in (303, 409)
    await store.save([replace(BOOT, brand="New")], who="Mei")
    assert (await send(browser, path, [*fields[:-1], ("seen", "0" * 32)])).status == 409
    assert (await store.product("boot")).brand == "New"


async def test_a_removed_product_comes_back_with_its_reviews(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    reviews = await store.reviews("boot")
    response = await browser.post(f"{BOOT_PAGE}/remove")
    assert response.headers["Location"].startswith(f"/console{BOOT_PAGE}/history")
    assert (await browser.get(BOOT_PAGE)).status == 404
    page = await browser.page(f"{BOOT_PAGE}/history")
    assert (await send(browser, f"{BOOT_PAGE}/restore", form_of(page, f"{BOOT_PAGE}/restore"))).status == 303
    assert await store.product("boot") == BOOT
    assert await store.reviews("boot") == reviews


async def test_many_products_are_changed_at_once_after_a_preview(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    token = ("form_token", await browser.form_token())
    chosen = [token, ("id", "boot"), ("id", "bag"), ("action", "price"), ("percent", "-10")]
    page = await (await send(browser, "/products/bulk", chosen)).text()
    assert "change 2 products" in page
    assert "125.10" in page
    assert await store.product("boot") == BOOT
    fields = form_of(page, "/products/bulk/apply")
    assert (await send(browser, "/products/bulk/apply", fields)).status == 303
    bag = await store.product("bag")
    assert (await store.product("boot")).offer.price == usd("125.10")
    assert [variant.offer.price for variant in bag.variants] == [usd("80.10"), usd("84.60")]
    [last] = [entry for entry in await store.history("product", "bag") if entry.who == "editor one"]
    assert last.revision == (await store.history("product", "boot"))[-1].revision


async def test_a_bulk_change_is_all_or_none(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    token = ("form_token", await browser.form_token())
    chosen = [token, ("id", "boot"), ("id", "bag"), ("action", "unpublish")]
    page = await (await send(browser, "/products/bulk", chosen)).text()
    await store.save([replace(BOOT, brand="New")], who="Mei")
    response = await send(browser, "/products/bulk/apply", form_of(page, "/products/bulk/apply"))
    assert response.status == 409
    assert "somebody changed one of them" in await response.text()
    assert all(product.is_published for product in await store.products())


async def test_a_bulk_change_that_cannot_be_keeps_what_was_ticked(browser_of):
    browser = await browser_of("editor")
    response = await browser.post("/products/bulk", id="boot", action="price", percent="-100")
    page = await response.text()
    assert response.status == 400
    assert "above -100" in page
    assert re.search(r'value="boot" checked', page)
    page = await (await browser.post("/products/bulk", action="publish")).text()
    assert "Tick at least one" in page


async def test_what_files_brought_is_shown_as_text(browser_of):
    browser = await browser_of("editor")
    path = "/products/p/%3Cimg%20src%3Dx%3E"
    for page in ("/products", path, f"{path}/history"):
        text = await browser.page(page)
        assert "<script>alert" not in text
        assert "<img src=x>" not in text
    assert "&lt;script&gt;alert" in await browser.page(path)
    response = await send(browser, path, await edit(browser, path))
    assert response.headers["Location"].endswith("products.same")


async def test_an_edit_is_found_by_the_next_search_that_looks_for_changes(browser_of, client, monkeypatch):
    monkeypatch.setattr(live, "REFRESH_SECONDS", 0)  # every search looks
    browser, search = await browser_of("editor"), client.app[SEARCH]
    fields = with_values(await edit(browser), title_en="Zephyrine gumboots", price="61.00")
    assert (await send(browser, BOOT_PAGE, fields)).status == 303
    hits = (await search.products("zephyrine gumboots")).hits
    assert (hits[0].product.id, hits[0].product.offer.price) == ("boot", usd("61.00"))


async def test_a_viewer_looks_and_changes_nothing(browser_of):
    browser = await browser_of("viewer")
    page = await browser.page(BOOT_PAGE)
    assert "disabled" in page
    assert "/remove" not in page
    assert "/products/bulk" in await browser.page("/products")
    assert 'name="action"' not in await browser.page("/products")


async def test_an_empty_shop_says_how_to_begin(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    await store.remove("product", [product.id for product in await store.products()], who="test")
    assert "There are no products yet" in await browser.page("/products")
    assert "No product is like that" in await browser.page("/products?words=x")
