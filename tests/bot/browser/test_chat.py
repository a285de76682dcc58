"""Conversations in the widget: what is sent, what is shown, what is kept."""

from __future__ import annotations

import asyncio
import json

from playwright.async_api import expect

from bot.events import Button, Buttons, Cards, Done, Failure, SourceLink, Sources, TextPiece
from tests.bot.browser.conftest import OpenWidget
from tests.bot.browser.double import ANSWER, SEARCH, Double, card, pause


async def test_an_answer_streams_and_its_source_opens_the_exact_passage(
    double: Double, open_widget: OpenWidget
):
    widget = await open_widget()
    await widget.open()
    await widget.ask("Are the Ridge boots waterproof?")
    await expect(widget.replies).to_have_text("Yes, the Norrfell Ridge boots are waterproof1.")
    await widget.sources.click()
    await expect(widget.panel.get_by_text("Waterproof: yes")).to_be_visible()
    link = widget.panel.get_by_role("link", name="Show on the page")
    assert (await link.get_attribute("href") or "").endswith("/products/boot-1#attribute.waterproof")


async def test_the_number_in_the_text_opens_its_source_too(open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    await widget.ask("Are they waterproof?")
    await widget.finished()
    await widget.replies.get_by_role("button", name="Source 1").click()
    await expect(widget.sources).to_have_attribute("aria-expanded", "true")
    await widget.page.keyboard.press("Escape")
    await expect(widget.sources).to_have_attribute("aria-expanded", "false")
    await expect(widget.sources).to_be_focused()
    await expect(widget.panel).to_be_visible()


async def test_cards_show_price_stock_and_link(double: Double, open_widget: OpenWidget):
    double.reply = (
        Cards((card(1), card(2, availability="out_of_stock", stock="Sold out"))),
        Done("m", "x", "en"),
    )
    widget = await open_widget()
    await widget.open()
    await widget.ask("boots")
    cards = widget.page.locator("a[part=card]")
    await expect(cards).to_have_count(2)
    await expect(cards.first).to_contain_text("Norrfell Ridge Waterproof Hiking Boots")
    await expect(cards.first).to_contain_text("$101.00")
    await expect(cards.last).to_contain_text("Sold out")
    assert (await cards.first.get_attribute("href") or "").endswith("/products/boot-1")
    await expect(cards.first.locator("svg.drawing")).to_be_visible()


async def test_what_is_sent_carries_the_page_and_an_id(double: Double, open_widget: OpenWidget):
    widget = await open_widget("product=boot-1&product-title=Ridge+Boots")
    await widget.open()
    await expect(widget.panel.get_by_text("About Ridge Boots")).to_be_visible()
    await widget.ask("Is it waterproof?")
    await widget.finished()
    assert double.received[0]["page"] == {"product": "boot-1"}
    assert len(double.received[0]["client_id"]) == 36
    await widget.panel.get_by_role("button", name="Do not ask about this product").click()
    await widget.ask("Where do you deliver?")
    await expect(widget.questions).to_have_count(2)
    await widget.finished()
    assert double.received[1]["page"] is None


async def test_nothing_is_stored_before_the_first_message(double: Double, open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    await widget.page.keyboard.press("Escape")
    assert await widget.stored() == []
    assert double.sessions == 0
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    assert len(await widget.stored()) == 1
    assert await widget.page.evaluate("document.cookie") == ""


async def test_a_browser_that_forbids_storage_can_still_chat(double: Double, open_widget: OpenWidget):
    forbid = """Object.defineProperty(window, 'localStorage', {
      get() { throw new DOMException('no', 'SecurityError'); },
    });"""
    widget = await open_widget(scripts=[forbid])
    await widget.open()
    for question in ("One", "Two"):
        await widget.ask(question)
        await widget.finished()
    assert [item["token"] for item in double.received] == ["Bearer token-1"] * 2
    assert widget.problems == []


async def test_a_reload_resumes_the_conversation(double: Double, open_widget: OpenWidget):
    events = [
        {"type": "sources", "sources": [{"number": 1, "id": "a", "label": "L", "text": "T", "url": "/x"}]}
    ]
    double.history = [
        {
            "id": "a",
            "role": "shopper",
            "language": "en",
            "time": "",
            "text": "Dry?",
            "events": [],
            "rating": None,
        },
        {
            "id": "b",
            "role": "assistant",
            "language": "en",
            "time": "",
            "text": "Yes [1].",
            "events": events,
            "rating": "up",
        },
    ]
    widget = await open_widget()
    await widget.open()
    await expect(widget.questions).to_have_count(0)
    await widget.ask("Dry?")
    await widget.finished()
    await widget.page.reload()
    await expect(widget.panel).to_be_visible()
    await expect(widget.questions).to_have_text(["Dry?"])
    await expect(widget.replies).to_have_text(["Yes1."])
    await expect(widget.panel.get_by_role("button", name="Helpful", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    await widget.sources.click()
    await expect(widget.panel.locator("blockquote")).to_have_text("T")


async def test_a_reply_that_was_being_written_is_waited_for_after_a_reload(
    double: Double, open_widget: OpenWidget
):
    shared = {"language": "en", "time": "", "events": [], "rating": None}
    question = {"id": "a", "number": 1, "role": "shopper", "text": "Dry?", "state": "received", **shared}
    answer = {"id": "b", "number": 2, "role": "assistant", "text": "", "state": "streaming", **shared}
    widget = await open_widget()
    await widget.open()
    await widget.ask("Dry?")
    await widget.finished()
    double.history = [question, answer]
    await widget.page.reload()
    await expect(widget.panel.get_by_label("Writing an answer")).to_be_visible()
    await double.tell("message", **answer | {"text": "Yes, dry.", "state": "complete"})
    await expect(widget.replies).to_have_text(["Yes, dry."])


async def test_an_expired_token_is_replaced_once(double: Double, open_widget: OpenWidget):
    from aiohttp import web

    double.refusals = [web.json_response({}, status=401)]
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.replies).to_contain_text("waterproof")
    assert [item["token"] for item in double.received] == ["Bearer token-1", "Bearer token-2"]
    assert len({item["client_id"] for item in double.received}) == 1


async def test_a_hurry_is_answered_with_how_long_to_wait(double: Double, open_widget: OpenWidget):
    from aiohttp import web

    double.refusals = [web.json_response({}, status=429, headers={"Retry-After": "12"})]
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.panel.get_by_role("alert")).to_contain_text("wait 12 s")
    await widget.panel.get_by_role("button", name="Try again").click()
    await expect(widget.replies.last).to_contain_text("waterproof")


async def test_offline_keeps_the_message_until_it_can_be_sent(double: Double, open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    await widget.page.context.set_offline(True)
    await expect(widget.panel.get_by_text("You are offline")).to_be_visible()
    await widget.ask("Will this be lost?")
    await expect(widget.panel.get_by_role("alert")).to_contain_text("Not sent.")
    await expect(widget.questions).to_have_text(["Will this be lost?"])
    await widget.page.context.set_offline(False)
    await widget.panel.get_by_role("button", name="Try again").click()
    await expect(widget.replies).to_have_text(["Yes, the Norrfell Ridge boots are waterproof1."])
    await expect(widget.questions).to_have_count(1)
    assert [item["text"] for item in double.received] == ["Will this be lost?"]


async def test_a_broken_stream_goes_on_where_it_stopped(double: Double, open_widget: OpenWidget):
    tries = 0

    async def break_once() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionResetError

    double.reply = (
        TextPiece("First half, "),
        pause(0.3),
        break_once,
        TextPiece("second half."),
        Done("m", "x", "en"),
    )
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.replies).to_have_text(["First half, second half."])
    assert len({item["client_id"] for item in double.received}) == 1
    assert len(double.received) == 2


async def test_a_stream_that_stays_broken_can_be_tried_again(double: Double, open_widget: OpenWidget):
    double.reply = (TextPiece("Only half"),)
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.panel.get_by_role("alert")).to_contain_text("connection was lost")
    double.reply = ANSWER
    await widget.panel.get_by_role("button", name="Try again").click()
    await expect(widget.replies).to_have_text(["Yes, the Norrfell Ridge boots are waterproof1."])
    assert len({item["client_id"] for item in double.received}) == 1


async def test_a_failure_shows_its_text_and_reference(double: Double, open_widget: OpenWidget):
    double.reply = (Failure("engine", "I cannot write just now.", "r-17", can_retry=False),)
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.panel.get_by_role("alert")).to_contain_text("I cannot write just now. Reference r-17")
    await expect(widget.panel.get_by_role("button", name="Try again")).to_have_count(0)


