"""The index follows the store: one change at once, many without holding up a search."""

from __future__ import annotations

import asyncio
import threading

from ecomlm.search import live
from ecomlm.search.index import build_index
from ecomlm.search.search import Search
from knowledge.records import Product, ProductId, Text

from .hash_embedder import HashEmbedder


class HeldEmbedder(HashEmbedder):
    """Encodes passages only when it is let."""

    def __init__(self) -> None:
        super().__init__(256)
        self.gate = threading.Event()
        self.gate.set()

    def encode_passages(self, texts):
        """Encode passages."""
        assert self.gate.wait(60)
        return super().encode_passages(texts)

    def encode_queries(self, texts):
        """Encode questions."""
        return super().encode_passages(texts)


async def found(search: Search, text: str) -> list[str]:
    return [hit.product.id for hit in (await search.products(text)).hits]


async def test_many_changes_hold_up_no_search(settings, store, monkeypatch):
    monkeypatch.setattr(live, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(live, "MANY", 3)
    embedder = HeldEmbedder()
    embedders = {"en": embedder, "zh": embedder}
    await build_index(settings, store, embedders=embedders)
    async with await Search.open(settings, store, embedders) as search:
        embedder.gate.clear()
        many = [Product(ProductId(f"z{number}"), Text(f"Zephyrine lantern {number}")) for number in range(4)]
        await store.save(many, who="import")
        assert not await found(search, "zephyrine lantern")
        embedder.gate.set()
        for _ in range(600):
            if await found(search, "zephyrine lantern"):
                break
            await asyncio.sleep(0.05)
        assert set(await found(search, "zephyrine lantern")) == {product.id for product in many}


async def test_one_change_is_in_the_very_next_search(settings, store, embedders, monkeypatch):
    monkeypatch.setattr(live, "REFRESH_SECONDS", 0.0)
    await build_index(settings, store, embedders=embedders)
    async with await Search.open(settings, store, embedders) as search:
        await store.save([Product(ProductId("z"), Text("Zephyrine lantern"))], who="Mei")
        assert await found(search, "zephyrine lantern") == ["z"]
