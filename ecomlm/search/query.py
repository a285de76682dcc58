"""Understand what a shopper asks for: the subject, the conditions and the superlative.

Reads words with the catalogue's own vocabulary. Knows nothing of indexes and ranking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from ecomlm.language import detect, words
from ecomlm.search.amounts import UNITS, Amount, amounts, chinese_number
from ecomlm.search.facts import AttributeFacts, BrandFacts, CatalogueFacts
from ecomlm.search.filters import BrandIs, Filter, InStock, NumberIs, OnSale, PriceRange, SizeIs
from ecomlm.search.glossary import shop_glossary
from ecomlm.search.reading import Reading, tidy
from ecomlm.search.stated import DIMENSIONS, AmountStated
from ecomlm.search.traits import read_colours, read_features, read_refusals
from ecomlm.search.vocabulary import MEASURES, SUPERLATIVES, USUAL_KEYS, Superlative
from knowledge.records import Language, Text

_STOCK = re.compile(
    r"\b(?:that (?:is|are) )?(?:currently )?(?:in[- ]stock|available now|available right now|ready to ship)\b"
    r"|有现货|现货|有库存|有货"
)
_SALE = re.compile(r"\b(?:on sale|on offer|discounted|reduced|with a discount)\b|打折|特价|促销|优惠中")
_SIZES = (
    re.compile(r"\bsize\s*(?:eu|us|uk)?\s*(?P<size>\d{1,3}(?:\.5)?|x{0,3}[sml]|\dxl|small|medium|large)\b"),
    re.compile(
        r"(?:尺码|码数|尺寸)\s*(?:是|为|要)?\s*(?P<size>\d{2,3}(?:\.5)?|x{0,3}[sml]|\dxl)(?![a-z0-9])"
    ),
    re.compile(r"(?<![a-z0-9.])(?P<size>\d{2,3}(?:\.5)?|x{0,3}[sml]|\dxl)\s*(?:码|号(?!线))"),
    re.compile(
        r"\bin (?:an? )?(?:eu |us |uk )?(?P<size>\d{2}(?:\.5)?|x{0,3}[sml]|\dxl)\b(?![\s-]*[a-z%$]*\d)"
    ),
    re.compile(r"(?<![a-z0-9])(?P<size>xx?s|x{1,3}l|[2-5]xl)(?![a-z0-9])"),
)
_SIZE_WORDS = {"small": "S", "medium": "M", "large": "L"}
GROWN_UP = 18
_CHILD = r"(?:\s*(?:kids?|child(?:ren)?|boys?|girls?|toddlers?|babies|baby|niece|nephew|son|daughter)\b)?"
_YEARS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_WRITTEN_YEARS = rf"\d{{1,2}}|{'|'.join(_YEARS)}"
_AGE = re.compile(
    rf"(?:\bfor (?:an? |my |our )?)?\b({_WRITTEN_YEARS})[\s-]*(?:years?|yrs?)[\s-]*olds?\b{_CHILD}"
    r"|\b(?:aged?|of age)\s+(\d{1,2})\b(?!\s*[-%])"
    r"|(?:适合|送给|给|送)?(\d{1,2}|[一二两三四五六七八九十]{1,3})\s*(?:周岁|岁)(?:大)?(?:的)?(?:小?孩子?|儿童|宝宝|小朋友|男孩|女孩|儿子|女儿)?(?!以)"
)
_FOR_WHOM = re.compile(r"\bfor (?:an? |my |our |the )?$|(?:适合|给|用于|配)\s*$")
_NOT_A_PRICE = re.compile(r"(?:\bages?|\baged|\bsize|\byears?|尺码|年龄|岁)\s*$")
_NOT_THE_BRAND = re.compile(
    r"(?:\b(?:for|compatible with|fits?|works? with|like|vs|than|not)(?: an?| the| my)?|适用于?|适合"
    r"|兼容|类似|像)\s*$"
)
_WITH_WHAT = re.compile(r"(?P<thing>.+?)\s+(?:(?P<feature>with|without|that|which)|for|to)\s+\S")
_OF_WHAT = re.compile(r".*[\u4e00-\u9fff].*的(?P<thing>[^的]{1,10})$")
_IS_THE_BRAND = re.compile(r"\b(?:by|from|brand|made by)\s*$|品牌\s*$")


@dataclass(frozen=True)
class Query:
    """A question as understood.

    `subject` is what is looked for in the shopper's own words, without prices and politeness; `core` also
    lacks brand, colour and features; `terms` are the subject's words for comparison. `thing` is what the
    core says is wanted, where it adds what for or with what (`phone` of `phone with a good camera`);
    `is_thing_only` tells that nothing else will do.
    """

    text: str
    language: Language
    subject: str = ""
    core: str = ""
    terms: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    superlative: Superlative | None = None
    thing: str = ""
    is_thing_only: bool = False

    @property
    def is_open(self) -> bool:
        """True where nothing but conditions was asked for (`anything under $10`)."""
        return not self.subject


def understand(text: str, catalogue_facts: CatalogueFacts, language: Language | None = None) -> Query:
    """Read a question with the vocabulary of the catalogue."""
    reading = Reading.of(text, catalogue_facts)
    steps: tuple[Callable[[Reading], None], ...] = (
        _read_superlative, _read_age, _read_sizes, _read_amounts, _read_stock, _read_brands, read_features,
        read_colours, read_refusals,
    )  # fmt: skip
    for step in steps:
        step(reading)
    subject = tidy(reading.without(reading.taken))
    core = tidy(reading.without(reading.taken, reading.described))
    thing, is_thing_only = _thing(core)
    spoken = language or detect(text)
    return Query(
        text=text,
        language=spoken,
        subject=subject if words(subject, spoken) else "",
        core=core,
        terms=tuple(words(subject, spoken)),
        filters=tuple(reading.filters),
        superlative=reading.superlative,
        thing=thing,
        is_thing_only=is_thing_only,
    )


def _thing(core: str) -> tuple[str, bool]:
    """Return the product that a core names before what is said of it, and whether only that will do."""
    glossary = shop_glossary()
    if match := _WITH_WHAT.match(core):
        names = [name for name, _ in glossary.find_english(match["thing"])]
        kinds = {name: glossary.kinds[glossary.chinese[name][0]] for name in names}
    elif match := _OF_WHAT.match(core):
        names = [name for name, _ in glossary.find_chinese(match["thing"])]
        kinds = {name: glossary.kinds[name] for name in names}
    else:
        return "", False
    products = [name for name in names if kinds[name] == "product"]
    return (products[-1] if products else ""), bool(match.groupdict().get("feature"))


def _read_superlative(reading: Reading) -> None:
    for pattern, superlative in SUPERLATIVES:
        if match := re.search(pattern, reading.text):
            reading.superlative = superlative
            reading.take(*match.span())
            return


def _read_age(reading: Reading) -> None:
    """Take in a child's age: the thing must be made for children of that age. Grown-ups set no condition."""
    match = _AGE.search(reading.text)
    if not match:
        return
    reading.take(*match.span())
    written = next(filter(None, match.groups()))
    years = Decimal(written if written.isdigit() else _YEARS.get(written) or chinese_number(written) or 0)
    known = [item for item in reading.facts.attributes if item.kind == "number" and _is_least_age(item.key)]
    if years < GROWN_UP and known:
        label = known[0].label or Text("age from", "适用年龄")
        reading.filters.append(NumberIs(tuple(item.key for item in known), label, None, years, ""))


