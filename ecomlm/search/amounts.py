"""Read amounts and ranges out of a shopper's words: `under $150`, `两三百元`, `at least 16 GB`.

Knows numbers, currencies and units in English and Chinese. Knows nothing of products.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast

Dimension = Literal[
    "mass", "length", "screen", "volume", "storage", "time", "power", "charge", "energy", "frequency",
    "voltage", "pixels", "density",
]  # fmt: skip

CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "美元": "USD", "美金": "USD", "刀": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "欧元": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP",
    "英镑": "GBP", "¥": "CNY", "rmb": "CNY", "cny": "CNY", "yuan": "CNY", "人民币": "CNY",
    "元": "", "块钱": "", "块": "", "圆": "",
}  # fmt: skip

# Unit as written -> (dimension, how many of the dimension's smallest unit)
UNITS: dict[str, tuple[Dimension, Decimal]] = {
    name: (cast(Dimension, dimension), Decimal(factor))
    for dimension, table in {
        "mass": {"mg 毫克": "0.001", "g gram grams 克": "1",
                 "kg kgs kilo kilos kilogram kilograms 公斤 千克": "1000",
                 "lb lbs 磅": "453.592", "oz ounce ounces 盎司": "28.3495", "斤": "500"},
        "length": {"mm 毫米": "1", "cm 厘米 公分": "10", "m meter meters metre metres 米": "1000",
                   "km 公里": "1000000",
                   "ft feet foot 英尺": "304.8"},
        "screen": {"inch inches in \" ″ 寸 英寸 吋": "1"},
        "volume": {"ml 毫升": "1", "cl": "10", "l liter liters litre litres 升": "1000"},
        "storage": {"kb": "0.000001", "mb": "0.001", "gb g内存 gig gigs": "1", "tb": "1000"},
        "time": {"min mins minute minutes 分钟": "1", "h hr hrs hour hours 小时": "60", "day days 天": "1440",
                 "month months 个月": "43200", "year years 年": "525600"},
        "power": {"w watt watts 瓦": "1", "kw 千瓦": "1000"},
        "charge": {"mah 毫安 毫安时": "1", "ah": "1000"},
        "energy": {"wh": "1", "kwh 度": "1000"},
        "frequency": {"hz 赫兹": "1", "khz": "1000", "mhz": "1000000", "ghz": "1000000000"},
        "voltage": {"v volt volts 伏": "1"},
        "pixels": {"mp megapixel megapixels 万像素": "1"},
        "density": {"dpi": "1"},
    }.items()
    for names, factor in table.items()
    for name in names.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Amount:
    """A span of a text that bounds a number; `unit` and `currency` are as written and empty if not said."""

    start: int
    end: int
    low: Decimal | None
    high: Decimal | None
    unit: str = ""
    currency: str | None = None
    is_open: bool = False

    @property
    def is_exact(self) -> bool:
        """True where one number was named, without at least, under or between."""
        return self.low is not None and self.low == self.high


_CURRENCY = "|".join(re.escape(word) for word in sorted(CURRENCIES, key=len, reverse=True))
_UNIT = "|".join(re.escape(word) for word in sorted(UNITS, key=len, reverse=True))
_END = r"(?![a-z0-9])"
_FRESH = r"(?<![a-zA-Z0-9_.第-])"  # not within a word or number; Chinese has no spaces
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"


def _number(name: str) -> str:
    return (
        rf"(?:(?P<{name}_before>us\$|[$€£¥])\s*)?(?P<{name}>{_FIGURE})(?P<{name}_scale>k(?![a-z])|千|万|百)?"
        rf"(?:[\s-]*(?P<{name}_unit>(?:{_CURRENCY}|{_UNIT})){_END})?"
    )


_BETWEEN = re.compile(
    rf"(?:(?P<lead>between|from|in the range of|在)\s*)?{_FRESH}{_number('a')}"
    rf"\s*(?P<joint>to|and|until|-|–|—|~|到|至|和)\s*{_number('b')}(?:\s*(?:之间|以内|的区间))?"
)
_AT_MOST = (
    r"(?:no more than|not more than|not over|less than|lower than|cheaper than|lighter than|smaller than"
    r"|shorter than"
    r"|thinner than|at most|up to|max(?:imum)?(?: of)?|below|beneath|under|within|<=?|不超过|不高于"
    r"|不要超过|不大于|不多于"
    r"|少于|低于|小于|便宜过|轻于|短于|最多|最高|顶多|至多|预算(?:是|在|为|大概|只有)*|my budget is"
    r"|budget(?: is| of)?)"
)
_AT_LEAST = (
    r"(?:no less than|not less than|not under|more than|bigger than|larger than|greater than|longer than"
    r"|heavier than"
    r"|higher than|at least|min(?:imum)?(?: of)?|above|over|exceeding|starting at|from|>=?|不低于|不少于"
    r"|不小于|至少|最少"
    r"|起码|超过|高于|大于|多于|重于|长于)"
)
_ABOUT = r"(?:about|around|roughly|approximately|approx\.?|circa|~|大约|大概|差不多|约)"
_BEFORE = re.compile(
    rf"(?<![a-z])(?:(?P<most>{_AT_MOST})|(?P<least>{_AT_LEAST})|(?P<about>{_ABOUT}))\s*(?:a|an"
    rf"|the)?\s*{_number('a')}"
)
_AFTER = re.compile(
    rf"{_FRESH}{_number('a')}\s*(?:(?P<most>or less|or under|or below|or cheaper|max\b|maximum|tops"
    rf"|以下|以内|之内|之下|封顶)"
    rf"|(?P<least>or more|or above|or over|or up|or higher|and up|\+(?!\d)|minimum|以上|之上|起步|起)"
    rf"|(?P<about>左右|上下|前后))"
)
_BARE = re.compile(rf"{_FRESH}{_number('a')}")

_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_CHINESE_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千万半几]+")
_AFTER_NUMBER = re.compile(
    r"\s*(?:多)?(?:美元|美金|元|块|欧元|英镑|人民币|刀|以下|以内|之内|以上|左右|到|至|公斤|千克|克|斤|寸"
    r"|英寸|厘米|毫米|米|升"
    r"|毫升|小时|天|年|个月|瓦|毫安)"
)
_APPROXIMATE = re.compile(r"^([一二两三四五六七八九])([一二两三四五六七八九])([十百千万])$")


def plain_numbers(text: str) -> str:
    """Write the Chinese numerals of amounts as figures: `一百块` -> `100块`, `两三百元` -> `200到300元`."""

    def replaced(match: re.Match[str]) -> str:
        if not _AFTER_NUMBER.match(text, match.end()):
            return match.group()
        if rough := _APPROXIMATE.match(match.group()):
            low, high, scale = rough.groups()
            return f"{chinese_number(low + scale)}到{chinese_number(high + scale)}"
        if "几" in match.group():
            tens = match.group().replace("几", "一"), match.group().replace("几", "九")
            return f"{chinese_number(tens[0])}到{chinese_number(tens[1])}"
        number = chinese_number(match.group())
        return match.group() if number is None else str(number)

    return _CHINESE_NUMBER.sub(replaced, text)


def chinese_number(text: str) -> int | None:
    """Return the number that Chinese numerals write (`一千五` is 1500), None where they are none."""
    total, section, digit, scale = 0, 0, None, 1
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
            scale = 1 if sign in "零〇" else scale
        elif sign in _SCALES:
            section += (1 if digit is None else digit) * _SCALES[sign]
            scale, digit = _SCALES[sign], None
        elif sign == "万":
            total = (total + section + (digit or 0)) * 10000
            section, digit, scale = 0, None, 10000
        else:
            return None
    tail = (digit or 0) * (scale // 10 if scale > 10 and digit is not None else 1)
    return total + section + tail


def amounts(text: str) -> Iterator[Amount]:
    """Yield the amounts in a normalised lower-case text, the widest reading of each span."""
    taken = [False] * (len(text) + 1)
    for pattern, read in ((_BETWEEN, _between), (_BEFORE, _bounded), (_AFTER, _bounded), (_BARE, _bare)):
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            amount = read(match)
            if amount:
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                yield amount


def _between(match: re.Match[str]) -> Amount | None:
    unit, currency = _unit(match, "b")
    first_unit, first_currency = _unit(match, "a")
    unit = unit or first_unit
    currency = first_currency if currency is None else currency
    if not match.group("lead") and not unit and currency is None:
        return None
    if match.group("joint") in ("and", "和") and not match.group("lead"):
        return None
    low, high = _value(match, "a"), _value(match, "b")
    if low is not None and high is not None and first_unit and unit and first_unit != unit:
        low = low * UNITS[first_unit][1] / UNITS[unit][1]
    if low is None or high is None or low > high:
        return None
    return Amount(match.start(), match.end(), low, high, unit, currency)


def _bounded(match: re.Match[str]) -> Amount | None:
    value = _value(match, "a")
    unit, currency = _unit(match, "a")
    if value is None:
        return None
    if match.group("about"):
        low, high = value * Decimal("0.8"), value * Decimal("1.2")
        return Amount(match.start(), match.end(), low, high, unit, currency)
    if match.group("most"):
        return Amount(match.start(), match.end(), None, value, unit, currency)
    return Amount(match.start(), match.end(), value, None, unit, currency)


def _bare(match: re.Match[str]) -> Amount | None:
    value = _value(match, "a")
    unit, currency = _unit(match, "a")
    if value is None or (not unit and currency is None):
        return None
    return Amount(match.start(), match.end(), value, value, unit, currency)


def _value(match: re.Match[str], name: str) -> Decimal | None:
    figures = match.group(name)
    if figures is None:
        return None
    scale = {"k": 1000, "千": 1000, "万": 10000, "百": 100}.get(match.group(f"{name}_scale") or "", 1)
    return Decimal(figures.replace(",", "")) * scale


def _unit(match: re.Match[str], name: str) -> tuple[str, str | None]:
    """Return the unit as written and the currency; '' is a currency that the text leaves open."""
    sign = match.group(f"{name}_before")
    word = match.group(f"{name}_unit") or ""
    if sign:
        return "", CURRENCIES[sign]
    if word in CURRENCIES:
        return "", CURRENCIES[word]
    return word, None
