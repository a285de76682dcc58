"""A model that follows the shop: trained on its records and events once, then told what is new.

Orders are purchases of their customers; events come from the journal. When events were erased, or texts of
products changed a lot, the model is trained anew behind the one that answers. Knows nothing of what is asked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from ecomlm.recommend.catalogue import Item
from ecomlm.recommend.counts import LAGS
from ecomlm.recommend.journal import STEP, Journal
from ecomlm.recommend.journeys import KINDS, Journeys, Kind, Touch
from ecomlm.recommend.model import Model
from knowledge.records import Order, Product
from knowledge.store import Store

log = logging.getLogger(__name__)
REFRESH_SECONDS = 1.0


@dataclass
class Rows:
    """Events as columns, in the order in which they came."""

    owners: list[int] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    shoppers: dict[str, int] = field(default_factory=dict)

    def add(self, shopper: str, item: int | None, kind: Kind, at: float) -> None:
        """Add one event; one about no product is passed over."""
        if item is not None:
            self.owners.append(self.shoppers.setdefault(shopper, len(self.shoppers)))
            self.items.append(item)
            self.kinds.append(KINDS.index(kind))
            self.times.append(at)

    def journeys(self) -> Journeys:
        """Return them sorted by shopper and time."""
        return Journeys.of_events(
            np.array(self.owners, np.int64),
            np.array(self.items, np.int64),
            np.array(self.kinds, np.int64),
            np.array(self.times, np.float64),
        )


@dataclass(frozen=True)
class Standing:
    """How far a model has read: the records' revision, the last event, the erasures, the counted orders."""

    revision: int
    event: int
    erased: int
    orders: frozenset[str]


class Following:
    """Keeps one model in step with a store and its journal. `worker` is the only thread that touches it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._journal: Journal | None = None
        self._model: Model | None = None
        self._standing = Standing(0, 0, 0, frozenset())
        self._checked = 0.0
        self._lock = asyncio.Lock()
        self._training: asyncio.Task[None] | None = None
        self.worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recommend")

    async def journal(self) -> Journal:
        """Return the journal of events, opened by its first use."""
        async with self._lock:
            if self._journal is None:
                self._journal = await Journal.open(self._store.engine)
            return self._journal

    async def model(self, patience_seconds: float | None = None) -> Model | None:
        """Return the model with what came until now; None where its first training takes longer than that."""
        journal = await self.journal()
        if self._model is None:
            self._begin_training(journal)
            assert self._training is not None
            done, _ = await asyncio.wait({self._training}, timeout=patience_seconds)
            if not done:
                return None
            self._training.result()
        if time.monotonic() - self._checked >= REFRESH_SECONDS:
            async with self._lock:
                await self._follow(journal)
        return self._model

    async def close(self) -> None:
        """Stop what is under way."""
        if self._training:
            self._training.cancel()
            await asyncio.gather(self._training, return_exceptions=True)
        await asyncio.to_thread(self.worker.shutdown, cancel_futures=True)

    def _begin_training(self, journal: Journal) -> None:
        if self._training is None or self._training.done():
            self._training = asyncio.create_task(self._train(journal))

    async def _train(self, journal: Journal) -> None:
        started = time.perf_counter()
        revision, erased = await self._store.revision(), await journal.erased()
        items = [Item.of(product) async for product in self._store.each_product() if product.is_published]
        places = {item.id: row for row, item in enumerate(items)}
        rows, orders = Rows(), set()
        async for order in self._orders():
            orders.add(order.id)
            for line in order.lines:
                at = order.placed.timestamp()
                rows.add(f"customer {order.customer_id}", places.get(line.product_id), "purchase", at)
        last = await _read(journal, places, rows)
        model = await asyncio.to_thread(_trained, items, rows)
        self._model, self._standing = model, Standing(revision, last, erased, frozenset(orders))
        self._checked = 0.0
        log.info("recommender trained on %d events in %.1f s", len(rows.items), time.perf_counter() - started)

    async def _follow(self, journal: Journal) -> None:
        model, standing = self._model, self._standing
        assert model is not None
        erased = await journal.erased()
        if erased != standing.erased:
            self._begin_training(journal)
        loop = asyncio.get_running_loop()
        last, orders, revision = standing.event, standing.orders, await self._store.revision()
        if revision != standing.revision:
            products, new = await self._changes(standing)
            orders |= {order.id for order in new}
            await loop.run_in_executor(self.worker, _take_records, model, products, new)
        while found := await journal.after(last):
            for event in found:
                await loop.run_in_executor(
                    self.worker, model.add, event.visitor, event.product, event.kind, event.at.timestamp()
                )
            last = found[-1].number
        if self._model is model:  # otherwise one was trained meanwhile, which has read farther
            self._standing = Standing(revision, last, standing.erased, orders)
        self._checked = time.monotonic()

    async def _changes(self, standing: Standing) -> tuple[list[Product], list[Order]]:
        """Return the products and orders that are new or changed."""
        changed = await self._store.changed_since(standing.revision)
        products = [id for kind, id, is_removed in changed if kind == "product" and not is_removed]
        orders = [
            id
            for kind, id, is_removed in changed
            if kind == "order" and not is_removed and id not in standing.orders
        ]
        found = [product for product in await self._store.products(products) if product.is_published]
        return found, [cast(Order, await self._store.get("order", id)) for id in orders]

    async def _orders(self) -> AsyncIterator[Order]:
        async for record in self._store.each("order"):
            order = cast(Order, record)
            if order.status != "cancelled":
                yield order


def _take_records(model: Model, products: list[Product], orders: list[Order]) -> None:
    model.add_items([Item.of(product) for product in products])
    for order in orders:
        for line in order.lines:
            model.add(f"customer {order.customer_id}", line.product_id, "purchase", order.placed.timestamp())


async def _read(journal: Journal, places: Mapping[str, int], rows: Rows) -> int:
    """Add the journal's events and return the number of the last one."""
    last = 0
    while found := await journal.after(last, STEP):
        for event in found:
            rows.add(event.visitor, places.get(event.product), event.kind, event.at.timestamp())
        last = found[-1].number
    return last


def _trained(items: list[Item], rows: Rows) -> Model:
    journeys = rows.journeys()
    model = Model.train(items, lambda places: journeys)
    names = {number: shopper for shopper, number in rows.shoppers.items()}
    starts, ends = journeys.bounds()
    order = np.lexsort((np.arange(len(rows.items)), np.array(rows.times), np.array(rows.owners)))
    kinds = np.array(rows.kinds, np.int64)[order] if len(order) else np.zeros(0, np.int64)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        first = max(start, end - 2 * LAGS)
        touches = [
            Touch(int(journeys.items[place]), KINDS[kinds[place]], float(journeys.times[place]))
            for place in range(first, end)
        ]
        model.remember(names[int(journeys.owners[start])], touches)
    return model
