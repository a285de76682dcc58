"""All that happened in a shop as columns of numbers, and the model that is trained on it.

Knows orders and events. Knows nothing of when a model is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ecomlm.recommend.catalogue import Item
from ecomlm.recommend.journal import Event
from ecomlm.recommend.journeys import (
    KINDS,
    LAGS,
    Integers,
    Journeys,
    Kind,
    Shopper,
    Touch,
    customer,
    is_customer,
)
from ecomlm.recommend.model import Model
from ecomlm.recommend.people import first_touches
from knowledge.records import Order


@dataclass
class Rows:
    """Events as columns, in the order in which they came; `places` is the row of each product."""

    places: Mapping[str, int]
    owners: list[int] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    shoppers: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.items)

    def add(self, shopper: str, product: str, kind: Kind, at: float) -> None:
        """Add one event; one about no product is passed over."""
        item = self.places.get(product)
        if item is not None:
            self.owners.append(self.shoppers.setdefault(shopper, len(self.shoppers)))
            self.items.append(item)
            self.kinds.append(KINDS.index(kind))
            self.times.append(at)

    def add_events(self, events: Iterable[Event]) -> None:
        """Add events of the journal."""
        for event in events:
            self.add(event.visitor, event.product, event.kind, event.at.timestamp())

    def add_order(self, order: Order) -> None:
        """Add an order as purchases of its customer."""
        for line in order.lines:
            self.add(customer(order.customer_id), line.product_id, "purchase", order.placed.timestamp())

    def journeys(self) -> Journeys:
        """Return them sorted by shopper and time."""
        owners = np.array(self.owners, np.int64)
        customers = np.array([is_customer(name) for name in self.shoppers], np.bool_)
        return Journeys.of_events(
            owners,
            np.array(self.items, np.int64),
            np.array(self.kinds, np.int64),
            np.array(self.times, np.float64),
            customers[owners] if len(owners) else None,
        )


def trained(items: Sequence[Item], rows: Rows) -> Model:
    """Train a model on all rows, so that it can go on with what comes after them."""
    journeys = rows.journeys()
    model = Model.train(items, lambda places: journeys)
    size, names = len(items), list(rows.shoppers)
    touched = _by_owner(*first_touches(journeys, size), len(names))
    chosen = _by_owner(*first_touches(journeys.only(journeys.is_strong), size), len(names))
    order = np.lexsort((np.arange(len(rows)), np.array(rows.times), np.array(rows.owners)))
    kinds = np.array(rows.kinds, np.int64)[order] if len(order) else np.zeros(0, np.int64)
    bounds = np.searchsorted(journeys.owners, np.arange(len(names) + 1))
    newest = journeys.times[bounds[1:] - 1] if names else np.zeros(0)
    for number in np.argsort(newest, kind="stable").tolist():  # who came last is remembered longest
        places = range(max(int(bounds[number]), int(bounds[number + 1]) - LAGS), int(bounds[number + 1]))
        recent = (
            Touch(int(journeys.items[place]), KINDS[kinds[place]], float(journeys.times[place]))
            for place in places
        )
        name = names[number]
        known = Shopper(is_customer(name), True, tuple(recent), touched(number), chosen(number))
        model.remember(name, known)
    return model


def _by_owner(owners: Integers, items: Integers, count: int) -> Callable[[int], tuple[int, ...]]:
    """Return what gives each owner's items; `owners` stand in their order."""
    bounds = np.searchsorted(owners, np.arange(count + 1))
    return lambda owner: tuple(items[bounds[owner] : bounds[owner + 1]].tolist())
