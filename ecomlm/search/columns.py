"""The figures of all products side by side: conditions and extremes are found without loading records.

What a column says is never final: the record itself is asked before anything is shown.
Knows nothing of texts, vectors or questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecomlm.language import normalise
from ecomlm.search.amounts import UNITS
from ecomlm.search.filters import BrandIs, ColourIs, Feature, Filter, InStock, NumberIs, PriceRange
from ecomlm.search.values import in_unit, texts_of
from ecomlm.search.vocabulary import COLOURS, FEATURES
from knowledge.records import Attribute, Language, Product

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int32]
Verdicts = npt.NDArray[np.int8]

NO, OPEN, YES = -1, 0, 1
"""What columns tell of a row and a condition; where it is open, the record has to be asked."""

LANGUAGES: tuple[Language, ...] = ("en", "zh")
_PLAIN = ("lowest", "highest", "available", "released", "rating", "brand")
_TRAIT, _FLAG, _FLAG_VALUES = "trait:", "flag:", "flags:"
_ROUNDING = 0.005


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
    numbers: Mapping[str, tuple[Rows, Numbers]]
    is_single: Mask | None = None
    flags: Mapping[str, tuple[Rows, Mask]] = field(default_factory=dict)
    traits: Mapping[str, Rows] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lowest)

    def judge(self, condition: Filter) -> Verdicts:
        """Tell of each row whether its record meets a condition: `YES`, `NO` or `OPEN`.

        Of products that come in several forms nothing is told, since one form has to meet all conditions;
        nor of any product in a snapshot of before `is_single` was kept.
        """
        found = np.full(len(self), OPEN, np.int8)
        if self.is_single is None:
            return found
        if isinstance(condition, PriceRange):
            found = self._judge_price(condition)
        elif isinstance(condition, BrandIs | InStock):
            found = np.where(self.may_allow(condition), YES, NO).astype(np.int8)
        elif isinstance(condition, ColourIs):
            found = self._judge_trait(_colour_name(condition), is_wanted=condition.is_wanted)
        elif isinstance(condition, Feature):
            found = self._judge_feature(condition)
        found[~self.is_single] = OPEN
        return found

    def _judge_price(self, condition: PriceRange) -> Verdicts:
        """Prices so near to a bound that a float may have moved them across are left open."""
        low = -np.inf if condition.low is None else float(condition.low)
        high = np.inf if condition.high is None else float(condition.high)
        found = np.where(self.may_allow(condition), OPEN, NO).astype(np.int8)
        with np.errstate(invalid="ignore"):
            found[(self.lowest >= low + _ROUNDING) & (self.highest <= high - _ROUNDING)] = YES
        return found

    def _judge_trait(self, name: str, *, is_wanted: bool) -> Verdicts:
        if name not in self.traits:
            return np.full(len(self), OPEN, np.int8)
        found = np.full(len(self), NO if is_wanted else YES, np.int8)
        found[self.traits[name]] = YES if is_wanted else NO
        return found

    def _judge_feature(self, condition: Feature) -> Verdicts:
        """The first yes/no attribute decides; without any, what the record's words were found to tell."""
        found = self._judge_trait(_feature_name(condition), is_wanted=condition.is_wanted)
        for key in reversed(condition.keys):
            rows, values = self.flags.get(key, (np.empty(0, np.int32), np.empty(0, np.bool_)))
            found[rows] = np.where(values == condition.is_wanted, YES, NO)
        return found

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
        for key, (rows, flags) in self.flags.items():
            arrays[_FLAG + key], arrays[_FLAG_VALUES + key] = rows, flags
        arrays |= {_TRAIT + name: rows for name, rows in self.traits.items()}
        if self.is_single is not None:
            arrays["is_single"] = self.is_single
        with path.open("wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> Columns:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            keys = _names(arrays.files, "rows:")
            return cls(
                **{name: arrays[name] for name in _PLAIN},
                brands=tuple(str(name) for name in arrays["brands"]),
                numbers={key: (arrays[f"rows:{key}"], arrays[f"values:{key}"]) for key in keys},
                is_single=arrays["is_single"] if "is_single" in arrays.files else None,
                flags={
                    key: (arrays[_FLAG + key], arrays[_FLAG_VALUES + key])
                    for key in _names(arrays.files, _FLAG)
                },
                traits={name: arrays[_TRAIT + name] for name in _names(arrays.files, _TRAIT)},
            )


class ColumnsGatherer:
    """Collects the columns product by product."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, float, int, float, float, int]] = []
        self._brands: dict[str, int] = {}
        self._numbers: dict[str, list[tuple[int, float]]] = {}
        self._single: list[bool] = []
        self._flags: dict[str, list[tuple[int, bool]]] = {}
        self._traits: dict[str, list[int]] = {name: [] for name in _TRAITS}

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
        self._add_traits(row, product)

    def _add_traits(self, row: int, product: Product) -> None:
        self._single.append(not product.variants)
        if product.variants:
            return
        firsts = {attribute.key: attribute for attribute in reversed(product.attributes)}
        for key, attribute in firsts.items():
            if isinstance(attribute.value, bool):
                self._flags.setdefault(key, []).append((row, attribute.value))
        words = _words_of(product)
        for name, condition in _TRAITS.items():
            if any(word in words for word in condition.names) and condition.allows(product):
                self._traits[name].append(row)

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
            np.array(self._single, np.bool_),
            {
                key: (np.array([row for row, _ in cells], np.int32), np.array([flag for _, flag in cells]))
                for key, cells in self._flags.items()
            },
            {name: np.array(rows, np.int32) for name, rows in self._traits.items()},
        )


def _colour_name(condition: ColourIs) -> str:
    return f"colour/{'|'.join(sorted(condition.names))}"


def _feature_name(condition: Feature) -> str:
    return f"feature/{'|'.join(sorted(condition.names))}"


def _common_traits() -> dict[str, ColourIs | Feature]:
    """The colours and features that every shop knows, each under a name that holds all its spellings."""
    colours = (ColourIs(item.label, item.names) for item in COLOURS)
    features = (Feature((), item.label, item.names) for item in FEATURES)
    return {_colour_name(item): item for item in colours} | {_feature_name(item): item for item in features}


_TRAITS = _common_traits()


def _words_of(product: Product) -> str:
    """Every text of a record that a colour or a feature may be told by, in small letters."""
    texts = [product.title, product.description, *product.highlights]
    told = [text.exact(language) for text in texts for language in LANGUAGES]
    told += [text for attribute in product.attributes for text in texts_of(attribute)]
    return "\n".join(told).lower()


def _names(files: Sequence[str], prefix: str) -> list[str]:
    return [name.removeprefix(prefix) for name in files if name.startswith(prefix)]


def smallest_unit(attribute: Attribute) -> Decimal | None:
    """Return a number in the smallest unit of its kind, so that values of one key compare."""
    written = (attribute.unit or "").lower()
    if written not in UNITS:
        return in_unit(attribute, "")
    value = in_unit(attribute, written)
    return None if value is None else value * UNITS[written][1]
