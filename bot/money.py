"""Prices as a shopper reads them, one way per language. Knows nothing of products or replies."""

from __future__ import annotations

from decimal import Decimal

from knowledge.records import Language, Money

_SYMBOLS = {
    "en": {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "CN¥", "JPY": "¥", "CAD": "CA$", "AUD": "A$"},
    "zh": {"USD": "US$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "JP¥", "CAD": "CA$", "AUD": "AU$"},
}
_WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF"})


def format_money(money: Money, language: Language) -> str:
    """Return the amount with its currency.

    >>> format_money(Money(Decimal("1299.5"), "EUR"), "en")
    '€1,299.50'
    """
    places = Decimal(1) if money.currency in _WITHOUT_CENTS else Decimal("0.01")
    digits = f"{money.amount.quantize(places):,}"
    symbol = _SYMBOLS[language].get(money.currency)
    return f"{symbol}{digits}" if symbol else f"{money.currency} {digits}"


def format_range(lowest: Money, highest: Money, language: Language) -> str:
    """Return one price, or the lowest with "from" where the product's forms differ."""
    price = format_money(lowest, language)
    if lowest == highest:
        return price
    return f"{price} 起" if language == "zh" else f"from {price}"
