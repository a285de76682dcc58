"""A shop's digests: stored, brought up to date without reading all again, read on in the background."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecomlm.reviews import shelf as shelf_module
from ecomlm.reviews.digest import ReviewBook
from ecomlm.reviews.shelf import DigestShelf
from knowledge.records import Product, ProductId, Review, ReviewId, Text
from knowledge.store import Store

LAMP = Product(ProductId("lamp"), Text("Lamp", "台灯"))


def review(number: int, text: str) -> Review:
    created = datetime(2026, 1, 1 + number % 28, tzinfo=UTC)
    return Review(ReviewId(f"r{number:05}"), LAMP.id, text, "en", 4, created=created)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}") as store:
        await store.save([LAMP], who="test")
        yield store


@pytest.fixture
def read_ids(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the reviews that were read."""
    ids: list[str] = []
    update = ReviewBook.update

    def counting(book, reviews):
        reviews = list(reviews)
        ids.extend(each.id for each in reviews)
        return update(book, reviews)

    monkeypatch.setattr(ReviewBook, "update", counting)
    return ids


async def test_only_what_is_new_changed_or_gone_is_looked_at(store, tmp_path, read_ids):
    await store.save([review(n, "Great battery.") for n in range(5)], who="test")
    first = DigestShelf(store, tmp_path)
    assert (await first.digest("lamp", "en")).digest.of == 5
    await first.close()
    read_ids.clear()
    await store.save([review(1, "Terrible battery."), review(7, "Slow delivery.")], who="test")
    await store.remove("review", ["r00000"], who="test")
    later = DigestShelf(store, tmp_path)
    told = await later.digest("lamp", "en")
    await later.close()
    assert sorted(read_ids) == ["r00001", "r00007"]
    assert told.digest.of == 5
    counts = {(p.aspect, p.side): p.count for p in told.digest.points}
    assert counts == {("battery", "positive"): 3, ("battery", "negative"): 1, ("delivery", "negative"): 1}


async def test_nothing_is_read_again_while_nothing_changes(store, tmp_path, read_ids):
    await store.save([review(1, "Great battery.")], who="test")
    shelf = DigestShelf(store, tmp_path)
    await shelf.digest("lamp", "en")
    read_ids.clear()
    await shelf.digest("lamp", "zh")
    await shelf.close()
    assert not read_ids


async def test_many_reviews_are_told_in_part_at_once_and_read_on_behind(store, tmp_path, monkeypatch):
    monkeypatch.setattr(shelf_module, "_AT_LEAST", 100)
    await store.save([review(n, "Great battery.") for n in range(400)], who="test")
    shelf = DigestShelf(store, tmp_path)
    told = await shelf.digest("lamp", "en", 0.0)
    assert (told.read, told.total, told.is_whole) == (100, 400, False)
    assert told.digest.of == 100
    while not (told := await shelf.digest("lamp", "en", 0.0)).is_whole:
        await asyncio.sleep(0.01)
    await shelf.close()
    assert told.digest.of == 400


async def test_what_was_read_is_kept_when_the_shop_closes_early(store, tmp_path, monkeypatch, read_ids):
    monkeypatch.setattr(shelf_module, "_AT_LEAST", 50)
    await store.save([review(n, "Great battery.") for n in range(120)], who="test")
    shelf = DigestShelf(store, tmp_path)
    await shelf.digest("lamp", "en", 0.0)
    await shelf.close()
    before = len(read_ids)
    later = DigestShelf(store, tmp_path)
    assert (await later.digest("lamp", "en")).is_whole
    await later.close()
    assert before >= 50
    assert len(read_ids) == 120


@pytest.mark.parametrize("content", ["{", '{"rules": "old", "product": "lamp", "notes": []}', "[]"])
async def test_a_broken_or_older_file_is_made_anew(store, tmp_path, content):
    await store.save([review(1, "Great battery.")], who="test")
    shelf = DigestShelf(store, tmp_path)
    await shelf.digest("lamp", "en")
    await shelf.close()
    (file,) = (tmp_path / "digests").iterdir()
    file.write_text(content, encoding="utf-8")
    again = DigestShelf(store, tmp_path)
    assert (await again.digest("lamp", "en")).digest.of == 1
    await again.close()
    assert json.loads(file.read_text(encoding="utf-8"))["product"] == "lamp"


async def test_notes_of_other_rules_are_made_anew(store, tmp_path, monkeypatch, read_ids):
    await store.save([review(1, "Great battery.")], who="test")
    for mark, reads in (("rules of yesterday", 1), ("rules of today", 2), ("rules of today", 2)):
        monkeypatch.setattr(shelf_module, "rules", lambda mark=mark: mark)
        shelf = DigestShelf(store, tmp_path)
        await shelf.digest("lamp", "en")
        await shelf.close()
        assert len(read_ids) == reads


