import gzip
import json

import pytest

from ecomlm.recommend.catalogue import Item
from training.evaluate.recommendation import Case, co_occurrence, gains, main, parts, popular, read_cases

CASES = [
    Case("ann", ["a"], "b"),
    Case("ann", ["a", "b"], "c"),
    Case("bob", ["a", "d"], "e"),
    *(Case(f"shopper {n}", ["f"], "g") for n in range(20)),
]


def test_nothing_later_than_the_first_question_is_learnt_before():
    ((learnt, asked),) = parts(CASES, "before")
    assert asked == CASES
    assert ["a"] in learnt
    assert ["a", "d"] in learnt
    assert not {"b", "c", "e", "g"} & {id for history in learnt for id in history}


def test_of_a_shopper_who_is_asked_only_the_past_is_learnt_from_others():
    seen = []
    for learnt, asked in parts(CASES, "others"):
        seen += asked
        if any(case.shopper == "ann" for case in asked):
            assert ["a"] in learnt
            assert ["a", "b", "c"] not in learnt
        else:
            assert ["a", "b", "c"] in learnt
    assert sorted(seen, key=repr) == sorted(CASES, key=repr)


def test_a_hit_counts_more_the_higher_it_stands():
    case = Case("ann", ["a"], "b")
    assert gains(lambda history: ["b", "c"], [case]) == [(1.0, 1.0)]
    ((hit, second),) = gains(lambda history: ["c", "b"], [case])
    assert hit == 1.0
    assert 0 < second < 1
    assert gains(lambda history: ["c"], [case]) == [(0.0, 0.0)]


def test_the_baselines_suggest_what_stood_together_and_what_was_bought_most():
    items = [Item(id, id) for id in "abc"]
    histories = [["a", "b"], ["a", "b"], ["a", "c"], ["c"], ["c"]]
    assert co_occurrence(items, histories)(["a"])[:2] == ["b", "c"]
    assert popular(items, histories)(["a"])[0] in ("a", "c")


def test_rows_of_a_public_set_are_read(tmp_path):
    path = tmp_path / "set.jsonl.gz"
    row = {"user_id": "u", "history_item_id": "[7, 8]", "item_id": "9"}
    path.write_bytes(gzip.compress(json.dumps(row).encode()))
    assert read_cases(path) == [Case("u", ["7", "8"], "9")]


def test_a_set_that_is_not_here_is_left_out_with_a_reason(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ECOMLM_DATA", str(tmp_path))
    assert main([]) == 0
    assert capsys.readouterr().out.count("left out") == 2


def test_an_unknown_protocol_is_refused():
    with pytest.raises(SystemExit):
        main(["--protocol", "tomorrow"])
