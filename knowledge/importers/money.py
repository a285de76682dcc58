"""Prices as shops write them: "15.00 USD", "$1,299.95", "1.299,95 €", "￥129", "129元"."""

from __future__ import annotations

import re
from decimal import Decimal

from knowledge.importers.report import BadValue
from knowledge.importers.vocabulary import vocabulary
from knowledge.records import Money

_REMEDY = "write a number such as 12.50, with or without a currency such as 12.50 EUR"
_PRICE = re.compile(r"(?P<before>[^\d\s.,+-]*)\s*(?P<number>[+-]?[\d.,' ]*\d)\s*(?P<after>[^\d\s.,]*)")


def read_price(text: str, column: str, currency: str) -> Money | None:
    """Return the price that the text states; None where it states none."""
    text = text.strip().replace("\u00a0", " ").replace("\u202f", " ").replace("￥", "¥").replace("−", "-")
    if not text:
        return None
    found = _PRICE.fullmatch(re.sub(r"^-\s*(\D+?)\s*(?=\d)", r"\1-", text))
    if found is None or (found["before"] and found["after"]):
        raise BadValue(column, text, "is not a price", _REMEDY)
    number = read_number(found["number"])
    if number is None:
        raise BadValue(column, text, "is not a price", _REMEDY)
    if number < 0:
        raise BadValue(column, text, "is a negative price", "write 0 or more, or leave it empty if not known")
    if number >= Decimal(10) ** 12:
        raise BadValue(column, text, "is too large to be a price", _REMEDY)
    sign = (found["before"] or found["after"]).strip()
    return money(number, _currency(sign, text, column, currency))


def names_currency(text: str) -> bool:
    """Return whether a price says in which currency it is."""
    return re.search(r"[^\d\s.,'+−-]", text) is not None


def money(amount: Decimal, currency: str) -> Money:
    """Return the amount with as many decimals as the currency has, more where the amount has more."""
    decimals = decimals_of(currency)
    exact = amount.normalize()
    exponent = exact.as_tuple().exponent
    assert isinstance(exponent, int)
    return Money(exact.quantize(Decimal(1).scaleb(min(exponent, -decimals))), currency)


def read_number(text: str) -> Decimal | None:
    """Return the number in "1,299.95", "1.299,95", "1 299,95" or "1299.95"; None if it is none."""
    digits = text.replace(" ", "").replace("'", "")
    if "," in digits and "." in digits:
        thousands, decimal = (",", ".") if digits.rfind(".") > digits.rfind(",") else (".", ",")
        digits = digits.replace(thousands, "").replace(decimal, ".")
    elif "," in digits:
        groups = digits.lstrip("+-").split(",")
        is_grouped = (
            1 <= len(groups[0]) <= 3 and groups[0] != "0" and all(len(part) == 3 for part in groups[1:])
        )
        digits = digits.replace(",", "" if is_grouped else ".")
    elif digits.count(".") > 1:
        digits = digits.replace(".", "")
    return Decimal(digits) if re.fullmatch(r"[+-]?\d{1,30}(\.\d{1,30})?", digits) else None


def decimals_of(currency: str) -> int:
    """Return how many decimals a currency has: 2, with few exceptions."""
    return vocabulary().decimals.get(currency, 2)


def _currency(sign: str, text: str, column: str, currency: str) -> str:
    if not sign:
        return currency
    words = vocabulary()
    if possible := words.shared_currency_signs.get(sign):
        return currency if currency in possible else possible[0]
    code = words.currency_signs.get(sign.upper(), sign.upper())
    if code not in words.currencies:
        raise BadValue(
            column, text, f"has the unknown currency {sign!r}", "write an ISO 4217 code such as EUR"
        )
    return code