def _is_least_age(key: str) -> bool:
    parts = key.split("_")
    return "age" in parts and not {"max", "maximum", "to"} & set(parts)


def _read_stock(reading: Reading) -> None:
    for pattern, condition in ((_STOCK, InStock()), (_SALE, OnSale())):
        if match := pattern.search(reading.text):
            reading.filters.append(condition)
            reading.take(*match.span())


def _read_sizes(reading: Reading) -> None:
    known = {
        value.casefold() for item in reading.facts.options if "size" in item.key for value in item.values
    }
    known |= {part for value in known for part in re.split(r"[\s/]+", value)}
    if not known:
        return
    for number, pattern in enumerate(_SIZES):
        match = pattern.search(reading.text)
        if not match or not reading.is_free(*match.span()):
            continue
        written = _SIZE_WORDS.get(match.group("size"), match.group("size").upper())
        if number >= 2 and written.casefold() not in known:
            continue
        reading.filters.append(SizeIs(written))
        reading.take(*match.span())
        return


def _read_amounts(reading: Reading) -> None:
    for amount in amounts(reading.text):
        if not reading.is_free(amount.start, amount.end):
            continue
        if amount.unit:
            _read_number(reading, amount)
        elif amount.currency is not None or not amount.is_exact:
            if amount.currency is None and _NOT_A_PRICE.search(reading.text[: amount.start]):
                continue
            _read_price(reading, amount)


