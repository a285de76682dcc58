"""A shop's digests: stored, brought up to date without reading all again, read on in the background."""

from __future__ import annotations

import asyncio
import json
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


@pytest.mark.parametrize("content", ["{", '{"format": 0, "product": "lamp", "notes": []}', "[]"])
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
