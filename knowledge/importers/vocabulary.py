"""The words of `vocabulary.yaml`, ready to look up. Read once, when first needed."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge.records import Availability

_FILE = Path(__file__).with_name("vocabulary.yaml")


@dataclass(frozen=True)
class Vocabulary:
    """What importers recognise, each word in small letters."""

    columns: dict[str, tuple[str, int]]
    fields: tuple[str, ...]
    private: re.Pattern[str]
    units: dict[str, str]
    units_in_names: dict[str, str]
    attribute_keys: dict[str, str]
    yes: frozenset[str]
    no: frozenset[str]
    availability: dict[str, Availability]
    published: frozenset[str]
    unpublished: frozenset[str]
    currencies: frozenset[str]
    currency_signs: dict[str, str]
    shared_currency_signs: dict[str, tuple[str, ...]]
    decimals: dict[str, int]
    html_blocks: frozenset[str]


@functools.cache
def vocabulary() -> Vocabulary:
    """Return the words."""
    words: dict[str, Any] = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    units = _inverted(words["units"])
    no_units = set(words["no_units_in_names"])
    private = rf"\b(?:{'|'.join(words['private_words'])})\b|{'|'.join(words['private_parts'])}"
    return Vocabulary(
        columns={
            name: (field, rank)
            for field, names in words["columns"].items()
            for rank, name in enumerate(names)
        },
        fields=tuple(words["columns"]),
        private=re.compile(private),
        units=units,
        units_in_names={word: unit for word, unit in units.items() if word not in no_units},
        attribute_keys=words["attribute_keys"],
        yes=frozenset(words["yes"]),
        no=frozenset(words["no"]),
        availability=_inverted(words["availability"]),
        published=frozenset(words["published"]),
        unpublished=frozenset(words["unpublished"]),
        currencies=frozenset(words["currencies"].split()),
        currency_signs=words["currency_signs"],
        shared_currency_signs={sign: tuple(codes) for sign, codes in words["shared_currency_signs"].items()},
        decimals=dict.fromkeys(words["currencies_without_cents"], 0)
        | dict.fromkeys(words["currencies_with_three_decimals"], 3),
        html_blocks=frozenset(words["html_blocks"].split()),
    )


def _inverted(groups: dict[str, list[str]]) -> dict[str, Any]:
    return {word: name for name, words in groups.items() for word in words}
