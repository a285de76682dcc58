"""What goes with a product, and what could be had instead of it.

Goes-with comes from baskets and orders, of the product itself and of those most like it; things that are
like it are left out, they would take its place. Knows counts and likeness. Knows nothing of records.
"""

from __future__ import annotations

import numpy as np

from ecomlm.recommend.journeys import Floats, Integers
from ecomlm.recommend.people import NOBODY, Own
from ecomlm.recommend.signs import SHRINK, SMOOTHED_BY, Sources

SAME_THING = 0.3
LENT = 0.3
VIEWED = 0.25


def goes_with_scores(item: int, sources: Sources) -> tuple[Integers, Floats]:
    """Return the rows of what goes with a product, and how well."""
    scores = np.zeros(len(sources))
    _add_partners(scores, item, 1.0, sources)
    near, similar = sources.likeness.row(item)
    best = np.argsort(-similar, kind="stable")[:SMOOTHED_BY]
    for other, nearness in zip(near[best].tolist(), similar[best].tolist(), strict=True):
        _add_partners(scores, other, LENT * nearness, sources)
    instead = near[similar >= SAME_THING]
    scores[instead] = 0.0
    scores[item] = 0.0
    return _found(scores)


def shoppers_of_like(item: int, other: int, sources: Sources, own: Own = NOBODY) -> int:
    """Return how many others, at least, had `other` together with things that could stand in for `item`.

    The most for any one of these: the same shopper may be among those of several.
    """
    near, similar = sources.likeness.row(item)
    chosen = sources.counts.chosen
    return max((chosen.both(like, other, own) for like in near[similar >= SAME_THING].tolist()), default=0)


def alike_scores(item: int, sources: Sources, least: float) -> tuple[Integers, Floats]:
    """Return the rows of what is like a product, `least` or more: by text, and by who looked at both."""
    scores = np.zeros(len(sources))
    near, similar = sources.likeness.row(item)
    near, similar = near[similar >= least], similar[similar >= least]
    scores[near] = similar
    columns, values = sources.counts.follow.row(item)
    is_near = scores[columns] > 0
    scores[columns[is_near]] += VIEWED * (values / (values + SHRINK))[is_near]
    scores[item] = 0.0
    return _found(scores)


def _add_partners(scores: np.ndarray, item: int, weight: float, sources: Sources) -> None:
    chosen = sources.counts.chosen
    own = chosen.shoppers(np.array([item], np.int64))
    for columns, values in chosen.partners(item):
        usual = np.sqrt((own + SHRINK) * (chosen.shoppers(columns) + SHRINK))
        scores[columns] += weight * values / usual


def _found(scores: np.ndarray) -> tuple[Integers, Floats]:
    rows = np.flatnonzero(scores > 0)
    return rows, scores[rows].astype(np.float32)
