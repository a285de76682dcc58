"""A report as one self-contained HTML page: plots, tables, and the texts behind the figures.

Nothing is loaded from elsewhere. All text is escaped; Chinese is marked as such, so that a browser takes the
right characters. Knows nothing of how anything was measured.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ecomlm.language import has_chinese
from training.evaluate.plots import Plot, interval_plot, sheet
from training.evaluate.report import FIGURES, PARTS
from training.evaluate.terminal import number

_SHOWN = 60
"""How many texts of a part the page shows; the JSON file holds all."""


def write_page(report: Mapping[str, Any], path: Path) -> None:
    """Write the page of a `Report.as_json`; a reader sees the old page or the new one, never half."""
    _replace(path, as_html(report))


def write_plots(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write a file of plots for each part that has figures, `PART.svg`, for a document; return them."""
    written = []
    for name in report["parts"]:
        if plots := list(_part(report, name)["plots"].values()):
            written.append(folder / f"{name}.svg")
            _replace(written[-1], sheet(PARTS[name], plots))
    return written


def _replace(path: Path, text: str) -> None:
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def as_html(report: Mapping[str, Any]) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"spoken": _spoken, "number": number, "drawn": _drawn}
    parts = [_part(report, name) for name in report["parts"]]
    return environment.get_template("report.html").render(
        report=report, parts=[part for part in parts if part["rows"] or part["texts"]], most=_SHOWN
    )


def _part(report: Mapping[str, Any], name: str) -> dict[str, Any]:
    rows = [row for row in report["rows"] if row["part"] == name]
    figures = [figure for figure in FIGURES if any(figure in row for row in rows)]
    systems = list(dict.fromkeys([*report["systems"], *(row["system"] for row in rows)]))
    return {
        "name": name,
        "title": PARTS[name],
        "rows": rows,
        "figures": {figure: FIGURES[figure] for figure in figures},
        "systems": systems,
        "plots": {figure: interval_plot(name, rows, figure, systems) for figure in figures},
        "differences": [item for item in report["differences"] if item["part"] == name],
        "texts": report["texts"].get(name, []),
    }


def _drawn(plot: Plot) -> Markup:
    return Markup(plot.svg())


def _spoken(text: object) -> Markup:
    """Return text, marked where it is Chinese, or a dash for none."""
    plain = str(text).strip()
    if not plain:
        return Markup("–")
    if not has_chinese(plain):
        return escape(plain)
    return Markup('<span lang="zh-Hans">{}</span>').format(plain)
