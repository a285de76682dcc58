"""Conditions that a product must meet, checked against its record.

Each condition says itself in both languages. Knows nothing of how a question is read or results are ranked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from ecomlm.language import normalise, words
from ecomlm.search.passages import money_text, number_text
from ecomlm.search.values import has_word, in_unit, is_size, plain, tells, texts_of
from knowledge.records import Language, Money, Offer, Product, Text, Variant


class Filter(Protocol):
    """A condition. `cost` is how much a shopper gives up without it, between 0 and 1."""

    @property
    def kind(self) -> str:
        """A short name: price, brand, colour, size, feature, number, stock or sale."""
        ...

    @property
    def cost(self) -> float:
        """How much a shopper gives up when this condition is dropped."""
        ...

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Tell whether the record meets the condition, in that variant where one is given."""
        ...

    def distance(self, product: Product) -> float:
        """How far a product is from meeting the condition, 0 where it does."""
        ...

    def say(self, language: Language) -> str:
        """Word the condition: `under $150`, `150美元以下`."""
        ...

    def as_json(self) -> dict[str, Any]:
        """Return the condition as plain values."""
        ...


def satisfies(product: Product, filters: Iterable[Filter]) -> bool:
    """Tell whether one and the same form of the product that can be had meets all conditions."""
    filters = tuple(filters)
    if not product.variants:
        return all(item.allows(product) for item in filters)
    choices = [variant for variant in product.variants if variant.offer.is_available is not False]
    return any(
        all(item.allows(product, variant) for item in filters) for variant in choices or product.variants
    )


def _offers(product: Product, variant: Variant | None) -> tuple[Offer, ...]:
    if variant:
        return (variant.offer,)
    return tuple(offer for offer in product.offers if offer.is_available is not False) or product.offers


class MetOrNot(ABC):
    """A condition that a product cannot come near to: it meets it or does not."""

    @abstractmethod
    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Tell whether the record meets the condition, in that variant where one is given."""

    def distance(self, product: Product) -> float:
        """Return 0 or 1."""
        return 0.0 if self.allows(product) else 1.0


def _option_texts(product: Product, variant: Variant | None, key_part: str) -> list[str]:
    """Return what can be chosen where the option's key holds a part, in both languages."""
    variants = (variant,) if variant else product.variants
    options = (option for item in variants for option in item.options if key_part in option.key)
    return [text for option in options for text in (option.value.en, option.value.zh) if text]


def _excess(value: Decimal, low: Decimal | None, high: Decimal | None) -> float:
    """Return how far a value lies outside of two bounds, as a share of the bound; 0 within."""
    if low is not None and value < low:
        return float((low - value) / max(low, _LEAST_BOUND))
    if high is not None and value > high:
        return float((value - high) / max(high, _LEAST_BOUND))
    return 0.0


def say_bounds(low: str, high: str, language: Language) -> str:
    """Word two bounds, of which one may be empty."""
    if low and high:
        return f"{low} to {high}" if language == "en" else f"{low}到{high}"
    if high:
        return f"up to {high}" if language == "en" else f"{high}以内"
    return f"at least {low}" if language == "en" else f"{low}以上"


_LEAST_BOUND = Decimal("0.001")
_INCHES = ("inch", "inches", "in", '"', "″", "寸", "英寸", "吋")
_TAKES_UP_TO = ("laptop", "fits", "device_size", "max_")
"""Parts of the keys of what a thing can hold: a bag for 16 inches takes 15 too."""


