"""Figures become rows with intervals, and pairs of systems become differences."""

from training.evaluate.facts import Fact, differences_of, rows_of
from training.evaluate.intervals import mean, table_of


def fact(system, values, group="own EN", figure="agrees"):
    return Fact("answers", group, figure, system, table_of(values), mean)


def test_row_holds_all_figures_of_a_set_with_their_intervals():
    rows = rows_of([fact("base", [0, 1]), fact("base", [1, 1], figure="silence"), fact("shop", [1, 1])], 7)
    assert [row["system"] for row in rows] == ["base", "shop"]
    assert rows[0]["agrees"] == 0.5
    assert rows[0]["questions"] == 2
    assert rows[0]["intervals"] == {"agrees": [0.0, 1.0], "silence": [0.2236, 1.0]}


def test_systems_of_a_set_stand_together():
    facts = [fact(system, [1], group) for system in ("base", "shop") for group in ("own EN", "own ZH")]
    found = [(row["set"], row["system"]) for row in rows_of(facts, 7)]
    assert found == [("own EN", "base"), ("own EN", "shop"), ("own ZH", "base"), ("own ZH", "shop")]


def test_set_without_questions_is_no_row():
    assert rows_of([fact("base", [])], 7) == []
    assert differences_of([fact("base", []), fact("shop", [])], [("base", "shop")], 7) == []


def test_difference_is_of_the_named_pair_and_says_whether_it_is_clear():
    facts = [fact("base", [0] * 20), fact("shop", [1] * 19 + [0]), fact("copy", [1] * 20)]
    (found,) = differences_of(facts, [("base", "shop"), ("base", "gone")], 7)
    assert (found["from"], found["to"], found["value"], found["clear"]) == ("base", "shop", 0.95, True)
    (same,) = differences_of([fact("base", [0, 1]), fact("shop", [1, 0])], [("base", "shop")], 7)
    assert not same["clear"]
