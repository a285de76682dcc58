"""Numbers with their units and the words they are said of, read out of a sentence in English or Chinese.

Used to compare what a reply states with what a record holds. Knows nothing of products or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ecomlm.language import has_chinese, normalise, words
from ecomlm.search.amounts import CURRENCIES, UNITS, chinese_number

_CURRENCY_CODES = {"usd", "eur", "gbp", "cny", "jpy", "hkd", "twd", "inr", "krw", "chf", "aud", "cad"}
# Units that `amounts` does not know, or that must not be rounded into each other (30 days is not a month):
# canonical unit -> (spelling and how many of the canonical it is)
_OTHER_UNITS = {
    spelling: (canonical, Decimal(factor))
    for canonical, spellings in {
        "%": "% percent", "mb/s": "mb/s mbps", "gb/s": "gb/s", "mbit/s": "mbit/s", "gbit/s": "gbit/s gbps",
        "rpm": "rpm", "db": "db", "lm": "lm lumens 流明", "bar": "bar", "psi": "psi", "°": "° 度",
        "°c": "°c ℃",
        "°f": "°f", "denier": "denier", "fps": "fps", "nits": "nits cd/m2", "ohm": "ohm ω", "spf": "spf",
        "kcal": "kcal 大卡", "kj": "kj", "s": "s 秒 sec second seconds", "m2": "m2 m²",
        "day": "day days 天 日 week=7 weeks=7 周=7", "working day": "工作日",
        "month": "month months 月 个月 year=12 years=12 yr=12 yrs=12 年=12 岁=12",
    }.items()
    for spelling, _, factor in (entry.partition("=") for entry in spellings.split())
    for factor in (factor or "1",)
}  # fmt: skip
_ENGLISH_NUMBERS = {
    word: Decimal(number)
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=2
    )
} | {"fifteen": Decimal(15), "twenty": Decimal(20), "thirty": Decimal(30), "sixty": Decimal(60)}
_MEASURE_WORDS = "个只件条台款双把块片张根支颗粒盒包袋瓶套种层节格档口核次岁天周年月小时分钟人米克升寸"
_UNIT = r"(?:[a-z%°\"″²³/ωμ]+\d?|[\u4e00-\u9fff]{1,3}|℃)"
_NUMBER = re.compile(
    r"(?P<before>us\$|[$€£¥])?\s?"
    r"(?<![a-z0-9.-])(?P<figure>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?!\d)(?:[\s-]?(?P<unit>{_UNIT}))?",
)
_WORD_NUMBER = re.compile(
    r"\b(?P<english>" + "|".join(_ENGLISH_NUMBERS) + r")\b(?:[\s-](?P<unit>[a-z]+))?"
    rf"|(?P<chinese>[二两三四五六七八九十百千]+)(?P<measure>[{_MEASURE_WORDS}]+)"
)
_CLAUSE_END = re.compile(r"[,;，；、。.!?！？](?!\d)|\band\b|\bbut\b|\bwhile\b|和|而|但|以及|与")
_SENTENCE_END = re.compile(r"[.!?;](?:\s|$)|[。！？；]|\n")
_SAME_WORD = {
    "weigh": "weight", "heavi": "weight", "light": "weight", "long": "length", "wide": "width",
    "tall": "height", "high": "height", "deep": "depth", "fast": "speed", "quick": "speed", "big": "size",
    "larg": "size", "cost": "price", "pricey": "price", "old": "age", "last": "life", "thick": "thickness",
    "bright": "brightness", "loud": "nois", "color": "colour", "gray": "grey",
    "多重": "重量", "多长": "长度", "多宽": "宽度", "多高": "高度", "多大": "尺寸", "多快": "速度",
    "多久": "时间", "多少钱": "价格", "几岁": "年龄", "重不重": "重量", "轻不轻": "重量", "大不大": "尺寸",
    "长不长": "长度", "宽不宽": "宽度", "高不高": "高度", "厚不厚": "厚度", "快不快": "速度",
    "吵不吵": "噪音", "亮不亮": "亮度", "重吗": "重量", "轻吗": "重量", "大吗": "尺寸", "厚吗": "厚度",
    "吵吗": "噪音",
}  # fmt: skip
_DESCRIBING = re.compile(
    r"\b(heavy|light|long|wide|tall|high|deep|fast|quick|big|large|old|thick|bright|loud)"
    r"\s+(?!(?:is|are|was|does|do|did|can|will|it|this|that|the|they|and|or|but|for|to|in|on|at|with|when|enough"
    r"|if|as|than|from|by|of)\b)[a-z]{3,}"
)
"""A word of degree before a thing: it says what that thing is like and asks for no measure."""
_SAYS_NOTHING = frozenset(
    words(
        "much many tell know product item exactly come get really very what's option choice choose available"
        " sell",
        "en",
    )
)
_DEGREE = re.compile(
    r"\b(?:is|are) (?:it|this|that|they|these|those)(?: one)?(?: very| too| so| quite| really| that)? "
    r"(?:heavy|light|long|wide|tall|high|deep|big|large|thick|thin|bright|loud|fast)\s*\??$"
    r"|([重轻大小长宽高厚快吵亮])不\1|^(?:它|这个|这款|那个)?(?:很|太|会不会很)?[重轻大长宽高厚吵亮]吗[？?]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written: `unit` is canonical (`g`, `mb/s`, `USD`; empty where none is said).

    `amount` is in the unit's smallest sibling, so that 1 kg equals 1000 g; `about` holds the words of
    its clause, `around` those of its whole sentence, `text` the span as it stands.
    """

    value: Decimal
    unit: str
    amount: Decimal
    about: frozenset[str]
    text: str
    is_money: bool = False
    around: frozenset[str] = frozenset()

    def equals(self, other: Quantity) -> bool:
        """Tell whether both state the same: a unit that only the evidence names may be left out."""
        if self.is_money != other.is_money:
            return False
        if not self.unit:
            return self.value == other.value
        return self.unit == other.unit and self.amount == other.amount


