"""Read ahead: when a product's page is opened, its facts are made ready for the first question about it.

What it does ahead is never waited for. Knows nothing of pages or questions.
"""

from __future__ import annotations

import asyncio
import logging

from bot.tools import READ_REVIEWS, Tools
from ecomlm.generation.engine import EngineUnavailable
from ecomlm.search.passages import evidence_of
from knowledge.errors import RecordNotFound
from knowledge.records import Language

log = logging.getLogger(__name__)


class ReadingAhead:
    """Prepares products in the background, one at a time; of those that wait, the last one opened."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._task: asyncio.Task[None] | None = None
        self._wanted: tuple[str, Language] | None = None
        self._ready: tuple[str, Language] | None = None

    def page_opened(self, product: str, language: Language) -> None:
        """Begin to prepare a product, or do so once the one under way is ready."""
        self._wanted = (product, language)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._prepare_wanted())

    async def close(self) -> None:
        """Stop what is being prepared."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _prepare_wanted(self) -> None:
        while self._wanted:
            product, self._wanted = self._wanted, None
            if product != self._ready:
                await self._prepare(*product)

    async def _prepare(self, product_id: str, language: Language) -> None:
        tools = self._tools
        try:
            product = await tools.store.product(product_id)
            reviews = await tools.store.reviews(product_id, limit=READ_REVIEWS)
            passages = await asyncio.to_thread(evidence_of, product, reviews, language)
            await asyncio.to_thread(tools.ranker.prepare, passages, language)
            await tools.answerer.prepare(product.title.best(language), language)
        except (RecordNotFound, EngineUnavailable) as error:
            log.info("could not read ahead: %s", error)
            return
        self._ready = (product_id, language)
