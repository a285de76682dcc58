"""Which product follows which, which are had together, which are wanted: counts that new events add to.

The counts of a whole shop are sparse matrices made in one pass; what comes later lies in a small table over
them and is folded in when that has grown. Knows nothing of products, texts or scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ecomlm.recommend.journeys import STRONG, WEIGHTS, Floats, Integers, Journeys, Touch

LAGS = 10
DECAY = 0.7
BACK = 0.7
HALF_LIFE_SECONDS = 30 * 86400.0
FOLD_AFTER = 200_000
LONGEST = 800

Row = tuple[Integers, Floats]
Matrix = Any  # scipy's sparse arrays carry no types


class Table:
    """A sparse square table of sums that grows by single cells."""

    def __init__(self, matrix: Matrix) -> None:
        matrix.sort_indices()
        self._matrix = matrix
        self._added: dict[int, dict[int, float]] = {}
        self._count = 0

    @classmethod
    def of_cells(cls, rows: Integers, columns: Integers, values: Floats, size: int) -> Table:
        """Sum the cells."""
        return cls(sparse.csr_array((values, (rows, columns)), shape=(size, size), dtype=np.float32))

    def row(self, number: int) -> Row:
        """Return a row's columns and their sums."""
        matrix = self.matrix if number in self._added and self._count > FOLD_AFTER else self._matrix
        if number >= matrix.shape[0]:
            columns, values = np.zeros(0, np.int64), np.zeros(0, np.float32)
        else:
            start, end = matrix.indptr[number], matrix.indptr[number + 1]
            columns, values = matrix.indices[start:end].astype(np.int64), matrix.data[start:end]
        added = self._added.get(number)
        if not added:
            return columns, values
        new = np.fromiter(added, np.int64, len(added))
        known, places = np.unique(np.concatenate([columns, new]), return_inverse=True)
        sums = np.bincount(
            places, np.concatenate([values, np.fromiter(added.values(), np.float32, len(added))])
        )
        return known, sums.astype(np.float32)

    def cell(self, row: int, column: int) -> float:
        """Return one sum."""
        return stored_cell(self._matrix, row, column) + self._added.get(row, {}).get(column, 0.0)

    def add(self, row: int, column: int, value: float) -> None:
        """Add to one cell."""
        cells = self._added.setdefault(row, {})
        self._count += column not in cells
        cells[column] = cells.get(column, 0.0) + value

    @property
    def matrix(self) -> Matrix:
        """The whole table as one matrix."""
        if self._added:
            cells = [
                (row, column, value) for row, line in self._added.items() for column, value in line.items()
            ]
            rows, columns, values = zip(*cells, strict=True)
            size = max(self._matrix.shape[0], 1 + max(max(rows), max(columns)))
            self.widen(size)
            added = sparse.csr_array((values, (rows, columns)), shape=(size, size), dtype=np.float32)
            self._matrix, self._added, self._count = (self._matrix + added).tocsr(), {}, 0
            self._matrix.sort_indices()
        return self._matrix

    def widen(self, size: int) -> None:
        """Make room for new products."""
        if size > self._matrix.shape[0]:
            self._matrix = self._matrix.copy()
            self._matrix.resize((size, size))


def stored_cell(matrix: Matrix, row: int, column: int) -> float:
    """Return a cell of a matrix whose rows have their columns in order."""
    if row >= matrix.shape[0]:
        return 0.0
    start, end = int(matrix.indptr[row]), int(matrix.indptr[row + 1])
    place = start + int(np.searchsorted(matrix.indices[start:end], column))
    return float(matrix.data[place]) if place < end and matrix.indices[place] == column else 0.0