async def test_an_answer_can_be_stopped(double: Double, open_widget: OpenWidget):
    double.reply = (TextPiece("I go on and on"), pause(30))
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.replies).to_contain_text("on and on")
    await widget.panel.get_by_role("button", name="Stop answering").click()
    await expect(widget.panel.get_by_text("Stopped.")).to_be_visible()
    await expect(widget.panel.get_by_role("button", name="Send", exact=True)).to_be_visible()


async def test_clearing_can_be_undone(double: Double, open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    await widget.panel.get_by_role("button", name="More options").click()
    await widget.panel.get_by_role("menuitem", name="Clear conversation").click()
    await expect(widget.questions).to_have_count(0)
    await widget.panel.get_by_role("button", name="Undo").click()
    await expect(widget.questions).to_have_text(["Hello"])
    assert "DELETE /api/conversation" not in double.calls


async def test_a_cleared_conversation_is_forgotten_before_the_next_message(
    double: Double, open_widget: OpenWidget
):
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    await widget.panel.get_by_role("button", name="More options").click()
    await widget.panel.get_by_role("menuitem", name="Clear conversation").click()
    await widget.ask("A new start")
    await expect(widget.replies).to_have_count(1)
    await widget.finished()
    calls = [call for call in double.calls if call.split()[0] in ("DELETE", "POST")]
    assert calls[-2:] == ["DELETE /api/conversation", "POST /api/messages"]


async def test_a_thumb_down_asks_why(double: Double, open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    await widget.panel.get_by_role("button", name="Not helpful").click()
    await widget.panel.get_by_role("button", name="It misses my question").click()
    await expect(widget.panel.get_by_text("Thank you.")).to_be_visible()
    assert double.feedback[-1] == {"message": "m1", "rating": "down", "reason": "It misses my question"}


async def test_a_quick_reply_is_sent_and_goes_away(double: Double, open_widget: OpenWidget):
    double.reply = (
        TextPiece("Which?"),
        Buttons((Button("Size 42", "size 42 please"),)),
        Done("m", "x", "en"),
    )
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    await expect(widget.panel.get_by_role("button", name="Size 42")).to_be_visible()
    double.reply = ANSWER
    await widget.panel.get_by_role("button", name="Size 42").click()
    await expect(widget.questions).to_have_text(["Hello", "Size 42"])
    await expect(widget.panel.get_by_role("button", name="Size 42")).to_have_count(0)
    await widget.finished()
    assert double.received[-1]["text"] == "size 42 please"


async def test_a_person_can_be_asked_for_in_both_languages(double: Double, open_widget: OpenWidget):
    for query, name, sentence in (
        ("", "Talk to a person", "I would like to talk to a person."),
        ("lang=zh-CN", "联系人工客服", "我想联系人工客服。"),
    ):
        widget = await open_widget(query)
        await widget.open()
        await widget.panel.get_by_role("button", name=name).click()
        await expect(widget.questions).to_have_text([sentence])
        await widget.finished()
        assert double.received[-1]["text"] == sentence


async def test_the_page_language_decides_and_each_message_says_its_own(
    double: Double, open_widget: OpenWidget
):
    double.reply = (TextPiece("防水，可以放心穿。"), Done("m", "x", "zh"))
    widget = await open_widget("lang=zh-CN")
    await widget.open()
    await expect(widget.panel.get_by_text("您好！想找什么商品？")).to_be_visible()
    await expect(widget.panel.get_by_text("AI 助手")).to_be_visible()
    await widget.ask("Is it waterproof?")
    await widget.finished()
    await expect(widget.page.locator("ecomlm-chat")).to_have_attribute("lang", "zh-Hans")
    await expect(widget.questions).to_have_attribute("lang", "en")
    await expect(widget.page.locator(".reply")).to_have_attribute("lang", "zh-Hans")


async def test_the_browser_language_counts_where_the_page_has_none(open_widget: OpenWidget):
    widget = await open_widget("lang=fr", locale="zh-CN")
    await expect(widget.launcher).to_have_attribute("aria-label", "打开聊天")


async def test_markup_in_data_stays_text(double: Double, open_widget: OpenWidget):
    evil = "<img src=x onerror=document.title='gone'>"
    link = "javascript:document.title='gone'"
    double.reply = (
        Cards((card(1, title=evil, brand=evil, url=link, image=link),), note=evil),
        TextPiece(evil + " [1]"),
        Sources((SourceLink(1, "a", evil, evil, link),)),
        Buttons((Button(evil, evil),)),
        Done("m", "x", "en"),
    )
    widget = await open_widget()
    await widget.open()
    await widget.ask(evil)
    await widget.finished()
    await widget.sources.click()
    await expect(widget.replies).to_contain_text(evil)
    assert await widget.page.locator("ecomlm-chat img").count() == 0
    assert await widget.page.locator("[href^=javascript]").count() == 0
    assert await widget.page.title() == "Shop"


async def test_an_unread_answer_shows_on_the_launcher(double: Double, open_widget: OpenWidget):
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    double.reply = (wait, *SEARCH)
    widget = await open_widget()
    await widget.open()
    await widget.ask("boots")
    await widget.page.keyboard.press("Escape")
    gate.set()
    await expect(widget.launcher).to_have_attribute("aria-label", "Open chat, new message")
    await widget.open()
    await expect(widget.launcher).to_have_attribute("aria-label", "Close chat")


async def test_a_later_version_of_the_server_may_send_unknown_events(double: Double, open_widget: OpenWidget):
    class Later(TextPiece):
        type = "applause"

    double.reply = (Later("clap"), *ANSWER)
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.replies).to_have_text(["Yes, the Norrfell Ridge boots are waterproof1."])
    assert json.dumps(widget.problems) == "[]"
