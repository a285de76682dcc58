"""Build the index of everything the shop knows, and keep it up to date.

Reads the store, writes snapshots. Knows nothing of questions.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ecomlm.search.article_index import ArticleIndex
from ecomlm.search.embed import BertEmbedder, Embedder, open_embedders
from ecomlm.search.facts import FactsGatherer
from ecomlm.search.shard import LANGUAGES, ShardGatherer
from ecomlm.search.snapshot import Manifest, SnapshotBroken, Snapshots
from ecomlm.search.vectors import VectorCache
from ecomlm.settings import Settings
from knowledge.records import Article, Language
from knowledge.store import Store

CACHE_FILE = "vectors.db"
INDEXED = ("product", "article")
Progress = Callable[[str, int, int], object]


@dataclass(frozen=True)
class IndexReport:
    """What `build_index` did."""

    manifest: Manifest
    is_new: bool


def embedder_names(settings: Settings) -> dict[str, str]:
    """Return which embedders the settings ask for."""
    return {"en": settings.embedder_en, "zh": settings.embedder_zh}


async def build_index(
    settings: Settings,
    store: Store,
    *,
    embedders: Mapping[Language, Embedder] | None = None,
    rebuild: bool = False,
    progress: Progress = lambda step, done, total: None,
) -> IndexReport:
    """Bring the index to the state of the store; texts that did not change are not encoded again.

    Args:
        rebuild: build even where nothing changed.
        progress: called as (step, done, total).
    """
    snapshots = Snapshots(settings.home)
    with snapshots.writing():
        revision = await store.revision()
        usable = None if rebuild else await _usable(snapshots, settings, store)
        if usable and not usable[1]:
            return IndexReport(usable[0], is_new=False)
        gatherer, facts = await _gather(store, progress)
        articles = [article async for article in store.each_article()]
        used = embedders if embedders is not None else await asyncio.to_thread(open_embedders, settings)
        manifest = await asyncio.to_thread(
            _build, settings, snapshots, gatherer, facts, articles, revision, used, progress
        )
    return IndexReport(manifest, is_new=True)


async def needs_index(settings: Settings, store: Store, limit: int = 500) -> bool:
    """Tell whether there is no usable index, or so many records changed that a new one is due."""
    usable = await _usable(Snapshots(settings.home), settings, store)
    return usable is None or usable[1] > limit


async def _usable(snapshots: Snapshots, settings: Settings, store: Store) -> tuple[Manifest, int] | None:
    """Return the usable index and how many of its records changed since it was built; None without one."""
    try:
        manifest = snapshots.current()
    except SnapshotBroken:
        return None
    if manifest is None or manifest.embedders != embedder_names(settings):
        return None
    changes = await store.changed_since(manifest.revision)
    return manifest, sum(kind in INDEXED for kind, _, _ in changes)


async def _gather(store: Store, progress: Progress) -> tuple[ShardGatherer, FactsGatherer]:
    """Read every published product."""
    ratings: defaultdict[str, list[int]] = defaultdict(list)
    async for review in store.each_review():
        if review.rating is not None:
            ratings[review.product_id].append(review.rating)
    total = await store.count("product")
    gatherer, facts, done = ShardGatherer(), FactsGatherer(), 0
    async for product in store.each_product():
        done += 1
        if product.is_published:
            stars = ratings.get(product.id)
            gatherer.add(product, sum(stars) / len(stars) if stars else None)
            facts.add(product)
        if done % 200 == 0 or done == total:
            progress("reading", done, total)
    return gatherer, facts


def _build(
    settings: Settings,
    snapshots: Snapshots,
    gatherer: ShardGatherer,
    facts: FactsGatherer,
    articles: list[Article],
    revision: int,
    embedders: Mapping[Language, Embedder],
    progress: Progress,
) -> Manifest:
    total = sum(len(gatherer.meanings(language)) for language in LANGUAGES)
    done = 0

    def encoded(count: int) -> None:
        nonlocal done
        done += count
        progress("encoding", done, total)

    with VectorCache(settings.home / CACHE_FILE) as cache:
        shard = gatherer.build(embedders, cache, encoded)
        index = ArticleIndex.build(articles, embedders, cache)
        progress("writing", 0, 1)
        manifest = snapshots.write(
            shard, index, facts.facts(), revision=revision, embedders=embedder_names(settings)
        )
        cache.keep_only(
            (
                embedders[language],
                [*gatherer.meanings(language), *(item.meaning for item in index.texts[language])],
            )
            for language in LANGUAGES
        )
    progress("writing", 1, 1)
    for embedder in embedders.values():
        if isinstance(embedder, BertEmbedder):
            embedder.release()
    return manifest
