"""A measure that none of the shop's attributes holds: only a record's own words can tell whether it is met.

Where no record states it, the shopper is told so instead of being shown things as fitting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ecomlm.language import normalise
from ecomlm.search.amounts import UNITS
from ecomlm.search.filters import MetOrNot, say_bounds
from ecomlm.search.passages import number_text
from ecomlm.search.values import plain
from knowledge.records import Language, Product, Variant

DIMENSIONS = frozenset(
    {"mass", "length", "screen", "volume", "storage", "power", "charge", "energy", "frequency", "pixels"}
)
"""What products are told apart by. Times and voltages are as often said of the shopper's plans or home."""
_SPACE_OF_DISK = Decimal("1.03")
"""1 TB is sold as 1000 GB and as 1024."""
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_STATED = re.compile(rf"(?<![a-z0-9.])(\d+(?:[.,]\d+)?)[\s-]*({_UNIT})(?![a-z0-9])")


@dataclass(frozen=True)
class AmountStated(MetOrNot):
    """The record's title or a fact states an amount between two bounds, in whatever unit."""

    low: Decimal | None
    high: Decimal | None
    unit: str
    kind = "stated"
    cost = 0.6

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Compare every amount of that dimension that the title or a fact in words states."""
        dimension, factor = UNITS[self.unit]
        slack = _SPACE_OF_DISK if dimension == "storage" else Decimal(1)
        low = None if self.low is None else self.low * factor / slack
        high = None if self.high is None else self.high * factor * slack
        return any(
            (low is None or amount >= low) and (high is None or amount <= high)
            for stated, amount in _amounts(product)
            if stated == dimension
        )

    def say(self, language: Language) -> str:
        """Word the amount."""
        unit = self.unit.upper() if UNITS[self.unit][0] == "storage" else self.unit
        low, high = ("" if end is None else f"{number_text(end)} {unit}" for end in (self.low, self.high))
        return low if low == high else say_bounds(low, high, language)

    def as_json(self) -> dict[str, Any]:
        """Return bounds and unit."""
        return {"stated": True, "low": plain(self.low), "high": plain(self.high), "unit": self.unit}


def _amounts(product: Product) -> Iterator[tuple[str, Decimal]]:
    """Yield dimension and size of what a record states in words, in the dimension's smallest unit."""
    facts = (item for item in product.attributes if not isinstance(item.value, Decimal | bool))
    told = " | ".join((product.title.en, product.title.zh, *(f"{item.value}" for item in facts)))
    for number, unit in _STATED.findall(normalise(told).lower()):
        dimension, factor = UNITS[unit]
        yield dimension, Decimal(number.replace(",", ".")) * factor
