"""Which products a message compares: by count, by number, by name, "this" and another, or all shown.

Looks at the conversation's memory, at records and at search. Knows nothing of comparing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.references import named_product, named_products
from bot.tools import Tools
from bot.tracker import Request
from ecomlm.compare import MOST
from ecomlm.language import normalise, words
from knowledge.records import Language, Product

_NUMBERS = {word: count for count, word in enumerate(("two", "three", "four", "five", "six"), start=2)}
_HAN = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_SOME = re.compile(
    r"\b(?P<end>last|bottom)?\s*(?:first|top|these|those|the|all|of|other|\s)*\b(?P<word>two|three|four|five|six|[2-6])\b"
    r"(?!\s*(?:inch|gb|tb|days?|people|persons?|%|in\b))"
    r"|(?P<end_zh>最后|后面?)?(?:前|这|那|上面)?(?:面)?的?(?P<han>[两二三四五六2-6])(?:个|款|件|双|台|种|样|张|条|只|者)",
    re.IGNORECASE,
)
_POINTED = re.compile(r"\b(?:first|top|last|these|those|the|all)\b|[前这那后]", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\s*(?:\b(?:and|or|versus|vs\.?|against|with|to|between|compared?)\b|[,;，、；]|和|与|跟|同|还是|对比|比较一下|比较)\s*",
    re.IGNORECASE,
)
_THIS = re.compile(r"\b(?:this|it|the current)\b|这[款个件双台条只盏张]|它|当前", re.IGNORECASE)
_AGAINST = re.compile(
    r"\b(?:compare[sd]?\b[^?.!,;]*?\b(?:with|to|against)|versus|vs\.?|against)\s+(?:(?:an?|the|your|my)\s+)?"
    r"(?P<name>[a-z0-9][\w'’ -]{1,40}?)\s*"
    r"(?:[?.!,;]|$|\b(?:and|or|for|which|by|on|in|regarding|please|now)\b)"
    r"|(?:和|与|跟|同|比起)(?P<name_zh>[^，,。？?！!和与跟同比]{1,12}?)\s*(?:比|对比|相比|哪|谁|[，,。？?！!]|$)",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"\b(?:others?|another|rest|ones?|this|that|it|them|these|those|each|all|both|some\w*|any\w*|every\w*"
    r"|first|second|third|\w+th|last|previous|me|us|you|two|three|four|similar|cheaper|alternatives?|products?|items?)\b"
    r"|[这那它另我你您]|其他|别的|刚才|上面|前面|后面|剩下|第|最|类似|同类|[一两二三四五]?[个款件双台种]$",
    re.IGNORECASE,
)
"""What points or describes, and so calls no product by its name."""
_CANDIDATES, _FRAGMENTS = 6, 4


@dataclass(frozen=True, slots=True)
class Meant:
    """The products that a message compares.

    `of_shown` is how many were shown where all of those are meant, `asked` how many it asks for where fewer
    were shown, `unknown` what it calls by a name that no product has.
    """

    products: tuple[Product, ...] = ()
    of_shown: int = 0
    asked: int = 0
    unknown: str = ""


async def meant_by(request: Request, tools: Tools) -> Meant:
    """Return the products that a message compares, fewer than two where it does not tell."""
    memory = request.memory
    shown = await tools.store.products(memory.shown)
    focus = next(iter(await tools.store.products([memory.product])), None) if memory.product else None
    ordinals = [int(value) for value in request.values("ordinal")]
    if shown and len(ordinals) < 2 and (counted := _counted(request.text)):
        count, is_end = counted
        products = shown[-count:] if is_end else shown[:count]
        return Meant(tuple(products), asked=count if count > len(shown) else 0)
    chosen = [
        shown[place - 1 if place > 0 else place] for place in ordinals if -len(shown) <= place <= len(shown)
    ]
    if len(chosen) < 2:
        chosen += await _named(request, [*shown, *([focus] if focus else [])], tools)
    if len(_unique(chosen)) < 2 and focus and (chosen or _THIS.search(request.text)):
        chosen = [focus, *chosen]
    unique = _unique(chosen)
    is_half = len(unique) == 1 or (not unique and _THIS.search(request.text))
    if is_half and (name := _name_against(request.text, request.language)):
        other = await _holding(name, unique, shown, request.language, tools)
        if other is None:
            return Meant(unknown=name)
        unique.append(other)
    if len(unique) >= 2 or ordinals:
        return Meant(tuple(unique))
    if unique:
        return Meant(tuple(_unique([*unique, *shown])[:2]))
    return Meant(tuple(_unique(shown)), of_shown=len(shown))


def _counted(text: str) -> tuple[int, bool] | None:
    """Return how many of those shown a text asks for, and whether the last ones."""
    match = _SOME.search(text)
    if not match or not _POINTED.search(match.group()):
        return None
    said = (match["word"] or match["han"]).lower()
    count = _NUMBERS.get(said) or _HAN.get(said) or int(said)
    return count, bool(match["end"] or match["end_zh"])


def _name_against(text: str, language: Language) -> str:
    """Return the name of the one that another is compared with, empty where none is named."""
    match = _AGAINST.search(normalise(text))
    name = (match["name"] or match["name_zh"] or "").strip() if match else ""
    return name if words(name, language) and not _NO_NAME.search(name) else ""


async def _holding(
    name: str, but: Sequence[Product], shown: Sequence[Product], language: Language, tools: Tools
) -> Product | None:
    """Return the first other product whose title holds a name, those shown before those of the shop."""
    found = await tools.search.products(name, language=language, limit=_CANDIDATES)
    others = [item for item in _unique([*shown, *(hit.product for hit in found.hits)]) if item not in but]
    return next((item for item in others if _holds(item, name, language)), None)


async def _named(request: Request, known: Sequence[Product], tools: Tools) -> list[Product]:
    """Return the products that are called by their titles, in the order of the message."""
    parts = [part for part in _BETWEEN.split(request.text) if len(words(part, request.language)) > 1]
    found: list[Product] = []
    for part in parts[:_FRAGMENTS]:
        hits = await tools.search.products(part, language=request.language, limit=_CANDIDATES)
        if one := _called(part, [*known, *(hit.product for hit in hits.hits)], request.language):
            found.append(one)
    if len(_unique(found)) >= 2:
        return found
    hits = await tools.search.products(request.text, language=request.language, limit=_CANDIDATES)
    return found or named_products(request.text, [*known, *(hit.product for hit in hits.hits)])[:MOST]


def _called(part: str, products: Sequence[Product], language: Language) -> Product | None:
    """Return the product that a few words name: most of its title, or none that its title does not hold."""
    if one := named_product(part, products):
        return one
    holding = [product for product in _unique(products) if _holds(product, part, language)]
    return holding[0] if len(holding) == 1 else None


def _holds(product: Product, name: str, language: Language) -> bool:
    said = set(words(name, language))
    return any(said <= set(words(title, language)) for title in (product.title.en, product.title.zh) if title)


def _unique(products: Sequence[Product]) -> list[Product]:
    return list({product.id: product for product in products}.values())
