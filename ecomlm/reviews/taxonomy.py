"""What reviews speak of: categories with their names, and the words that name them.

A *part* is something that a product has or comes with (screen, zip, delivery); a *trait* is a kind of quality
(price, comfort). What is said of a part goes to that part's category whatever the trait; what is said of the
product itself goes to the trait's. Knows nothing of opinions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from knowledge.errors import EcomlmError
from knowledge.records import Language

FILE = Path(__file__).with_name("taxonomy.tsv")
OVERALL = "overall"
GENERAL = "general"
PRODUCT = "product"


class TaxonomyInvalid(EcomlmError, ValueError):
    """A line of the taxonomy cannot be read, or a category is asked for that it does not have."""


@dataclass(frozen=True, slots=True)
class Category:
    """One category: its name for programs and in English, its name in Chinese, and what it is."""

    name: str
    chinese: str
    kind: Literal["part", "trait"]

    def label(self, language: Language) -> str:
        """Return the name to show."""
        return self.chinese if language == "zh" else self.name


@dataclass(frozen=True, slots=True)
class Topic:
    """What an aspect is about: a part (or the product) and a trait (or in general)."""

    part: str = PRODUCT
    trait: str = GENERAL

    @property
    def category(self) -> str:
        """Return the name of the category that it counts for."""
        if self.part != PRODUCT:
            return self.part
        return OVERALL if self.trait == GENERAL else self.trait

    @property
    def facet(self) -> str:
        """Return both names as one."""
        return f"{self.part}#{self.trait}"


@dataclass(frozen=True)
class Taxonomy:
    """All categories by name, and the words of each language with the topic that they name."""

    categories: Mapping[str, Category]
    words: Mapping[Language, Mapping[str, Topic]]


@cache
def taxonomy() -> Taxonomy:
    """Return the taxonomy that the program ships."""
    return read(FILE)


def category(name: str) -> Category:
    """Return the category of that name.

    Raises:
        TaxonomyInvalid: when there is none.
    """
    try:
        return taxonomy().categories[name]
    except KeyError:
        known = ", ".join(taxonomy().categories)
        raise TaxonomyInvalid(f"no category {name!r}; there are: {known}") from None


def read(file: Path) -> Taxonomy:
    """Read a taxonomy: a line a category, its name, Chinese name, kind, English and Chinese words.

    A word may name the trait that it speaks of: "battery life>performance".

    Raises:
        TaxonomyInvalid: when a line has no such five parts, or a word names no trait.
    """
    rows = [
        line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
    ]
    categories: dict[str, Category] = {}
    for row in rows:
        if len(row) != 5 or row[2] not in ("part", "trait"):
            raise TaxonomyInvalid(
                f"{file.name}: {row[0]!r} needs five columns, the third 'part' or 'trait'; it has {row[1:3]}"
            )
        categories[row[0]] = Category(row[0], row[1], "part" if row[2] == "part" else "trait")
    words: dict[Language, dict[str, Topic]] = {"en": {}, "zh": {}}
    for name, _, _, english, chinese in rows:
        for language, listed in (("en", english), ("zh", chinese)):
            for entry in filter(None, map(str.strip, listed.split(","))):
                word, topic = _entry(entry, categories[name], categories)
                words["zh" if language == "zh" else "en"].setdefault(word.lower(), topic)
    return Taxonomy(categories, words)


def _entry(entry: str, owner: Category, categories: Mapping[str, Category]) -> tuple[str, Topic]:
    word, _, trait = entry.partition(">")
    named = categories.get(trait) if trait else None
    if trait and (named is None or named.kind != "trait"):
        raise TaxonomyInvalid(f"{entry!r} under {owner.name!r}: {trait!r} is no trait")
    if owner.kind == "part":
        return word, Topic(owner.name, trait or GENERAL)
    if trait:
        return word, Topic(PRODUCT, trait)
    return word, Topic() if owner.name == OVERALL else Topic(PRODUCT, owner.name)
