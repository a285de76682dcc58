"""How well the evidence ranker finds the passage that answers, and tells that none does, on ePQA.

Knows nothing of how replies are worded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from ecomlm.answer import ANSWER_THRESHOLD
from ecomlm.search.rank import Ranker
from training.data.product_qa import Question
from training.evaluate.facts import Fact
from training.evaluate.intervals import Table, table_of
from training.evaluate.product_questions import EPQA
from training.evaluate.replies import balanced


def evidence_facts(ranker: Ranker, questions: Sequence[Question]) -> list[Fact]:
    """Return P@1 and MRR over answerable questions, and how well the best score tells these apart."""
    from training.ranker import asked_of, best_scores

    asked = [asked_of(question) for question in questions]
    table = evidence_rows([item.grades for item in asked], best_scores(ranker, asked))
    answerable = table[table[:, 0] > 0]
    figures = {
        "precision_at_1": (answerable, first),
        "mean_reciprocal_rank": (answerable, reciprocal),
        "abstain_auroc": (table, auroc),
        "abstain_balanced_accuracy": (table, told_apart),
    }
    return [
        Fact("evidence", EPQA, name, "ranker", part, statistic) for name, (part, statistic) in figures.items()
    ]


def evidence_rows(grades: Sequence[Sequence[float]], scores: Sequence[Sequence[float]]) -> Table:
    """Return for each question if it can be answered, its best score, and the rank of what answers.

    Both hold a number for each of a question's passages. The rank is 0 where nothing answers; of equal
    scores the earlier passage is ranked before.
    """
    rows = []
    for graded, each in zip(grades, scores, strict=True):
        order = sorted(range(len(each)), key=lambda place: -each[place])
        ranks = [n for n, place in enumerate(order, 1) if graded[place] == 1]
        rows.append((float(bool(ranks)), max(each), ranks[0] if ranks else 0))
    return table_of(rows)


def first(table: Table) -> float:
    """Return how often what answers comes first."""
    return float((table[:, 2] == 1).mean())


def reciprocal(table: Table) -> float:
    """Return the mean reciprocal rank of what answers."""
    return float((1 / table[:, 2]).mean())


def auroc(table: Table) -> float:
    """Return the area under the curve of the best score; not a number where all can be answered, or none."""
    answerable = table[:, 0] > 0
    if answerable.all() or not answerable.any():
        return float("nan")
    return float(roc_auc_score(answerable, table[:, 1]))


def told_apart(table: Table, threshold: float = ANSWER_THRESHOLD) -> float:
    """Return the balanced accuracy of answering where the best score reaches the threshold."""
    return balanced(np.column_stack((table[:, 0], table[:, 1] >= threshold)))
