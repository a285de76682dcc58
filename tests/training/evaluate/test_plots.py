"""Dots and whiskers stand where their figures are."""

import re

import pytest

from training.evaluate.plots import interval_plot


def row(value, low, high, system="base", group="own EN"):
    return {
        "set": group,
        "system": system,
        "questions": 9,
        "agrees": value,
        "intervals": {"agrees": [low, high]},
    }


def whiskers(svg):
    found = re.findall(r'<g class="s\d"><title>[^<]*</title><line x1="([\d.-]+)" x2="([\d.-]+)"', svg)
    return [tuple(map(float, pair)) for pair in found]


def test_shares_are_drawn_from_0_to_1():
    svg = interval_plot("answers", [row(0.5, 0.25, 0.75), row(1, 0, 1, "shop")], "agrees", ["base", "shop"])
    (inner, outer) = whiskers(svg)
    left, right = outer
    assert inner == (pytest.approx(left + (right - left) / 4), pytest.approx(right - (right - left) / 4))
    assert f'cx="{(left + right) / 2:.1f}"' in svg
    assert 'class="s0"' in svg
    assert 'class="s1"' in svg


def test_other_figures_reach_to_the_highest_and_below_zero_where_there_is_such():
    svg = interval_plot("speed", [row(40, -20, 80), row(80, 60, 100)], "agrees", ["base"])
    (low, high), (_, top) = whiskers(svg)
    assert (high - low) / (top - low) == pytest.approx(100 / 120, abs=0.01)
    assert all(0 <= end <= 360 for pair in whiskers(svg) for end in pair)


def test_names_are_escaped_and_rows_without_the_figure_left_out():
    other = {"set": "x", "system": "base", "questions": 3, "intervals": {}}
    svg = interval_plot("answers", [row(0.5, 0, 1, group="<b>&"), other], "agrees", ["base"])
    assert "&lt;b&gt;&amp; (n=9)" in svg
    assert "<b>" not in svg
    assert len(whiskers(svg)) == 1
