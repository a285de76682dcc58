"""The widget on other people's pages: script tag, JS interface, other origins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from playwright.async_api import expect

from tests.bot.browser.conftest import OpenWidget
from tests.bot.browser.double import Double


async def test_a_page_of_another_origin_can_carry_the_widget(
    double: Double, serve: Callable[[web.Application], Awaitable[str]], open_page: OpenWidget
):
    server = await serve(double.app())
    host = Double()
    page = (await serve(host.app())).replace("127.0.0.1", "localhost")
    widget = await open_page(f"{page}/page?server={server}")
    await widget.open()
    await widget.ask("Are they waterproof?")
    await expect(widget.replies).to_have_text(["Yes, the Norrfell Ridge boots are waterproof1."])
    assert [call for call in host.calls if "/api/" in call] == []
    await widget.sources.click()
    link = widget.panel.get_by_role("link", name="Show on the page")
    assert await link.get_attribute("href") == f"{server}/products/boot-1#attribute.waterproof"
    assert await link.get_attribute("target") == "_blank"
    assert widget.problems == []


async def test_the_page_can_drive_the_chat(double: Double, open_widget: OpenWidget):
    listen = """addEventListener('ecomlm:ready', () => {
      window.told = ['ready'];
      const tell = (name) => (detail) => told.push(detail.role ? name + ':' + detail.role : name);
      for (const name of ['open', 'close', 'message']) ecomlm.on(name, tell(name));
    })"""
    widget = await open_widget(scripts=[listen])
    await widget.page.evaluate("ecomlm.setContext({product: 'boot-9', title: 'Nine'})")
    await widget.page.evaluate("ecomlm.open({message: 'Is it waterproof?'})")
    await expect(widget.replies).to_contain_text("waterproof")
    await widget.finished()
    await widget.page.evaluate("ecomlm.send('And warm?')")
    await expect(widget.replies).to_have_count(2)
    await widget.finished()
    await widget.page.evaluate("ecomlm.close()")
    await expect(widget.panel).to_be_hidden()
    await widget.page.evaluate("ecomlm.toggle()")
    await expect(widget.panel).to_be_visible()
    talk = ["message:shopper", "message:assistant"] * 2
    assert await widget.page.evaluate("told") == ["ready", "open", *talk, "close", "open"]
    assert [item["page"] for item in double.received] == [{"product": "boot-9"}] * 2


async def test_a_listener_can_be_taken_off(open_widget: OpenWidget):
    widget = await open_widget()
    await widget.page.evaluate("""() => {
      window.count = 0;
      const listener = () => { count += 1; };
      ecomlm.on('open', listener);
      ecomlm.open();
      ecomlm.close();
      ecomlm.off('open', listener);
      ecomlm.open();
    }""")
    assert await widget.page.evaluate("count") == 1


async def test_destroy_leaves_nothing_behind(open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    await widget.page.evaluate("ecomlm.destroy()")
    await expect(widget.page.locator("ecomlm-chat")).to_have_count(0)
    assert await widget.page.evaluate("window.ecomlm === undefined") is True


async def test_attributes_set_place_title_and_layer(open_widget: OpenWidget):
    widget = await open_widget("position=left&title=Ask+us&z-index=77&open=true")
    await expect(widget.panel).to_be_visible()
    await expect(widget.panel.get_by_role("heading", name="Ask us")).to_be_visible()
    box = await widget.panel.bounding_box()
    assert box
    assert box["x"] == 20
    assert (
        await widget.page.locator("ecomlm-chat").evaluate("(chat) => getComputedStyle(chat).zIndex") == "77"
    )
    await expect(widget.input).not_to_be_focused()


async def test_the_element_survives_being_moved(open_widget: OpenWidget):
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    await widget.page.evaluate("document.body.prepend(document.querySelector('ecomlm-chat'))")
    await expect(widget.questions).to_have_text(["Hello"])
    await widget.ask("Still there?")
    await expect(widget.replies).to_have_count(2)


async def test_a_source_on_the_open_page_is_scrolled_to_without_loading_it_again(
    double: Double, open_widget: OpenWidget
):
    from dataclasses import replace

    from bot.events import Done, Sources, TextPiece
    from tests.bot.browser.double import SOURCE

    double.reply = (
        TextPiece("Yes [1]."),
        Sources((replace(SOURCE, url="/page#body.2"),)),
        Done("m", "x", "en"),
    )
    widget = await open_widget()
    await widget.page.evaluate("window.stays = true")
    await widget.open()
    await widget.ask("Hello")
    await widget.sources.click()
    await widget.panel.get_by_role("link", name="Show on the page").click()
    await widget.page.wait_for_url("**#body.2")
    assert await widget.page.evaluate("window.stays") is True
