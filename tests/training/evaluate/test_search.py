import json

import pytest

from training.evaluate.search import measure_ndcg, ndcg, read_judgements, reciprocal_rank


def test_the_best_ranking_is_one_and_the_empty_one_nothing():
    ratings = {"a": 3, "b": 1, "c": 0}
    assert ndcg(["a", "b", "c"], ratings) == pytest.approx(1)
    assert ndcg([], ratings) == 0
    assert 0 < ndcg(["c", "b", "a"], ratings) < 1


def test_products_that_nobody_judged_count_only_over_the_whole():
    quality = measure_ndcg(lambda query: ["x", "a"], {"q": {"a": 3}}, "test")
    assert quality.judged == pytest.approx(1)
    assert quality.whole < 1


def test_the_rank_of_the_first_expected_product_counts():
    assert reciprocal_rank(["x", "b"], ["a", "b"]) == 0.5
    assert reciprocal_rank(["x"], ["a"]) == 0


def test_queries_without_anything_to_find_are_left_out(tmp_path):
    path = tmp_path / "judgements.jsonl"
    rows = [{"query": "a", "docid": "1", "rating": "0"}, {"query": "b", "docid": "2", "rating": "2"}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert read_judgements(path) == {"b": {"2": 2}}
