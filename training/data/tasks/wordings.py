"""Reads the tables of hand-written wordings (`training/data/written/tasks`).

Each table is tab-separated, its head tells its columns, alternatives are parted by `|`. Knows nothing of
products or prompts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ecomlm.search.passages import value_text
from knowledge.records import Attribute, Language
from training.data.shop_facts import spoken_value
from training.data.written import FOLDER, WrittenInvalid

_TABLES = FOLDER / "tasks"


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a fact is told: after "it" (one of `told`), and in few words."""

    told: tuple[str, ...]
    short: str


@dataclass(frozen=True, slots=True)
class Advantage:
    """What speaks for the better of two products, and what a shopper says who wants that."""

    better: str
    wishes: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions of one kind with their answers; `place` is the article's paragraph, where there is one."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    article: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """Questions, the keys of facts that nearly answer them, and the keys that would answer."""

    questions: tuple[str, ...]
    keys: tuple[str, ...]
    telling: tuple[str, ...]


def table(name: str, columns: int) -> Iterator[list[str]]:
    """Yield the rows of a table.

    Raises:
        WrittenInvalid: naming file and line, where a row has another number of columns or an empty one.
    """
    text = (_TABLES / f"{name}.tsv").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != columns or not all(cells):
            raise WrittenInvalid(f"{name}.tsv, line {number}: needs {columns} filled columns: {line[:60]!r}")
        yield cells


def _parts(cell: str, mark: str = "|") -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(mark) if part.strip())


@cache
def phrases(language: Language) -> dict[str, Phrase]:
    """Return how each kind of fact is told in running text."""
    first = 3 if language == "zh" else 1
    return {row[0]: Phrase(_parts(row[first]), row[first + 1]) for row in table("phrases", 5)}


@cache
def advantages(language: Language) -> dict[str, Advantage]:
    """Return what speaks for a product beside another, by the key of the fact."""
    first = 4 if language == "zh" else 2
    return {
        row[0]: Advantage(row[1], _parts(row[first]), _parts(row[first + 1])) for row in table("compare", 6)
    }


@cache
def frames(task: str, language: Language) -> dict[str, tuple[str, ...]]:
    """Return the sentences around what a table tells, by their part in the text."""
    return {row[1]: _parts(row[3]) for row in table("frames", 4) if (row[0], row[2]) == (task, language)}


@cache
def aspects(department: str, language: Language) -> dict[str, tuple[str, ...]]:
    """Return what buyers of a department speak of, with the words by which a sentence speaks of it."""
    return {
        row[2 if language == "zh" else 1]: _parts(row[3])
        for row in table("aspects", 4)
        if row[0] == "*" or row[0] in department
    }


@cache
def policies(language: Language) -> tuple[Asked, ...]:
    """Return questions about the shop's articles."""
    first = 4 if language == "zh" else 2
    return tuple(
        Asked(_parts(row[first]), _parts(row[first + 1]), row[0], f"body.{row[1]}")
        for row in table("policies", 6)
    )


@cache
def smalltalk(language: Language) -> tuple[Asked, ...]:
    """Return small talk with the shop's replies."""
    return tuple(Asked(_parts(row[1]), _parts(row[2])) for row in table("smalltalk", 3) if row[0] == language)


@cache
def traits(language: Language) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return, by key, the questions that a yes of the record answers with yes, and those it denies."""
    found = {}
    for row in table("traits", 3):
        agreeing, denying = row[2 if language == "zh" else 1].split(" / ")
        found[row[0]] = (_parts(agreeing), _parts(denying))
    return found


@cache
def near_questions(language: Language) -> tuple[Near, ...]:
    """Return questions that the shop's facts nearly answer."""
    column = 1 if language == "zh" else 0
    return tuple(
        Near(_parts(row[column]), _parts(row[2], ","), _parts(row[3], ",")) for row in table("near", 4)
    )


def told(attribute: Attribute, language: Language, chance: random.Random) -> str | None:
    """Return a fact in running text; None where no wording is known or the record says no."""
    phrase = phrases(language).get(attribute.key)
    return _filled(chance.choice(phrase.told), attribute, language) if phrase else None


def told_shortly(attribute: Attribute, language: Language) -> str | None:
    """Return a fact in few words; None where no wording is known or the record says no."""
    phrase = phrases(language).get(attribute.key)
    return _filled(phrase.short, attribute, language) if phrase else None


def _filled(wording: str, attribute: Attribute, language: Language) -> str | None:
    if "{v}" not in wording:
        return wording if attribute.value is True else None
    if isinstance(attribute.value, bool):
        return None
    value = spoken_value(attribute, language)
    if not value_text(attribute, language).strip() or len(value) > (28 if language == "zh" else 70):
        return None
    return wording.replace("{v}", value).replace("SPF SPF", "SPF").replace("\u3000", "")
