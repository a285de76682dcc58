"""Reads the tables of hand-written wordings (`training/data/written/tasks`).

Each table is tab-separated, its head tells its columns, alternatives are parted by `|`. Knows nothing of
products or prompts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ecomlm.telling import alternatives, read_table
from knowledge.records import Language
from training.data.written import FOLDER

_TABLES = FOLDER / "tasks"


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
    """Yield the rows of a table; WordingsInvalid names the line that is not of its form."""
    return read_table(_TABLES / f"{name}.tsv", columns)


@cache
def frames(task: str, language: Language) -> dict[str, tuple[str, ...]]:
    """Return the sentences around what a table tells, by their part in the text."""
    return {
        row[1]: alternatives(row[3]) for row in table("frames", 4) if (row[0], row[2]) == (task, language)
    }


@cache
def aspects(department: str, language: Language) -> dict[str, tuple[str, ...]]:
    """Return what buyers of a department speak of, with the words by which a sentence speaks of it."""
    return {
        row[2 if language == "zh" else 1]: alternatives(row[3])
        for row in table("aspects", 4)
        if row[0] == "*" or row[0] in department
    }


@cache
def policies(language: Language) -> tuple[Asked, ...]:
    """Return questions about the shop's articles."""
    first = 4 if language == "zh" else 2
    return tuple(
        Asked(alternatives(row[first]), alternatives(row[first + 1]), row[0], f"body.{row[1]}")
        for row in table("policies", 6)
    )


@cache
def smalltalk(language: Language) -> tuple[Asked, ...]:
    """Return small talk with the shop's replies."""
    return tuple(
        Asked(alternatives(row[1]), alternatives(row[2]))
        for row in table("smalltalk", 3)
        if row[0] == language
    )


@cache
def traits(language: Language) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return, by key, the questions that a yes of the record answers with yes, and those it denies."""
    found = {}
    for row in table("traits", 3):
        agreeing, denying = row[2 if language == "zh" else 1].split(" / ")
        found[row[0]] = (alternatives(agreeing), alternatives(denying))
    return found


@cache
def near_questions(language: Language) -> tuple[Near, ...]:
    """Return questions that the shop's facts nearly answer."""
    column = 1 if language == "zh" else 0
    return tuple(
        Near(alternatives(row[column]), alternatives(row[2], ","), alternatives(row[3], ","))
        for row in table("near", 4)
    )