async def test_what_has_changed_since_it_was_read_is_not_told_as_read(store, tmp_path, monkeypatch):
    monkeypatch.setattr(shelf_module, "_AT_LEAST", 100)
    await store.save([review(n, "Great battery.") for n in range(300)], who="test")
    shelf = DigestShelf(store, tmp_path)
    assert (await shelf.digest("lamp", "en")).is_whole
    await store.save([review(n, "Terrible battery.") for n in range(300)], who="test")
    told = await shelf.digest("lamp", "en", 0.0)
    await shelf.close()
    assert (told.read, told.total, told.is_whole) == (100, 300, False)
    assert {(p.aspect, p.side, p.count) for p in told.digest.points} == {("battery", "negative", 100)}


class Gate:
    """Holds every reading thread until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened, self.entered, self.inside = threading.Event(), threading.Event(), 0
        update = ReviewBook.update

        def waiting(book, reviews):
            self.inside += 1
            self.entered.set()
            self.opened.wait(20)
            try:
                return update(book, reviews)
            finally:
                self.inside -= 1

        monkeypatch.setattr(ReviewBook, "update", waiting)

    async def is_entered(self) -> None:
        while not self.entered.is_set():
            await asyncio.sleep(0.005)


async def test_closing_waits_for_what_is_being_read_and_keeps_it(store, tmp_path, monkeypatch):
    await store.save([review(n, "Great battery.") for n in range(120)], who="test")
    gate, shelf = Gate(monkeypatch), DigestShelf(store, tmp_path)
    asked = asyncio.create_task(shelf.digest("lamp", "en"))
    await gate.is_entered()
    closing = asyncio.create_task(shelf.close())
    await asyncio.sleep(0.02)
    assert not closing.done()
    gate.opened.set()
    await closing
    assert gate.inside == 0
    told = await asked
    assert 0 < told.read < told.total
    (file,) = (tmp_path / "digests").iterdir()
    assert len(json.loads(file.read_text(encoding="utf-8"))["notes"]) == told.read


async def test_closing_ends_the_reading_behind_between_two_parts(store, tmp_path, monkeypatch):
    monkeypatch.setattr(shelf_module, "_AT_LEAST", 50)
    await store.save([review(n, "Great battery.") for n in range(200)], who="test")
    shelf = DigestShelf(store, tmp_path)
    await shelf.digest("lamp", "en", 0.0)
    gate = Gate(monkeypatch)
    await gate.is_entered()
    closing = asyncio.create_task(shelf.close())
    await asyncio.sleep(0.02)
    assert not closing.done()
    gate.opened.set()
    await closing
    assert gate.inside == 0


async def test_who_gives_up_waiting_leaves_the_book_whole(store, tmp_path, monkeypatch):
    await store.save([review(n, "Great battery.") for n in range(20)], who="test")
    gate, shelf = Gate(monkeypatch), DigestShelf(store, tmp_path)
    asked = asyncio.create_task(shelf.digest("lamp", "en"))
    await gate.is_entered()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    gate.opened.set()
    assert (await shelf.digest("lamp", "en")).digest.of == 20
    await shelf.close()


async def test_a_book_in_use_is_kept_while_others_are_let_go(store, tmp_path, monkeypatch, read_ids):
    monkeypatch.setattr(shelf_module, "_IN_MEMORY", 1)
    await store.save([review(n, "Great battery.") for n in range(30)], who="test")
    gate, shelf = Gate(monkeypatch), DigestShelf(store, tmp_path)
    asked = asyncio.create_task(shelf.digest("lamp", "en"))
    await gate.is_entered()
    for other in ("chair", "desk", "sofa"):
        await shelf.digest(other, "en")
    again = asyncio.create_task(shelf.digest("lamp", "zh"))
    await asyncio.sleep(0.02)
    gate.opened.set()
    assert (await asked).digest.of == (await again).digest.of == 30
    await shelf.close()
    assert len(read_ids) == 30


async def test_two_shelves_may_write_the_same_product_at_once(store, tmp_path, monkeypatch):
    await store.save([review(1, "Great battery.")], who="test")
    both, replace = threading.Barrier(2), Path.replace

    def together(path, target):
        both.wait(20)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", together)
    shelves = [DigestShelf(store, tmp_path) for _ in range(2)]
    await asyncio.gather(*(shelf.digest("lamp", "en") for shelf in shelves))
    for shelf in shelves:
        await shelf.close()
    (file,) = (tmp_path / "digests").iterdir()
    assert json.loads(file.read_text(encoding="utf-8"))["product"] == "lamp"
