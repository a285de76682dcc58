"""Cheaper or dearer than what was shown: the price bound that such words mean. Knows words, not products."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from ecomlm.search.filters import PriceRange
from knowledge.records import Money

_CHEAPER = re.compile(
    r"\b(?:cheaper|less expensive|lower price)|便宜(?:一)?点|更便宜|再便宜|低一点", re.IGNORECASE
)
_DEARER = re.compile(
    r"\b(?:pricier|more expensive|higher price|better quality)|贵一点|更贵|高档一点", re.IGNORECASE
)
_CENT = Decimal("0.01")


def asks_cheaper(text: str) -> bool:
    """Tell whether something cheaper is asked for."""
    return bool(_CHEAPER.search(text))


def relative_price(text: str, prices: Iterable[Money | None]) -> PriceRange | None:
    """Return the bound that "cheaper" or "more expensive" means beside these prices; None without either."""
    known = [price for price in prices if price]
    if not known:
        return None
    amounts, currency = [price.amount for price in known], known[0].currency
    if asks_cheaper(text):
        return PriceRange(None, max(min(amounts) - _CENT, Decimal(0)), currency)
    if _DEARER.search(text):
        return PriceRange(max(amounts) + _CENT, None, currency)
    return None


def without_relative_price(text: str) -> str:
    """Return a text without such words."""
    return _DEARER.sub(" ", _CHEAPER.sub(" ", text))