@dataclass
class Counts:
    """The sums over all journeys.

    `follow` tells how often a product came after another, nearer ones counting more (and the other way
    round, counting less); `together` how many shoppers had both in a basket or bought both. Of each product,
    `wanted` is the weight of all its touches, `trend` the same with old touches fading, `shoppers` how many
    bought it or put it in a basket, `again` how often it was followed by itself and `leaving` how often by
    anything.
    """

    follow: Table
    together: Table
    wanted: npt.NDArray[np.float64]
    trend: npt.NDArray[np.float64]
    shoppers: npt.NDArray[np.float64]
    again: npt.NDArray[np.float64]
    leaving: npt.NDArray[np.float64]
    origin: float = 0.0
    totals: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, journeys: Journeys, size: int) -> Counts:
        """Count the journeys over a catalogue of `size` products."""
        origin = float(journeys.times.max(initial=0.0))
        follow = _follow(journeys, size)
        items, weights = journeys.items, journeys.weights
        counts = cls(
            Table(follow),
            Table(_together(journeys, size)),
            wanted=np.bincount(items, weights, size).astype(np.float64),
            trend=np.bincount(items, weights * _fading(journeys.times, origin), size).astype(np.float64),
            shoppers=_shoppers(journeys, size),
            again=np.zeros(size),
            leaving=np.zeros(size),
            origin=origin,
            totals=np.asarray(follow.sum(axis=1), np.float64).ravel(),
        )
        next_is_own = np.flatnonzero(journeys.owners[:-1] == journeys.owners[1:])
        counts.leaving = np.bincount(items[next_is_own], minlength=size).astype(np.float64)
        repeated = next_is_own[items[next_is_own] == items[next_is_own + 1]]
        counts.again = np.bincount(items[repeated], minlength=size).astype(np.float64)
        return counts

    def __len__(self) -> int:
        return len(self.wanted)

    def widen(self, size: int) -> None:
        """Make room for new products, of which nothing is known."""
        missing = size - len(self)
        if missing > 0:
            for name in ("wanted", "trend", "shoppers", "again", "leaving", "totals"):
                setattr(self, name, np.append(getattr(self, name), np.zeros(missing)))
            self.follow.widen(size)
            self.together.widen(size)

    def add(self, before: Sequence[Touch], touch: Touch) -> None:
        """Count one more touch of a shopper whose earlier touches are `before`, oldest first."""
        item, weight = touch.item, WEIGHTS[touch.kind]
        self.wanted[item] += weight
        self.trend[item] += weight * float(_fading(np.array([touch.at]), self.origin)[0])
        recent = before[-LAGS:]
        if recent:
            self.leaving[recent[-1].item] += 1
            self.again[item] += recent[-1].item == item
        for lag, earlier in enumerate(reversed(recent)):
            if earlier.item == item:
                continue
            value = DECAY**lag * float(np.sqrt(WEIGHTS[earlier.kind] * weight))
            self._follow(earlier.item, item, value)
            self._follow(item, earlier.item, BACK * value)
        if touch.kind in STRONG and not any(t.item == item and t.kind in STRONG for t in before):
            self.shoppers[item] += 1
            for other in {t.item for t in recent if t.kind in STRONG}:
                self.together.add(item, other, 1.0)
                self.together.add(other, item, 1.0)

    def _follow(self, row: int, column: int, value: float) -> None:
        self.follow.add(row, column, value)
        self.totals[row] += value


def _follow(journeys: Journeys, size: int) -> Matrix:
    roots = np.sqrt(journeys.weights)
    rows, columns, values = [], [], []
    for lag in range(1, LAGS + 1):
        first = _pairs(journeys, lag)
        first = first[journeys.items[first] != journeys.items[first + lag]]
        rows.append(journeys.items[first].astype(np.int32))
        columns.append(journeys.items[first + lag].astype(np.int32))
        values.append((DECAY ** (lag - 1) * roots[first] * roots[first + lag]).astype(np.float32))
    cells = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    forward = sparse.csr_array(cells, shape=(size, size), dtype=np.float32)
    return _shortened((forward + BACK * forward.T).tocsr().astype(np.float32))


def _shortened(matrix: Matrix) -> Matrix:
    """Keep the largest cells of very long rows: what follows a bestseller now and then tells little."""
    lengths = np.diff(matrix.indptr)
    kept = np.ones(matrix.nnz, np.bool_)
    for row in np.flatnonzero(lengths > LONGEST):
        start, end = matrix.indptr[row], matrix.indptr[row + 1]
        dropped = np.argpartition(-matrix.data[start:end], LONGEST)[LONGEST:]
        kept[start + dropped] = False
    if kept.all():
        return matrix
    rows = np.repeat(np.arange(len(lengths)), lengths)[kept]
    return sparse.csr_array((matrix.data[kept], (rows, matrix.indices[kept])), shape=matrix.shape)


def _together(journeys: Journeys, size: int) -> Matrix:
    """Count each shopper once for each pair."""
    strong = journeys.only(journeys.is_strong)
    owners, pairs = [], []
    for lag in range(1, LAGS + 1):
        first = _pairs(strong, lag)
        one, other = strong.items[first], strong.items[first + lag]
        is_pair = one != other
        owners.append(strong.owners[first][is_pair])
        pairs.append((np.minimum(one, other) * size + np.maximum(one, other))[is_pair])
    found = _once_each(np.concatenate(owners), np.concatenate(pairs), size * size)
    half = sparse.csr_array(
        (np.ones(len(found), np.float32), (found // size, found % size)), shape=(size, size)
    )
    return (half + half.T).tocsr().astype(np.float32)


def _once_each(owners: Integers, things: Integers, kinds: int) -> Integers:
    """Return the thing of every distinct (owner, thing); things are below `kinds`."""
    step = max(1, (1 << 62) // max(kinds, 1))  # so many owners' keys fit into 64 bits
    found = []
    for start in range(0, int(owners.max(initial=-1)) + 1, step):
        inside = (owners >= start) & (owners < start + step)
        found.append(np.unique((owners[inside] - start) * kinds + things[inside]) % kinds)
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _shoppers(journeys: Journeys, size: int) -> npt.NDArray[np.float64]:
    strong = journeys.only(journeys.is_strong)
    found = _once_each(strong.owners, strong.items, size)
    return np.bincount(found, minlength=size).astype(np.float64)


def _pairs(journeys: Journeys, lag: int) -> Integers:
    """Return the places whose next touch but `lag` - 1 is of the same shopper."""
    if len(journeys) <= lag:
        return np.zeros(0, np.int64)
    return np.flatnonzero(journeys.owners[:-lag] == journeys.owners[lag:])


def _fading(times: npt.NDArray[np.float64], origin: float) -> npt.NDArray[np.float64]:
    """What a touch counts for the trend: 1 at `origin`, half a month before, double a month after."""
    known = np.exp2(np.clip((times - origin) / HALF_LIFE_SECONDS, -60, 60))
    return np.where(times > 0, known, 1.0)
