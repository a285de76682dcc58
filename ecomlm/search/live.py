"""The index as it is now: the live snapshot and what changed in the store since it was built.

Knows the store's changes. Knows nothing of questions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

import numpy as np

from ecomlm.search.article_index import ArticleIndex
from ecomlm.search.embed import Embedder, open_embedders
from ecomlm.search.facts import CatalogueFacts
from ecomlm.search.index import CACHE_FILE, INDEXED, embedder_names
from ecomlm.search.ranking import Corpus
from ecomlm.search.shard import Shard, ShardGatherer
from ecomlm.search.snapshot import IndexMissing, Snapshot, Snapshots
from ecomlm.search.vectors import VectorCache
from ecomlm.settings import Settings
from knowledge.records import Article, Language, Product
from knowledge.store import Store

REFRESH_SECONDS = 1.0
MANY = 200  # changed products; taking in more than this takes too long to let a search wait


class LiveIndex:
    """A snapshot that follows the store; `corpus` and `articles` are replaced whole, never changed."""

    def __init__(
        self, settings: Settings, store: Store, snapshot: Snapshot, embedders: Mapping[Language, Embedder]
    ) -> None:
        self.embedders = embedders
        self._settings, self._store = settings, store
        self._snapshots = Snapshots(settings.home)
        self._lock = asyncio.Lock()
        self._taking_in: asyncio.Task[bool] | None = None
        self._use(snapshot)

    @classmethod
    async def open(
        cls, settings: Settings, store: Store, embedders: Mapping[Language, Embedder] | None = None
    ) -> Self:
        """Open the live snapshot and load the embedders.

        Raises:
            IndexMissing: when there is none, or it was built with other embedders than the settings name.
        """
        snapshot = await asyncio.to_thread(Snapshots(settings.home).open)
        wanted = embedder_names(settings)
        if snapshot.manifest.embedders != wanted:
            raise IndexMissing(
                f"the index was built with the embedders {snapshot.manifest.embedders}, the settings name"
                f" {wanted}. Build it again: python -m ecomlm index"
            )
        if embedders is None:
            embedders = await asyncio.to_thread(open_embedders, settings)
        index = cls(settings, store, snapshot, embedders)
        await index.refresh()
        return index

    @property
    def facts(self) -> CatalogueFacts:
        """The catalogue's vocabulary."""
        return self._snapshot.facts

    @property
    def snapshot_id(self) -> str:
        """Which snapshot is in use."""
        return self._snapshot.manifest.id

    @property
    def pending(self) -> int:
        """How many products changed since the snapshot was built."""
        return len(self._changed)

    def _use(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._changed: set[str] = set()
        self._rows = {id: row for row, id in enumerate(snapshot.shard.ids)}
        self.revision = snapshot.manifest.revision
        self.articles = snapshot.articles
        self.corpus = Corpus(snapshot.shard, None, np.zeros(len(snapshot.shard), np.bool_))
        self._checked = 0.0

    async def refresh_if_due(self) -> bool:
        """Refresh if a second has passed since the last time; tell whether anything changed.

        Many changes at once, such as an import's, are taken in while searches go on with what they had.
        """
        if time.monotonic() - self._checked < REFRESH_SECONDS:
            return False
        if self._taking_in is None:
            if not await self._has_many():
                return await self.refresh()
            self._taking_in = self._taking_in or asyncio.create_task(self.refresh())
        if not self._taking_in.done():
            return False
        done, self._taking_in = self._taking_in, None
        return done.result()

    async def close(self) -> None:
        """Stop taking in."""
        if self._taking_in and not self._taking_in.done():
            self._taking_in.cancel()
            with suppress(asyncio.CancelledError):
                await self._taking_in

    async def _has_many(self) -> bool:
        if await self._store.revision() == self.revision:
            return False
        changed = await self._store.changed_since(self.revision)
        return sum(kind == "product" for kind, *_ in changed) > MANY

    async def refresh(self) -> bool:
        """Take in a new snapshot and what changed in the store; tell whether anything did."""
        async with self._lock:
            is_new = self._snapshots.current_id() not in (None, self.snapshot_id)
            if is_new:
                self._use(await asyncio.to_thread(self._snapshots.open))
            revision = await self._store.revision()
            if revision != self.revision:
                await self._take_in(revision)
                is_new = True
            self._checked = time.monotonic()
            return is_new

    async def _take_in(self, revision: int) -> None:
        changes = [
            change for change in await self._store.changed_since(self.revision) if change[0] in INDEXED
        ]
        changed = {id for kind, id, _ in changes if kind == "product"}
        if changed:
            self._changed |= changed
            await self._add_products()
        if any(kind == "article" for kind, _, _ in changes):
            articles = await self._store.articles()
            self.articles = await asyncio.to_thread(self._index_articles, articles)
        self.revision = revision

    def _index_articles(self, articles: list[Article]) -> ArticleIndex:
        with VectorCache(self._settings.home / CACHE_FILE) as cache:
            return ArticleIndex.build(articles, self.embedders, cache)

    async def _add_products(self) -> None:
        products = await self._store.products(sorted(self._changed))
        stars: dict[str, float] = {}
        for product in products:
            ratings = [review.rating for review in await self._store.reviews(product.id) if review.rating]
            if ratings:
                stars[product.id] = sum(ratings) / len(ratings)
        added = await asyncio.to_thread(self._index_products, products, stars)
        base = self._snapshot.shard
        hidden = np.zeros(len(base) + len(added), np.bool_)
        hidden[[self._rows[id] for id in self._changed if id in self._rows]] = True
        self.corpus = Corpus(base, added, hidden)

    def _index_products(self, products: list[Product], stars: Mapping[str, float]) -> Shard:
        gatherer = ShardGatherer()
        for product in products:
            if product.is_published:
                gatherer.add(product, stars.get(product.id))
        with VectorCache(self._settings.home / CACHE_FILE) as cache:
            return gatherer.build(self.embedders, cache, base=self._snapshot.shard)
