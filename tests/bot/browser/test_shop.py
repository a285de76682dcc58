"""The whole way in a real browser: storefront, widget, server, search, model and records."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect

from bot.app import create_app
from bot.settings import BotSettings
from tests.acceptance.shop import build_home, sample_records
from tests.bot.browser.conftest import PHONE, OpenWidget, Widget
from tests.bot.browser.double import Double

pytestmark = [pytest.mark.model, pytest.mark.slow]

BOOT = "norrfell-ridge-boot"
PATIENCE = 60_000
TWO_ORIGINS = ("allowed", "refused")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def host_pages() -> AsyncIterator[dict[str, str]]:
    """Two pages of other origins, of which the shop allows one."""
    runners, addresses = [], {}
    for name in TWO_ORIGINS:
        runners.append(runner := web.AppRunner(Double().app(), shutdown_timeout=0.2))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        addresses[name] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield addresses
    for runner in runners:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop_address(
    tmp_path_factory: pytest.TempPathFactory, host_pages: dict[str, str]
) -> AsyncIterator[str]:
    """The sample shop, served by the real application over the real model."""
    settings = await _home(tmp_path_factory)
    app = create_app(
        replace(
            settings,
            allowed_origins=(host_pages["allowed"],),
            visitor_messages_per_minute=600,
            address_messages_per_minute=600,
            address_sessions_per_minute=600,
            reply_timeout_seconds=120.0,
        )
    )
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _home(tmp_path_factory: pytest.TempPathFactory) -> BotSettings:
    """A built home: the one that other tests of this run made, where there is one."""
    kept = os.environ.get("ECOMLM_TEST_HOMES")
    made = sorted(tmp_path_factory.getbasetemp().glob("sample*"))
    folder = Path(kept) / "sample" if kept else made[0] if made else tmp_path_factory.mktemp("sample")
    return await build_home(folder, sample_records())


@pytest.fixture
def visit(shop_address: str, open_page: OpenWidget) -> Callable[..., Awaitable[Widget]]:
    """Return a function that opens a page of the shop."""
    expect.set_options(timeout=PATIENCE)

    async def opening(path: str = "/", **options: object) -> Widget:
        return await open_page(shop_address + path, **options)

    return opening


@pytest.mark.parametrize(
    ("locale", "question"),
    [("en-US", "waterproof hiking boots under $150"), ("zh-CN", "150美元以下的防水登山鞋")],
)
async def test_a_search_in_either_language_shows_cards_that_lead_to_products(
    locale: str, question: str, visit
):
    widget = await visit("/", locale=locale)
    await widget.open()
    await widget.ask(question)
    cards = widget.page.locator("a[part=card]")
    await expect(cards.first).to_be_visible()
    await widget.finished()
    prices = [float(re.sub(r"[^\d.]", "", text)) for text in await cards.locator(".price").all_inner_texts()]
    assert prices
    assert max(prices) < 150
    name = await cards.first.locator(".name").inner_text()
    await cards.first.click()
    await expect(widget.page.get_by_role("heading", level=1)).to_have_text(name)
    await expect(widget.questions).to_have_text([question])


@pytest.mark.parametrize(
    ("language", "question", "label"),
    [("en", "Are these boots waterproof?", "Waterproof"), ("zh", "这双鞋防水吗？", "防水")],
)
async def test_a_source_opens_the_exact_fact_on_the_page(language: str, question: str, label: str, visit):
    widget = await visit(f"/products/{BOOT}?lang={language}")
    await widget.page.evaluate("window.stays = true")
    await widget.open()
    await widget.ask(question)
    await expect(widget.sources.first).to_be_visible()
    await widget.finished()
    source = widget.sources.filter(has_text=label).first
    await source.click()
    await widget.panel.locator(".passage:not([hidden]) a").click()
    fact = widget.page.locator("#attribute\\.waterproof")
    await expect(fact).to_contain_text(label)
    await expect(fact).to_be_in_viewport()
    assert await fact.evaluate("(element) => element.matches(':target')")
    assert await widget.page.evaluate("window.stays") is True


async def test_a_policy_answer_leads_to_its_paragraph(visit):
    widget = await visit("/")
    await widget.open()
    await widget.ask("How long do I have to return shoes?")
    await expect(widget.sources.first).to_be_visible()
    await widget.finished()
    await widget.sources.first.click()
    quoted = await widget.panel.locator(".passage:not([hidden]) blockquote").inner_text()
    await widget.panel.locator(".passage:not([hidden]) a").click()
    await widget.page.wait_for_url("**/articles/**")
    await expect(widget.page.locator(":target")).to_contain_text(quoted.splitlines()[0][:40])


async def test_a_reload_goes_on_where_it_was(visit):
    widget = await visit(f"/products/{BOOT}")
    await widget.open()
    await widget.ask("What does it weigh?")
    await expect(widget.replies).not_to_have_text("")
    await widget.finished()
    said = await widget.replies.inner_text()
    await widget.page.reload()
    await expect(widget.questions).to_have_text(["What does it weigh?"])
    await expect(widget.replies).to_have_text(re.sub(r"\s+", "", said) and said)


async def test_offline_and_back(visit):
    widget = await visit("/")
    await widget.open()
    await widget.page.context.set_offline(True)
    await widget.ask("show me your tents")
    await expect(widget.panel.get_by_role("alert")).to_contain_text("Not sent.")
    await widget.page.context.set_offline(False)
    await widget.panel.get_by_role("button", name="Try again").click()
    await expect(widget.page.locator("a[part=card]").first).to_be_visible()
    await widget.finished()
    await widget.page.reload()
    await expect(widget.questions).to_have_count(1)


async def test_a_phone_and_a_keyboard_will_do(visit):
    widget = await visit("/", viewport=PHONE, is_mobile=True, has_touch=True)
    await widget.launcher.tap()
    await widget.input.tap()
    await widget.page.keyboard.type("sleeping bags")
    await widget.page.keyboard.press("Enter")
    card = widget.page.locator("a[part=card]").first
    await expect(card).to_be_visible()
    await widget.finished()
    await card.focus()
    await widget.page.keyboard.press("Enter")
    await widget.page.wait_for_url("**/products/**")
    await expect(widget.panel).to_be_hidden()


async def test_an_allowed_page_of_another_origin_may_chat_and_others_may_not(
    shop_address: str, host_pages: dict[str, str], open_page: OpenWidget
):
    allowed = await open_page(f"{host_pages['allowed']}/page?server={shop_address}")
    await allowed.open()
    await allowed.ask("show me your tents")
    await expect(allowed.page.locator("a[part=card]").first).to_be_visible(timeout=PATIENCE)
    refused = await open_page(f"{host_pages['refused']}/page?server={shop_address}")
    await refused.open()
    await refused.ask("show me your tents")
    await expect(refused.panel.get_by_role("alert")).to_be_visible()
    await expect(refused.page.locator("a[part=card]")).to_have_count(0)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/departments",
        "/departments/outdoor",
        f"/products/{BOOT}",
        "/articles",
        "/articles/returns-policy",
        "/search?q=tent",
        "/search?q=%E5%B8%90%E7%AF%B7",
    ],
)
async def test_every_page_keeps_its_policy_and_calls_nobody(path: str, shop_address: str, visit):
    watch = (
        "window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.blockedURI))"
    )
    widget = await visit(path, scripts=[watch])
    await expect(widget.page.get_by_role("heading", level=1)).to_be_visible()
    assert await widget.page.evaluate("broken") == []
    assert widget.problems == []
    assert [url for url in widget.requests if not url.startswith((shop_address, "data:"))] == []
    assert await widget.page.evaluate("document.cookie") == ""


async def test_search_pages_find_in_both_languages(visit):
    for query, title in (("tents", "Tent"), ("帐篷", "帐篷")):
        widget = await visit(f"/search?q={query}&lang={'zh' if query == '帐篷' else 'en'}")
        await expect(widget.page.locator(".tile .name").first).to_contain_text(title)


async def test_a_dead_link_is_a_page(visit):
    widget = await visit("/products/none")
    await expect(widget.page.get_by_role("heading", level=1)).to_have_text("This page has gone for a walk.")


@pytest.mark.parametrize(
    ("locale", "question"),
    [("en-US", "what do people say about it? any complaints?"), ("zh-CN", "评价怎么样？有什么缺点？")],
)
async def test_what_buyers_say_is_counted_and_each_count_leads_to_a_review(
    locale: str, question: str, visit: Callable[..., Awaitable[Widget]]
) -> None:
    widget = await visit(f"/products/{BOOT}", locale=locale)
    await widget.open()
    await widget.ask(question)
    await widget.finished()
    card = widget.page.locator("[part=opinions]")
    await expect(card).to_be_visible()
    await card.get_by_role("link").first.click()
    await expect(widget.page).to_have_url(re.compile(rf"/products/{BOOT}.*#review\."))
