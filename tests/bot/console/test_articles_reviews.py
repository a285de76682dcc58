"""The rooms of articles and reviews: finding, editing with a preview, history, removing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from bot.console.articles import ArticleForm, find_articles
from bot.console.reviews import Wanted, find_reviews
from bot.keys import SEARCH, STORE
from knowledge.records import Article, ArticleId, Review, ReviewId, Text
from knowledge.store import Store
from tests.bot.console.forms import form_of, send, with_values
from tests.bot.shop import BOOT, RECORDS, RETURNS

PAGE = "/articles/a/returns"
ODD = Article(ArticleId("odd"), Text("Odd"), Text("\nA  b\n\n\n\nc "), "x", (Text("", "问"), Text("Q")))


@pytest.mark.parametrize("article", [RETURNS, ODD], ids=["plain", "odd"])
def test_an_article_that_nobody_touched_stays_as_it_was(article):
    assert ArticleForm.of(article).article(article) == article


@pytest.mark.parametrize(
    ("id", "changes", "place", "reason"),
    [
        ("new", {"title_en": "", "title_zh": " "}, "title", "no_title"),
        ("new", {"body_en": "", "body_zh": "\n"}, "body", "no_body"),
        ("", {}, "id", "bad_id"),
        ("a\nb", {}, "id", "bad_id"),
        ("new", {"body_en": "a\x00"}, "", "invalid"),
    ],
)
def test_an_article_that_cannot_be_is_told_at_its_field(id, changes, place, reason):
    form = ArticleForm(id, {**ArticleForm.of(RETURNS).fields, **changes})
    assert form.article() is None
    assert form.faults[place].reason == reason


async def test_articles_are_found_and_paged(any_store: Store):
    many = [Article(ArticleId(f"a{number:03}"), Text("Care"), Text("Wash it.")) for number in range(60)]
    await any_store.save([RETURNS, replace(ODD, is_published=False), *many], who="test")

    async def found(words: str = "", topic: str = "", state: str = "", after: str = ""):
        return await find_articles(any_store, words, topic, state, after)

    assert [item.id for item in (await found("UNWORN 45天")).articles] == ["returns"]
    assert [item.id for item in (await found(topic="returns")).articles] == ["returns"]
    assert [item.id for item in (await found(state="draft")).articles] == ["odd"]
    assert not (await found("100%")).articles
    first = await found("wash")
    second = await found("wash", after=first.next or "")
    assert [item.id for item in (*first.articles, *second.articles)] == [item.id for item in many]
    assert second.next is None


async def test_reviews_are_found_and_paged(any_store: Store):
    undated = Review(ReviewId("u1"), BOOT.id, "No date.", "en")
    await any_store.save([*RECORDS, undated, replace(undated, id=ReviewId("u2"))], who="test")
    for query, ids in (
        ({}, ["r3", "r2", "r1", "u2", "u1"]),
        ({"stars": "2"}, ["r2"]),
        ({"stars": "none"}, ["u2", "u1"]),
        ({"language": "zh"}, ["r3"]),
        ({"product": "bag"}, []),
        ({"product": "boot", "stars": "9", "language": "fr"}, ["r3", "r2", "r1", "u2", "u1"]),
    ):
        seen, after = [], ""
        while True:
            found = await find_reviews(any_store, Wanted.read(query), after=after, limit=2)
            seen += [review.id for review in found.reviews]
            if not found.next:
                break
            after = found.next
        assert seen == ids, query
    for cursor in ("[]", "5", '["x", 1]', "[[[", "null"):
        assert (await find_reviews(any_store, Wanted(), after=cursor)).reviews


async def test_an_edited_article_is_in_the_next_search(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    fields = with_values(
        form_of(await browser.page(PAGE), PAGE), body_en="Unworn **shoes**: 60 days.", title_zh="新退货"
    )
    preview = await (await send(browser, PAGE, [*fields, ("do", "preview")])).text()
    assert "<strong>shoes</strong>" in preview
    assert await store.article("returns") == RETURNS
    assert (await send(browser, PAGE, fields)).status == 303
    saved = await store.article("returns")
    assert (saved.title.zh, saved.body.en) == ("新退货", "Unworn **shoes**: 60 days.")
    assert saved.updated
    assert saved.updated <= datetime.now(UTC)
    await client.app[SEARCH].refresh()
    ranked = await client.app[SEARCH].articles("return unworn shoes", language="en")
    assert "60 days" in ranked[0].evidence.text
    again = await send(browser, PAGE, fields)
    assert again.status == 409
    assert "editor one changed this meanwhile" in await again.text()
    page = await browser.page(f"{PAGE}/history")
    assert re.search(r"<ins>60</ins>|60 days", page)
    restore = f"{PAGE}/restore"
    assert (await send(browser, restore, form_of(page, restore))).status == 303
    assert await store.article("returns") == RETURNS


async def test_an_article_is_added_as_a_draft_and_removed_and_brought_back(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    fields = with_values(
        form_of(await browser.page("/articles/new"), "/articles/new"),
        id="care & wash", title_en="<b>Care</b>", body_en="<script>x</script>", topic="care",
    )  # fmt: skip
    assert (await send(browser, "/articles/new", with_values(fields, title_en=""))).status == 400
    assert (await send(browser, "/articles/new", fields)).status == 303
    assert (await send(browser, "/articles/new", fields)).status == 400
    article = await store.article("care & wash")
    assert not article.is_published
    path = f"/articles/a/{quote('care & wash', safe='')}"
    preview = await (
        await send(browser, path, [*form_of(await browser.page(path), path), ("do", "preview")])
    ).text()
    assert "<script>x" not in preview
    assert "<b>Care" not in preview
    assert "<b>Care" not in await browser.page("/articles")
    await browser.post(f"{path}/remove")
    page = await browser.page(f"{path}/history")
    await send(browser, f"{path}/restore", form_of(page, f"{path}/restore"))
    assert await store.article("care & wash") == article


async def test_a_review_is_removed_and_brought_back(browser_of, client):
    browser, store = await browser_of("editor"), client.app[STORE]
    review = await store.review("r2")
    await store.save([replace(review, text="<script>alert(1)</script>")], who="test")
    page = await browser.page("/reviews?stars=2")
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    path = "/reviews/r/r2"
    assert (await send(browser, f"{path}/remove", form_of(page, f"{path}/remove"))).status == 303
    assert "No review is like that" in await browser.page("/reviews?stars=2")
    page = await browser.page(f"{path}/history")
    await send(browser, f"{path}/restore", form_of(page, f"{path}/restore"))
    assert (await store.review("r2")).text == "<script>alert(1)</script>"
    assert (await browser.post(f"{path}/restore", revision="1", seen="x")).status == 409
    assert (await browser.get("/reviews/r/no-such/history")).status == 404
