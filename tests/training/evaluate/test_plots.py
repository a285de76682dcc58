"""Dots and whiskers stand where their figures are."""

import re
from xml.etree.ElementTree import fromstring

import pytest

from training.evaluate.plots import interval_plot, sheet


def row(value, low, high, system="base", group="own EN"):
    return {
        "set": group,
        "system": system,
        "questions": 9,
        "agrees": value,
        "intervals": {"agrees": [low, high]},
    }


def whiskers(svg):
    found = re.findall(r'<g class="s s\d"><title>[^<]*</title><line x1="([\d.-]+)" x2="([\d.-]+)"', svg)
    return [tuple(map(float, pair)) for pair in found]


def test_shares_are_drawn_from_0_to_1():
    svg = interval_plot(
        "answers", [row(0.5, 0.25, 0.75), row(1, 0, 1, "shop")], "agrees", ["base", "shop"]
    ).svg()
    (inner, outer) = whiskers(svg)
    left, right = outer
    assert inner == (pytest.approx(left + (right - left) / 4), pytest.approx(right - (right - left) / 4))
    assert f'cx="{(left + right) / 2:.1f}"' in svg
    assert 'class="s s0"' in svg
    assert 'class="s s1"' in svg


def test_other_figures_reach_to_the_highest_and_below_zero_where_there_is_such():
    svg = interval_plot("speed", [row(40, -20, 80), row(80, 60, 100)], "agrees", ["base"]).svg()
    (low, high), (_, top) = whiskers(svg)
    assert (high - low) / (top - low) == pytest.approx(100 / 120, abs=0.01)
    assert all(0 <= end <= 360 for pair in whiskers(svg) for end in pair)


def test_names_are_escaped_and_rows_without_the_figure_left_out():
    other = {"set": "x", "system": "base", "questions": 3, "intervals": {}}
    svg = interval_plot("answers", [row(0.5, 0, 1, group="<b>&"), other], "agrees", ["base"]).svg()
    assert "&lt;b&gt;&amp; (n=9)" in svg
    assert "<b>" not in svg
    assert len(whiskers(svg)) == 1


def test_a_sheet_is_one_readable_file_with_every_plot_beside_or_below_the_other():
    plots = [
        interval_plot("answers", [row(0.5, 0, 1, group=f"set {n}")], "agrees", ["base"]) for n in range(3)
    ]
    drawn = fromstring(sheet("Answers & silence", plots))
    places = [group.get("transform") for group in drawn if group.tag.endswith("}g")]
    assert len(set(places)) == 3
    below = 28 + 18 + plots[0].height + 28
    assert places[2] == f"translate(28 {below})"
    assert float(drawn.get("height")) > below + plots[2].height
    assert "set 2 (n=9)" in "".join(drawn.itertext())


def test_systems_stand_below_each_other_in_each_set():
    rows = [row(0.5, 0, 1, system, group) for system in ("base", "shop") for group in ("own EN", "own ZH")]
    svg = interval_plot("answers", rows, "agrees", ["base", "shop"]).svg()
    assert svg.count("own EN (n=9)") == svg.count("own ZH (n=9)") == 1
