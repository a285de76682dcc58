"""Tells the region that a place belongs to: a shop that delivers to the European Union delivers to Germany.

The members of the European Union, and well-known places of countries that shops speak of, in both languages
(`regions.tsv`: names of the region, in Chinese, places, in Chinese). Knows nothing of deliveries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from knowledge.records import Language


@dataclass(frozen=True, slots=True)
class _Region:
    english: str
    chinese: str
    itself: re.Pattern[str]
    places: re.Pattern[str]


def with_regions(text: str, language: Language) -> str:
    """Return a question with the region of each place in it behind it, where it does not name that itself."""
    for region in _regions():
        if region.places.search(text) and not region.itself.search(text):
            text += f" ({region.english})" if language == "en" else f"（{region.chinese}）"
    return text


def regions_in(text: str) -> set[str]:
    """Return the regions that a text names, or a place in them, by their English names."""
    found = (region for region in _regions() if region.itself.search(text) or region.places.search(text))
    return {region.english for region in found}


@cache
def _regions() -> tuple[_Region, ...]:
    lines = files("ecomlm").joinpath("regions.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_region(*line.split("\t")) for line in lines)


def _region(english: str, chinese: str, places: str, places_zh: str) -> _Region:
    names = english.split("|")
    return _Region(
        names[0], chinese, _any_of(names, [chinese]), _any_of(places.split("|"), places_zh.split("|"))
    )


def _any_of(english: list[str], chinese: list[str]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, english))
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])|{'|'.join(chinese)}")