@dataclass(frozen=True)
class PriceRange:
    """The price lies between two bounds, either of which may be open."""

    low: Decimal | None
    high: Decimal | None
    currency: str
    kind = "price"
    cost = 0.35

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Tell whether an offer lies in the range."""
        prices = [offer.price.amount for offer in _offers(product, variant) if offer.price]
        return any(_excess(price, self.low, self.high) == 0 for price in prices)

    def distance(self, product: Product) -> float:
        """How far the nearest offer lies outside, as a share of the bound."""
        prices = [offer.price.amount for offer in _offers(product, None) if offer.price]
        return min((_excess(price, self.low, self.high) for price in prices), default=9.0)

    def say(self, language: Language) -> str:
        """Word the range."""
        low = money_text(Money(self.low, self.currency), language) if self.low is not None else ""
        high = money_text(Money(self.high, self.currency), language) if self.high is not None else ""
        return say_bounds(low, high, language)

    def as_json(self) -> dict[str, Any]:
        """Return the bounds."""
        return {"low": plain(self.low), "high": plain(self.high), "currency": self.currency}


@dataclass(frozen=True)
class BrandIs(MetOrNot):
    """The product is of one of these brands."""

    brands: tuple[str, ...]
    kind = "brand"
    cost = 0.6

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Tell whether the brand is one of them."""
        brand = normalise(product.brand or "").casefold()
        return any(brand == name.casefold() for name in self.brands)

    def say(self, language: Language) -> str:
        """Word the brands."""
        names = (" or " if language == "en" else "或").join(self.brands)
        return f"by {names}" if language == "en" else f"{names}品牌"

    def as_json(self) -> dict[str, Any]:
        """Return the brands."""
        return {"brands": list(self.brands)}


@dataclass(frozen=True)
class ColourIs(MetOrNot):
    """The product comes in a colour; `names` are all its spellings in both languages."""

    label: Text
    names: tuple[str, ...]
    is_wanted: bool = True
    kind = "colour"
    cost = 0.3

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Look at the variant's colour, else at colour attributes, else at the title."""
        recorded = _option_texts(product, variant, "colo") or [
            text
            for attribute in product.attributes
            if "colo" in attribute.key
            for text in texts_of(attribute)
        ]
        told = recorded or [product.title.en, product.title.zh]
        return any(map(self._names, told)) is self.is_wanted

    def _names(self, text: str) -> bool:
        lowered = text.lower()
        return any(has_word(lowered, name) for name in self.names)

    def say(self, language: Language) -> str:
        """Word the colour."""
        name = self.label.best(language)
        if self.is_wanted:
            return f"in {name}" if language == "en" else name
        return f"not {name}" if language == "en" else f"不要{name}"

    def as_json(self) -> dict[str, Any]:
        """Return the colour's English name."""
        return {"colour": self.label.en, "wanted": self.is_wanted}


@dataclass(frozen=True)
class SizeIs(MetOrNot):
    """A size that can be chosen, as the shop writes it."""

    value: str
    kind = "size"
    cost = 0.9

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Tell whether that size is among the options or sizes of the record."""
        wanted = self.value.casefold()
        sizes = _option_texts(product, variant, "size") or [
            text
            for attribute in product.attributes
            if attribute.key in ("size", "sizes")
            for text in texts_of(attribute)
        ]
        return any(is_size(wanted, size.casefold()) for size in sizes)

    def say(self, language: Language) -> str:
        """Word the size."""
        return f"in size {self.value}" if language == "en" else f"尺码{self.value}"

    def as_json(self) -> dict[str, Any]:
        """Return the size."""
        return {"size": self.value}


@dataclass(frozen=True)
class Feature(MetOrNot):
    """A yes/no fact. Where the record has no such attribute, its own words may tell."""

    keys: tuple[str, ...]
    label: Text
    names: tuple[str, ...]
    is_wanted: bool = True
    kind = "feature"
    cost = 0.8

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Look at the attribute first; a wanted feature may also be told by title, highlight or value."""
        for key in self.keys:
            attribute = product.attribute(key)
            if attribute and isinstance(attribute.value, bool):
                return attribute.value is self.is_wanted
        return self._is_told(product) is self.is_wanted

    def _is_told(self, product: Product) -> bool:
        texts = [product.title, *product.highlights, product.description]
        told = [text.exact(language) for text in texts for language in ("en", "zh")]
        told += [
            text for attribute in product.attributes if not isinstance(attribute.value, bool)
            for text in texts_of(attribute)
        ]  # fmt: skip
        return any(tells(text.lower(), name) for text in told if text for name in self.names)

    def say(self, language: Language) -> str:
        """Word the feature."""
        name = self.label.best(language)
        if language == "zh":
            return name if self.is_wanted else f"不要{name}"
        if self.is_wanted:
            return name.lower()
        return f"not {name.lower()}" if self.keys else f"without {name.lower()}"

    def as_json(self) -> dict[str, Any]:
        """Return the feature and whether it is wanted."""
        return {"feature": self.label.best("en").lower(), "wanted": self.is_wanted}


