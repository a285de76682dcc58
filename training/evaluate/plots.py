"""Plots of a report as SVG: a dot for each figure with a whisker for its interval.

Drawn narrow, for a phone. Within a page colours are the page's style; a sheet of plots, for a document,
brings its own. Knows nothing of what is plotted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from training.evaluate.terminal import number

_WIDTH, _LEFT, _RIGHT, _LINE, _TOP = 360, 96, 62, 19, 6
_SHAPES = (
    '<circle cx="{x:.1f}" cy="{y}" r="4.2"/>',
    '<rect x="{left:.1f}" y="{top}" width="8" height="8"/>',
    '<path d="M{x:.1f} {high}l5 5-5 5-5-5z"/>',
    '<path d="M{x:.1f} {high}l5 9h-10z"/>',
)
_COLUMNS, _GAP, _HEADING = 2, 28, 18
_STYLE = """
text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: #1c1d1f; }
.heading, .set { font-weight: 600; } .name, .tick { fill: #5d6067; }
.tick { font-size: 10px; text-anchor: middle; } .name, .value { text-anchor: end; } .grid { stroke: #d6d7d2; }
.s { fill: currentColor; } .s line { stroke: currentColor; stroke-width: 2; } .s0 { color: #4b5563; }
.s1 { color: #0b62b0; } .s2 { color: #b04a00; } .s3 { color: #7a2fa0; }
.s4 { color: #0b7a5c; } .s5 { color: #9a6b00; }
"""


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot: what it shows, its marks as SVG, and how high they are."""

    name: str
    marks: str
    height: int

    def svg(self) -> str:
        """Return it for a page."""
        return (
            f'<svg viewBox="0 0 {_WIDTH} {self.height}" role="img" aria-label="{self.name}">'
            f"<title>{self.name}</title>{self.marks}</svg>"
        )


def sheet(title: str, plots: Sequence[Plot]) -> str:
    """Return several plots in two columns as one SVG file, on white and readable alone."""
    heights = [0] * _COLUMNS
    parts = []
    for plot in plots:
        column = heights.index(min(heights))
        x, y = column * (_WIDTH + _GAP) + _GAP, heights[column] + _GAP
        heading = f'<text class="heading" y="{_HEADING - 6}">{plot.name}</text>'
        marks = f'<g transform="translate(0 {_HEADING})">{plot.marks}</g>'
        parts.append(f'<g transform="translate({x} {y})">{heading}{marks}</g>')
        heights[column] = y + _HEADING + plot.height
    width, height = _COLUMNS * (_WIDTH + _GAP) + _GAP, max(heights) + _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f'<rect width="{width}" height="{height}" fill="#fdfdfc"/>{"".join(parts)}</svg>'
    )


def interval_plot(title: str, rows: Sequence[Mapping[str, Any]], figure: str, systems: Sequence[str]) -> Plot:
    """Return one figure of several rows of a report, grouped by set.

    `systems` gives each system its colour and shape. Shares are drawn from 0 to 1, all else from 0 (or the
    lowest value) to the highest.
    """
    sets = list(dict.fromkeys(row["set"] for row in rows))
    shown = sorted((row for row in rows if figure in row), key=lambda row: sets.index(row["set"]))
    ends = [end for row in shown for end in (*row["intervals"][figure], row[figure])]
    low, high = min(0.0, *ends), max(ends, default=1.0)
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scale = (_WIDTH - _LEFT - _RIGHT) / ((high - low) or 1)
    parts: list[str] = []
    line, group = _TOP, ""
    for row in shown:
        if row["set"] != group:
            group = row["set"]
            line += _LINE
            parts.append(f'<text x="0" y="{line}" class="set">{escape(group)} (n={row["questions"]})</text>')
        line += _LINE
        parts.append(_mark(row, figure, line - 4, low, scale, systems))
    height = line + 26
    axis = _axis(low, high, scale, height - 18)
    name = escape(f"{title}: {figure.replace('_', ' ')}")
    return Plot(name, f"{axis}{''.join(parts)}", height)


def _mark(
    row: Mapping[str, Any], figure: str, y: int, low: float, scale: float, systems: Sequence[str]
) -> str:
    at = [_LEFT + (end - low) * scale for end in (row[figure], *row["intervals"][figure])]
    place = systems.index(row["system"]) if row["system"] in systems else 0
    shape = _SHAPES[place % len(_SHAPES)].format(x=at[0], y=y, left=at[0] - 4, top=y - 4, high=y - 5)
    told = f"{row['system']}: {number(row[figure])}"
    whisker = f'<line x1="{at[1]:.1f}" x2="{at[2]:.1f}" y1="{y}" y2="{y}"/>'
    return (
        f'<g class="s s{place % 6}"><title>{escape(told)}</title>{whisker}{shape}</g>'
        f'<text x="{_LEFT - 8}" y="{y + 4}" class="name">{escape(_short(row["system"]))}</text>'
        f'<text x="{_WIDTH}" y="{y + 4}" class="value">{number(row[figure])}</text>'
    )


def _short(name: str, most: int = 14) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _axis(low: float, high: float, scale: float, bottom: int) -> str:
    found = []
    for step in range(5):
        value = low + (high - low) * step / 4
        x = _LEFT + (value - low) * scale
        found.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>')
        found.append(f'<text x="{x:.1f}" y="{bottom + 14}" class="tick">{_tick(value)}</text>')
    return "".join(found)


def _tick(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:.0f}"
