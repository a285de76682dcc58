"""What shoppers touched, in order: the rows that the counts are made of.

Items are row numbers of a catalogue, shoppers are numbers too. Knows nothing of products or scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Kind = Literal["view", "basket", "purchase"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# What one touch tells of a shopper's wish, beside a purchase.
WEIGHTS: Mapping[Kind, float] = {"view": 0.25, "basket": 0.7, "purchase": 1.0}
STRONG: frozenset[Kind] = frozenset({"basket", "purchase"})


@dataclass(frozen=True, slots=True)
class Touch:
    """A shopper looked at, put in the basket or bought a product, at a time in Unix seconds (0: unknown)."""

    item: int
    kind: Kind = "purchase"
    at: float = 0.0


@dataclass(frozen=True)
class Journeys:
    """All touches of all shoppers, each shopper's together and oldest first; arrays of one length."""

    owners: Integers
    items: Integers
    weights: Floats
    is_strong: npt.NDArray[np.bool_]
    times: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.items)

    @classmethod
    def of_lists(cls, lists: Sequence[Sequence[int]]) -> Journeys:
        """Return purchases in the order of each list, one shopper a list."""
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        items = np.fromiter((item for history in lists for item in history), np.int64, int(lengths.sum()))
        owners = np.repeat(np.arange(len(lists), dtype=np.int64), lengths)
        count = len(items)
        return cls(
            owners, items, np.ones(count, np.float32), np.ones(count, np.bool_), np.zeros(count, np.float64)
        )

    @classmethod
    def of_events(
        cls, owners: Integers, items: Integers, kinds: Integers, times: npt.NDArray[np.float64]
    ) -> Journeys:
        """Sort events in any order into journeys; `kinds` are positions in KINDS."""
        order = np.lexsort((np.arange(len(items)), times, owners))
        weights = np.array([WEIGHTS[kind] for kind in KINDS], np.float32)
        strong = np.array([kind in STRONG for kind in KINDS], np.bool_)
        ordered = kinds[order]
        return cls(owners[order], items[order], weights[ordered], strong[ordered], times[order])

    def only(self, chosen: npt.NDArray[np.bool_]) -> Journeys:
        """Return the touches that a mask marks."""
        return Journeys(
            self.owners[chosen], self.items[chosen], self.weights[chosen], self.is_strong[chosen],
            self.times[chosen],
        )  # fmt: skip

    def bounds(self) -> tuple[Integers, Integers]:
        """Return where each shopper's touches begin, and where they end."""
        if not len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        starts = np.flatnonzero(np.diff(self.owners, prepend=self.owners[0] - 1))
        return starts, np.append(starts[1:], len(self))
