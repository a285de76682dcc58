"""Evidence figures from passages' scores."""

import math
from types import SimpleNamespace

import pytest

from training import ranker
from training.data.product_qa import Candidate, Question
from training.evaluate.facts import rows_of
from training.evaluate.ranking import auroc, evidence_facts, evidence_rows, first, reciprocal, told_apart


def question(*grades):
    candidates = tuple(Candidate(f"{number}", "review", grade) for number, grade in enumerate(grades))
    return Question("q", "p", "Boot", "dry?", candidates)


GRADES = [[1, 0], [0, 1], [0, 0.5]]
SCORES = [[0.9, 0.1], [0.6, 0.3], [0.2, 0.1]]
QUESTIONS = [question(*graded) for graded in GRADES]


def test_rank_and_best_score_of_each_question():
    table = evidence_rows(GRADES, SCORES)
    assert table.tolist() == [[1, 0.9, 1], [1, 0.6, 2], [0, 0.2, 0]]
    assert first(table[:2]) == 0.5
    assert reciprocal(table[:2]) == 0.75
    assert auroc(table) == 1
    assert told_apart(table) == 1
    assert told_apart(evidence_rows(GRADES, [[0.1, 0.0]] * 3)) == 0.5
    assert told_apart(table, threshold=0.8) == 0.75


def test_auroc_of_one_kind_alone_is_undefined():
    assert math.isnan(auroc(evidence_rows(GRADES[:2], SCORES[:2])))


def test_facts_count_answerable_questions_where_only_these_matter(monkeypatch):
    monkeypatch.setattr(ranker, "best_scores", lambda ranker, asked: SCORES)
    (row,) = rows_of(evidence_facts(SimpleNamespace(), QUESTIONS), 7)
    assert row["precision_at_1"] == 0.5
    assert row["abstain_auroc"] == 1
    assert row["mean_reciprocal_rank"] == pytest.approx(0.75)
