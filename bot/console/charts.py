"""Charts as SVG, drawn on the server: how lines run is worked out here, how they look is in console.css.

A chart is a picture of a table that stands under it, so it says in words only what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 150, 12, 28
_STEPS = 4
_LABEL_HEIGHT = 16
_MOST_DATES = 6


def bar(share: float, kind: str) -> Markup:
    """Return a small bar of a share from 0 to 1; `kind` is the name of its look, such as `good`."""
    width = round(100 * max(0.0, min(1.0, share)), 1)
    return Markup(
        '<svg class="bar {}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="ground" width="100" height="10"/><rect width="{}" height="10"/></svg>'
    ).format(kind, width)


def lines(title: str, dates: Sequence[str], shares: Mapping[str, Sequence[float]]) -> Markup:
    """Return a chart of shares over time, a line for each name, with the name at its end.

    Args:
        dates: the names of the points in time, at least two.
        shares: for each name as many shares from 0 to 1 as there are dates.
    """
    top = _nice(max((share for line in shares.values() for share in line), default=0.0))
    drawn = [_grid(top), _dates(dates)]
    ends = _spread([_y(line[-1], top) for line in shares.values()])
    for number, (name, line) in enumerate(shares.items()):
        points = " ".join(
            f"{_x(place, len(dates)):.1f},{_y(share, top):.1f}" for place, share in enumerate(line)
        )
        drawn.append(Markup('<polyline class="line line-{}" points="{}"/>').format(number, points))
        label = Markup('<text class="name name-{}" x="{}" y="{:.1f}">{}</text>')
        drawn.append(label.format(number, _WIDTH - _RIGHT + 8, ends[number] + 4, name))
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    return head.format(_WIDTH, _HEIGHT, title) + Markup("").join(drawn) + Markup("</svg>")


def _grid(top: float) -> Markup:
    parts = []
    for step in range(_STEPS + 1):
        share = top * step / _STEPS
        y = _y(share, top)
        parts.append(Markup('<path class="grid" d="M{} {:.1f}H{}"/>').format(_LEFT, y, _WIDTH - _RIGHT))
        text = Markup('<text class="scale" x="{}" y="{:.1f}">{}</text>')
        parts.append(text.format(_LEFT - 8, y + 4, f"{share:.0%}" if top >= 0.08 else f"{share:.1%}"))
    return Markup("").join(parts)


def _dates(dates: Sequence[str]) -> Markup:
    step = max(1, -(-len(dates) // _MOST_DATES))
    text = Markup('<text class="date" x="{:.1f}" y="{}">{}</text>')
    return Markup("").join(
        text.format(_x(place, len(dates)), _HEIGHT - 8, dates[place]) for place in range(0, len(dates), step)
    )


def _x(place: int, count: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * place / max(1, count - 1)


def _y(share: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share / top


def _nice(most: float) -> float:
    """Return a round share that is at least `most`: the top of the scale."""
    return next((top for top in (0.02, 0.04, 0.08, 0.12, 0.2, 0.4, 0.6, 0.8) if top >= most), 1.0)


def _spread(ends: Sequence[float]) -> list[float]:
    """Move labels apart that would stand on one another, keeping their order."""
    places = sorted(range(len(ends)), key=lambda place: ends[place])
    moved, lowest = list(ends), _TOP - _LABEL_HEIGHT / 2
    for place in places:
        moved[place] = max(ends[place], lowest + _LABEL_HEIGHT)
        lowest = moved[place]
    below = max(0.0, lowest - (_HEIGHT - _BOTTOM))
    return [end - below for end in moved] if below else moved