def spelled_out(text: str) -> str:
    """Return a normalised text with the short forms that ask for two things at once written in full."""
    return text.replace("读写", "读取写入")


def topic(text: str) -> frozenset[str]:
    """Return the content words of a text in a comparable form (`how heavy` and `weight` meet)."""
    plain = spelled_out(normalise(text).lower())
    found = set(words(plain, "zh" if has_chinese(plain) else "en"))
    described = {word for match in _DESCRIBING.finditer(plain) for word in words(match[1], "en")}
    for asked, meant in _SAME_WORD.items():
        if asked in described and not re.search(rf"\bhow {asked}", plain):
            continue  # heavy rain has no weight
        if asked in found or (len(asked) > 1 and has_chinese(asked) and asked in plain):
            found.add(meant)
    return frozenset(found)


def is_about(asked: frozenset[str], names: frozenset[str]) -> bool:
    """Tell whether all words asked for (of `topic`) are among `names`, in these or in other words."""
    told = asked - _SAYS_NOTHING
    return bool(told) and all(word in names or _SAME_WORD.get(word) in names for word in told)


def asks_degree(question: str) -> bool:
    """Tell whether a yes/no question asks how much of something there is: `is it heavy?`, 重不重."""
    return bool(_DEGREE.search(normalise(question).lower()))


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Read every number of a text, written in figures or in words."""
    plain = normalise(text).lower()
    spans = sorted([*_figures(plain), *_words(plain)], key=lambda item: item[0])
    ends = [match.start() for match in _CLAUSE_END.finditer(plain)]
    read = []
    for start, end, value, unit, is_money in spans:
        left = max((at for at in ends if at < start), default=0)
        right = min((at for at in ends if at >= end), default=len(plain))
        canonical, factor = _canonical(unit) if not is_money else (unit, Decimal(1))
        about = topic(plain[left:start] + " " + plain[end:right])
        around = frozenset(word for word in topic(_sentence_at(plain, start)) if not word[0].isdigit())
        text = plain[start:end].strip()
        read.append(Quantity(value, canonical, value * factor, about, text, is_money, around))
    return tuple(read)


def _sentence_at(plain: str, position: int) -> str:
    ends = [match.end() for match in _SENTENCE_END.finditer(plain)]
    start = max((end for end in ends if end <= position), default=0)
    return plain[start : min((end for end in ends if end > position), default=len(plain))]


def _figures(plain: str) -> Iterator[tuple[int, int, Decimal, str, bool]]:
    for match in _NUMBER.finditer(plain):
        value, unit = Decimal(match["figure"].replace(",", "")), match["unit"] or ""
        if match["before"]:
            yield match.start(), match.end("figure"), value, CURRENCIES[match["before"]], True
        elif currency := _currency(unit):
            yield match.start("figure"), match.end(), value, currency, True
        else:
            unit = _known_unit(unit)
            end = match.end("figure") if not unit else match.end()
            yield match.start("figure"), end, value, unit, False


def _words(plain: str) -> Iterator[tuple[int, int, Decimal, str, bool]]:
    for match in _WORD_NUMBER.finditer(plain):
        if match["english"]:
            value = _ENGLISH_NUMBERS[match["english"]]
            yield match.start(), match.end("english"), value, _known_unit(match["unit"] or ""), False
        elif (number := chinese_number(match["chinese"])) is not None:
            yield match.start(), match.end("chinese"), Decimal(number), _known_unit(match["measure"]), False


def _currency(unit: str) -> str | None:
    if unit in _CURRENCY_CODES:
        return unit.upper()
    name = next(
        (known for known in sorted(CURRENCIES, key=len, reverse=True) if unit.startswith(known)), None
    )
    if not name or (name.isascii() and name != unit):
        return None
    return CURRENCIES[name] or "CNY"


def _known_unit(unit: str) -> str:
    """Return the unit if it is one, shortened to it where Chinese text runs on; else nothing."""
    if unit in UNITS or unit in _OTHER_UNITS:
        return unit
    if unit and not unit.isascii():
        return next(
            (unit[:size] for size in (3, 2, 1) if unit[:size] in UNITS or unit[:size] in _OTHER_UNITS), ""
        )
    return ""


def _canonical(unit: str) -> tuple[str, Decimal]:
    if unit in _OTHER_UNITS:
        return _OTHER_UNITS[unit]
    if unit in UNITS:
        dimension, factor = UNITS[unit]
        return dimension, factor
    return "", Decimal(1)
