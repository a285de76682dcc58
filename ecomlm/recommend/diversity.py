"""Keep one kind of thing from filling a list: each choice counts against what is like it.

Maximal marginal relevance (Carbonell and Goldstein, 1998) over ranks, so that no scale of scores matters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecomlm.recommend.likeness import Likeness

RELEVANCE = 0.7
_FIRST = 10.0


def spread(
    ranked: Sequence[tuple[int, float]], likeness: Likeness, limit: int, relevance: float = RELEVANCE
) -> list[tuple[int, float]]:
    """Choose `limit` of the (row, score), best first, trading rank against likeness to those chosen."""
    if len(ranked) <= 1:
        return list(ranked[:limit])
    rows = np.array([row for row, _ in ranked], np.int64)
    worth = _FIRST / (_FIRST + np.arange(len(rows)))
    nearest = np.zeros(len(rows))
    chosen: list[int] = []
    left = np.ones(len(rows), np.bool_)
    while left.any() and len(chosen) < limit:
        value = np.where(left, relevance * worth - (1 - relevance) * nearest, -np.inf)
        best = int(np.argmax(value))
        chosen.append(best)
        left[best] = False
        nearest = np.maximum(nearest, likeness.between(int(rows[best]), rows))
    return [ranked[place] for place in chosen]
