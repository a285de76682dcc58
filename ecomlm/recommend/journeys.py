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
LAGS = 10
"""So many steps apart two touches of a shopper still have to do with each other."""
_CUSTOMER = "customer "


def customer(id: str) -> str:
    """Return the name under which a customer's orders are counted; visitors' names never begin like this."""
    return _CUSTOMER + id


def is_customer(shopper: str) -> bool:
    """Tell a customer's name from a visitor's."""
    return shopper.startswith(_CUSTOMER)


@dataclass(frozen=True, slots=True)
class Touch:
    """A shopper looked at, put in the basket or bought a product, at a time in Unix seconds (0: unknown)."""

    item: int
    kind: Kind = "purchase"
    at: float = 0.0


@dataclass
class Shopper:
    """What is kept of a shopper from one event to the next.

    `recent` are the last touches, `touched` and `chosen` the products that are counted for them, in the order
    of the first touch. Who is not counted (for nobody knows any more whether they were) adds to no people.
    """

    is_customer: bool = False
    is_counted: bool = True
    recent: tuple[Touch, ...] = ()
    touched: tuple[int, ...] = ()
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True)
class Journeys:
    """All touches of all shoppers, each shopper's together and oldest first; arrays of one length."""

    owners: Integers
    items: Integers
    weights: Floats
    is_strong: npt.NDArray[np.bool_]
    times: npt.NDArray[np.float64]
    are_customers: npt.NDArray[np.bool_]

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
            owners, items, np.ones(count, np.float32), np.ones(count, np.bool_), np.zeros(count, np.float64),
            np.zeros(count, np.bool_),
        )  # fmt: skip

    @classmethod
    def of_events(
        cls, owners: Integers, items: Integers, kinds: Integers, times: npt.NDArray[np.float64],
        are_customers: npt.NDArray[np.bool_] | None = None,
    ) -> Journeys:  # fmt: skip
        """Sort events in any order into journeys; `kinds` are positions in KINDS."""
        order = np.lexsort((np.arange(len(items)), times, owners))
        weights = np.array([WEIGHTS[kind] for kind in KINDS], np.float32)
        strong = np.array([kind in STRONG for kind in KINDS], np.bool_)
        customers = np.zeros(len(items), np.bool_) if are_customers is None else are_customers
        ordered = kinds[order]
        return cls(
            owners[order], items[order], weights[ordered], strong[ordered], times[order], customers[order]
        )

    def only(self, chosen: npt.NDArray[np.bool_]) -> Journeys:
        """Return the touches that a mask marks."""
        return Journeys(
            self.owners[chosen], self.items[chosen], self.weights[chosen], self.is_strong[chosen],
            self.times[chosen], self.are_customers[chosen],
        )  # fmt: skip

    def bounds(self) -> tuple[Integers, Integers]:
        """Return where each shopper's touches begin, and where they end."""
        if not len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        starts = np.flatnonzero(np.diff(self.owners, prepend=self.owners[0] - 1))
        return starts, np.append(starts[1:], len(self))


def neighbours(owners: Integers, lag: int) -> Integers:
    """Return the places whose next touch but `lag` - 1 is of the same shopper; `owners` stand together."""
    if len(owners) <= lag:
        return np.zeros(0, np.int64)
    return np.flatnonzero(owners[:-lag] == owners[lag:])
