"""Where nothing meets every condition: which one to give up, and what comes nearest then.

Knows conditions and products. Knows nothing of the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecomlm.search.filters import Filter, satisfies
from knowledge.records import Product

FARTHEST = 5.0
"""A price or a measure that misses its bound by more than this many times the bound is no alternative."""
CLOSE = 0.25
"""Whatever misses a bound by no more than this share is near, even if something else is nearer."""


@dataclass(frozen=True)
class Choice:
    """The condition that is given up, and what there is without it, nearest first."""

    unmet: Filter
    products: tuple[Product, ...]


def nearest_alternatives(
    scored: Sequence[tuple[Product, float]], filters: Sequence[Filter], limit: int
) -> Choice | None:
    """Give up the condition that costs the shopper least; None where even that leaves nothing near."""
    best: tuple[float, Choice] | None = None
    for given_up in filters:
        others = [item for item in filters if item is not given_up]
        left = [
            (given_up.distance(product), -score, product)
            for product, score in scored
            if satisfies(product, others)
        ]
        left.sort(key=lambda item: item[:2])
        if not left or left[0][0] > FARTHEST:
            continue
        bound = max(CLOSE, 1.5 * left[0][0])
        near = [item for item in left if item[0] <= bound][:limit]
        cost = given_up.cost * (near[0][0] if given_up.kind in ("price", "number") else 1.0)
        if best is None or cost < best[0]:
            best = cost, Choice(given_up, tuple(product for _, _, product in near))
    return best[1] if best else None
