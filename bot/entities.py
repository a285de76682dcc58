"""Find the pieces of a message that have a value: order numbers, ordinals, prices, brands, colours.

Rules and lists only. An order number is found here wherever one may be meant, as a lookup does no harm; the
stricter pattern of `ecomlm.privacy` is for masking. Knows nothing of intents or of what is done with a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.tracker import Entity
from ecomlm.language import detect, normalise
from ecomlm.privacy import EMAIL
from ecomlm.search.amounts import amounts, plain_numbers
from ecomlm.search.vocabulary import COLOURS
from knowledge.records import Language

_ORDER_NUMBER = re.compile(
    r"(?<![A-Z0-9-])#?(?P<value>[A-Z]{1,4}-?\d{4,10})(?![A-Z0-9-])"
    r"|(?:order|orders|number|no\.?|订单号?|单号)\s*(?:number|no\.?|is|号|是|为|[:：#])*\s*(?P<plain>\d{4,10})(?![A-Z0-9])"
    r"|#(?P<marked>\d{4,10})(?![A-Z0-9])",
    re.IGNORECASE,
)
_WORDS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5,
    "5th": 5, "sixth": 6, "6th": 6, "last": -1,
}  # fmt: skip
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_HAN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_ORDINAL = re.compile(
    r"\b(?:the |that |this )?(?P<word>" + "|".join(_WORDS) + r")\b(?:\s+(?:one|item|product|option|result))?"
    r"|(?:\b(?:number|no\.?|option|item)\s*|#)(?P<number>[1-9]|one|two|three|four|five|six)\b(?!\s*\d)"
    r"|第\s*(?P<han>[一二两三四五六七八九1-9])\s*(?:个|款|双|件|台|条|种|样|张|只|部|盏|瓶|盒|把|顶)?"
    r"|(?P<end>最后(?:一)?(?:个|款|双|件|台|条|种)?|倒数第一(?:个|款)?)",
    re.IGNORECASE,
)
_NOT_ORDINAL = re.compile(
    r"\s*(?:hand|time|day|week|month|order|class|aid|floor|次|天|周|月|单)", re.IGNORECASE
)
_PRICE_CONTEXT = re.compile(r"[$€£¥]|usd|eur|dollar|buck|euro|pound|yuan|元|块|刀|美金", re.IGNORECASE)


def find_entities(text: str, brands: Iterable[str] = ()) -> tuple[Entity, ...]:
    """Return what the text holds, in its order; the longest of overlapping order numbers wins."""
    found = [*_order_numbers(text), *_ordinals(text), *_prices(text), *_colours(text)]
    found += [Entity("email", match.group(), *match.span()) for match in EMAIL.finditer(text)]
    found += _brands(text, brands)
    return tuple(sorted(found, key=lambda entity: (entity.start, entity.end, entity.entity)))


def spoken_language(text: str, before: Language) -> Language:
    """Return a message's language; one without words of its own (a number, an e-mail) keeps `before`."""
    words = EMAIL.sub(" ", _ORDER_NUMBER.sub(" ", text))
    if text.startswith("/") or not any(letter.isalpha() for letter in words):
        return before
    return detect(words)


def _order_numbers(text: str) -> Iterator[Entity]:
    for match in _ORDER_NUMBER.finditer(text):
        value = match.group("value") or match.group("plain") or match.group("marked")
        start = match.start("value") if match.group("value") else match.end() - len(value)
        yield Entity("order_number", value.upper(), start, start + len(value))


def _ordinals(text: str) -> Iterator[Entity]:
    for match in _ORDINAL.finditer(text):
        if _NOT_ORDINAL.match(text[match.end() :]):
            continue
        if word := match.group("word"):
            value = _WORDS[word.lower()]
        elif number := match.group("number"):
            value = _NUMBERS.get(number.lower()) or int(number)
        elif han := match.group("han"):
            value = _HAN.get(han) or int(han)
        else:
            value = -1
        yield Entity("ordinal", str(value), *match.span())


def _prices(text: str) -> Iterator[Entity]:
    plain = plain_numbers(normalise(text).lower())
    if len(plain) != len(text):
        plain = text.lower()  # offsets would not fit; plain digits are read all the same
    for amount in amounts(plain):
        said = plain[amount.start : amount.end]
        if amount.unit or (amount.currency is None and not _PRICE_CONTEXT.search(said)):
            continue
        if amount.low is not None and not amount.is_exact:
            yield Entity("price_min", str(amount.low), amount.start, amount.end)
        if amount.high is not None:
            yield Entity("price_max", str(amount.high), amount.start, amount.end)


def _colours(text: str) -> Iterator[Entity]:
    lowered = text.lower()
    for colour in COLOURS:
        for name in colour.names:
            if name.isascii():
                match = re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", lowered)
            else:
                match = re.search(re.escape(name) + ("" if len(name) > 1 else r"(?=的|色|\s|$)"), lowered)
            if match:
                yield Entity("colour", colour.label.en, *match.span())
                break


def _brands(text: str, brands: Iterable[str]) -> list[Entity]:
    lowered = text.lower()
    found = []
    for brand in brands:
        name = brand.lower()
        start = lowered.find(name)
        if start < 0 or len(name) < 2:
            continue
        end = start + len(name)
        if name.isascii() and (_is_word(lowered, start - 1) or _is_word(lowered, end)):
            continue
        found.append(Entity("brand", brand, start, end))
    return found


def _is_word(text: str, position: int) -> bool:
    return 0 <= position < len(text) and text[position].isascii() and text[position].isalnum()
