"""A page that is opened is read ahead, the last one opened if several are."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

from bot.ahead import ReadingAhead
from bot.tools import READ_REVIEWS
from knowledge.errors import RecordNotFound
from knowledge.records import Product, ProductId, Text


class Tools:
    """Notes which titles are read into the prefix cache; reading waits until it may go on."""

    def __init__(self):
        self.titles, self.may_go_on, self.limits = [], asyncio.Event(), []
        self.store = SimpleNamespace(product=self.product, reviews=self.reviews)
        self.ranker = SimpleNamespace(prepare=lambda passages, language: None)
        self.answerer = SimpleNamespace(prepare=self.prepare)

    async def product(self, id):
        if id == "gone":
            raise RecordNotFound("product", id)
        return Product(id=ProductId(id), title=Text(f"The {id}", f"{id}号"))

    async def reviews(self, id, limit=None):
        self.limits.append(limit)
        return []

    async def prepare(self, title, language):
        await self.may_go_on.wait()
        self.titles.append(title)


async def until_idle(ahead):
    await asyncio.wait_for(ahead._task, 5)


async def test_of_the_pages_opened_meanwhile_the_last_is_read_next():
    tools = Tools()
    ahead = ReadingAhead(tools)
    ahead.page_opened("boot", "en")
    await asyncio.sleep(0.01)
    ahead.page_opened("lamp", "en")
    ahead.page_opened("tent", "zh")
    tools.may_go_on.set()
    await until_idle(ahead)
    assert tools.titles == ["The boot", "tent号"]
    ahead.page_opened("tent", "zh")
    await until_idle(ahead)
    assert tools.titles == ["The boot", "tent号"], "it is ready already"


async def test_a_product_that_is_gone_stops_nothing():
    tools = Tools()
    tools.may_go_on.set()
    ahead = ReadingAhead(tools)
    ahead.page_opened("gone", "en")
    await until_idle(ahead)
    ahead.page_opened("boot", "zh")
    await until_idle(ahead)
    assert tools.titles == ["boot号"]


async def test_closing_stops_what_is_under_way():
    tools = Tools()
    ahead = ReadingAhead(tools)
    ahead.page_opened("boot", "en")
    await asyncio.sleep(0.01)
    await ahead.close()
    assert tools.titles == []


async def test_no_more_reviews_are_read_than_for_a_question_and_not_by_the_loop(monkeypatch):
    threads = []
    monkeypatch.setattr(
        "bot.ahead.evidence_of", lambda *given: threads.append(threading.current_thread()) or []
    )
    tools = Tools()
    tools.may_go_on.set()
    ahead = ReadingAhead(tools)
    ahead.page_opened("boot", "en")
    await until_idle(ahead)
    assert tools.limits == [READ_REVIEWS]
    assert threads
    assert threading.main_thread() not in threads
