import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.keys import SEARCH, SETTINGS, STORE
from bot.settings import BotSettings
from bot.storefront import shelf, site
from bot.storefront.urls import url_of
from bot.widget import serve
from ecomlm.search.facts import CatalogueFacts
from ecomlm.search.passages import evidence_of, evidence_of_article
from ecomlm.search.query import understand
from ecomlm.search.search import Hit, SearchResult
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
from knowledge.store import Store

Shop = TestClient[web.Request, web.Application]
EVIL = "<script>alert(1)</script>"
BROWSER = {"Accept": "text/html"}


def boot() -> Product:
    return Product(
        ProductId("boot"),
        Text("Ridge Boots", "山脊登山鞋"),
        Text("Made for hills. Dry inside.", "适合山地。脚底干爽。"),
        (Text("Seam-sealed", "压胶"),),
        "Norrfell",
        Text("Outdoor", "户外"),
        (Text("Hiking boots", "登山鞋"),),
        (
            Attribute("waterproof", True, label=Text("Waterproof", "防水")),
            Attribute("weight", Decimal(480), "g"),
        ),
        tuple(
            Variant(
                Sku(f"B {size}"),
                (Option("size", Text(size), Text("Size", "尺码")),),
                Offer(Money(Decimal(price), "USD"), stock=stock),
            )
            for size, price, stock in (("42", "129.00", 4), ("43", "139.00", 0))
        ),
    )


def review(id: str = "boot-1", **changes: object) -> Review:
    made = Review(
        ReviewId(id),
        ProductId("boot"),
        "Dry all day.",
        "en",
        4,
        author="Marta",
        created=datetime(2026, 5, 12, tzinfo=UTC),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # plain test values


RETURNS = Article(
    ArticleId("returns"),
    Text("Returning shoes", "退鞋"),
    Text("First.\n\nShoes within **30 days**.\n\n- clean\n- dry", "第一。\n\n鞋子**30天**内。"),
    "returns",
)


class BootSearch:
    """Finds the boots where they are asked for, and calls red ones the nearest there is."""

    facts = CatalogueFacts()

    async def products(self, text: str, *, limit: int) -> SearchResult:
        hits = (Hit(boot(), 1.0),) if "boots" in text else ()
        return SearchResult(understand(text, self.facts), hits, len(hits), exact="red" not in text)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}") as opened:
        yield opened


