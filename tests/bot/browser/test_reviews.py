"""The card of what buyers say, in a real browser: bars, counts that lead to reviews, both languages."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.events import AspectBar, Done, Opinions, TextPiece, Voices
from knowledge.records import Language
from tests.bot.browser.conftest import PHONE, OpenWidget
from tests.bot.browser.double import Double
from tests.bot.browser.test_access import CONTRAST, SMALL_TARGETS

EVIL = "<img src=x onerror=document.title='gone'>"
CARDS: dict[Language, Opinions] = {
    "en": Opinions(
        "What buyers say, of 312 reviews",
        (
            AspectBar(
                "battery",
                Voices(20, "20 of 312 praise it", "/reviews/r1"),
                Voices(62, "62 of 312 complain", "/reviews/r2"),
                "battery: 20 of 312 praise it, 62 of 312 complain",
            ),
            AspectBar(
                EVIL, Voices(7, "7 of 312 praise it", "javascript:alert(1)"), Voices(0, "none", ""), ""
            ),
        ),
    ),
    "zh": Opinions(
        "买家评价要点（共 312 条）",
        (
            AspectBar(
                "电池",
                Voices(20, "312 条中 20 条好评", "/reviews/r1"),
                Voices(62, "312 条中 62 条不满", "/reviews/r2"),
                "电池：312 条中 20 条好评，312 条中 62 条不满",
            ),
            AspectBar(EVIL, Voices(7, "312 条中 7 条好评", "javascript:alert(1)"), Voices(0, "无", ""), ""),
        ),
    ),
}


@pytest.mark.parametrize(
    ("language", "locale", "scheme"), [("en", "en-US", "light"), ("zh", "zh-CN", "dark")]
)
async def test_each_count_is_named_and_leads_to_a_review(
    language: Language, locale: str, scheme: str, double: Double, open_widget: OpenWidget
) -> None:
    shown = CARDS[language]
    double.reply = (TextPiece("…"), shown, Done("m1", "reviews", language))
    widget = await open_widget(viewport=PHONE, locale=locale, color_scheme=scheme, reduced_motion="reduce")
    await widget.open()
    await widget.ask("?")
    card = widget.page.locator("[part=opinions]")
    await expect(card).to_have_attribute("aria-label", shown.title)
    praise = card.get_by_role("link", name=shown.bars[0].praise.label)
    blame = card.get_by_role("link", name=shown.bars[0].blame.label)
    await expect(praise).to_have_text("+20")
    await expect(blame).to_have_text("−62")
    assert (await blame.get_attribute("href") or "").endswith("/reviews/r2")
    assert await card.locator("li").count() == 2
    widths = (
        await card.locator("li")
        .first.locator("rect")
        .evaluate_all("(bars) => bars.map((bar) => Math.round(bar.getBoundingClientRect().width))")
    )
    assert 0 < widths[0] < widths[1]
    assert (await widget.page.evaluate(CONTRAST))["poor"] == []
    assert await widget.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_names_of_aspects_stay_text_and_no_link_runs_a_script(
    double: Double, open_widget: OpenWidget
) -> None:
    double.reply = (TextPiece("…"), CARDS["en"], Done("m1", "reviews", "en"))
    widget = await open_widget(viewport=PHONE)
    await widget.open()
    await widget.ask("?")
    card = widget.page.locator("[part=opinions]")
    await expect(card).to_contain_text(EVIL)
    assert await widget.page.locator("ecomlm-chat img").count() == 0
    assert await card.locator("a[href^=javascript]").count() == 0
    small = await widget.page.evaluate(SMALL_TARGETS)
    assert small == []
