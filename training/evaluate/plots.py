"""Plots of a report as inline SVG: a dot for each figure with a whisker for its interval.

Drawn narrow, for a phone; colours and shapes are the page's style. Knows nothing of what is plotted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def interval_plot(title: str, rows: Sequence[Mapping[str, Any]], figure: str, systems: Sequence[str]) -> str:
    """Return one figure of several rows of a report as SVG, grouped by set.

    `systems` gives each system its colour and shape. Shares are drawn from 0 to 1, all else from 0 (or the
    lowest value) to the highest.
    """
    shown = [row for row in rows if figure in row]
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
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{name}"><title>{name}</title>'
        f"{axis}{''.join(parts)}</svg>"
    )


def _mark(
    row: Mapping[str, Any], figure: str, y: int, low: float, scale: float, systems: Sequence[str]
) -> str:
    at = [_LEFT + (end - low) * scale for end in (row[figure], *row["intervals"][figure])]
    place = systems.index(row["system"]) if row["system"] in systems else 0
    shape = _SHAPES[place % len(_SHAPES)].format(x=at[0], y=y, left=at[0] - 4, top=y - 4, high=y - 5)
    told = f"{row['system']}: {number(row[figure])}"
    whisker = f'<line x1="{at[1]:.1f}" x2="{at[2]:.1f}" y1="{y}" y2="{y}"/>'
    return (
        f'<g class="s{place % 6}"><title>{escape(told)}</title>{whisker}{shape}</g>'
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
