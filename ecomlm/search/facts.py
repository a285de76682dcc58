"""What a catalogue talks about: its brands, attributes, options and categories.

Gathered while indexing and kept with the snapshot. Knows nothing of questions or ranking.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ecomlm.language import normalise
from knowledge.records import Attribute, Product, Text

VALUES_KEPT = 300
SURE_SHARE = 0.6

AttributeKind = Literal["number", "flag", "text"]


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """A brand; it is sure if its name, seen in a title, nearly always means the maker."""

    name: str
    products: int
    is_sure: bool


@dataclass(frozen=True, slots=True)
class AttributeFacts:
    """An attribute or option key as the catalogue uses it."""

    key: str
    label: Text
    kind: AttributeKind
    products: int
    units: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CatalogueFacts:
    """The vocabulary in which a question can ask for conditions; it is compared by identity."""

    products: int = 0
    currency: str = "USD"
    brands: tuple[BrandFacts, ...] = ()
    attributes: tuple[AttributeFacts, ...] = ()
    options: tuple[AttributeFacts, ...] = ()
    departments: tuple[Text, ...] = ()
    categories: tuple[Text, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values to be written to a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CatalogueFacts:
        """Read what `as_json` wrote."""
        return cls(
            products=data["products"],
            currency=data["currency"],
            brands=tuple(BrandFacts(**item) for item in data["brands"]),
            attributes=tuple(_attribute(item) for item in data["attributes"]),
            options=tuple(_attribute(item) for item in data["options"]),
            departments=tuple(Text(**item) for item in data["departments"]),
            categories=tuple(Text(**item) for item in data["categories"]),
        )


def _attribute(item: dict[str, Any]) -> AttributeFacts:
    lists = {"units": tuple(item["units"]), "values": tuple(item["values"])}
    return AttributeFacts(**{**item, "label": Text(**item["label"]), **lists})


@dataclass
class _Seen:
    label: Text = Text()
    products: int = 0
    kinds: Counter[AttributeKind] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)

    def facts(self, key: str) -> AttributeFacts:
        units = tuple(unit for unit, _ in self.units.most_common())
        values = tuple(value for value, _ in self.values.most_common(VALUES_KEPT))
        return AttributeFacts(key, self.label, self.kinds.most_common(1)[0][0], self.products, units, values)


class FactsGatherer:
    """Collects the facts of a catalogue product by product."""

    def __init__(self) -> None:
        self._products = 0
        self._currencies: Counter[str] = Counter()
        self._brands: Counter[str] = Counter()
        self._titles: list[tuple[str, str]] = []
        self._attributes: defaultdict[str, _Seen] = defaultdict(_Seen)
        self._options: defaultdict[str, _Seen] = defaultdict(_Seen)
        self._departments: Counter[Text] = Counter()
        self._categories: Counter[Text] = Counter()

    def add(self, product: Product) -> None:
        """Take one product into account."""
        self._products += 1
        if price := product.lowest_price:
            self._currencies[price.currency] += 1
        brand = normalise(product.brand or "")
        if brand:
            self._brands[brand] += 1
        self._titles.append((brand.lower(), f" {normalise(product.title.en or product.title.zh).lower()} "))
        if product.department:
            self._departments[product.department] += 1
        self._categories.update(product.categories)
        for attribute in product.attributes:
            self._add_attribute(attribute)
        for key in {option.key for variant in product.variants for option in variant.options}:
            self._options[key].products += 1
        for variant in product.variants:
            for option in variant.options:
                seen = self._options[option.key]
                seen.label = seen.label or option.label
                seen.kinds["text"] += 1
                seen.values.update(value for value in (option.value.en, option.value.zh) if value)

    def _add_attribute(self, attribute: Attribute) -> None:
        seen = self._attributes[attribute.key]
        seen.products += 1
        seen.label = seen.label or attribute.label
        if isinstance(attribute.value, bool):
            seen.kinds["flag"] += 1
        elif isinstance(attribute.value, Decimal):
            seen.kinds["number"] += 1
            seen.units[(attribute.unit or "").lower()] += 1
        else:
            seen.kinds["text"] += 1
            worded = attribute.value if isinstance(attribute.value, tuple) else (attribute.value,)
            seen.values.update(value for value in worded if len(value) <= 40)

    def facts(self) -> CatalogueFacts:
        """Return what was gathered."""
        return CatalogueFacts(
            products=self._products,
            currency=self._currencies.most_common(1)[0][0] if self._currencies else "USD",
            brands=tuple(self._brand_facts()),
            attributes=_ordered(self._attributes),
            options=_ordered(self._options),
            departments=tuple(text for text, _ in self._departments.most_common()),
            categories=tuple(text for text, _ in self._categories.most_common()),
        )

    def _brand_facts(self) -> Iterable[BrandFacts]:
        """A name that other makers' titles hold as often (`for Apple iPad`) is not sure."""
        named: Counter[str] = Counter()
        owned: Counter[str] = Counter()
        known = {brand.lower() for brand in self._brands}
        longest = max((len(brand.split()) for brand in known), default=0)
        for brand, title in self._titles:
            tokens = title.split()
            spans = {
                " ".join(tokens[start : start + length])
                for length in range(1, longest + 1)
                for start in range(len(tokens) - length + 1)
            }
            for span in spans & known:
                named[span] += 1
                owned[span] += span == brand
        for name, count in self._brands.most_common():
            key = name.lower()
            is_sure = owned[key] >= SURE_SHARE * named[key] if named[key] else True
            yield BrandFacts(name, count, is_sure)


def _ordered(seen: dict[str, _Seen]) -> tuple[AttributeFacts, ...]:
    facts = [item.facts(key) for key, item in seen.items()]
    return tuple(sorted(facts, key=lambda item: (-item.products, item.key)))
