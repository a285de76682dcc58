"""Find the extreme of a kind: the cheapest, the lightest, the newest of all that were asked for.

Knows columns and records. Knows nothing of how products are matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from ecomlm.search.ranking import Corpus, Mask, Ranking
from ecomlm.search.vocabulary import Superlative
from knowledge.records import Product

CLOSE = 0.8
KNOWN_SHARE = 0.3


def close_to_best(ranking: Ranking) -> Mask:
    """Where no title names the thing: everything that is nearly as relevant as the best."""
    best = float(ranking.scores[ranking.is_relevant].max(initial=0))
    return np.asarray(ranking.is_relevant & (ranking.scores >= CLOSE * best), np.bool_)


def order(superlative: Superlative, corpus: Corpus, chosen: Mask) -> npt.NDArray[np.int64]:
    """Return the chosen rows that have the fact, the extreme first."""
    rows = np.flatnonzero(chosen)
    values = _values(superlative, corpus, rows)
    known = ~np.isnan(values)
    rows, values = rows[known], values[known]
    return rows[np.argsort(-values if superlative.is_highest else values, kind="stable")]


def by_record(superlative: Superlative, products: Sequence[Product]) -> list[Product]:
    """Put products in order of price by what can really be had; other orders stay."""
    if superlative.fact != "price":
        return list(products)

    def price(product: Product) -> Decimal:
        money = product.highest_price if superlative.is_highest else product.lowest_price
        amount = money.amount if money else Decimal(0)
        return -amount if superlative.is_highest else amount

    return sorted(products, key=price)


def _values(superlative: Superlative, corpus: Corpus, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    if superlative.fact == "price":
        return corpus.column("highest" if superlative.is_highest else "lowest")[rows]
    if superlative.fact in ("released", "rating"):
        return corpus.column(superlative.fact)[rows]
    for key in superlative.keys:  # the first fact that enough of them have
        for name in corpus.number_keys(key):
            values = corpus.number((name,))[rows]
            if len(rows) and np.count_nonzero(~np.isnan(values)) >= KNOWN_SHARE * len(rows):
                return values
    return np.full(len(rows), np.nan)
