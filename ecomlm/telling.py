"""How a fact of a record is told in running text, and what speaks for one product beside another.

The words are hand-written tables in `ecomlm/wordings`; the values come from the record. Knows nothing of
models, prompts or channels.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, cast

from ecomlm.search.passages import number_text, value_text
from knowledge.errors import EcomlmError
from knowledge.records import Attribute, Language, Product

FOLDER = Path(__file__).with_name("wordings")
Better = Literal["low", "high", "yes", "no"]

AGES = ("age_from", "minimum_age")
CHINESE_UNITS = {
    "months": "个月", "years": "年", "h": "小时", "min": "分钟", "people": "人", "pcs": "件",
    "shots": "张", "servings": "份", "slots": "个卡槽", "pairs": "双", "steps": "档", "in": "英寸",
}  # fmt: skip
COUNTED = {"pcs", "people", "slots"}
_PLURAL = re.compile(r"(?:s|wear|equipment|luggage)$")
_COUNTLESS = re.compile(
    r"(?:Tea|Coffee|Chocolate|Breakfast|Skincare|Furniture|Bedding|Lighting|Storage|Networking|Food|Care|food"
    r"|care|tea|control|climate|play|Make-up|Science|Cleaning)$"
)
_LONGEST_VALUE: dict[Language, int] = {"en": 70, "zh": 28}


class WordingsInvalid(EcomlmError, ValueError):
    """A line of a table of wordings is not of its form; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a fact is told: after "it" (one of `told`), and in few words."""

    told: tuple[str, ...]
    short: str


@dataclass(frozen=True, slots=True)
class Advantage:
    """What speaks for the better of two products, and what a shopper says who wants that.

    `told` hold {n} and {v}, the better one's name and value, and {o} and {w}, the other's.
    """

    better: Better
    wishes: tuple[str, ...]
    told: tuple[str, ...]


def read_table(path: Path, columns: int) -> Iterator[list[str]]:
    """Yield the rows of a tab-separated table; empty lines and those that start with # are passed over.

    Raises:
        WordingsInvalid: naming file and line, where a row has another number of columns or an empty one.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != columns or not all(cells):
            raise WordingsInvalid(
                f"{path.name}, line {number}: needs {columns} filled columns: {line[:60]!r}"
            )
        yield cells


def alternatives(cell: str, mark: str = "|") -> tuple[str, ...]:
    """Return the wordings of a cell that are parted by `mark`."""
    return tuple(part.strip() for part in cell.split(mark) if part.strip())


@cache
def phrases(language: Language) -> dict[str, Phrase]:
    """Return how each kind of fact is told in running text, by its key."""
    first = 3 if language == "zh" else 1
    rows = read_table(FOLDER / "phrases.tsv", 5)
    return {row[0]: Phrase(alternatives(row[first]), row[first + 1]) for row in rows}


@cache
def advantages(language: Language) -> dict[str, Advantage]:
    """Return what speaks for a product beside another, by the key of the fact."""
    first = 4 if language == "zh" else 2
    return {
        row[0]: Advantage(cast(Better, row[1]), alternatives(row[first]), alternatives(row[first + 1]))
        for row in read_table(FOLDER / "advantages.tsv", 6)
    }


def spoken_value(attribute: Attribute, language: Language) -> str:
    """Return a value as an answer says it: `3 years`, `3岁`, `36个月`."""
    value, unit = attribute.value, attribute.unit
    if not isinstance(value, Decimal):
        return value_text(attribute, language)
    number = number_text(value)
    if language == "zh":
        if attribute.key in AGES:
            return f"{number}岁"
        return number + (
            "" if attribute.key == "pockets" else CHINESE_UNITS.get(unit or "", f" {unit}" if unit else "")
        )
    return number if unit in COUNTED and unit != "people" else value_text(attribute, language)


def told(attribute: Attribute, language: Language, chance: random.Random) -> str | None:
    """Return a fact in running text; None where no wording is known or the record says no."""
    phrase = phrases(language).get(attribute.key)
    return filled(chance.choice(phrase.told), attribute, language) if phrase else None


def told_shortly(attribute: Attribute, language: Language) -> str | None:
    """Return a fact in few words; None where no wording is known or the record says no."""
    phrase = phrases(language).get(attribute.key)
    return filled(phrase.short, attribute, language) if phrase else None


def filled(wording: str, attribute: Attribute, language: Language) -> str | None:
    """Put a fact's value into a wording; None where they do not go together or the value is too long."""
    if "{v}" not in wording:
        return wording if attribute.value is True else None
    if isinstance(attribute.value, bool):
        return None
    value = spoken_value(attribute, language)
    if not value_text(attribute, language).strip() or len(value) > _LONGEST_VALUE[language]:
        return None
    return wording.replace("{v}", value).replace("SPF SPF", "SPF").replace("\u3000", "")


def name_of(product: Product, language: Language) -> str:
    """Return the short name by which a text calls a product: its brand and the next word of its title."""
    words = product.title.best(language).split()
    return " ".join(words[: 2 if language == "en" or len(words) > 2 else 1])


def kind_of(product: Product, language: Language) -> str:
    """Return what a product is in one word or two, empty where its category names no single thing."""
    category = product.categories[-1].best(language) if product.categories else ""
    if language == "zh":
        return "" if re.search("[与和、]", category) else category
    if not category or _COUNTLESS.search(category) or " and " in category or not _PLURAL.search(category):
        return ""
    singular = re.sub(r"(?<=sh|ch)es$|(?<=x)es$", "", category)
    if singular == category:
        singular = re.sub(r"ves$", "fe", category) if category.endswith("nives") else category[:-1]
    return singular[:1].lower() + singular[1:]
