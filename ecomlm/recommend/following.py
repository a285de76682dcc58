"""A model that follows the shop: trained on its records and events once, then told what is new.

When events were erased, an order was taken back or much is new since the training, the model is trained anew
behind the one that answers, and not more often than every so often. Old events are erased day by day. Knows
nothing of what is asked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from ecomlm.recommend.catalogue import Item
from ecomlm.recommend.gathered import Rows, trained
from ecomlm.recommend.journal import Event, Journal
from ecomlm.recommend.journeys import customer
from ecomlm.recommend.model import Model
from ecomlm.recommend.saved import Saved, SavedBroken, Standing
from knowledge.errors import RecordNotFound
from knowledge.records import Order, Product
from knowledge.store import Store

log = logging.getLogger(__name__)
T = TypeVar("T")
FOLDER = "recommend"
REFRESH_SECONDS = 1.0
PATIENCE_SECONDS = 1.0
KEEPING_SECONDS = 60.0
DAY_SECONDS = 86400.0
REST_SECONDS = 60.0
REST_SHARE = 20.0
MORE_ITEMS, MORE_EVENTS, FEW_EVENTS = 1.2, 2.0, 100


@dataclass(frozen=True)
class Changes:
    """What is new in the store: products, orders, and whether an order that was counted is no more."""

    products: list[Product]
    orders: list[Order]
    is_undone: bool


class Following:
    """Keeps one model in step with a store and its journal. `worker` is the only thread that touches it.

    Args:
        home: the trained model is kept below this folder; without it in memory alone.
        event_days: events are erased when they are older than that.
        rest_seconds: trainings begin at least that far apart, and so far that they take 1/20 of the time.
    """

    def __init__(
        self, store: Store, home: Path | None = None, *, event_days: int = 365,
        rest_seconds: float = REST_SECONDS,
    ) -> None:  # fmt: skip
        self._store, self._event_days, self._rest_seconds = store, event_days, rest_seconds
        self._saved = Saved(home / FOLDER) if home else None
        self._journal: Journal | None = None
        self._opening = asyncio.Lock()
        self._model: Model | None = None
        self._standing = Standing()
        self._checked = self._begun = float("-inf")
        self._took = 0.0
        self._is_undone = False
        self._training: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recommend")

    async def journal(self) -> Journal:
        """Return the journal of events, opened by its first use."""
        async with self._opening:
            if self._journal is None:
                self._journal = await Journal.open(self._store.engine)
            return self._journal

    def begin(self) -> None:
        """Begin to train, and from then on to keep the model and the journal in order, until `close`."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
            self._keeping.add_done_callback(_note)

    async def model(self, patience_seconds: float | None = None) -> Model | None:
        """Return the model with what came until now.

        With a patience, None where its first training takes longer than that, and the model as it is where
        much has to be read first: the reading goes on.
        """
        journal = await self.journal()
        if self._model is None:
            self._begin(lambda: self._start(journal))
            assert self._training is not None
            done, _ = await asyncio.wait({self._training}, timeout=patience_seconds)
            if not done:
                return None
            self._training.result()
        if time.monotonic() - self._checked >= REFRESH_SECONDS:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._follow(journal))
                self._reading.add_done_callback(_note)
            patience = None if patience_seconds is None else min(patience_seconds, PATIENCE_SECONDS)
            done, _ = await asyncio.wait({self._reading}, timeout=patience)
            for task in done:
                task.result()
        return self._model

    async def forget(self, visitor: str) -> int:
        """Erase a visitor's events, return how many there were, and unlearn them when a training is due."""
        erased = await (await self.journal()).forget(visitor)
        if erased:
            await self._discard()
        return erased

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = [task for task in (self._keeping, self._reading, self._training) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self.worker.shutdown, cancel_futures=True)

    async def compute(self, work: Callable[[], T]) -> T:
        """Run work on the one thread that touches the model."""
        return await asyncio.get_running_loop().run_in_executor(self.worker, work)

    async def _keep(self) -> None:
        """Erase what is too old once a day, and take in once a minute what is new, even if nobody asks."""
        due = float("-inf")
        while True:
            try:
                if time.monotonic() >= due:
                    oldest = datetime.now(UTC) - timedelta(days=self._event_days)
                    erased = await (await self.journal()).forget_before(oldest)
                    if erased:
                        await self._discard()
                    log.info("%d events older than %d days erased", erased, self._event_days)
                    due = time.monotonic() + DAY_SECONDS
                await self.model()
            except SQLAlchemyError:
                log.exception("the recommender could not read the database; it tries again")
            await asyncio.sleep(KEEPING_SECONDS)

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin to start or to train, unless that is under way."""
        if self._training is None or self._training.done():
            self._training = asyncio.create_task(work())
            self._training.add_done_callback(_note)

    async def _start(self, journal: Journal) -> None:
        """Go on with the model that was saved, where all of what it was trained on is still there."""
        found = await self._load()
        if found is not None:
            model, standing = found
            ahead = standing.revision > await self._store.revision() or standing.event > await journal.last()
            if not ahead and standing.erased == await journal.erased():
                self._model, self._standing = model, standing
                return
            await self._discard()
        await self._train(journal, 0.0)

    async def _load(self) -> tuple[Model, Standing] | None:
        try:
            return await asyncio.to_thread(self._saved.load) if self._saved else None
        except SavedBroken as error:
            log.warning("recommender: %s; it is trained anew", error)
            return None

    async def _save(self, model: Model, standing: Standing, journal: Journal) -> None:
        """Keep a model that nothing has changed yet, unless some of what it knows was erased meanwhile."""
        if self._saved is None:
            return
        try:
            await asyncio.to_thread(self._saved.save, model, standing)
        except OSError as error:
            log.warning("recommender: the model is not saved, a restart trains anew: %s", error)
        if standing.erased != await journal.erased():
            await self._discard()

    async def _discard(self) -> None:
        if self._saved:
            await asyncio.to_thread(self._saved.discard)

    async def _train(self, journal: Journal, after_seconds: float) -> None:
        await asyncio.sleep(after_seconds)
        started = self._begun = time.monotonic()
        self._is_undone = False
        revision, erased = await self._store.revision(), await journal.erased()
        items = [Item.of(product) async for product in self._store.each_product() if product.is_published]
        rows, orders = Rows({item.id: row for row, item in enumerate(items)}), set()
        async for order in self._orders():
            orders.add(str(order.id))
            rows.add_order(order)
        last = 0
        while found := await journal.after(last):
            await asyncio.to_thread(rows.add_events, found)
            last = found[-1].number
        model = await asyncio.to_thread(trained, items, rows)
        standing = Standing(revision, last, erased, frozenset(orders), len(rows), len(items), len(rows))
        await self._save(model, standing, journal)
        self._model, self._standing = model, standing
        self._checked, self._took = float("-inf"), time.monotonic() - started
        log.info("recommender trained on %d events in %.1f s", len(rows), self._took)

    async def _follow(self, journal: Journal) -> None:
        model, standing = self._model, self._standing
        assert model is not None
        erased, revision = await journal.erased(), await self._store.revision()
        last, orders, events = standing.event, standing.orders, standing.events
        if revision != standing.revision:
            changes = await self._changes(standing)
            orders |= {str(order.id) for order in changes.orders}
            events += sum(len(order.lines) for order in changes.orders)
            self._is_undone |= changes.is_undone
            await self.compute(lambda: _take_records(model, changes))
        while found := await journal.after(last):
            await self.compute(_taking(model, found))
            last, events = found[-1].number, events + len(found)
        if self._model is model:  # otherwise one was trained meanwhile, which has read farther
            self._standing = replace(standing, revision=revision, event=last, orders=orders, events=events)
            if erased != standing.erased or self._is_undone or self._has_grown(model):
                rest = max(self._rest_seconds, REST_SHARE * self._took)
                if erased != standing.erased or self._is_undone:
                    await self._discard()
                wait = max(0.0, self._begun + rest - time.monotonic())
                self._begin(lambda: self._train(journal, wait))
        self._checked = time.monotonic()

    def _has_grown(self, model: Model) -> bool:
        """Tell whether so much is new that likeness and weights are worth learning anew."""
        standing = self._standing
        if len(model.catalogue) > MORE_ITEMS * standing.trained_items:
            return True
        return standing.events > MORE_EVENTS * max(standing.trained_events, FEW_EVENTS)

    async def _changes(self, standing: Standing) -> Changes:
        changed = await self._store.changed_since(standing.revision)
        ids = [id for kind, id, is_removed in changed if kind == "product" and not is_removed]
        products = [product for product in await self._store.products(ids) if product.is_published]
        new, is_undone = list[Order](), False
        for kind, id, is_removed in changed:
            if kind != "order":
                continue
            order = None if is_removed else await self._order(id)
            counts = order is not None and order.status != "cancelled"
            if id in standing.orders:
                is_undone |= not counts
            elif order is not None and counts:
                new.append(order)
        return Changes(products, new, is_undone)

    async def _order(self, id: str) -> Order | None:
        """Return an order; None where it was removed meanwhile."""
        try:
            return cast(Order, await self._store.get("order", id))
        except RecordNotFound:
            return None

    async def _orders(self) -> AsyncIterator[Order]:
        async for record in self._store.each("order"):
            order = cast(Order, record)
            if order.status != "cancelled":
                yield order


def _take_records(model: Model, changes: Changes) -> None:
    model.add_items([Item.of(product) for product in changes.products])
    for order in changes.orders:
        for line in order.lines:
            model.add(customer(order.customer_id), line.product_id, "purchase", order.placed.timestamp())


def _taking(model: Model, events: Sequence[Event]) -> Callable[[], None]:
    def take() -> None:
        for event in events:
            model.add(event.visitor, event.product, event.kind, event.at.timestamp())

    return take


def _note(task: asyncio.Task[None]) -> None:
    """Log what failed while nobody waited for it."""
    if not task.cancelled() and (error := task.exception()):
        log.error("the recommender is behind the shop: %s", error, exc_info=error)
