"""Check each sentence of a reply against its evidence before the shopper sees it.

A sentence is cut into claims (numbers with unit and what they are said of, money, stock, names, yes/no,
wording); each must rest on a passage. Knows nothing of how the sentence was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ecomlm.evidence import Evidence
from ecomlm.language import has_chinese, normalise
from ecomlm.quantities import Quantity, quantities, topic
from ecomlm.search.glossary import shop_glossary
from ecomlm.verdict import decide, is_yes_no, polarity
from knowledge.records import Language

ClaimKind = Literal["number", "money", "stock", "name", "yes_no", "wording"]

_OUT_OF_STOCK = re.compile(
    r"\b(?:out of stock|sold out|unavailable|not in stock)\b|缺货|售罄|断货|无货|没有货", re.I
)
_IN_STOCK = re.compile(r"\b(?:in stock|available now)\b|有货|现货", re.I)
_DISCOUNT = re.compile(
    r"\b(?:discount|coupon|promo|voucher|free gift|% off|half price)\b"
    r"|折扣|优惠|打折|[\d一二三四五六七八九]\s?折(?!叠)",
    re.I,
)
_MODEL_NUMBER = re.compile(r"\b(?=[a-z-]*\d)(?=[\d-]*[a-z])[a-z0-9][a-z0-9-]{2,}\b", re.I)
_PROPER_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][A-Za-z]+(?:-[A-Za-z]+)?\b")
_PLAIN_NAMES = {"i", "yes", "no", "it", "the", "this", "they", "there", "some", "one", "buyers", "led", "ok"}
_SMALL_TALK_WORDS = topic(
    "yes no not it product item page say says said buyer buyers customer customers wrote mention mentions "
    "comes come made make works work use used can will would should also both only very "
    "是 的 可以 能 不 没有 商品 页面 说明 买家 评价 表示 提到 这款 该 产品 支持 适合 使用 采用"
)
_ASKING_WORDS = _SMALL_TALK_WORDS | topic(
    "first second third last one ones that these those have has 第一 第二 第三 个 款 有 这 那 有没有 是不是"
    " 能不能 能否 是否 可不可以 会不会 支不支持"
)
_GENERIC_LABEL_WORDS = topic("item product total overall 产品 商品 总")
_WORDING_SHARE = 0.5
_SPARE_WORD_COST, _SENTENCE_WORD = 0.25, 0.5


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkable statement. `evidence` is the id of the passage it rests on, None where none does."""

    kind: ClaimKind
    text: str
    is_supported: bool
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a reply may rest on.

    `cited` are the passages that the model was shown; `known` are all passages of the same record, needed
    to notice that a number belongs to another attribute.
    """

    question: str
    subject: str
    cited: Sequence[Evidence]
    known: Sequence[Evidence]
    language: Language


def check(sentence: str, context: Context) -> tuple[Claim, ...]:
    """Return the claims of a sentence with their support; the sentence may go out if all are supported."""
    return tuple(
        claim for find in (_numbers, _stock, _names, _yes_no, _wording) for claim in find(sentence, context)
    )


def is_grounded(claims: Sequence[Claim]) -> bool:
    """Tell whether every claim is supported."""
    return all(claim.is_supported for claim in claims)


def _numbers(sentence: str, context: Context) -> Iterator[Claim]:
    told = list(quantities(sentence))
    if not told:
        return
    asked = quantities(context.question)
    subject = quantities(context.subject)
    says_no = polarity(sentence) is False
    for number in told:
        kind: ClaimKind = "money" if number.is_money else "number"
        passage = _holder(number, sentence, context)
        echoes = any(number.equals(other) for other in subject) or (
            not number.is_money
            and any(number.equals(other) for other in asked)
            and (says_no or _is_decided(context))
        )
        yield Claim(kind, number.text, passage is not None or echoes, passage.id if passage else None)


def _holder(number: Quantity, sentence: str, context: Context) -> Evidence | None:
    """Return the passage that states this number of the same thing; None if another thing fits better."""
    asked = topic(context.question)
    holders: list[tuple[float, Evidence]] = []
    rivals: list[float] = []
    for passage in (*context.cited, *(item for item in context.known if item.attribute)):
        if number.is_money and passage.source in ("review", "community"):
            continue
        for other in quantities(passage.text):
            about = _about(passage, other)
            is_typed = passage.attribute is not None or passage.source == "variant"
            fit = _fit(number.about, asked, about)
            if not is_typed:
                fit += _SENTENCE_WORD * len(number.around & (other.around - about))
            if number.equals(other):
                if not is_typed or number.is_money or about & (number.about | asked):
                    holders.append((fit, passage))
            elif number.unit == other.unit and (is_typed or passage in context.cited):
                rivals.append(fit)
    fit, holder = max(holders, key=lambda item: item[0], default=(0.0, None))
    return None if rivals and max(rivals) > fit else holder


def _about(passage: Evidence, quantity: Quantity) -> frozenset[str]:
    attribute = passage.attribute
    if attribute is None:
        return quantity.about
    return topic(f"{attribute.key.replace('_', ' ')} {attribute.label.en} {attribute.label.zh}")


def _fit(said: frozenset[str], asked: frozenset[str], about: frozenset[str]) -> float:
    """How well a number's own words fit what it is said of: the sentence counts more than the question."""
    spare = len(about - said - asked - _GENERIC_LABEL_WORDS)
    return len(said & about) + 0.5 * len((asked - said) & about) - _SPARE_WORD_COST * min(spare, 3)


