"""Intervals hold what they promise, and paired differences cancel what both systems find hard."""

import numpy as np
import pytest

from training.evaluate.intervals import difference, estimate, mean, ratio, table_of


def test_interval_holds_the_figure_and_narrows_with_more_questions():
    few, many = table_of([0, 1] * 10), table_of([0, 1] * 200)
    wide, narrow = estimate(few, mean, 7), estimate(many, mean, 7)
    assert wide.value == narrow.value == 0.5
    assert wide.low < 0.5 < wide.high
    assert narrow.high - narrow.low < (wide.high - wide.low) / 3
    assert (wide.count, narrow.count) == (20, 400)


def test_seed_decides_the_interval():
    table = table_of(range(30))
    assert estimate(table, mean, 7) == estimate(table, mean, 7)
    assert estimate(table, mean, 7) != estimate(table, mean, 8)


def test_true_share_lies_within_about_95_of_100_intervals():
    chance = np.random.default_rng(1)
    hits = 0
    for number in range(100):
        found = estimate(table_of(chance.random(80) < 0.3), mean, number, draws=100)
        hits += found.low <= 0.3 <= found.high
    assert 88 <= hits <= 100


def test_difference_is_paired():
    hard = np.random.default_rng(2).normal(0, 10, 40)
    one, other = table_of(hard), table_of(hard + 1)
    paired = difference(one, other, mean, 7)
    assert paired.value == pytest.approx(1)
    assert paired.low == pytest.approx(1)
    assert paired.is_clear
    assert not difference(one, table_of(hard[::-1] + 1), mean, 7).is_clear


def test_other_questions_and_none_are_refused():
    with pytest.raises(ValueError, match="3 and 2 rows are not the same questions"):
        difference(table_of([1, 2, 3]), table_of([1, 2]), mean, 7)
    with pytest.raises(ValueError, match="no question"):
        estimate(table_of([]), mean, 7)


def test_draws_that_leave_a_figure_undefined_are_not_counted():
    table = table_of([(1, 1), (0, 0), (0, 0)])
    found = estimate(table, ratio, 7)
    assert (found.low, found.value, found.high) == (1, 1, 1)


def test_share_of_all_or_none_is_not_certain():
    found = estimate(table_of([1] * 60), mean, 7)
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.951, abs=0.001)
    found = estimate(table_of([0] * 60), mean, 7)
    assert (found.low, found.value) == (0, 0)
    assert found.high == pytest.approx(0.049, abs=0.001)


def test_few_questions_make_no_difference_clear():
    assert not difference(table_of([0] * 5), table_of([1] * 5), mean, 7).is_clear
    assert difference(table_of([0] * 20), table_of([1] * 20), mean, 7).is_clear
