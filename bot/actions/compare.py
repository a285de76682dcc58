"""Compare two to four products: which is better for what, and a table of what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from bot.actions.base import ShopAction
from bot.cards import card
from bot.compared import Meant, meant_by
from bot.dispatch import Reply
from bot.events import Card, Cards, Column, Table, TableRow
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import join, say
from ecomlm.compare import MOST, Comparison, Rating, Said, Side, compare
from ecomlm.reviews.digest import Digest
from ecomlm.reviews.taxonomy import OVERALL, category
from knowledge.records import Language, Product

_ASKS_WHICH = re.compile(r"\bbetter\b|\bbest\b|\bwhich\b|\bshould i\b|哪|更好|怎么选|选谁", re.IGNORECASE)
_ROWS = 10
_READING_SECONDS = 0.4


class CompareProducts(ShopAction):
    """Show how two to four products differ, and which is better for what."""

    action_name = "action_compare_products"
    intents = ("compare_products",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Find them, then say what their records tell, in sentences and in a table."""
        language = request.language
        meant = await meant_by(request, tools)
        if len(meant.products) < 2:
            await reply.say(_lacking(meant, request))
            return
        chosen = meant.products[:MOST]
        cards = tuple(card(product, language, tools.settings) for product in chosen)
        await reply.send(Cards(cards))
        found = compare([await _side(item, language, tools) for item in chosen], language, request.text)
        await reply.say(_limits(meant, len(chosen), language) + _told(found, request.text, language))
        if found.rows:
            await reply.send(_table(found, cards, language))
        request.remember(shown=tuple(product.id for product in chosen), question="")
        reply.trace["arguments"] = {"products": [product.id for product in chosen], "use": found.use}
        reply.trace["result"] = {"rows": len(found.rows), "verdicts": [item.key for item in found.verdicts]}


def _lacking(meant: Meant, request: Request) -> str:
    """Say why there are no two to compare."""
    language, shown = request.language, len(request.memory.shown)
    if meant.unknown:
        return say("compare.unknown", language, name=meant.unknown)
    is_beyond = meant.asked or any(int(value) > shown for value in request.values("ordinal"))
    return say("ask.no_such_number" if shown and is_beyond else "compare.need_two", language, count=shown)


def _limits(meant: Meant, count: int, language: Language) -> str:
    """Say where fewer are compared than were asked for or meant."""
    shown, total = len(meant.products), max(meant.of_shown, len(meant.products))
    few = say("compare.only_shown", language, count=shown) + " " if meant.asked else ""
    cut = say("compare.first_of", language, count=count, total=total) + " " if total > count else ""
    return few + cut


def _told(found: Comparison, question: str, language: Language) -> str:
    """Say which is better for what, and what is not stated."""
    if not found.rows and not found.verdicts:
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