def _is_decided(context: Context) -> bool:
    return any(decide(context.question, item, context.language) is not None for item in context.cited)


def _stock(sentence: str, context: Context) -> Iterator[Claim]:
    out, available = _OUT_OF_STOCK.search(sentence), _IN_STOCK.search(sentence)
    said = out or available
    if not said:
        return
    for item in (*context.cited, *context.known):
        if item.source not in ("stock", "variant"):
            continue
        is_out = bool(_OUT_OF_STOCK.search(item.text))
        if is_out == bool(out):
            yield Claim("stock", said[0], True, item.id)
            return
    yield Claim("stock", said[0], False)


def _names(sentence: str, context: Context) -> Iterator[Claim]:
    """Model numbers, brands and other proper names, and discounts that nobody but the shop may grant."""
    texts = (context.question, context.subject, *(item.text for item in context.cited))
    allowed = normalise(" ".join(texts)).lower()
    named = {match[0] for pattern in (_MODEL_NUMBER, _PROPER_NAME) for match in pattern.finditer(sentence)}
    for name in sorted(named):
        if name.lower() in _PLAIN_NAMES or quantities(name):
            continue
        yield Claim("name", name, name.lower() in allowed)
    if discount := _DISCOUNT.search(sentence):
        sources = (item for item in context.cited if item.source in ("article", "price"))
        holder = next((item for item in sources if _DISCOUNT.search(item.text)), None)
        yield Claim("money", discount[0], holder is not None, holder.id if holder else None)


def _yes_no(sentence: str, context: Context) -> Iterator[Claim]:
    if not is_yes_no(context.question, context.language) or (said := polarity(sentence)) is None:
        return
    for item in context.cited:
        decided = decide(context.question, item, context.language)
        if decided is not None:
            yield Claim("yes_no", sentence[:24], decided == said, item.id)
            return
    best = context.cited[0] if context.cited else None
    if best is None:
        yield Claim("yes_no", sentence[:24], False)
        return
    contradicts = said and polarity(best.text) is False and best.source != "review"
    yield Claim("yes_no", sentence[:24], not contradicts and _is_borne_out(said, context), best.id)


def _is_borne_out(said: bool, context: Context) -> bool:
    """Tell whether a passage speaks of what the question asks about, in either language.

    For a yes, a fact must say more of it than its name ("Audio system: Mono" says nothing of Dolby); a no
    must not stand beside a fact that states the very thing.
    """
    asked = topic(context.question) - _ASKING_WORDS
    elsewhere = _in_other_language(context.question) - _ASKING_WORDS
    if not asked:
        return True
    subject = topic(context.subject)
    asked, elsewhere = asked - subject or asked, elsewhere - subject or elsewhere
    speaks = False
    for item in context.cited:
        is_translated = item.language != context.language
        words = elsewhere if is_translated else asked
        told = words & topic(item.text)
        if item.attribute:
            beyond = words - topic(f"{item.attribute.label.en} {item.attribute.label.zh}")
            is_stated = bool(told & beyond) if is_translated else bool(beyond) and beyond <= told
            if not said and is_stated and polarity(item.text) is not False:
                return False
            told = told & beyond if said and beyond else told
        speaks |= bool(told)
    return speaks


def _in_other_language(text: str) -> frozenset[str]:
    """Return what the other language calls the things of a text, and the words that both share."""
    glossary = shop_glossary()
    found = [*glossary.find_chinese(text), *glossary.find_english(text)]
    shared = re.findall(r"[a-zA-Z0-9][\w.+-]*", text) if has_chinese(text) else ()
    return topic(" ".join((*(name for _, names in found for name in names), *shared)))


def _wording(sentence: str, context: Context) -> Iterator[Claim]:
    """At least half of a sentence's content words must come from its passages, question or subject."""
    if any(item.language != context.language for item in context.cited):
        return  # words of two languages do not compare; the typed claims above still do
    said = {word for word in topic(sentence) - _SMALL_TALK_WORDS if not word[0].isdigit()}
    known = topic(context.question) | topic(context.subject)
    for item in context.cited:
        known |= topic(item.text)
    if said:
        yield Claim("wording", sentence[:24], len(said & known) / len(said) >= _WORDING_SHARE)
