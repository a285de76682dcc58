"""Compare two to four products: which is better for what, and a table of what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from bot.actions.base import ShopAction
from bot.cards import card
from bot.dispatch import Reply
from bot.events import Card, Cards, Column, Table, TableRow
from bot.references import named_product, named_products
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import join, say
from ecomlm.compare import MOST, Comparison, Rating, Said, Side, compare
from ecomlm.language import words
from ecomlm.reviews.digest import Digest
from ecomlm.reviews.taxonomy import OVERALL, category
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
_ASKS_WHICH = re.compile(r"\bbetter\b|\bbest\b|\bwhich\b|\bshould i\b|哪|更好|怎么选|选谁", re.IGNORECASE)
_ROWS, _CANDIDATES, _FRAGMENTS = 10, 6, 4
_READING_SECONDS = 0.4


class CompareProducts(ShopAction):
    """Show how two to four products differ, and which is better for what."""

    action_name = "action_compare_products"
    intents = ("compare_products",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Find them, then say what their records tell, in sentences and in a table."""
        language = request.language
        meant, of_shown = await _meant(request, tools)
        if len(meant) < 2:
            shown = len(request.memory.shown)
            is_beyond = any(int(value) > shown for value in request.values("ordinal"))
            unknown = say("ask.no_such_number", language, count=shown) if shown and is_beyond else ""
            await reply.say(unknown or say("compare.need_two", language))
            return
        chosen = meant[:MOST]
        cards = tuple(card(product, language, tools.settings) for product in chosen)
        await reply.send(Cards(cards))
        found = compare([await _side(item, language, tools) for item in chosen], language, request.text)
        await reply.say(_told(found, request.text, language, len(chosen), max(of_shown, len(meant))))
        if found.rows:
            await reply.send(_table(found, cards, language))
        request.remember(shown=tuple(product.id for product in chosen), question="")
        reply.trace["arguments"] = {"products": [product.id for product in chosen], "use": found.use}
        reply.trace["result"] = {"rows": len(found.rows), "verdicts": [item.key for item in found.verdicts]}


def _told(found: Comparison, question: str, language: Language, count: int, total: int) -> str:
    """Say which is better for what, what is not stated, and how many of those meant were compared."""
    if not found.rows:
        return say("compare.same", language)
    lines = [say("compare.line", language, text=item.text) for item in found.verdicts]
    for label, names in found.unstated:
        unstated = say("compare.unstated", language, label=label, names=join(names, language))
        lines.append(say("compare.line", language, text=unstated))
    if not found.verdicts:
        head = say("compare.no_verdict" if found.use else "compare.table_only", language, use=found.use)
    elif found.use:
        head = say("compare.for", language, use=found.use)
    else:
        head = say("compare.depends" if _ASKS_WHICH.search(question) else "compare.head", language)
    if total > count:
        head = say("compare.first_of", language, count=count, total=total) + " " + head
    return head + "".join(lines)


def _table(found: Comparison, cards: Sequence[Card], language: Language) -> Table:
    missing = say("compare.missing", language)
    rows = tuple(
        TableRow(row.label, tuple(value or missing for value in row.values), row.best)
        for row in found.rows[:_ROWS]
    )
    more = len(found.rows) - len(rows)
    return Table(
        say("compare.title", language, count=len(cards)),
        tuple(Column(item.title, item.url) for item in cards),
        rows,
        say("compare.mark", language),
        say("compare.more", language, count=more) if more else "",
    )


async def _side(product: Product, language: Language, tools: Tools) -> Side:
    """Add what buyers think, once all that they wrote was read."""
    found = await tools.digests.digest(product.id, language, _READING_SECONDS)
    rated = sum(found.digest.stars.values())
    if not found.is_whole or not rated:
        return Side(product)
    total = sum(stars * count for stars, count in found.digest.stars.items())
    average = (Decimal(total) / rated).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Side(product, Rating(average, rated), tuple(_said(found.digest, language)))


def _said(digest: Digest, language: Language) -> Iterator[Said]:
    """Yield how many of those who speak of an aspect are pleased with it."""
    counts: dict[str, dict[str, int]] = {}
    for point in digest.points:
        if not point.part and point.aspect != OVERALL:
            counts.setdefault(point.aspect, {"positive": 0, "negative": 0})[point.side] += point.count
    for aspect, sides in counts.items():
        yield Said(category(aspect).label(language), sides["positive"], sum(sides.values()))


async def _meant(request: Request, tools: Tools) -> tuple[list[Product], int]:
    """Return the products meant, and how many were shown where all of those are meant.

    By count ("the first three"), by number, by name, "this" and another, or else all that were shown.
    """
    memory = request.memory
    shown = await tools.store.products(memory.shown)
    focus = next(iter(await tools.store.products([memory.product])), None) if memory.product else None
    ordinals = [int(value) for value in request.values("ordinal")]
    counted = _counted(request.text, shown)
    if counted and len(ordinals) < 2:
        return counted, 0
    chosen = [shown[place - 1 if place > 0 else -1] for place in ordinals if place <= len(shown)]
    is_numbered = bool(ordinals)
    if not chosen or len(chosen) < 2:
        chosen += await _named(request, [*shown, *([focus] if focus else [])], tools)
    if len(_unique(chosen)) < 2 and focus and (chosen or _THIS.search(request.text)):
        chosen = [focus, *chosen]
    unique = _unique(chosen)
    if len(unique) >= 2 or (is_numbered and not unique):
        return unique, 0
    if unique and not is_numbered:
        return _unique([*unique, *shown])[:2], 0
    return (unique, 0) if unique else (_unique(shown), len(shown))


def _counted(text: str, shown: Sequence[Product]) -> list[Product]:
    """Return the first or last few shown, where a text names how many."""
    match = _SOME.search(text)
    if not match or not _POINTED.search(match.group()):
        return []
    said = (match["word"] or match["han"]).lower()
    count = _NUMBERS.get(said) or _HAN.get(said) or int(said)
    is_end = bool(match["end"] or match["end_zh"])
    return list(shown[-count:] if is_end else shown[:count])


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
    said = set(words(part, language))
    if one := named_product(part, products):
        return one
    holding = [
        product
        for product in _unique(products)
        if any(said <= set(words(title, language)) for title in (product.title.en, product.title.zh) if title)
    ]
    return holding[0] if len(holding) == 1 else None


def _unique(products: Sequence[Product]) -> list[Product]:
    return list({product.id: product for product in products}.values())
