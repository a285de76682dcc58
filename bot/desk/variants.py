"""Which form of a product a shopper means instead of the one they have.

What is named must be so, the rest stays as it is where that can be had. An answer is never guessed: where
several forms would do, all of them come back and the shopper is asked. Knows nothing of rules or dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce

from bot.desk.options import Said, own_options, read_options
from knowledge.records import Product, Variant

_I = re.IGNORECASE
# "to" before a verb or a person leads to no new form: "I want to change the blue one to a red one".
_INTO = re.compile(
    r"\b(?:for|into)\b(?! (?:my|the) (?:order|card|visa|paypal|gift)| (?:me|it|them)\b)"
    r"|\bto\b(?! (?:me|us|you|my|our|be|do|have|get|make|buy|go|say|know|see|pay|put|use|keep|take|talk|"
    r"change|exchange|swap|modify|switch|return|cancel|upgrade|update|replace|bother|start|ask|tell|paypal)\b)"
    r"|换成|改成|换为|改为|换一?[双件个条]|换|要",
    _I,
)
_CLAUSE = re.compile(r"[,，;；。]|\.\s|\band\b|以及|并且|还有", _I)
_INSTEAD = re.compile(
    r"\binstead of (?:the |my |a )?[\w -]{1,25}|\bfrom (?:the |my |a )?[\w -]{1,25}(?= to\b)", _I
)
_CHEAPEST = re.compile(r"\b(?:cheapest|least expensive|lowest priced?)\b|最便宜", _I)
_DEAREST = re.compile(r"\b(?:most expensive|priciest|dearest)\b|最贵", _I)
_CHEAPER = re.compile(r"\b(?:cheaper|less expensive)\b|便宜(?:一)?点", _I)
_SAME = re.compile(
    r"\b(?:exactly )?(?:the )?same (?:one|item|thing|size|product|model|kind)\b|\bof the same\b|\breplacement\b|同款|一样的|原样",
    _I,
)


def new_options(text: str) -> str:
    """Return the part of a message that says what something should become; all of it where none does."""
    said = _INSTEAD.sub(" ", text)
    parts = _INTO.split(said, maxsplit=1)
    return parts[1] if len(parts) > 1 and parts[1].strip() else said


def before_new_options(text: str) -> str:
    """Return a message without what things should become: of each clause what stands before that."""
    kept = []
    for clause in _CLAUSE.split(text):
        parts = _INTO.split(clause, maxsplit=1)
        kept.append(parts[0] if len(parts) > 1 and parts[1].strip() else clause)
    return " ; ".join(kept)


def price_words(text: str) -> str:
    """Return the words alone by which a message chooses by the price."""
    match = _CHEAPEST.search(text) or _DEAREST.search(text)
    return match.group() if match else ""


def is_by_price(text: str) -> bool:
    """Whether a message chooses by the price alone, the cheapest or the dearest."""
    return bool(_CHEAPEST.search(text) or _DEAREST.search(text))


def choose_variant(texts: Sequence[str], product: Product, current: str) -> list[Variant]:
    """Return the forms that messages, the oldest first, may mean instead of the current one.

    One where that is clear, also one that is sold out where just that one was named; several where the
    messages leave it open; none where they say nothing of it.
    """
    now = next((variant for variant in product.variants if variant.sku == current), None)
    for text in reversed(texts):
        if by_sku := [v for v in product.variants if v.sku != current and _names(v.sku, text)]:
            return by_sku[-1:]
    said = reduce(Said.and_then, (read_options(new_options(text), product, now) for text in texts), Said())
    text = " ; ".join(texts)
    if now is not None and not said.values and not is_by_price(text) and _SAME.search(text):
        return [now]
    own = own_options(now) if now else {}
    fixed = {**{key: [own[key]] for key in said.kept if key in own}, **said.values}
    meets = [variant for variant in product.variants if variant.offer.price and _meets(variant, fixed)]
    if by_price := _by_price(texts, meets, now):
        return by_price
    if not said.values or (now is not None and _CHEAPER.search(texts[-1])):
        return []
    return _nearest(
        meets, fixed, {k: v for k, v in own.items() if k not in fixed and k not in said.free}, now
    )


def _names(sku: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(sku)}(?![\w-])", text, _I))


def _meets(variant: Variant, fixed: dict[str, Sequence[str]]) -> bool:
    own = own_options(variant)
    return all(own.get(key) in values for key, values in fixed.items())


def _by_price(texts: Sequence[str], meets: Sequence[Variant], now: Variant | None) -> list[Variant]:
    """Return what is chosen by its price, among the forms that can be had."""
    priced = [(v.offer.price.amount, v) for v in meets if v.offer.price and v.offer.is_available is not False]
    for text in reversed(texts):
        if priced and _CHEAPEST.search(text):
            return [min(priced, key=lambda item: item[0])[1]]
        if priced and _DEAREST.search(text):
            return [max(priced, key=lambda item: item[0])[1]]
        if _CHEAPER.search(text) and now is not None and now.offer.price:
            return [variant for amount, variant in priced if amount < now.offer.price.amount]
    return []


def _nearest(
    meets: Sequence[Variant], fixed: dict[str, Sequence[str]], kept: dict[str, str], now: Variant | None
) -> list[Variant]:
    """Return the form that differs in what was named alone; else those that can be had, preferred first."""

    def preference(variant: Variant) -> tuple[int, ...]:
        own = own_options(variant)
        return tuple(list(values).index(own[key]) for key, values in fixed.items())

    exact = sorted(
        (variant for variant in meets if _meets(variant, {key: [value] for key, value in kept.items()})),
        key=preference,
    )
    for variant in exact:
        if variant.offer.is_available is not False:
            return [variant]
    others = sorted(
        (v for v in meets if v.offer.is_available is not False and (now is None or v.sku != now.sku)),
        key=preference,
    )
    has_choice = any(len(values) > 1 for values in fixed.values())
    if exact and not has_choice:
        return exact[:1]
    if others and [preference(v) for v in others].count(preference(others[0])) == 1:
        return others[:1]
    return others or exact[:1] or list(meets[:1])
