"""Trying a question: scores, evidence, the answer, and that nothing stays of it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from bot.keys import HANDOFFS, STORE, TURNS
from bot.tables import conversations, messages, proposals, traces
from knowledge.tables import stock_notices


async def counts(client) -> list[int]:
    async with client.app[STORE].engine.connect() as connection:
        tables = (conversations, messages, traces, proposals, stock_notices)
        return [await connection.scalar(select(func.count()).select_from(table)) for table in tables]


async def test_products_are_shown_with_scores_and_the_conditions_they_meet(browser_of, client):
    browser = await browser_of("viewer")
    page = await browser.page("/try?question=waterproof+hiking+boots+under+$120")
    assert "find_product" in page
    assert 'href="/console/products/p/light-boot"' in page
    assert 'href="/console/products/p/boot"' not in page
    assert "$99.00" in page
    assert not any(await counts(client))


async def test_an_answer_is_shown_with_its_evidence_in_both_languages(browser_of, client, engine):
    browser = await browser_of("viewer")
    page = await browser.page("/try?question=is+it+waterproof%3F&product=boot")
    assert "ask_product" in page
    assert "attribute.waterproof" in page
    page = await browser.page(
        "/try?question=%E9%9E%8B%E5%AD%90%E5%A4%9A%E4%B9%85%E5%8F%AF%E4%BB%A5%E9%80%80%EF%BC%9F", "zh"
    )
    assert "45天" in page
    assert not any(await counts(client))


async def test_what_would_set_something_going_is_only_named(browser_of, client):
    browser = await browser_of("viewer")
    for question in (
        "I want to talk to a person",
        "cancel my order W1001",
        "我要退货",
        "my lawyer will sue you",
    ):
        page = await browser.page(f"/try?question={question}")
        assert 'role="status"' in page, question
        assert 'class="said"' not in page, question
    assert not any(await counts(client))
    assert not await client.app[HANDOFFS].open_ones()


async def test_without_the_model_the_record_answers_as_in_the_chat(browser_of, engine):
    engine.text = None
    browser = await browser_of("viewer")
    page = await browser.page("/try?question=is+it+good+on+wet+trails%3F&product=boot")
    assert "Made for wet trails" in page.partition('class="said"')[2].partition("</section>")[0]


async def test_an_answer_that_takes_too_long_is_told(browser_of, client, engine, settings, monkeypatch):
    browser = await browser_of("viewer")
    monkeypatch.setattr(client.app[TURNS], "_settings", replace(settings, reply_timeout_seconds=0.1))
    engine.gate.clear()
    page = await browser.page("/try?question=is+it+good+on+wet+trails%3F&product=boot")
    assert "took too long" in page


async def test_an_unknown_product_is_told_and_nothing_asked(browser_of, engine):
    browser = await browser_of("viewer")
    page = await browser.page("/try?question=is+it+warm&product=%3Cb%3E")
    assert "There is no product &lt;b&gt;" in page
    assert not engine.prompts


async def test_a_question_is_shown_as_text(browser_of):
    browser = await browser_of("viewer")
    page = await browser.page("/try?question=%3Cscript%3Ealert(1)%3C/script%3E+mug")
    assert "<script>alert" not in page
