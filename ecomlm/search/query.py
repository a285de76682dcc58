"""Understand what a shopper asks for: the subject, the conditions and the superlative.

Reads words with the catalogue's own vocabulary. Knows nothing of indexes and ranking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ecomlm.language import detect, normalise, words
from ecomlm.search.amounts import UNITS, Amount, amounts, plain_numbers
from ecomlm.search.facts import AttributeFacts, BrandFacts, CatalogueFacts
from ecomlm.search.filters import (
    BrandIs,
    ColourIs,
    Feature,
    Filter,
    InStock,
    NumberIs,
    OnSale,
    PriceRange,
    SizeIs,
)
from ecomlm.search.glossary import shop_glossary
from ecomlm.search.vocabulary import COLOURS, FEATURES, MEASURES, SUPERLATIVES, USUAL_KEYS, Superlative
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
_NOT_A_PRICE = re.compile(r"(?:\bages?|\baged|\bsize|\byears?|尺码|年龄|岁)\s*$")
_NOT_THE_BRAND = re.compile(
    r"(?:\b(?:for|compatible with|fits?|works? with|like|vs|than|not)(?: an?| the| my)?|适用于?|适合"
    r"|兼容|类似|像)\s*$"
)
_IS_THE_BRAND = re.compile(r"\b(?:by|from|brand|made by)\s*$|品牌\s*$")
_NEGATED = re.compile(
    r"(?:\b(?:not|non|without|no|isn't|aren't|free of)"
    r"|不要|不是|不含|不带|(?<!有)没有|不|(?<!有)无|非)[\s-]*$"
)
_ASKED = re.compile(r"(?:\b(?:with|has|have|having|that is|that are|is|are|must be)|带|有|支持|要|具备)\s*$")
_OTHER_NEGATION = re.compile(
    r"\b(?:not|non|without)[\s-]+(?:an? |any |made of )?(?P<word>[a-z]{3,})\b"
    r"|(?:不要|不含|不是)(?P<word_zh>[\u4e00-\u9fff]{1,4}?)(?:的|制|$|[，,。\s])"
)
_FILLER = re.compile(
    r"\b(?:do|does) you (?:have|sell|carry|stock|offer)\b|\b(?:have|has) (?:you|the shop) got\b"
    r"|\bwhat(?:'s| is| are)\b"
    r"|\bwhich(?: one)?\b|\bshow me\b|\bi(?:'m| am)? (?:want|need|would like|'d like|looking for"
    r"|look for|search for)"
    r"|\bi'd like\b|\b(?:can|could) you\b|\brecommend\b|\bplease\b|\banything\b|\bsomething\b|\bany\b"
    r"|\bis there\b"
    r"|\bare there\b|\bgive me\b|\bfind me\b|\bprice range\b|\bbudget\b|\bprices?\b|\bpriced\b"
    r"|\bcosts?(?:ing)?\b"
    r"|\bones?\b|\bthings?\b|\bstuff\b|\bitems?\b|\bgoods\b|\bproducts?\b|\byour\b|\byou have\b"
    r"|\byou sell\b|\bhi\b|\bhello\b|\bthanks\b"
    r"|请问|你们|你好|您好|有没有|有什么|有哪些|我想要?|我要|我需要|帮我|给我|推荐|一下|哪款|哪个|哪些"
    r"|什么|卖不卖|卖吗"
    r"|价格|价位|预算|多少钱|之间|的话|左右|一双|一个|一款|一台|一件|一条|几款|想买|买|找|卖|东西|商品"
    r"|产品|吗|呢|吧|请|是"
)
_LOOSE = re.compile(r"[?？!！。，,;；:：\"“”()（）]+")


@dataclass(frozen=True)
class Query:
    """A question as understood.

    `subject` is what is looked for in the shopper's own words, without prices and politeness; `core` also
    lacks brand, colour and features; `terms` are the subject's words for comparison.
    """

    text: str
    language: Language
    subject: str = ""
    core: str = ""
    terms: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    superlative: Superlative | None = None

    @property
    def is_open(self) -> bool:
        """True where nothing but conditions was asked for (`anything under $10`)."""
        return not self.subject


@dataclass
class _Reading:
    """A text being read: spans are taken out as they are understood."""

    text: str
    facts: CatalogueFacts
    filters: list[Filter] = field(default_factory=list)
    superlative: Superlative | None = None
    taken: list[tuple[int, int]] = field(default_factory=list)
    described: list[tuple[int, int]] = field(default_factory=list)

    def take(self, start: int, end: int) -> None:
        """Remove a span from subject and core."""
        self.taken.append((start, end))

    def is_free(self, start: int, end: int) -> bool:
        """Tell whether no part of a span has been understood yet."""
        return all(end <= first or start >= last for first, last in (*self.taken, *self.described))

    def without(self, *spans: list[tuple[int, int]]) -> str:
        """Return the text with these spans blanked."""
        signs = list(self.text)
        for start, end in (span for group in spans for span in group):
            signs[start:end] = " " * (end - start)
        return "".join(signs)


def understand(text: str, catalogue_facts: CatalogueFacts, language: Language | None = None) -> Query:
    """Read a question with the vocabulary of the catalogue."""
    plain = re.sub(r"(\d)-?in\b", r"\1 inch", normalise(text).lower())
    plain = _LOOSE.sub(_spaced, plain)
    reading = _Reading(plain_numbers(plain), catalogue_facts)
    steps: tuple[Callable[[_Reading], None], ...] = (
        _read_superlative, _read_sizes, _read_amounts, _read_stock, _read_brands, _read_features,
        _read_colours, _read_negations,
    )  # fmt: skip
    for step in steps:
        step(reading)
    subject = _tidy(reading.without(reading.taken))
    spoken = language or detect(text)
    return Query(
        text=text,
        language=spoken,
        subject=subject if words(subject, spoken) else "",
        core=_tidy(reading.without(reading.taken, reading.described)),
        terms=tuple(words(subject, spoken)),
        filters=tuple(reading.filters),
        superlative=reading.superlative,
    )


def _spaced(match: re.Match[str]) -> str:
    return match.group() if set(match.group()) <= {",", '"'} else " "


def _tidy(text: str) -> str:
    """Take politeness and loose connecting words off a subject."""
    plain = _LOOSE.sub(" ", _FILLER.sub(" ", text))
    plain = re.sub(
        r"(?<![a-z])(?:and|or|but|with|for|in|of|the|a|an|that|is|are|to|at|from|by)\s*$", " ", plain
    )
    plain = re.sub(r"^\s*(?:的|and|or|with|for|in|of|the|a|an|that|is|are|from|by)(?![a-z])", " ", plain)
    plain = re.sub(r"\s*的(?=\s|$)|^\s*的", " ", plain)
    return " ".join(plain.split())


def _read_superlative(reading: _Reading) -> None:
    for pattern, superlative in SUPERLATIVES:
        if match := re.search(pattern, reading.text):
            reading.superlative = superlative
            reading.take(*match.span())
            return


def _read_stock(reading: _Reading) -> None:
    for pattern, condition in ((_STOCK, InStock()), (_SALE, OnSale())):
        if match := pattern.search(reading.text):
            reading.filters.append(condition)
            reading.take(*match.span())


def _read_sizes(reading: _Reading) -> None:
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


def _read_amounts(reading: _Reading) -> None:
    for amount in amounts(reading.text):
        if not reading.is_free(amount.start, amount.end):
            continue
        if amount.unit:
            _read_number(reading, amount)
        elif amount.currency is not None or not amount.is_exact:
            if amount.currency is None and _NOT_A_PRICE.search(reading.text[: amount.start]):
                continue
            _read_price(reading, amount)


def _read_price(reading: _Reading, amount: Amount) -> None:
    low, high = amount.low, amount.high
    if amount.is_exact and high is not None:  # "for $50": that is what there is to spend
        low = None
    reading.filters.append(PriceRange(low, high, reading.facts.currency))
    reading.take(amount.start, amount.end)


def _read_number(reading: _Reading, amount: Amount) -> None:
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
    if not chosen:
        return
    label = chosen[0].label or Text(chosen[0].key.replace("_", " "))
    keys = tuple(item.key for item in chosen)
    reading.filters.append(NumberIs(keys, label, amount.low, amount.high, amount.unit))
    (reading.described if amount.is_exact else reading.taken).append((amount.start, amount.end))


def _usual(candidates: list[AttributeFacts], dimension: str) -> list[AttributeFacts]:
    """The attributes that a bare unit means: for inches all that concern a screen, else the likeliest."""
    parts = USUAL_KEYS.get(dimension, ())
    if dimension == "screen":
        return [item for part in parts for item in candidates if part in item.key] or candidates
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


def _read_brands(reading: _Reading) -> None:
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


def _read_colours(reading: _Reading) -> None:
    for colour in sorted(COLOURS, key=lambda item: -len(item.names[0])):
        for name in sorted(colour.names, key=len, reverse=True):
            pattern = rf"(?<![a-z]){re.escape(name)}(?:[- ]colou?red)?(?![a-z])"
            if not name.isascii():
                pattern = re.escape(name) if len(name) > 1 else re.escape(name) + r"(?=的|\s|$)"
            match = re.search(pattern, reading.text)
            if match and reading.is_free(*match.span()):
                is_wanted = not _NEGATED.search(reading.text[: match.start()])
                reading.filters.append(ColourIs(colour.label, colour.names, is_wanted))
                _settle(reading, match, is_wanted)
                break


def _settle(reading: _Reading, match: re.Match[str], is_wanted: bool) -> None:
    """Keep a wanted word for ranking; take a refused one out together with its refusal."""
    if is_wanted:
        reading.described.append(match.span())
        return
    refusal = _NEGATED.search(reading.text[: match.start()])
    reading.take(refusal.start() if refusal else match.start(), match.end())


def _read_features(reading: _Reading) -> None:
    for feature in _known_features(reading.facts):
        for name in feature.names:
            if name not in reading.text:
                continue
            pattern = rf"(?<![a-z0-9-]){re.escape(name)}(?![a-z])" if name.isascii() else re.escape(name)
            match = re.search(pattern, reading.text)
            if not match or not reading.is_free(*match.span()):
                continue
            before = reading.text[: match.start()]
            is_wanted = not _NEGATED.search(before)
            if is_wanted and not _is_condition(reading, match, feature):
                continue
            reading.filters.append(Feature(feature.keys, feature.label, feature.names, is_wanted))
            _settle(reading, match, is_wanted)
            break


def _is_condition(reading: _Reading, match: re.Match[str], feature: Feature) -> bool:
    """A feature's word is a condition if asked for as one, or if it describes some other subject."""
    if _ASKED.search(reading.text[: match.start()]):
        return True
    rest = reading.text[: match.start()] + " " + reading.text[match.end() :]
    if not words(_tidy(rest), detect(rest)):
        return False
    is_common = any(name in feature.names for item in FEATURES for name in item.names)
    follows = re.match(r"[\s-]*[a-z\u4e00-\u9fff]", reading.text[match.end() :])
    return is_common or bool(follows)


