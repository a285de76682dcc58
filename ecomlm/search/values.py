"""Read and compare the values of records: words, units, sizes.

Knows attributes. Knows nothing of conditions or questions.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ecomlm.search.amounts import UNITS
from knowledge.records import Attribute


def texts_of(attribute: Attribute) -> list[str]:
    """List the words that an attribute's value is given in."""
    value = attribute.value
    plain = [value] if isinstance(value, str) else list(value) if isinstance(value, tuple) else []
    return [text for text in (*plain, attribute.wording.en, attribute.wording.zh) if text]


def in_unit(attribute: Attribute, unit: str) -> Decimal | None:
    """Return a number attribute's value in another unit of its kind; None where that makes no sense."""
    if isinstance(attribute.value, bool) or not isinstance(attribute.value, Decimal):
        return None
    written = (attribute.unit or "").lower()
    if not unit or written == unit or not written:
        return attribute.value
    if written not in UNITS or unit not in UNITS:
        return None
    (dimension, factor), (wanted, divisor) = UNITS[written], UNITS[unit]
    if {dimension, wanted} == {"screen", "length"}:
        inches = Decimal("25.4")
        factor, divisor = (
            factor * (inches if dimension == "screen" else 1),
            divisor * (inches if wanted == "screen" else 1),
        )
    elif dimension != wanted:
        return None
    return attribute.value * factor / divisor


def has_word(text: str, word: str) -> bool:
    """Tell whether a text holds a word, not only as a part of another."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None


_DENIED = re.compile(r"(?:\bnot|\bno|\bnon|\bwithout|\bisn't|\bisn’t|不|无|非|没有)[\s-]*(?:\w+\s)?$")


def tells(text: str, name: str) -> bool:
    """True where a text says the word and does not deny it (`not waterproof`, `不防水`)."""
    boundary = (r"(?<![a-z])", r"(?![a-z])") if name.isascii() else ("", "")
    for match in re.finditer(f"{boundary[0]}{re.escape(name)}{boundary[1]}", text):
        if not _DENIED.search(text[max(0, match.start() - 16) : match.start()]):
            return True
    return False


def is_size(wanted: str, size: str) -> bool:
    """Tell whether a size as the shop writes it (`EU 42`, `42码`) is the one that is wanted."""
    sizes = {size, *re.split(r"[\s/,()（）]+", size)}
    return wanted in {re.sub(r"^(?:eu|us|uk|size)\s*|码$|号$", "", item) for item in sizes} | sizes


def plain(number: Decimal | None) -> float | None:
    """Return a number as JSON writes it."""
    return None if number is None else float(number)
