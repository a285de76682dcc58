"""What was measured, before it is a number: a table for each figure, system and set.

Keeps what a figure is computed from, so that its interval, and the paired difference of two systems, come
from the same questions. Knows nothing of what the figures mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from training.evaluate.intervals import Statistic, Table, difference, estimate


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of one system on one set. The rows of `table` are questions in a fixed order."""

    part: str
    set: str
    figure: str
    system: str
    table: Table
    statistic: Statistic


def rows_of(facts: Iterable[Fact], seed: int) -> list[dict[str, Any]]:
    """Return a row for each part, set and system: figures by name, and `intervals` beside them.

    The systems of a set stand together, sets in the order in which they came. An interval is the 95 %
    percentile bootstrap over the row's questions.
    """
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for fact in facts:
        if not len(fact.table):
            continue
        found = estimate(fact.table, fact.statistic, seed)
        start = {
            "part": fact.part,
            "system": fact.system,
            "set": fact.set,
            "questions": found.count,
            "intervals": {},
        }
        row = rows.setdefault((fact.part, fact.set, fact.system), start)
        row[fact.figure] = round(found.value, 4)
        row["intervals"][fact.figure] = [round(found.low, 4), round(found.high, 4)]
    places = {place: number for number, place in enumerate(dict.fromkeys(key[:2] for key in rows))}
    return [rows[key] for key in sorted(rows, key=lambda key: places[key[:2]])]


def differences_of(
    facts: Iterable[Fact], pairs: Sequence[tuple[str, str]], seed: int
) -> list[dict[str, Any]]:
    """Return how much higher the second system of each pair is than the first, on the same questions.

    `clear` is true where the interval of the paired bootstrap leaves out zero.
    """
    by_system: dict[tuple[str, str, str], dict[str, Fact]] = {}
    for fact in facts:
        by_system.setdefault((fact.part, fact.set, fact.figure), {})[fact.system] = fact
    found = []
    for (part, group, figure), systems in by_system.items():
        for one, other in pairs:
            if one not in systems or other not in systems or not len(systems[one].table):
                continue
            told = difference(systems[one].table, systems[other].table, systems[one].statistic, seed)
            found.append(
                {
                    "part": part,
                    "set": group,
                    "figure": figure,
                    "from": one,
                    "to": other,
                    "questions": told.count,
                    "value": round(told.value, 4),
                    "interval": [round(told.low, 4), round(told.high, 4)],
                    "clear": told.is_clear,
                }
            )
    return found
