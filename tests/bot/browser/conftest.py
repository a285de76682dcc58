"""One Chromium for the whole session; a scripted server and a fresh page for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.bot.browser.double import Double

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE = {"width": 1280, "height": 820}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests in one event loop, which the browser lives in; skip them where there is no browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=f"none of {', '.join(NAMES)} is installed"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium once."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        expect.set_options(timeout=20_000)
        yield chromium
        await chromium.close()


@dataclass
class Widget:
    """The chat on an open page, by the names that a shopper and a screen reader find."""

    page: Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def launcher(self) -> Locator:
        return self.page.locator("[part=launcher]")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def input(self) -> Locator:
        return self.page.locator("[part=input]")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def replies(self) -> Locator:
        return self.page.locator("[part=reply]")

    @property
    def questions(self) -> Locator:
        return self.page.locator("[part=question]")

    @property
    def sources(self) -> Locator:
        return self.page.locator("[part=source]")

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def ask(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")

    async def finished(self) -> None:
        await expect(self.log).to_have_attribute("aria-busy", "false")

    async def stored(self) -> list[str]:
        keys: list[str] = await self.page.evaluate(
            "Object.keys(localStorage).concat(Object.keys(sessionStorage))"
        )
        return keys


OpenWidget = Callable[..., Awaitable[Widget]]


@pytest_asyncio.fixture(loop_scope="session")
async def serve() -> AsyncIterator[Callable[[web.Application], Awaitable[str]]]:
    """Return a function that serves an application and gives its address."""
    runners: list[web.AppRunner] = []

    async def start(app: web.Application) -> str:
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def double() -> Double:
    """A chat server whose replies the test decides."""
    return Double()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenWidget]:
    """Return a function that opens an address in a browser of its own and gathers what goes wrong."""
    contexts = []

    async def opening(address: str, **options: Any) -> Widget:
        scripts = options.pop("scripts", ())
        context = await browser.new_context(**({"viewport": WIDE, "locale": "en-US"} | options))
        contexts.append(context)
        context.set_default_timeout(60_000)
        for script in scripts:
            await context.add_init_script(script)
        page = await context.new_page()
        widget = Widget(page)
        page.on("pageerror", lambda error: widget.problems.append(str(error)))
        page.on("console", lambda message: _note(widget, message.type, message.text))
        page.on("request", lambda request: widget.requests.append(request.url))
        await page.goto(address)
        await page.locator("[part=launcher]").wait_for(state="attached")
        return widget

    yield opening
    for context in contexts:
        await context.close()


def _note(widget: Widget, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        widget.problems.append(text)


@pytest_asyncio.fixture(loop_scope="session")
async def open_widget(
    double: Double, serve: Callable[[web.Application], Awaitable[str]], open_page: OpenWidget
) -> OpenWidget:
    """Return a function that opens the scripted server's page; its query sets the data attributes."""
    address = await serve(double.app())

    async def opening(query: str = "", **options: Any) -> Widget:
        return await open_page(f"{address}/page?{query}", **options)

    return opening
