"""The widget for keyboards, screen readers, phones, calm eyes and strict pages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from bot.events import Cards, Done, TextPiece
from tests.bot.browser.conftest import PHONE, OpenWidget, Widget
from tests.bot.browser.double import ANSWER, SEARCH, Double, card, pause

HERE = Path(__file__).parent
CONTRAST = (HERE / "contrast.js").read_text(encoding="utf-8")
SMALL_TARGETS = (HERE / "targets.js").read_text(encoding="utf-8")


async def place(locator: Locator) -> tuple[int, int]:
    """Where an element stands, in whole pixels."""
    box = await locator.bounding_box()
    assert box
    return round(box["x"]), round(box["y"])


async def converse(widget: Widget, double: Double) -> None:
    """Bring every kind of thing on the screen."""
    await widget.open()
    double.reply = SEARCH
    await widget.ask("boots under $150")
    await widget.finished()
    double.reply = ANSWER
    await widget.ask("Are they waterproof?")
    await expect(widget.replies).to_have_count(2)
    await widget.finished()
    await widget.sources.click()


async def test_everything_can_be_done_from_the_keyboard(double: Double, open_widget: OpenWidget):
    widget = await open_widget()
    keyboard = widget.page.keyboard
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    await expect(widget.launcher).to_be_focused()
    await keyboard.press("Enter")
    await expect(widget.input).to_be_focused()
    await keyboard.type("First line")
    await keyboard.press("Shift+Enter")
    await keyboard.type("second line")
    await keyboard.press("Enter")
    await expect(widget.questions).to_have_text(["First line\nsecond line"])
    await widget.finished()
    await expect(widget.input).to_be_focused()
    await keyboard.press("Shift+Tab")
    await keyboard.press("Shift+Tab")
    await expect(widget.page.get_by_role("button", name="Not helpful")).to_be_focused()
    for _ in range(3):
        await keyboard.press("Shift+Tab")
    await expect(widget.sources).to_be_focused()
    await keyboard.press("Enter")
    await expect(widget.page.get_by_text("Waterproof: yes")).to_be_visible()
    await keyboard.press("Escape")
    await expect(widget.page.get_by_text("Waterproof: yes")).to_be_hidden()
    await keyboard.press("Escape")
    await expect(widget.panel).to_be_hidden()
    await expect(widget.launcher).to_be_focused()


async def test_the_menu_follows_the_arrow_keys(open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    button = widget.page.get_by_role("button", name="More options")
    await button.press("Enter")
    items = widget.page.get_by_role("menuitem")
    await expect(items.first).to_be_focused()
    await widget.page.keyboard.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await widget.page.keyboard.press("Escape")
    await expect(button).to_be_focused()
    await expect(widget.panel).to_be_visible()


async def test_roles_and_names_are_there_for_screen_readers(open_widget: OpenWidget):
    widget = await open_widget("title=Larkwood+help")
    await expect(widget.launcher).to_have_attribute("aria-expanded", "false")
    await expect(widget.launcher).to_have_attribute("aria-controls", "panel")
    await widget.open()
    await expect(widget.launcher).to_have_attribute("aria-expanded", "true")
    await expect(widget.page.get_by_role("dialog", name="Larkwood help")).to_have_attribute(
        "aria-modal", "false"
    )
    await expect(widget.page.get_by_role("textbox", name="Your message")).to_be_visible()
    await expect(widget.log).to_be_visible()
    await expect(widget.panel.get_by_text("AI assistant")).to_be_visible()
    await expect(widget.panel.get_by_role("link", name="Privacy")).to_be_visible()


async def test_a_reply_is_announced_once_and_only_when_it_is_finished(
    double: Double, open_widget: OpenWidget
):
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    double.reply = (TextPiece("Yes, "), wait, TextPiece("it is."), Done("m", "x", "en"))
    widget = await open_widget()
    await widget.open()
    await widget.page.evaluate("""() => {
      window.heard = [];
      const root = document.querySelector('ecomlm-chat').shadowRoot;
      const speaker = root.querySelector('[aria-live=polite]');
      const hear = () => speaker.textContent && heard.push(speaker.textContent);
      new MutationObserver(hear).observe(speaker, {childList: true});
    }""")
    await widget.ask("Is it waterproof?")
    await expect(widget.replies).to_have_text(["Yes, "])
    await expect(widget.log).to_have_attribute("aria-busy", "true")
    assert await widget.page.evaluate("heard") == []
    gate.set()
    await widget.finished()
    speaker = widget.page.locator("ecomlm-chat [aria-live=polite]")
    await expect(speaker).to_have_text("Yes, it is.")
    assert await widget.page.evaluate("heard") == ["Yes, it is."]


async def test_enter_does_not_send_while_an_input_method_composes(double: Double, open_widget: OpenWidget):
    widget = await open_widget("lang=zh-CN")
    await widget.open()
    client = await widget.page.context.new_cdp_session(widget.page)
    await client.send("Input.imeSetComposition", {"text": "fangshui", "selectionStart": 8, "selectionEnd": 8})
    await client.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229},
    )
    await widget.input.evaluate("""(area) => {
      const enter = new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true});
      area.dispatchEvent(enter);
    }""")
    await expect(widget.questions).to_have_count(0)
    await client.send("Input.insertText", {"text": "防水吗？"})
    await expect(widget.input).to_have_value("防水吗？")
    await widget.input.press("Enter")
    await expect(widget.questions).to_have_text(["防水吗？"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", ["%231f6b52", "gold"])
async def test_contrast_is_aa_whatever_the_accent(
    scheme: str, accent: str, double: Double, open_widget: OpenWidget
):
    widget = await open_widget(
        f"accent={accent}&product=boot-1", color_scheme=scheme, reduced_motion="reduce"
    )
    await converse(widget, double)
    found = await widget.page.evaluate(CONTRAST)
    assert found["count"] > 20
    assert found["poor"] == []
    surface = await widget.panel.evaluate("(panel) => getComputedStyle(panel).backgroundColor")
    assert surface == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 25, 27)"}[scheme]


async def test_the_page_can_ask_for_a_theme(open_widget: OpenWidget):
    widget = await open_widget("theme=dark", color_scheme="light")
    await widget.open()
    assert (
        await widget.panel.evaluate("(panel) => getComputedStyle(panel).backgroundColor") == "rgb(23, 25, 27)"
    )


async def test_a_phone_gets_a_sheet_with_large_targets(double: Double, open_widget: OpenWidget):
    widget = await open_widget(viewport=PHONE, is_mobile=True, has_touch=True, reduced_motion="reduce")
    await converse(widget, double)
    assert await widget.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    await expect(widget.launcher).to_be_hidden()
    assert await widget.page.evaluate(SMALL_TARGETS) == []
    assert await widget.page.evaluate("document.documentElement.scrollWidth") == 390
    box = await widget.input.bounding_box()
    assert box
    assert box["y"] + box["height"] < 844
    assert await widget.input.evaluate("(area) => getComputedStyle(area).fontSize") == "16px"


async def test_the_keyboard_of_a_phone_does_not_cover_the_input(open_widget: OpenWidget):
    shrink = (
        """Object.defineProperty(window.visualViewport, 'height', {get: () => window.visibleHeight || 844})"""
    )
    widget = await open_widget(viewport=PHONE, is_mobile=True, has_touch=True, scripts=[shrink])
    await widget.open()
    await widget.page.evaluate("visibleHeight = 480; visualViewport.dispatchEvent(new Event('resize'))")
    box = await widget.input.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 480


async def test_targets_are_large_on_a_wide_screen_too(double: Double, open_widget: OpenWidget):
    widget = await open_widget("product=boot-1", reduced_motion="reduce")
    await converse(widget, double)
    assert await widget.page.evaluate(SMALL_TARGETS) == []


async def test_nothing_moves_where_motion_is_not_wanted(double: Double, open_widget: OpenWidget):
    double.reply = (TextPiece("Wait "), pause(1), *ANSWER)
    widget = await open_widget(reduced_motion="reduce")
    await widget.open()
    await widget.ask("Hello")
    running = "document.querySelector('ecomlm-chat').shadowRoot.getAnimations().length"
    assert await widget.page.evaluate(running) == 0
    await widget.finished()
    assert await widget.page.evaluate(running) == 0


async def test_nothing_jumps_while_text_streams(double: Double, open_widget: OpenWidget):
    words = [
        step
        for word in ("These boots keep water out and cost less than you said. " * 3).split()
        for step in (TextPiece(word + " "), pause(0.02))
    ]
    double.reply = (Cards(tuple(card(number) for number in range(3))), pause(1), *words, Done("m", "x", "en"))
    widget = await open_widget()
    await widget.open()
    await widget.ask("boots")
    await expect(widget.replies).to_contain_text("These")
    anchors = (widget.questions.first, widget.page.locator("a[part=card]").first, widget.replies.first)
    before = [await place(item) for item in anchors]
    seen = set()
    while await widget.log.get_attribute("aria-busy") == "true":
        seen.add(tuple([await place(item) for item in anchors]))
    assert seen <= {tuple(before)}
    assert [await place(item) for item in anchors] == before


async def test_a_reader_who_scrolled_up_is_left_alone(double: Double, open_widget: OpenWidget):
    double.reply = (TextPiece("A long answer. " * 150), Done("m1", "x", "en"))
    widget = await open_widget()
    await widget.open()
    await widget.ask("One")
    await widget.finished()
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    double.reply = (TextPiece("Start. "), wait, TextPiece("More. " * 400), Done("m2", "x", "en"))
    await widget.ask("Two")
    await expect(widget.replies.last).to_contain_text("Start.")
    await widget.page.wait_for_timeout(500)
    await widget.log.evaluate("(log) => { log.scrollTop = 40; }")
    await widget.page.wait_for_timeout(100)
    gate.set()
    await widget.finished()
    assert await widget.log.evaluate("(log) => log.scrollTop") == 40
    await widget.page.get_by_role("button", name="New messages").click()
    await expect(widget.page.get_by_role("button", name="New messages")).to_be_hidden()
    await widget.page.wait_for_function(
        "() => { const log = document.querySelector('ecomlm-chat').shadowRoot.querySelector('[role=log]');"
        " return log.scrollHeight - log.scrollTop - log.clientHeight < 4; }"
    )


async def test_a_strict_page_is_kept_and_nobody_else_is_called(double: Double, open_widget: OpenWidget):
    watch = """window.violations = [];
    addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));"""
    widget = await open_widget("product=boot-1&product-title=Boots&accent=teal", scripts=[watch])
    await converse(widget, double)
    assert await widget.page.evaluate("violations") == []
    assert widget.problems == []
    own = widget.page.url.split("/page")[0]
    assert [url for url in widget.requests if not url.startswith((own, "data:"))] == []


async def test_page_styles_do_not_reach_the_widget(open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    before = await widget.input.evaluate(
        "(area) => JSON.stringify(getComputedStyle(area).cssText) + area.offsetHeight"
    )
    await widget.page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('* { font-size: 40px !important } textarea { height: 300px !important }');
      document.adoptedStyleSheets = [sheet];
    }""")
    after = await widget.input.evaluate(
        "(area) => JSON.stringify(getComputedStyle(area).cssText) + area.offsetHeight"
    )
    assert after == before


async def test_forced_colours_keep_outlines(double: Double, open_widget: OpenWidget):
    widget = await open_widget(forced_colors="active")
    await converse(widget, double)
    width = await widget.panel.evaluate("(panel) => getComputedStyle(panel).borderTopWidth")
    assert width == "1px"
