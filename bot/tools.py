"""What actions work with: the shop's records, its search, its answers. Opened once, closed once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from bot.responses import Responses
from bot.settings import BotSettings
from ecomlm.evidence import Evidence, RankedEvidence
from knowledge.records import Language

if TYPE_CHECKING:
    from bot.classifier import Embed
    from bot.desk.service import Desk
    from ecomlm.answer import Answerer
    from ecomlm.generation.engine import Engine
    from ecomlm.recommend.recommender import Recommender
    from ecomlm.reviews.months import MonthBook
    from ecomlm.reviews.shelf import DigestShelf
    from ecomlm.search.search import Search
    from knowledge.store import Store


READ_REVIEWS = 400
"""How many reviews of a product are read for a question about it, and ahead of it."""


class PassageRanker(Protocol):
    """Orders passages by how well they answer, and can be given them ahead of the question."""

    def rank(
        self, question: str, title: str, evidence: Sequence[Evidence], language: Language
    ) -> list[RankedEvidence]:
        """Return the passages, best first."""
        ...

    def prepare(self, evidence: Sequence[Evidence], language: Language) -> None:
        """Do ahead what can be done without a question."""
        ...


@dataclass(frozen=True)
class Tools:
    """The tools of `ecomlm` over one shop. `embed` turns texts into vectors for the router."""

    settings: BotSettings
    store: Store
    search: Search
    engine: Engine
    answerer: Answerer
    ranker: PassageRanker
    responses: Responses
    embed: Embed

    def shop(self, language: Language) -> str:
        """Return the shop's name in a language."""
        return self.settings.shop_name_in(language)

    def brands(self) -> list[str]:
        """Return the makers' names that the catalogue knows."""
        return [brand.name for brand in self.search.facts.brands]

    @cached_property
    def digests(self) -> DigestShelf:
        """What buyers say of each product, kept below `home`."""
        from ecomlm.reviews.shelf import DigestShelf

        return DigestShelf(self.store, self.settings.home)

    @cached_property
    def review_months(self) -> MonthBook:
        """What buyers say in the whole shop, counted by month."""
        from ecomlm.reviews.months import MonthBook

        return MonthBook(self.store, self.digests)

    @cached_property
    def recommender(self) -> Recommender:
        """The recommender over the same store and search."""
        from ecomlm.recommend.recommender import Recommender

        return Recommender(self.settings, self.store, self.search)

    @cached_property
    def desk(self) -> Desk:
        """The service desk over the same store."""
        from bot.desk.service import Desk

        return Desk.open(self)

    async def close(self) -> None:
        """Close everything, the newest first; what is opened by its first use only if it was."""
        if "review_months" in self.__dict__:
            await self.review_months.close()
        if "digests" in self.__dict__:
            await self.digests.close()
        if "desk" in self.__dict__:  # opened by its first use
            await self.desk.orders.close()
        await self.engine.close()
        if "recommender" in self.__dict__:
            await self.recommender.close()
        await self.search.close()
        await self.store.close()


async def open_tools(
    settings: BotSettings | None = None, wrap: Callable[[Engine], Engine] = lambda engine: engine
) -> Tools:
    """Open the tools that the settings describe; takes seconds: the index and the model are loaded.

    Raises:
        IndexMissing: before the shop was indexed. After this, or any other failure, nothing is left open.
    """
    from ecomlm.answer import Answerer
    from ecomlm.generation.start import serve_engine
    from ecomlm.search.embed import open_embedders
    from ecomlm.search.rank import Ranker
    from ecomlm.search.search import Search
    from knowledge.settings import load
    from knowledge.store import Store

    settings = settings or load(BotSettings)
    async with AsyncExitStack() as opened:  # what fails to open closes what was opened before it
        store = await Store.open(settings)
        opened.push_async_callback(store.close)
        embedders, ranker = await asyncio.gather(
            asyncio.to_thread(open_embedders, settings), asyncio.to_thread(Ranker.load, settings)
        )
        search = await Search.open(settings, store, embedders)
        opened.push_async_callback(search.close)
        started = await serve_engine(settings)
        opened.push_async_callback(started.close)
        engine = wrap(started)
        tools = Tools(
            settings, store, search, engine, Answerer(engine, ranker), ranker, Responses.load(),
            embedders["zh"].encode_queries,
        )  # fmt: skip
        opened.pop_all()
    return tools
