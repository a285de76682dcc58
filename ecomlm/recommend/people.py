"""How many people had a product, and two of them: what a reason may tell, and what goes with what.

One person may stand in the journeys as a browser's visitor and as the customer who ordered, and nothing
tells which two are one. So the two groups are counted apart, and what is told is the larger: at least so many
people. Of a shopper the first `MOST` products count, each by its first touch. Knows nothing of scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ecomlm.recommend.journeys import LAGS, Floats, Integers, Journeys, neighbours
from ecomlm.recommend.table import Matrix, Row, Table

MOST = 200

# What the one who asks is counted for, as a visitor and as a customer: no one is told of themselves.
Own = tuple[frozenset[int], frozenset[int]]
NOBODY: Own = (frozenset(), frozenset())


@dataclass
class People:
    """People by product (`alone`) and by two products (`pairs`); visitors first, then customers."""

    alone: list[npt.NDArray[np.float64]]
    pairs: list[Table]

    @classmethod
    def of(cls, journeys: Journeys, size: int) -> People:
        """Count the journeys over a catalogue of `size` products."""
        alone, pairs = [], []
        for group in (False, True):
            owners, items = first_touches(journeys.only(journeys.are_customers == group), size)
            alone.append(np.bincount(items, minlength=size).astype(np.float64))
            pairs.append(Table(_pairs(owners, items, size)))
        return cls(alone, pairs)

    def widen(self, size: int) -> None:
        """Make room for new products."""
        missing = size - len(self.alone[0])
        if missing > 0:
            self.alone = [np.append(counted, np.zeros(missing)) for counted in self.alone]
            for table in self.pairs:
                table.widen(size)

    def add(self, known: tuple[int, ...], item: int, is_customer: bool) -> tuple[int, ...]:
        """Count a product for a shopper for whom the `known` ones are counted; return these with it."""
        if item in known or len(known) >= MOST:
            return known
        self.alone[is_customer][item] += 1
        for other in known[-LAGS:]:
            self.pairs[is_customer].add(item, other, 1.0)
            self.pairs[is_customer].add(other, item, 1.0)
        return (*known, item)

    def count(self, item: int, own: Own = NOBODY) -> int:
        """Return how many people had a product, at least, without the one who asks."""
        return max(
            round(float(counted[item])) - (item in mine)
            for counted, mine in zip(self.alone, own, strict=True)
        )

    def both(self, one: int, other: int, own: Own = NOBODY) -> int:
        """Return how many people had both products, at least, without the one who asks."""
        return max(
            round(table.cell(one, other)) - (one in mine and other in mine)
            for table, mine in zip(self.pairs, own, strict=True)
        )

    def partners(self, item: int) -> tuple[Row, Row]:
        """Return what visitors, and what customers had together with a product."""
        return self.pairs[0].row(item), self.pairs[1].row(item)

    def shoppers(self, items: Integers) -> Floats:
        """Return how many shoppers of either group had each of the products."""
        return np.asarray(self.alone[0][items] + self.alone[1][items], np.float32)


def first_touches(journeys: Journeys, size: int) -> tuple[Integers, Integers]:
    """Return owners and items of each shopper's first touches of products, in their order, at most `MOST`."""
    _, first = np.unique(journeys.owners * size + journeys.items, return_index=True)
    first.sort()
    owners, items = journeys.owners[first], journeys.items[first]
    begins = np.flatnonzero(np.diff(owners, prepend=-1))
    lengths = np.diff(np.append(begins, len(owners)))
    kept = np.arange(len(owners)) - np.repeat(begins, lengths) < MOST
    return owners[kept], items[kept]


def _pairs(owners: Integers, items: Integers, size: int) -> Matrix:
    """Count each two products of a shopper that are near each other; no product stands there twice."""
    rows, columns = [], []
    for lag in range(1, LAGS + 1):
        first = neighbours(owners, lag)
        rows.append(items[first].astype(np.int32))
        columns.append(items[first + lag].astype(np.int32))
    places = np.concatenate(rows), np.concatenate(columns)
    half = sparse.csr_array(
        (np.ones(len(places[0]), np.float32), places), shape=(size, size), dtype=np.float32
    )
    return (half + half.T).tocsr().astype(np.float32)
