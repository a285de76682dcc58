"""Attributes from names and values: a readable label, a stable key, a type, a unit.

Only a unit that the name or the value states is taken; none is guessed.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

from knowledge.chinese import simplified
from knowledge.importers.markup import as_text, tidy
from knowledge.importers.money import read_number
from knowledge.importers.report import BadValue
from knowledge.importers.vocabulary import vocabulary
from knowledge.records import Attribute, AttributeValue, Language, Text

Declared = Literal["text", "number", "yes_no"] | None
_NUMBER = re.compile(r"([+-]?\d[\d.,]*)\s*([^\d\s.,][^\d]{0,11}|m²|m2|cd/m2)?")


def attribute(
    name: str, raw: Any, *, declared: Declared = None, language: Language | None = None
) -> Attribute | None:
    """Return the fact that a name and its value state; None where the value is empty."""
    key, label, unit_in_name = _named(name, language)
    value, unit, wording = typed_value(raw, declared, name)
    if value is None:
        return None
    if isinstance(value, Decimal):
        unit = unit or unit_in_name
    said = Text() if wording is None else as_text(wording, language)
    return Attribute(key, value, unit, label, said)


@functools.lru_cache(50_000)
def _named(name: str, language: Language | None) -> tuple[str, Text, str | None]:
    label, unit = _label_and_unit(name)
    return key_of(label), as_text(label, language), unit


@functools.lru_cache(50_000)
def coded_name(name: str) -> str:
    """Return `thermal_design_power__tdp_` as "thermal design power (tdp)"."""
    parts = [part.strip("_") for part in re.split(r"_{2,}", name.strip())]
    parts = [part.replace("_", " ") for part in parts if part]
    if not parts:
        return name
    if name.endswith("_"):
        if len(parts) == 1:
            return re.sub(r" s$", "(s)", parts[0])
        bracketed = 2 if "___" in name and len(parts) > 2 else 1
        return " ".join(parts[:-bracketed] + [f"({part})" for part in parts[-bracketed:]])
    if len(parts) == 3:
        return f"{parts[0]} ({parts[1]}) {parts[2]}"
    return " ".join(parts)


def key_of(label: str) -> str:
    """Return the stable key of a label: snake_case, English where the word is known."""
    known = vocabulary().attribute_keys.get(simplified(label))
    return known or re.sub(r"\W+", "_", label.casefold()).strip("_") or "attribute"


def typed_value(
    raw: Any, declared: Declared, column: str
) -> tuple[AttributeValue | None, str | None, str | None]:
    """Return value, unit, and the original wording where the value does not show it."""
    if isinstance(raw, list | tuple):
        items = tuple(text for item in raw if (text := _scalar_text(item)))
        return (items or None), None, None
    if isinstance(raw, bool):
        return raw, None, None
    if isinstance(raw, int | Decimal):
        return plain_number(Decimal(raw)), None, None
    text = _scalar_text(raw)
    if not text:
        return None, None, None
    if declared == "number" and read_number(text) is None:
        raise BadValue(column, raw, "is not a number", "write digits such as 12.5")
    if declared == "yes_no" and simplified(text).casefold() not in vocabulary().yes | vocabulary().no:
        raise BadValue(column, raw, "is neither yes nor no", "write yes or no")
    if declared == "text" and text not in ("Y", "N"):
        return text, None, None
    return _guess(text)


def _guess(text: str) -> tuple[AttributeValue, str | None, str | None]:
    words, folded = vocabulary(), simplified(text).casefold()
    if folded in words.yes or folded in words.no:
        return folded in words.yes, None, text
    if "|" in text and len(items := [item.strip() for item in text.split("|") if item.strip()]) > 1:
        return tuple(items), None, text
    found = _NUMBER.fullmatch(text)
    if found and (number := _measured(found[1])) is not None:
        unit_word = (found[2] or "").strip()
        if not unit_word:
            is_same = str(number) in (text, text.rstrip("0").rstrip("."))  # 33.0 says no more than 33
            return number, None, None if is_same else text
        if unit := words.units.get(simplified(unit_word).casefold()):
            return number, unit, text
    return text, None, None


def _measured(digits: str) -> Decimal | None:
    # 007 and 8473305100 are codes, not quantities.
    whole = digits.lstrip("+-").split(".")[0]
    if (len(whole) > 1 and whole.startswith("0")) or len(whole.replace(",", "")) > 9:
        return None
    number = read_number(digits)
    return None if number is None else plain_number(number)


def plain_number(number: Decimal) -> Decimal:
    """Return the number without needless zeros: 33 for 33.0, 100 for 1E+2."""
    normal = number.normalize()
    exponent = normal.as_tuple().exponent
    return normal.quantize(Decimal(1)) if isinstance(exponent, int) and 0 < exponent < 20 else normal


def _label_and_unit(name: str) -> tuple[str, str | None]:
    name = tidy(name)
    found = re.fullmatch(r"(.+?)\s*[(（\[]([^()（）\[\]]+)[)）\]]", name)
    if found and (unit := vocabulary().units_in_names.get(simplified(found[2]).strip().casefold())):
        return found[1], unit
    return name, None


def _scalar_text(raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, dict | list):
        return json.dumps(raw, ensure_ascii=False, default=str)
    text = str(raw)
    if "\\" in text:  # some exports write a line break as a backslash and an n
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n")
    return tidy(text)


def unique(attributes: Iterable[Attribute | None]) -> tuple[Attribute, ...]:
    """Return the attributes, the first of each key."""
    found: dict[str, Attribute] = {}
    for item in attributes:
        if item is not None:
            found.setdefault(item.key, item)
    return tuple(found.values())
