"""Product texts: drafted, changed, checked, published by a person, and in the record then."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from bot.console.texts import marked
from bot.keys import AUDIT, STORE
from ecomlm.copywriting.check import Claim
from tests.bot.shop import BOOT

STAMP = re.compile(r'name="stamp" value="([0-9a-f]+)"')
AREA = re.compile(r"<textarea[^>]*>(.*?)</textarea>", re.DOTALL)


async def stamp_of(browser) -> str:
    return STAMP.search(await browser.page(f"/texts/{BOOT.id}"))[1]


def form(text: str, stamp: str, kind: str = "description", language: str = "en") -> dict[str, str]:
    part = {"description": "text", "title": "title"}[kind]
    return {"kind": kind, "language": language, "part": part, "text": text, "stamp": stamp}


async def test_a_product_is_found_and_drafted_in_both_languages(browser_of):
    browser = await browser_of("viewer")
    assert f"/console/texts/{BOOT.id}?kind=description" in await browser.page("/texts?q=waterproof+boots")
    english = await browser.page(f"/texts/{BOOT.id}?kind=bullets&language=en")
    assert 'class="good"' in english
    assert "Every claim is in the record." in english
    assert "<textarea" not in english  # a viewer looks
    chinese = await browser.page(f"/texts/{BOOT.id}?kind=title&language=zh", "zh")
    assert "所有陈述均有资料依据" in chinese


async def test_what_no_record_holds_is_shown_red_and_not_published(browser_of, client):
    editor = await browser_of("editor")
    wrong = form("These boots weigh 120 g and cure back pain.", await stamp_of(editor))
    checked = await (await editor.post(f"/texts/{BOOT.id}/check", **wrong)).text()
    assert '<mark class="bad">' in checked
    refused = await editor.post(f"/texts/{BOOT.id}/publish", **wrong)
    assert refused.status == 400
    assert "Not published" in await refused.text()
    assert "These boots weigh 120 g" in AREA.search(await refused.text())[1]  # what was typed is kept
    assert await client.app[STORE].product(BOOT.id) == BOOT


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_clean_text_is_published_with_its_history(browser_of, client, language):
    editor = await browser_of("editor")
    page = await editor.page(f"/texts/{BOOT.id}?kind=description&language={language}")
    text = html.unescape(AREA.search(page)[1])
    fields = form(text, STAMP.search(page)[1], language=language)
    response = await editor.post(f"/texts/{BOOT.id}/publish", **fields)
    assert response.status == 303, await response.text()
    product = await client.app[STORE].product(BOOT.id)
    assert product.description.exact(language) == text
    other = "zh" if language == "en" else "en"
    assert product.description.exact(other) == BOOT.description.exact(other)
    last = (await client.app[STORE].history("product", BOOT.id))[-1]
    assert (last.who, last.before) == ("editor one", BOOT)
    assert (await client.app[AUDIT].entries())[0].action == "text.publish"


async def test_nothing_is_published_over_somebody_elses_change(browser_of, client):
    editor = await browser_of("editor")
    stamp = await stamp_of(editor)
    await client.app[STORE].save([replace(BOOT, tags=("new",))], who="another")
    text = html.unescape(AREA.search(await editor.page(f"/texts/{BOOT.id}"))[1])
    response = await editor.post(f"/texts/{BOOT.id}/publish", **form(text, stamp))
    assert response.status == 409
    assert (await client.app[STORE].product(BOOT.id)).tags == ("new",)
    assert (await client.app[STORE].product(BOOT.id)).description == BOOT.description


async def test_an_advertisement_is_for_copying(browser_of):
    editor = await browser_of("editor")
    page = await editor.page(f"/texts/{BOOT.id}?kind=search_ad")
    assert "copy it" in page
    assert "/publish" not in page


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        (f"/texts/{BOOT.id}?kind=poem", None, 400),
        ("/texts/nothing", None, 404),
        (f"/texts/{BOOT.id}/check", {"kind": "title", "part": "post", "text": "x"}, 400),
        (f"/texts/{BOOT.id}/check", {"kind": "title", "part": "title"}, 400),
        (f"/texts/{BOOT.id}/check", {"kind": "title", "part": "title", "text": "x" * 4001}, 400),
    ],
)
async def test_what_makes_no_sense_is_refused(browser_of, path, fields, status):
    editor = await browser_of("editor")
    response = await (editor.get(path) if fields is None else editor.post(path, **fields))
    assert response.status == status


async def test_an_empty_title_is_not_published(browser_of, client):
    editor = await browser_of("editor")
    response = await editor.post(f"/texts/{BOOT.id}/publish", **form("  ", await stamp_of(editor), "title"))
    assert response.status == 400
    assert (await client.app[STORE].product(BOOT.id)).title == BOOT.title


def test_marks_hold_markup_as_text():
    claims = [Claim("<b>990 g</b>", "fact", True), Claim("best", "superlative", False)]
    assert marked("<b>990 g</b> & the best", claims) == (
        '<mark class="good">&lt;b&gt;990 g&lt;/b&gt;</mark> &amp; the <mark class="bad">best</mark>'
    )
