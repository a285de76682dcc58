"""The figures of all products side by side: conditions and extremes are found without loading records.

What a column says is never final: the record itself is asked before anything is shown.
Knows nothing of texts, vectors or questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecomlm.language import normalise
from ecomlm.search.amounts import UNITS
from ecomlm.search.filters import BrandIs, Filter, InStock, NumberIs, PriceRange
from ecomlm.search.values import in_unit
from knowledge.records import Attribute, Product

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_PLAIN = ("lowest", "highest", "available", "released", "rating", "brand")


@dataclass(frozen=True)
class Columns:
    """One row for each product; a number that a record does not hold is not a number (NaN)."""

    lowest: Numbers
    highest: Numbers
    available: npt.NDArray[np.int8]
    released: Numbers
    rating: Numbers
    brand: npt.NDArray[np.int32]
    brands: tuple[str, ...]
    numbers: Mapping[str, tuple[npt.NDArray[np.int32], Numbers]]

    def __len__(self) -> int:
        return len(self.lowest)

    def may_allow(self, condition: Filter) -> Mask:
        """Return which rows can meet a condition; a row left out cannot."""
        everything = np.ones(len(self), dtype=np.bool_)
        if isinstance(condition, PriceRange):
            low = -np.inf if condition.low is None else float(condition.low)
            high = np.inf if condition.high is None else float(condition.high)
            with np.errstate(invalid="ignore"):
                return np.asarray((self.highest >= low - 0.005) & (self.lowest <= high + 0.005), np.bool_)
        if isinstance(condition, BrandIs):
            names = {name.casefold() for name in condition.brands}
            wanted = [number for number, name in enumerate(self.brands) if name in names]
            return np.asarray(np.isin(self.brand, wanted), np.bool_)
        if isinstance(condition, InStock):
            return np.asarray(self.available == 1, np.bool_)
        if isinstance(condition, NumberIs) and condition.low != condition.high:
            return np.asarray(~np.isnan(self.number(condition.keys)), np.bool_)
        return everything

    def number(self, keys: Sequence[str]) -> Numbers:
        """Return each row's value of the first of these attributes that it has, in its smallest unit."""
        values = np.full(len(self), np.nan)
        for key in reversed(keys):
            rows, found = self.numbers.get(key, (np.empty(0, np.int32), np.empty(0)))
            values[rows] = found
        return values

    def save(self, path: Path) -> None:
        """Write all columns to one file."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        arrays["brands"] = np.array(self.brands, dtype=np.str_)
        for key, (rows, values) in self.numbers.items():
            arrays[f"rows:{key}"], arrays[f"values:{key}"] = rows, values
        with path.open("wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> Columns:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            keys = [name.removeprefix("rows:") for name in arrays.files if name.startswith("rows:")]
            return cls(
                **{name: arrays[name] for name in _PLAIN},
                brands=tuple(str(name) for name in arrays["brands"]),
                numbers={key: (arrays[f"rows:{key}"], arrays[f"values:{key}"]) for key in keys},
            )


class ColumnsGatherer:
    """Collects the columns product by product."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, float, int, float, float, int]] = []
        self._brands: dict[str, int] = {}
        self._numbers: dict[str, list[tuple[int, float]]] = {}

    def add(self, product: Product, rating: float | None = None) -> None:
        """Take the next product, with its reviews' mean rating."""
        row = len(self._rows)
        prices = [float(offer.price.amount) for offer in product.offers if offer.price]
        available = product.is_available
        brand = normalise(product.brand or "").casefold()
        self._rows.append(
            (
                min(prices, default=np.nan),
                max(prices, default=np.nan),
                -1 if available is None else int(available),
                float(product.released.toordinal()) if product.released else np.nan,
                np.nan if rating is None else rating,
                self._brands.setdefault(brand, len(self._brands)),
            )
        )
        for attribute in product.attributes:
            value = smallest_unit(attribute)
            if value is not None:
                self._numbers.setdefault(attribute.key, []).append((row, float(value)))

    def columns(self) -> Columns:
        """Return what was gathered."""
        table = np.array(self._rows, dtype=np.float64).reshape(-1, 6)
        return Columns(
            table[:, 0],
            table[:, 1],
            table[:, 2].astype(np.int8),
            table[:, 3],
            table[:, 4],
            table[:, 5].astype(np.int32),
            tuple(self._brands),
            {
                key: (np.array([row for row, _ in cells], np.int32), np.array([value for _, value in cells]))
                for key, cells in self._numbers.items()
            },
        )


def smallest_unit(attribute: Attribute) -> Decimal | None:
    """Return a number in the smallest unit of its kind, so that values of one key compare."""
    written = (attribute.unit or "").lower()
    if written not in UNITS:
        return in_unit(attribute, "")
    value = in_unit(attribute, written)
    return None if value is None else value * UNITS[written][1]