@dataclass(frozen=True)
class NumberIs:
    """A measured fact lies between two bounds, in `unit`."""

    keys: tuple[str, ...]
    label: Text
    low: Decimal | None
    high: Decimal | None
    unit: str
    kind = "number"
    cost = 0.7

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Compare the attribute in its own unit; a single number may also be told by the title."""
        excesses = self._excesses(product)
        if excesses:
            return min(excesses) == 0
        if self.low is None or self.low != self.high:
            return False
        told = f"{product.title.en} {product.title.zh} {product.description.en}"
        return bool(set(words(f"{number_text(self.low)} {self.unit}", "en")) & set(words(told, "en")))

    def _excesses(self, product: Product) -> list[float]:
        found = (product.attribute(key) for key in self.keys)
        return [
            self._excess(item.key, value)
            for item in found
            if item and (value := in_unit(item, self.unit)) is not None
        ]

    def _excess(self, key: str, value: Decimal) -> float:
        low, high = self.low, self.high
        if low is not None and low == high:
            if any(part in key for part in _TAKES_UP_TO):
                high = None
            elif self.unit in _INCHES:
                high = low + Decimal("0.99")
        return _excess(value, low, high)

    def distance(self, product: Product) -> float:
        """How far the measured fact lies outside, as a share of the bound."""
        return 0.0 if self.allows(product) else min(self._excesses(product), default=9.0)

    def say(self, language: Language) -> str:
        """Word the bounds with the attribute's name."""
        name, unit = self.label.best(language), f" {self.unit}" if self.unit else ""
        low = f"{number_text(self.low)}{unit}" if self.low is not None else ""
        high = f"{number_text(self.high)}{unit}" if self.high is not None else ""
        name = name.lower() if language == "en" else name
        if low and low == high:
            return f"{name} {low}"
        return f"{name}{' ' if language == 'en' else ''}{say_bounds(low, high, language)}"

    def as_json(self) -> dict[str, Any]:
        """Return keys, bounds and unit."""
        return {
            "keys": list(self.keys),
            "low": plain(self.low),
            "high": plain(self.high),
            "unit": self.unit,
        }


@dataclass(frozen=True)
class InStock(MetOrNot):
    """It can be had now."""

    kind = "stock"
    cost = 0.5

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Tell whether an offer is known to be available."""
        if variant:
            return variant.offer.is_available is True
        return product.is_available is True

    def say(self, language: Language) -> str:
        """Word the condition."""
        return "in stock" if language == "en" else "有货"

    def as_json(self) -> dict[str, Any]:
        """Return the condition."""
        return {"in_stock": True}


@dataclass(frozen=True)
class OnSale(MetOrNot):
    """It costs less than its regular price."""

    kind = "sale"
    cost = 0.45

    def allows(self, product: Product, variant: Variant | None = None) -> bool:
        """Tell whether an offer is reduced."""
        return any(
            offer.price and offer.list_price and offer.list_price.amount > offer.price.amount
            for offer in _offers(product, variant)
        )

    def say(self, language: Language) -> str:
        """Word the condition."""
        return "on sale" if language == "en" else "特价"

    def as_json(self) -> dict[str, Any]:
        """Return the condition."""
        return {"on_sale": True}
