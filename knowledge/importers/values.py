"""Single values of a row: yes or no, stock, availability, dates, links, lists, wordings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from knowledge.chinese import simplified
from knowledge.importers.markup import plain, tidy
from knowledge.importers.report import BadValue
from knowledge.importers.vocabulary import vocabulary
from knowledge.records import Availability, Text
from knowledge.tables import LONGEST_ID

_DATE_FORMATS = ("%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y", "%Y%m%d")


def string(raw: Any, column: str) -> str:
    """Return a cell as text; a list or an object where text belongs is a fault."""
    if raw is None:
        return ""
    if isinstance(raw, bool | dict | list):
        kind = {"bool": "yes/no value", "dict": "object"}.get(type(raw).__name__, "list")
        raise BadValue(column, raw, f"is a {kind} where text belongs", "write text in quotes")
    return str(raw).strip()


def strings(raw: Any, column: str, separators: str = r"[|;,，、\n]") -> tuple[str, ...]:
    """Return a cell that may hold several texts."""
    if isinstance(raw, list):
        parts: Iterable[str] = (string(item, column) for item in raw)
    else:
        parts = re.split(separators, string(raw, column))
    return tuple(dict.fromkeys(text for part in parts if (text := plain(part))))


def yes_no(raw: Any, column: str, *, default: bool) -> bool:
    """Return what a yes/no cell says; the default where it is empty."""
    if isinstance(raw, bool):
        return raw
    words, text = vocabulary(), simplified(string(raw, column)).casefold()
    if text in words.published:
        return True
    if text in words.unpublished:
        return False
    if not text:
        return default
    raise BadValue(column, raw, "is neither yes nor no", "write yes or no")


def availability(raw: Any, column: str) -> Availability | None:
    """Return the availability that the cell names, in any of its spellings."""
    if isinstance(raw, bool):
        return "in_stock" if raw else "out_of_stock"
    text = string(raw, column)
    name = re.sub(r"[\s_\-]+", " ", simplified(text).removeprefix("https://schema.org/").casefold())
    if name and name not in vocabulary().availability:
        raise BadValue(
            column, text, "is no availability", "write in_stock, out_of_stock, preorder or backorder"
        )
    return vocabulary().availability.get(name)


def stock(raw: Any, column: str) -> int | None:
    """Return how many there are; None where the cell is empty."""
    text = string(raw, column).replace(",", "")
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,12}(\.0+)?", text):
        raise BadValue(column, text, "is not a stock level", "write a whole number, or leave it empty")
    # Shops that sell on backorder count below zero; there is nothing on the shelf then.
    return max(0, int(Decimal(text)))


def day(raw: Any, column: str) -> date | None:
    """Return the date in a cell."""
    text = string(raw, column)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise BadValue(column, text, "is not a date", "write it as 2026-03-31")


def link(raw: Any, column: str) -> str | None:
    """Return a web address; only http, https and addresses within the shop are taken."""
    first = next((item for item in raw if item), "") if isinstance(raw, list) else raw
    text = string(first, column)
    if not text:
        return None
    # A comma parts several pictures in WooCommerce; one inside an address is followed by no scheme.
    whole, text = text, re.split(r"\s*[,|]\s*(?=https?:)|\s", text)[0]
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = None
    is_web = parts is not None and parts.scheme.lower() in ("http", "https") and bool(parts.netloc)
    is_local = (
        parts is not None
        and text == whole
        and not parts.scheme
        and not parts.netloc
        and ":" not in text.split("/")[0]
    )
    if not (is_web or is_local) or not text.isprintable():
        raise BadValue(column, text, "is not a web address", "write it with https://, or leave it empty")
    return text


def identifier(raw: Any, column: str) -> str:
    """Return a record's id: one printable line of bounded length."""
    if isinstance(raw, float | Decimal):
        raw = format(raw, "f").removesuffix(".0")
    text = string(raw, column)
    if not text:
        raise BadValue(column, raw, "is empty", "give every product its own id")
    if len(text) > LONGEST_ID or tidy(text) != text or not text.isprintable():
        raise BadValue(
            column, text, "is not an id", f"write at most {LONGEST_ID} printable characters on one line"
        )
    return text


def joined(first: Text, second: Text) -> Text:
    """Return two wordings of different languages as one; the first wins where both have one."""
    return Text(first.en or second.en, first.zh or second.zh)
