"""The signs that speak for a product after a shopper's history, one column each.

A sign is computed for the products that anything speaks for; the rest of the catalogue is not looked at.
Knows counts and likeness. Knows nothing of how much each sign counts, or of records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecomlm.recommend.counts import Counts
from ecomlm.recommend.journeys import Floats, Integers
from ecomlm.recommend.likeness import Likeness
from ecomlm.recommend.table import Row

REMEMBERED = 10
FADE = 0.7
SHRINK = 5.0
SMOOTHED = 3
SMOOTHED_BY = 12
POPULAR = 200

NAMES = (
    "follows", "follows_last", "follows_root", "lift", "alike", "alike_last", "alike_most", "smoothed",
    "smoothed_root", "wanted", "trend", "is_last", "is_before", "again", "brand", "brand_last", "unseen",
)  # fmt: skip


@dataclass(frozen=True)
class Signs:
    """Products and their signs: `values` has a row for each of `items` and a column for each of NAMES."""

    items: Integers
    values: Floats


@dataclass(frozen=True)
class Sources:
    """What signs are read from. `brands` numbers the maker of each product, 0 where nobody knows it."""

    counts: Counts
    likeness: Likeness
    brands: Integers

    def __len__(self) -> int:
        return len(self.counts)


def signs_of(history: Sequence[int], sources: Sources, popular: Integers) -> Signs:
    """Return the signs of every product that the history or its popularity speaks for.

    Args:
        history: rows of products, the last one newest.
        popular: the most wanted products.
    """
    recent = list(reversed(history[-REMEMBERED:]))
    size = len(sources)
    sums = _Sums(size)
    for position, item in enumerate(recent):
        _add_item(sums, item, FADE**position, position == 0, sources)
    for position, item in enumerate(recent[:SMOOTHED]):
        _add_smoothed(sums, item, FADE**position, sources)
    sums.spoken_for[popular] = True
    sums.spoken_for[recent] = True
    items = np.flatnonzero(sums.spoken_for)
    return Signs(items, _values(items, recent, sums, sources))


class _Sums:
    """Dense columns over the catalogue, made when something is added to them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.spoken_for = np.zeros(size, np.bool_)
        self.columns: dict[str, npt.NDArray[np.float64]] = {}

    def add(self, name: str, row: Row, weight: float) -> None:
        columns, values = row
        if name not in self.columns:
            self.columns[name] = np.zeros(self._size)
        self.columns[name][columns] += weight * values
        self.spoken_for[columns] = True

    def most(self, name: str, row: Row) -> None:
        columns, values = row
        if name not in self.columns:
            self.columns[name] = np.zeros(self._size)
        self.columns[name][columns] = np.maximum(self.columns[name][columns], values)

    def of(self, name: str, items: Integers) -> npt.NDArray[np.float64]:
        column = self.columns.get(name)
        return np.zeros(len(items)) if column is None else column[items]


def _add_item(sums: _Sums, item: int, weight: float, is_last: bool, sources: Sources) -> None:
    counts = sources.counts
    columns, values = counts.follow.row(item)
    share = values / (counts.totals[item] + SHRINK)
    sums.add("follows", (columns, share), weight)
    lift = values / np.sqrt((counts.wanted[item] + SHRINK) * (counts.wanted[columns] + SHRINK))
    sums.add("lift", (columns, lift), weight)
    near = sources.likeness.row(item)
    sums.add("alike", near, weight)
    sums.most("alike_most", near)
    if is_last:
        sums.add("follows_last", (columns, share), 1.0)
        sums.add("alike_last", near, 1.0)


def _add_smoothed(sums: _Sums, item: int, weight: float, sources: Sources) -> None:
    """Add what followed the products that are most like this one."""
    near, similar = sources.likeness.row(item)
    best = np.argsort(-similar, kind="stable")[:SMOOTHED_BY]
    for other, nearness in zip(near[best].tolist(), similar[best].tolist(), strict=True):
        columns, values = sources.counts.follow.row(other)
        share = values / (sources.counts.totals[other] + SHRINK)
        sums.add("smoothed", (columns, share), weight * nearness)


def _values(items: Integers, recent: Sequence[int], sums: _Sums, sources: Sources) -> Floats:
    counts, brands = sources.counts, sources.brands
    columns = {name: sums.of(name, items) for name in sums.columns}
    columns["follows_root"] = np.sqrt(sums.of("follows", items))
    columns["smoothed_root"] = np.sqrt(sums.of("smoothed", items))
    columns["wanted"] = np.log1p(counts.wanted[items])
    columns["trend"] = np.log1p(counts.trend[items])
    columns["unseen"] = (counts.wanted[items] == 0).astype(np.float64)
    own, mine = brands[items], np.array([brands[item] for item in recent], np.int64)
    if len(recent):
        last = recent[0]
        columns["is_last"] = (items == last).astype(np.float64)
        columns["is_before"] = np.isin(items, recent[1:]).astype(np.float64)
        share = (counts.again[last] + 1) / (counts.leaving[last] + SHRINK)
        columns["again"] = columns["is_last"] * np.sqrt(share)
        columns["brand"] = np.mean([(own == brand) & (brand > 0) for brand in mine], axis=0)
        columns["brand_last"] = ((own == mine[0]) & (own > 0)).astype(np.float64)
    nothing = np.zeros(len(items))
    return np.stack([columns.get(name, nothing) for name in NAMES], axis=1).astype(np.float32)
