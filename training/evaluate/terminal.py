"""A report as text for a terminal: one table for each part, then what differs clearly.

Knows nothing of how anything was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from training.evaluate.report import FIGURES, PARTS

_CELL = 26


def as_text(report: Mapping[str, Any]) -> str:
    """Return the whole report of `Report.as_json` as lines, at most 20 texts' worth of differences."""
    lines: list[str] = []
    for part in report["parts"]:
        rows = [row for row in report["rows"] if row["part"] == part]
        if rows:
            lines += [f"{part}: {PARTS[part]}", *_table(rows), ""]
    lines += _clear(report)
    lines += [f"left out {name}: {why}" for name, why in report["skipped"].items()]
    return "\n".join([*lines, f"seed {report['seed']}, limit {report['limit'] or 'none'}; in brackets 95 %"])


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    names = [name for name in FIGURES if any(name in row for row in rows)]
    wide = max(len(row["set"]) for row in rows) + 2
    name_wide = max(6, *(len(row["system"]) for row in rows)) + 2
    heads = "".join(f"{name:>{_CELL}s}" for name in names)
    yield f"{'set':{wide}s}{'system':{name_wide}s}{'n':>4s}{heads}"
    for row in rows:
        cells = "".join(f"{_cell(row, name):>{_CELL}s}" for name in names)
        yield f"{row['set']:{wide}s}{row['system']:{name_wide}s}{row['questions']:4d}{cells}"


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        return "-"
    low, high = row["intervals"][name]
    return f"{number(row[name])} [{number(low)}, {number(high)}]"


def number(value: float) -> str:
    """Return a figure with as many places as it is worth: 0.659, 27.5, 118."""
    places = 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    return f"{value:.{places}f}"


def _clear(report: Mapping[str, Any]) -> Iterator[str]:
    clear = [item for item in report["differences"] if item["clear"]]
    if report["differences"]:
        yield f"{len(clear)} of {len(report['differences'])} differences are clear (paired bootstrap, 95 %):"
    for item in clear:
        low, high = map(number, item["interval"])
        told = f"{item['set']} {item['figure']}, {item['from']} to {item['to']}"
        yield f"  {told}: {'+' if item['value'] > 0 else ''}{number(item['value'])} [{low}, {high}]"