@lru_cache(maxsize=4)
def _known_features(facts: CatalogueFacts) -> tuple[Feature, ...]:
    """The features that every shop knows, with this catalogue's keys for them, and its own yes/no facts."""
    flags = {item.key: (item, _flag_names(item)) for item in facts.attributes if item.kind == "flag"}
    features, used = [], {key for key, (_, names) in flags.items() if names & {"colour", "color"}}
    for common in FEATURES:
        same = tuple(key for key, (_, names) in flags.items() if names & set(common.names))
        used.update(same)
        features.append(Feature(same, common.label, _longest_first(common.names)))
    for key, (flag, known) in flags.items():
        names = [name for name in known if _is_telling_name(name)]
        if key not in used and names:
            label = flag.label or Text(key.replace("_", " "))
            features.append(Feature((key,), label, _longest_first(names)))
    return tuple(features)


def _longest_first(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _is_telling_name(name: str) -> bool:
    """Short words may be part of anything; with a figure in them, as in `5g`, they are unmistakable."""
    if any(sign.isdigit() for sign in name):
        return len(name) > 1
    return len(name) > (3 if name.isascii() else 1)


def _flag_names(flag: AttributeFacts) -> set[str]:
    key = flag.key.replace("_", " ")
    english = {flag.label.en.lower(), key, re.sub(r"^(?:supports?|has|is|with) ", "", key)}
    chinese = {
        flag.label.zh.lower(),
        *(word for name in english for word in shop_glossary().chinese.get(name, ())),
    }
    return {name for name in (*english, *chinese) if name}


def _read_negations(reading: _Reading) -> None:
    for match in _OTHER_NEGATION.finditer(reading.text):
        if not reading.is_free(*match.span()):
            continue
        word = match.group("word") or match.group("word_zh")
        glossary = shop_glossary()
        other = glossary.english.get(word, ()) if match.group("word_zh") else glossary.chinese.get(word, ())
        label = (
            Text(other[0] if other else word, word)
            if match.group("word_zh")
            else Text(word, (*other, word)[0])
        )
        reading.filters.append(Feature((), label, (word, *(name.lower() for name in other)), is_wanted=False))
        reading.take(*match.span())
