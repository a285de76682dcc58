"""Which product follows which, which are had together, which are wanted: counts that new events add to.

The counts of a whole shop are made in one pass, later events are added one by one. Knows nothing of products,
texts or scores.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ecomlm.recommend.journeys import LAGS, STRONG, WEIGHTS, Journeys, Shopper, Touch, neighbours
from ecomlm.recommend.people import People
from ecomlm.recommend.table import Matrix, Table

DECAY = 0.7
BACK = 0.7
HALF_LIFE_SECONDS = 30 * 86400.0
LONGEST = 800


@dataclass
class Counts:
    """The sums over all journeys.

    `follow` tells how often a product came after another, nearer ones counting more (and the other way
    round, counting less); `chosen` how many people bought it or put it in a basket and which two they chose
    together, `touched` the same of those who did anything with it. Of each product, `wanted` is the weight of
    all its touches, `trend` the same with old touches fading, `again` how often it was followed by itself and
    `leaving` how often by anything.
    """

    follow: Table
    chosen: People
    touched: People
    wanted: npt.NDArray[np.float64]
    trend: npt.NDArray[np.float64]
    again: npt.NDArray[np.float64]
    leaving: npt.NDArray[np.float64]
    origin: float = 0.0
    totals: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, journeys: Journeys, size: int, *, of_people: bool = True) -> Counts:
        """Count the journeys over a catalogue of `size` products; no signs are made of the people."""
        origin = float(journeys.times.max(initial=0.0))
        follow = _follow(journeys, size)
        items, weights = journeys.items, journeys.weights
        nobody = np.zeros(len(journeys), np.bool_)
        counts = cls(
            Table(follow),
            People.of(journeys.only(journeys.is_strong if of_people else nobody), size),
            People.of(journeys if of_people else journeys.only(nobody), size),
            wanted=np.bincount(items, weights, size).astype(np.float64),
            trend=np.bincount(items, weights * _fading(journeys.times, origin), size).astype(np.float64),
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
            for name in ("wanted", "trend", "again", "leaving", "totals"):
                setattr(self, name, np.append(getattr(self, name), np.zeros(missing)))
            self.follow.widen(size)
            self.chosen.widen(size)
            self.touched.widen(size)

    def add(self, shopper: Shopper, touch: Touch) -> None:
        """Count one more touch of a shopper, and note it there."""
        item, weight = touch.item, WEIGHTS[touch.kind]
        self.wanted[item] += weight
        self.trend[item] += weight * float(_fading(np.array([touch.at]), self.origin)[0])
        recent = shopper.recent
        if recent:
            self.leaving[recent[-1].item] += 1
            self.again[item] += recent[-1].item == item
        for lag, earlier in enumerate(reversed(recent)):
            if earlier.item == item:
                continue
            value = DECAY**lag * float(np.sqrt(WEIGHTS[earlier.kind] * weight))
            self._follow(earlier.item, item, value)
            self._follow(item, earlier.item, BACK * value)
        shopper.recent = (*recent, touch)[-LAGS:]
        if shopper.is_counted:
            shopper.touched = self.touched.add(shopper.touched, item, shopper.is_customer)
            if touch.kind in STRONG:
                shopper.chosen = self.chosen.add(shopper.chosen, item, shopper.is_customer)

    def _follow(self, row: int, column: int, value: float) -> None:
        self.follow.add(row, column, value)
        self.totals[row] += value


def _follow(journeys: Journeys, size: int) -> Matrix:
    roots = np.sqrt(journeys.weights)
    rows, columns, values = [], [], []
    for lag in range(1, LAGS + 1):
        first = neighbours(journeys.owners, lag)
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


def _fading(times: npt.NDArray[np.float64], origin: float) -> npt.NDArray[np.float64]:
    """What a touch counts for the trend: 1 at `origin`, half a month before, double a month after."""
    known = np.exp2(np.clip((times - origin) / HALF_LIFE_SECONDS, -60, 60))
    return np.where(times > 0, known, 1.0)
