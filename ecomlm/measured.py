"""One fact of several products side by side: under one label, in one unit, equal or not.

Knows records and units. Knows nothing of which value is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ecomlm.language import normalise
from ecomlm.quantities import quantities, topic
from ecomlm.search.amounts import UNITS
from ecomlm.search.passages import label_text, number_text, value_text
from ecomlm.verdict import polarity
from knowledge.records import Attribute, Language, Product, Text

_METRIC = {"lb": "kg", "lbs": "kg", "oz": "g", "ft": "m", "feet": "m"}
"""What a Chinese reader weighs and measures in; screens and laptops stay in inches there as well."""
_ABOUT = Text("about ", "约")
_SIGNIFICANT = 3
_MONTHS_VARY = Decimal("0.02")
"""How far a month of 30 or of 31 days is from a twelfth of a year."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as each product states it, None where one does not.

    `unit` is the one that all values are shown in, empty where they are not all numbers of one kind;
    `numbers` are in that unit, `flags` the values of a yes/no fact.
    """

    key: str
    label: str
    attributes: tuple[Attribute | None, ...]
    unit: str = ""
    numbers: tuple[Decimal | None, ...] = ()
    flags: tuple[bool | None, ...] = ()

    @property
    def compared(self) -> tuple[Decimal | None, ...]:
        """The numbers as far as they can be told apart: what was converted, to three significant digits."""
        units = {item.unit or "" for item in self.attributes if item}
        digits = _significant if units != {self.unit} else _rounded
        return tuple(None if number is None else digits(number) for number in self.numbers)

    def naming(self, wish: str) -> list[int]:
        """Return the places of the products whose wording of this fact names all of what is wished for."""
        wanted = topic(wish)
        places = []
        for place, item in enumerate(self.attributes):
            if item is None or isinstance(item.value, bool | Decimal):
                continue
            text = " ".join((value_text(item, "en"), value_text(item, "zh")))
            if wanted and wanted <= topic(text) and polarity(text) is not False:
                places.append(place)
        return places


def facts_of(products: Sequence[Product], language: Language) -> list[Fact]:
    """Line up the facts of products; two keys of one label and kind are one fact (`load`, `max_load`)."""
    lines: dict[str, list[Attribute | None]] = {}
    for place, product in enumerate(products):
        for attribute in product.attributes:
            key = next((key for key, line in lines.items() if _joins(attribute, key, line, place)), None)
            line = lines.setdefault(key or attribute.key, [None] * len(products))
            line[place] = attribute
    return [_fact(key, tuple(line), language) for key, line in lines.items()]


def _joins(attribute: Attribute, key: str, line: Sequence[Attribute | None], place: int) -> bool:
    if key == attribute.key:
        return True
    other = next(item for item in line if item)
    if line[place] or not attribute.label or attribute.label.en != other.label.en:
        return False
    if isinstance(attribute.value, Decimal) and isinstance(other.value, Decimal):
        return _shared_kind([attribute.unit or "", other.unit or ""]) is not None
    return attribute.label == other.label and type(attribute.value) is type(other.value)


def _fact(key: str, line: tuple[Attribute | None, ...], language: Language) -> Fact:
    stated = [item for item in line if item]
    label = label_text(stated[0], language)
    if all(isinstance(item.value, bool) for item in stated):
        flags = tuple(item.value if item and isinstance(item.value, bool) else None for item in line)
        return Fact(key, label, line, flags=flags)
    if not all(isinstance(item.value, Decimal) for item in stated):
        return Fact(key, label, line)
    own = {item.unit or "" for item in stated}
    unit = stated[0].unit or ""
    if language == "zh":
        unit = _METRIC.get(unit, unit)
    if own == {unit}:
        return Fact(key, label, line, unit, tuple(_number(item) for item in line))
    kind = _shared_kind([*own, unit])
    return Fact(key, label, line, unit, _in_unit(line, unit, kind)) if kind else Fact(key, label, line)


def is_same(fact: Fact) -> bool:
    """Tell whether all records state the same: 2 years and 24 months are, `Steel` and `steel` too."""
    if any(item is None for item in fact.attributes):
        return False
    if fact.numbers:
        return len({_rounded(number) for number in fact.numbers if number is not None}) == 1
    values = [normalise(value_text(item, "en")).lower() for item in fact.attributes if item]
    return len(set(values)) == 1


def values_in(fact: Fact, language: Language) -> tuple[str, ...]:
    """Return how the reader sees the values: in one unit, empty where a record does not state one."""
    texts = []
    for place, item in enumerate(fact.attributes):
        number = fact.numbers[place] if fact.numbers else None
        if item is None:
            texts.append("")
        elif number is None or (item.unit or "") == fact.unit:
            texts.append(value_text(item, language))
        else:
            shown = Attribute(item.key, _rounded(number), fact.unit)
            is_exact = number == _rounded(number) and not _is_rough(item.unit or "", fact.unit)
            about = "" if is_exact else _ABOUT.best(language)
            texts.append(about + value_text(shown, language))
    return tuple(texts)


def _number(item: Attribute | None) -> Decimal | None:
    return item.value if item and isinstance(item.value, Decimal) else None


def _scales(unit: str) -> dict[str, Decimal]:
    """How large a unit is by each kind of measure that it is of; months and years by the calendar first."""
    plain = unit.lower()
    read = quantities(f"1 {plain}") if plain else ()
    scales = {read[0].unit: read[0].amount} if len(read) == 1 and read[0].unit else {}
    if plain in UNITS:
        scales.setdefault(*UNITS[plain])
    for kind, minutes in (("day", UNITS["day"][1]), ("month", UNITS["year"][1] / 12)):
        if kind in scales:
            scales["time"] = scales[kind] * minutes
    return scales


def _shared_kind(units: Sequence[str]) -> str | None:
    """What kind of measure all units are of; None where there is none."""
    scales = [_scales(unit) for unit in units]
    return next((kind for kind in scales[0] if all(kind in other for other in scales)), None)


def _is_rough(unit: str, other: str) -> bool:
    """Whether one is counted in months and the other in days: no month is a fixed number of days."""
    return ("month" in _scales(unit)) != ("month" in _scales(other))


def _in_unit(line: Sequence[Attribute | None], unit: str, kind: str) -> tuple[Decimal | None, ...]:
    """Return the numbers in one unit. Months that come near a stated number of days are those days."""
    found = [_converted(item, unit, kind) for item in line]
    is_rough = [item is not None and _is_rough(item.unit or "", unit) for item in line]
    exact = [
        number for number, rough in zip(found, is_rough, strict=True) if number is not None and not rough
    ]
    for place, number in enumerate(found):
        if number is not None and is_rough[place] and exact:
            nearest = min(abs(other - number) for other in exact)
            if nearest <= abs(number) * _MONTHS_VARY:
                found[place] = next(other for other in exact if abs(other - number) == nearest)
    return tuple(found)


def _converted(item: Attribute | None, unit: str, kind: str) -> Decimal | None:
    number = _number(item)
    if item is None or number is None or (item.unit or "") == unit:
        return number
    return number * _scales(item.unit or "")[kind] / _scales(unit)[kind]


def _significant(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1).scaleb(number.adjusted() - _SIGNIFICANT + 1))


def _rounded(number: Decimal) -> Decimal:
    """Round to three significant digits where there are more behind the point."""
    if number == number.to_integral_value() or len(number_text(abs(number)).replace(".", "")) <= _SIGNIFICANT:
        return number
    return number.quantize(Decimal(1).scaleb(min(0, number.adjusted() - _SIGNIFICANT + 1)))