def _read_price(reading: Reading, amount: Amount) -> None:
    low, high = amount.low, amount.high
    if amount.is_exact and high is not None:  # "for $50": that is what there is to spend
        low = None
    reading.filters.append(PriceRange(low, high, reading.facts.currency))
    reading.take(amount.start, amount.end)


def _read_number(reading: Reading, amount: Amount) -> None:
    if amount.unit == "g" and amount.is_exact and amount.low in (2, 3, 4, 5, 6):
        return  # 5G is a network, not a weight
    dimension = UNITS[amount.unit][0]
    around = (
        reading.text[max(0, amount.start - 14) : amount.start]
        + "|"
        + reading.text[amount.end : amount.end + 14]
    )
    hints = [part for word, parts in MEASURES.items() if word in around for part in parts]
    candidates = [item for item in reading.facts.attributes if _can_hold(item, dimension)]
    chosen = [item for item in candidates if any(hint in item.key for hint in hints)]
    chosen = chosen or _usual(candidates, dimension)
    if chosen:
        label = chosen[0].label or Text(chosen[0].key.replace("_", " "))
        keys = tuple(item.key for item in chosen)
        reading.filters.append(NumberIs(keys, label, amount.low, amount.high, amount.unit))
    elif dimension in DIMENSIONS and not _FOR_WHOM.search(reading.text[: amount.start]):
        reading.filters.append(AmountStated(amount.low, amount.high, amount.unit))
    else:
        return
    (reading.described if amount.is_exact else reading.taken).append((amount.start, amount.end))


def _usual(candidates: list[AttributeFacts], dimension: str) -> list[AttributeFacts]:
    """The attributes that a bare unit means: for inches all that concern a screen, else the likeliest."""
    parts = USUAL_KEYS.get(dimension, ())
    if dimension == "screen":
        return [item for part in parts for item in candidates if part in item.key]
    for part in parts:
        if chosen := [item for item in candidates if part in item.key]:
            return chosen
    return candidates


def _can_hold(item: AttributeFacts, dimension: str) -> bool:
    if item.kind != "number":
        return False
    kinds = {UNITS[unit][0] for unit in item.units if unit in UNITS}
    return dimension in kinds or (dimension == "screen" and "length" in kinds and _is_diagonal(item.key))


def _is_diagonal(key: str) -> bool:
    return any(part in key for part in ("screen", "display", "diagonal", "laptop"))


def _read_brands(reading: Reading) -> None:
    known = {brand.name.casefold(): brand for brand in reading.facts.brands}
    found: list[tuple[int, int, BrandFacts]] = []
    for start, end in _spans(reading.text):
        brand = known.get(reading.text[start:end])
        if (
            brand
            and reading.is_free(start, end)
            and not any(start < last and end > first for first, last, _ in found)
        ):
            found.append((start, end, brand))
    for name, brand in known.items():
        if not name.isascii() and (start := reading.text.find(name)) >= 0:
            found.append((start, start + len(name), brand))
    names = []
    for start, end, brand in found:
        before = reading.text[:start]
        if _NOT_THE_BRAND.search(before):
            continue
        if brand.is_sure or _IS_THE_BRAND.search(before):
            names.append(brand.name)
            reading.described.append((start, end))
    if names:
        reading.filters.append(BrandIs(tuple(dict.fromkeys(names))))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of up to four words, the longest first."""
    tokens = [match.span() for match in re.finditer(r"[a-z0-9][a-z0-9.&'’+-]*[a-z0-9]|[a-z0-9]", text)]
    for length in (4, 3, 2, 1):
        for first in range(len(tokens) - length + 1):
            yield tokens[first][0], tokens[first + length - 1][1]
