"""Read ahead: when a product's page is opened, its facts are made ready for the first question about it.

What it does ahead is never waited for, one product at a time, and left alone while replies are written.
Knows nothing of pages or questions.
"""

from __future__ import annotations

import asyncio
import logging

from bot.tools import Tools
from ecomlm.generation.engine import EngineUnavailable
from ecomlm.search.passages import evidence_of
from knowledge.errors import RecordNotFound
from knowledge.records import Language

log = logging.getLogger(__name__)


class ReadingAhead:
    """Prepares products in the background."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._task: asyncio.Task[None] | None = None
        self._ready: tuple[str, Language] | None = None

    def page_opened(self, product: str, language: Language) -> None:
        """Begin to prepare a product, unless another is being prepared."""
        if self._ready == (product, language) or (self._task and not self._task.done()):
            return
        self._task = asyncio.create_task(self._prepare(product, language))

    async def close(self) -> None:
        """Stop what is being prepared."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _prepare(self, product_id: str, language: Language) -> None:
        tools = self._tools
        try:
            product = await tools.store.product(product_id)
            reviews = await tools.store.reviews(product_id)
            passages = evidence_of(product, reviews, language)
            await asyncio.to_thread(tools.ranker.prepare, passages, language)
            await tools.answerer.prepare(product.title.best(language), language)
        except (RecordNotFound, EngineUnavailable) as error:
            log.info("could not read ahead: %s", error)
            return
        self._ready = (product_id, language)
