import numpy as np
import pytest

from ecomlm.recommend.counts import BACK, DECAY, HALF_LIFE_SECONDS, Counts
from ecomlm.recommend.journeys import KINDS, Journeys, Shopper, Touch

DAY = 86400.0


def events(*rows: tuple[int, int, str, float]) -> Journeys:
    owners, items, kinds, times = zip(*rows, strict=True)
    return Journeys.of_events(
        np.array(owners), np.array(items), np.array([KINDS.index(kind) for kind in kinds]), np.array(times)
    )


def cell(table, row, column):
    columns, values = table.row(row)
    return dict(zip(columns.tolist(), values.tolist(), strict=True)).get(column, 0.0)


def test_what_comes_after_counts_more_than_what_came_before_and_less_the_farther_it_is():
    counts = Counts.of(Journeys.of_lists([[0, 1, 2]]), 3)
    assert cell(counts.follow, 0, 1) == pytest.approx(1)
    assert cell(counts.follow, 0, 2) == pytest.approx(DECAY)
    assert cell(counts.follow, 1, 0) == pytest.approx(BACK)


def test_a_shopper_counts_once_for_a_pair_however_often_it_was_bought():
    counts = Counts.of(Journeys.of_lists([[0, 1, 0, 1], [1, 0], [2]]), 3)
    assert counts.chosen.both(0, 1) == 2
    assert [counts.chosen.count(item) for item in range(3)] == [2, 2, 1]


def test_looking_at_two_products_does_not_make_them_bought_together():
    counts = Counts.of(events((1, 0, "view", 1), (1, 1, "view", 2)), 2)
    assert counts.chosen.both(0, 1) == 0
    assert counts.touched.both(0, 1) == 1
    assert cell(counts.follow, 0, 1) > 0


def test_events_are_put_in_order_of_shopper_and_time():
    counts = Counts.of(events((2, 1, "purchase", 9), (1, 2, "purchase", 5), (2, 0, "purchase", 3)), 3)
    assert cell(counts.follow, 0, 1) == pytest.approx(1)
    assert cell(counts.follow, 0, 2) == 0


def test_old_touches_fade_from_the_trend_and_stay_in_the_sum():
    now = 1000 * DAY
    counts = Counts.of(events((1, 0, "purchase", now - HALF_LIFE_SECONDS), (2, 1, "purchase", now)), 2)
    assert counts.wanted.tolist() == [1, 1]
    assert counts.trend.tolist() == pytest.approx([0.5, 1])


def test_events_added_one_by_one_give_the_counts_of_all_at_once():
    chance = np.random.default_rng(3)
    rows = [
        (int(owner), int(item), KINDS[kind], float(at) * DAY)
        for at, (owner, item, kind) in enumerate(
            zip(chance.integers(0, 6, 80), chance.integers(0, 5, 80), chance.integers(0, 3, 80), strict=True),
            1,
        )
    ]
    whole = Counts.of(events(*rows), 5)
    grown = Counts.of(events(*rows[:1]).only(np.zeros(1, bool)), 5)
    grown.origin = whole.origin
    shoppers: dict[int, Shopper] = {}
    for owner, item, kind, at in rows:
        grown.add(shoppers.setdefault(owner, Shopper()), Touch(item, kind, at))
    assert grown.wanted == pytest.approx(whole.wanted)
    assert grown.trend == pytest.approx(whole.trend)
    assert grown.again == pytest.approx(whole.again)
    assert grown.leaving == pytest.approx(whole.leaving)
    for mine, theirs in ((grown.chosen, whole.chosen), (grown.touched, whole.touched)):
        assert mine.alone[0].tolist() == theirs.alone[0].tolist()
        assert mine.pairs[0].matrix.toarray().tolist() == theirs.pairs[0].matrix.toarray().tolist()
    assert grown.follow.matrix.toarray() == pytest.approx(whole.follow.matrix.toarray(), rel=1e-5)
    assert grown.totals == pytest.approx(whole.totals, rel=1e-5)


def test_a_row_holds_what_was_added_before_and_after_it_is_folded_in():
    counts = Counts.of(Journeys.of_lists([[0, 1]]), 2)
    counts.add(Shopper(recent=(Touch(0),)), Touch(1))
    counts.add(Shopper(recent=(Touch(0),)), Touch(1))
    assert cell(counts.follow, 0, 1) == pytest.approx(3)
    assert counts.follow.matrix[0, 1] == pytest.approx(3)
    assert cell(counts.follow, 0, 1) == pytest.approx(3)


def test_new_products_have_room_and_no_counts():
    counts = Counts.of(Journeys.of_lists([[0, 1]]), 2)
    counts.widen(4)
    assert len(counts) == 4
    assert counts.follow.row(3)[0].size == 0
    counts.add(Shopper(recent=(Touch(0),)), Touch(3))
    assert cell(counts.follow, 0, 3) == pytest.approx(1)


def test_no_journeys_are_no_counts():
    counts = Counts.of(Journeys.of_lists([]), 3)
    assert counts.wanted.tolist() == [0, 0, 0]
    assert counts.follow.row(0)[0].size == 0


def test_of_a_very_long_row_the_largest_cells_are_kept(monkeypatch):
    monkeypatch.setattr("ecomlm.recommend.counts.LONGEST", 2)
    counts = Counts.of(Journeys.of_lists([[0, 1], [0, 1], [0, 2], [0, 3], [0, 3], [0, 3]]), 4)
    assert counts.follow.row(0)[0].tolist() == [1, 3]
    assert counts.totals[0] == pytest.approx(5)
    assert counts.chosen.both(0, 2) == 1
