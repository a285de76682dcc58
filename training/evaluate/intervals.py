"""Figures with their uncertainty: the percentile bootstrap (Efron 1979), paired for two systems.

What is drawn again are questions (texts, pairs). Questions about one product are drawn apart, so that
intervals are a little too narrow where many ask about the same. Knows nothing of what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

DRAWS, LEAST = 1000, 20
"""Below so many questions no difference is called clear: drawing them again tells too little."""
Table = npt.NDArray[np.float64]
"""One row for each question, with what a statistic needs of it."""
Statistic = Callable[[Table], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure over `count` questions; the true one lies within `low` and `high` in 95 of 100 samples."""

    value: float
    low: float
    high: float
    count: int

    @property
    def is_clear(self) -> bool:
        """True for a difference over enough questions whose interval leaves out zero."""
        return self.count >= LEAST and (self.low > 0 or self.high < 0)


def table_of(rows: Iterable[Sequence[float] | float]) -> Table:
    """Return plain rows, of one number or several, as a table of two dimensions."""
    found: Any = list(rows)
    return np.array(found, dtype=np.float64).reshape(len(found), -1 if found else 1)


def estimate(table: Table, statistic: Statistic, seed: int, draws: int = DRAWS) -> Estimate:
    """Return a statistic of the table with its interval; draws that leave it undefined are not counted.

    A share of none or of all, of which every draw is alike, is bounded as 0 of n is: 1 - 0.05 ** (1 / n).
    """
    found = _estimate(len(table), lambda drawn: statistic(table[drawn]), seed, draws)
    if statistic is not mean or found.value not in (0, 1) or (table != found.value).any():
        return found
    margin = 1 - 0.05 ** (1 / found.count)
    return replace(found, low=max(found.value - margin, 0.0), high=min(found.value + margin, 1.0))


def difference(one: Table, other: Table, statistic: Statistic, seed: int, draws: int = DRAWS) -> Estimate:
    """Return how much higher `other` is than `one`, both over the same questions in the same order.

    Each draw takes the same questions of both, so that what makes a question hard for both cancels out.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} rows are not the same questions")
    return _estimate(len(one), lambda drawn: statistic(other[drawn]) - statistic(one[drawn]), seed, draws)


def mean(table: Table) -> float:
    """Return the mean of the first column."""
    return float(table[:, 0].mean())


def ratio(table: Table) -> float:
    """Return the sum of the first column over that of the second; not a number where that is 0."""
    total = table[:, 1].sum()
    return float(table[:, 0].sum() / total) if total else float("nan")


def _estimate(count: int, value: Callable[[npt.NDArray[np.int64]], float], seed: int, draws: int) -> Estimate:
    if not count:
        raise ValueError("there is no question to measure on")
    chance = np.random.default_rng(seed)
    found = np.array([value(chance.integers(0, count, count)) for _ in range(draws)])
    found = found[np.isfinite(found)]
    whole = value(np.arange(count))
    low, high = np.percentile(found, (2.5, 97.5)) if len(found) else (whole, whole)
    return Estimate(whole, float(low), float(high), count)
