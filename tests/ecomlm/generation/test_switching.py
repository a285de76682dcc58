"""A server's engine follows the live adapter, and no reply is cut by the change."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ecomlm.generation.engine import Completion, Piece
from ecomlm.generation.switching import SwitchingEngine
from ecomlm.models.adapter import AdapterRefused


class Slow:
    """Writes its name, then waits until it may end."""

    def __init__(self, name):
        self.name, self.may_end, self.closed, self.read = name, asyncio.Event(), False, []

    async def complete(self, request):
        assert not self.closed
        yield Piece(self.name)
        await self.may_end.wait()
        assert not self.closed
        yield Piece(" end", is_last=True)

    async def prefill(self, prompt):
        self.read.append(prompt)

    async def close(self):
        self.closed = True


class Shop:
    """What is live, and the engines that were started."""

    def __init__(self):
        self.live, self.started, self.broken = "shop", [], set()

    async def start(self):
        if self.live in self.broken:
            raise AdapterRefused(f"adapter {self.live!r} is damaged")
        self.started.append(Slow(self.live))
        return self.started[-1]

    async def open(self):
        return await SwitchingEngine.open(lambda: self.live, self.start)


async def text(engine):
    return "".join([piece.text async for piece in engine.complete(Completion("?"))])


async def test_a_promotion_takes_over_and_the_reply_under_way_ends_on_the_old_engine():
    shop = Shop()
    engine = await shop.open()
    under_way = asyncio.create_task(text(engine))
    await asyncio.sleep(0)
    shop.live = "better"
    await engine.follow()
    old, new = shop.started
    assert engine.name == "better"
    assert not old.closed
    new.may_end.set()
    assert await text(engine) == "better end"
    old.may_end.set()
    assert await under_way == "shop end"
    await asyncio.sleep(0.01)
    assert old.closed
    assert not new.closed
    await engine.close()
    assert new.closed


async def test_the_change_is_noticed_by_itself(monkeypatch):
    monkeypatch.setattr("ecomlm.generation.switching.LOOKS_EVERY_SECONDS", 0.01)
    shop = Shop()
    engine = await shop.open()
    shop.live = "better"
    async with asyncio.timeout(30):
        while engine.name != "better":
            await asyncio.sleep(0.01)
    await engine.prefill("Shop item: boots")
    assert [each.read for each in shop.started] == [[], ["Shop item: boots"]]
    await engine.close()
    assert all(each.closed for each in shop.started)


async def test_an_adapter_that_cannot_be_loaded_changes_nothing_and_is_tried_once(monkeypatch, caplog):
    monkeypatch.setattr("ecomlm.generation.switching.LOOKS_EVERY_SECONDS", 0.01)
    shop = Shop()
    shop.broken.add("broken")
    engine = await shop.open()
    shop.live = "broken"
    with caplog.at_level(logging.ERROR):
        await asyncio.sleep(0.1)
    assert engine.name == "shop"
    assert len([record for record in caplog.records if "broken" in record.message]) == 1
    shop.live = "shop"
    await engine.follow()
    assert len(shop.started) == 1
    shop.live = "better"
    await engine.follow()
    assert engine.name == "better"
    await engine.close()


async def test_closing_frees_an_engine_that_still_writes():
    shop = Shop()
    engine = await shop.open()
    under_way = asyncio.create_task(text(engine))
    await asyncio.sleep(0)
    shop.live = "better"
    await engine.follow()
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    await engine.close()
    assert all(each.closed for each in shop.started)