@pytest.fixture
async def shop(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    monkeypatch.setattr(shelf, "REFRESH_SECONDS", 0.0)
    app = web.Application()
    app[SETTINGS] = BotSettings(home=tmp_path, shop_name="Larkwood", shop_name_zh="雀林商店")
    app[STORE] = store
    app[SEARCH] = BootSearch()  # type: ignore[misc]  # plain test values
    serve.setup(app)
    site.setup(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def page(shop: Shop, address: str, status: int = 200, **headers: str) -> str:
    response = await shop.get(address, headers=BROWSER | headers)
    assert response.status == status
    return await response.text()


async def test_an_empty_shop_says_how_to_fill_it(shop: Shop):
    assert "python -m knowledge import" in await page(shop, "/")
    assert "货架上还没有商品" in await page(shop, "/?lang=zh")
    assert "No articles" in await page(shop, "/articles")


async def test_home_shows_departments_products_and_articles(shop: Shop, store: Store):
    await store.save([boot(), RETURNS], who="test")
    html = await page(shop, "/")
    assert 'href="/departments/outdoor"' in html
    assert "Ridge Boots" in html
    assert "from $129.00" not in html  # the dearer size is sold out
    assert "$129.00" in html
    assert 'href="/articles/returns"' in html


async def test_every_evidence_of_a_product_has_its_element(shop: Shop, store: Store):
    await store.save([boot()], who="test")
    for language in ("en", "zh"):
        html = await page(shop, f"/products/boot?lang={language}")
        ids = set(re.findall(r'id="([^"]+)"', html))
        for item in evidence_of(boot(), (), language):
            address, _, place = url_of(item.record, item.field, language).partition("#")
            assert address == f"/products/boot?lang={language}"
            assert place.replace("%20", " ") in ids, place


async def test_the_element_holds_the_words_of_the_evidence(shop: Shop, store: Store):
    await store.save([boot()], who="test")
    html = await page(shop, "/products/boot?lang=zh")
    assert '<div id="attribute.waterproof"><dt>防水</dt><dd>是</dd></div>' in html
    assert '<span id="description.1">脚底干爽。</span>' in html


async def test_every_paragraph_of_an_article_has_its_element(shop: Shop, store: Store):
    await store.save([RETURNS], who="test")
    for language in ("en", "zh"):
        html = await page(shop, f"/articles/returns?lang={language}")
        for item in evidence_of_article(RETURNS, language):
            assert f'id="{item.field}"' in html
    assert "<strong>30天</strong>" in html


async def test_a_review_link_leads_to_the_review_on_its_product(shop: Shop, store: Store):
    await store.save([boot(), review()], who="test")
    response = await shop.get(url_of("review:boot-1", "text.0", "en"), allow_redirects=False)
    assert response.headers["Location"] == "/products/boot?lang=en&review=boot-1#review.boot-1"
    assert 'id="review.boot-1"' in await page(shop, "/products/boot")


async def test_a_review_link_leads_to_the_review_however_many_there_are(shop: Shop, store: Store):
    many = [review(f"b{number:03}") for number in range(220)]
    await store.save([boot(), *many], who="test")
    shown = re.findall(r'id="review\.(b\d+)"', await page(shop, "/products/boot"))
    assert len(shown) == 200
    (hidden, *_) = {item.id for item in many} - set(shown)
    linked = await page(shop, url_of(f"review:{hidden}", "text.0", "zh"))
    assert re.findall(r'id="review\.(b\d+)"', linked) == [hidden, *shown]
    known = await page(shop, f"/products/boot?review={shown[5]}")
    assert re.findall(r'id="review\.(b\d+)"', known) == shown
    assert re.findall(r'id="review\.(b\d+)"', await page(shop, "/products/boot?review=none")) == shown


async def test_reviews_show_their_average_and_stars(shop: Shop, store: Store):
    await store.save(
        [boot(), review(), review("boot-2", rating=5), review("boot-3", rating=None)], who="test"
    )
    html = await page(shop, "/products/boot")
    assert "4.5 out of 5 stars" in html
    assert "2 reviews" in html


async def test_variants_tell_price_and_stock_of_each(shop: Shop, store: Store):
    await store.save([boot()], who="test")
    html = await page(shop, "/products/boot")
    assert 'id="variant.B_42"' in html
    assert "4 left" in html
    assert "Sold out" in html


async def test_the_widget_knows_the_page_it_is_on(shop: Shop, store: Store):
    await store.save([boot()], who="test")
    html = await page(shop, "/products/boot?lang=zh")
    assert 'data-locale="zh"' in html
    assert 'data-product="boot"' in html
    assert 'data-product-title="山脊登山鞋"' in html
    assert "data-product=" not in await page(shop, "/")


async def test_the_language_comes_from_the_browser_and_stays_when_chosen(shop: Shop, store: Store):
    await store.save([boot()], who="test")
    chosen_by_browser = await page(shop, "/", **{"Accept-Language": "zh-CN,zh;q=0.9"})
    assert '<html lang="zh-Hans">' in chosen_by_browser
    assert 'href="/articles"' in chosen_by_browser
    chosen = await page(shop, "/departments/outdoor?lang=zh")
    assert 'href="/products/boot?lang=zh"' in chosen
    assert 'name="lang" value="zh"' in chosen
    assert 'href="/departments/outdoor?lang=en"' in chosen


async def test_what_records_say_can_not_become_markup(shop: Shop, store: Store):
    evil = Product(
        ProductId("evil"),
        Text(EVIL, EVIL),
        Text(EVIL),
        (Text(EVIL),),
        EVIL,
        Text(EVIL),
        (Text(EVIL),),
        (Attribute('"><script>', EVIL, label=Text(EVIL)),),
        (Variant(Sku('"><script>'), (Option("size", Text(EVIL)),), Offer(Money(Decimal(1), "USD"))),),
    )
    said = Review(ReviewId("r"), ProductId("evil"), EVIL, "en", title=EVIL, author=EVIL)
    await store.save([evil, said, Article(ArticleId("a"), Text(EVIL), Text(EVIL), EVIL)], who="test")
    for address in ("/", "/departments", "/products/evil", "/articles", "/articles/a"):
        html = await page(shop, address)
        assert re.findall(r"<script[^>]*>", html) == re.findall(
            r'<script (?:async|defer) src="[^"]+"[^>]*>', html
        )


async def test_a_query_can_not_become_markup(shop: Shop):
    html = await page(shop, "/departments", **{"Accept-Language": f'"><{EVIL}'})
    assert EVIL not in html
    assert EVIL not in await page(shop, "/?lang=%3Cscript%3Ealert(1)%3C/script%3E")


async def test_a_dead_link_shows_a_page_to_people_and_json_to_programs(shop: Shop):
    for address in ("/products/none", "/departments/none", "/articles/none", "/reviews/none", "/none"):
        assert "gone for a walk" in await page(shop, address, 404)
    response = await shop.get("/none", headers={"Accept": "application/json"})
    assert "gone for a walk" not in await response.text()


async def test_unpublished_records_have_no_page(shop: Shop, store: Store):
    await store.save([replace(boot(), is_published=False), replace(RETURNS, is_published=False)], who="test")
    await page(shop, "/products/boot", 404)
    await page(shop, "/articles/returns", 404)


async def test_a_large_department_is_shown_in_pages(shop: Shop, store: Store):
    await store.save((replace(boot(), id=ProductId(f"p{number:03}")) for number in range(60)), who="test")
    first = await page(shop, "/departments/outdoor")
    assert first.count('class="tile') == 24
    assert "Page 1 of 3" in first
    last = await page(shop, "/departments/outdoor?page=3&sort=price_up")
    assert last.count('class="tile') == 12
    assert 'href="/departments/outdoor?page=2&amp;sort=price_up"' in last
    for strange in ("0", "-1", "x", "99", "9" * 30, "²"):
        assert 'class="tile' in await page(shop, f"/departments/outdoor?page={strange}&sort=none")


async def test_a_department_can_be_narrowed(shop: Shop, store: Store):
    gone = replace(boot(), id=ProductId("gone"), variants=(), offer=Offer(stock=0))
    shoe = replace(boot(), id=ProductId("shoe"), categories=(Text("Shoes", "鞋子"),))
    await store.save([boot(), gone, shoe], who="test")
    assert (await page(shop, "/departments/outdoor?in_stock=1")).count('class="tile') == 2
    assert (await page(shop, "/departments/outdoor?category=Shoes")).count('class="tile') == 1
    assert (await page(shop, "/departments/outdoor?category=鞋子&lang=zh")).count('class="tile') == 1
    assert "Nothing here matches" in await page(shop, "/departments/outdoor?category=Hats")


async def test_search_shows_what_is_found_and_says_when_that_is_only_near(shop: Shop, store: Store):
    await store.save([boot()], who="test")
    found = await page(shop, "/search?q=boots")
    assert "Results for “boots”" in found
    assert found.count('class="tile') == 1
    assert "come nearest" not in found
    assert "come nearest" in await page(shop, "/search?q=red+boots")
    nothing = await page(shop, f"/search?q=elephants{EVIL}")
    assert "Nothing found" in nothing
    assert EVIL not in nothing
    assert "<h1>Search</h1>" in await page(shop, "/search")


async def test_titles_name_the_thing_first(shop: Shop, store: Store):
    await store.save([boot()], who="test")
    assert "<title>Ridge Boots – Larkwood</title>" in await page(shop, "/products/boot")
    assert "<title>山脊登山鞋 – 雀林商店</title>" in await page(shop, "/products/boot?lang=zh")


async def test_a_product_with_next_to_nothing_has_a_page(shop: Shop, store: Store):
    await store.save([Product(ProductId("bare"), Text("Lamp"))], who="test")
    html = await page(shop, "/products/bare?lang=zh")
    assert "价格请咨询" in html
    assert "库存请咨询" in html
    assert '<h1 id="title" lang="en">Lamp</h1>' in html


async def test_the_drawing_is_sent_as_a_picture(shop: Shop, store: Store):
    await store.save([boot()], who="test")
    response = await shop.get("/pictures/boot.svg")
    assert response.content_type == "image/svg+xml"
    assert (await shop.get("/pictures/none.svg", headers=BROWSER)).status == 404
