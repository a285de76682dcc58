"""Compare two products, fact beside fact, from their records alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.actions.base import ShopAction
from bot.actions.reviews import average_rating
from bot.cards import availability, card, price_text, short_title
from bot.dispatch import Reply
from bot.events import Cards
from bot.references import named_products
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import say
from ecomlm.search.passages import label_text, value_text
from knowledge.records import Language, Product

_THE_FIRST = re.compile(r"\b(?:first|top) (?:two|2)\b|前(?:面)?(?:的)?(?:两|二|2)", re.IGNORECASE)
_ROWS = 8
_CANDIDATES = 6


class CompareProducts(ShopAction):
    """Show how two products differ."""

    action_name = "action_compare_products"
    intents = ("compare_products",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Find the two, then state price, stock, rating and the facts that differ."""
        language = request.language
        pair = await _pair(request, tools)
        if pair is None:
            await reply.say(say("compare.need_two", language))
            return
        await reply.send(Cards(tuple(card(product, language, tools.settings) for product in pair)))
        rows = [
            (say("compare.price", language), [_price(product, language) for product in pair]),
            (
                say("compare.stock", language),
                [availability(product, language, tools.settings.low_stock)[1] for product in pair],
            ),
            (say("compare.rating", language), [await _rating(product, tools) for product in pair]),
        ]
        rows = [(label, values) for label, values in rows if any(values)]
        rows += list(differing_facts(*pair, language))[:_ROWS]
        missing = say("compare.missing", language)
        lines = [say("compare.head", language)]
        lines.append(" | ".join(short_title(product, language) for product in pair))
        for label, values in rows:
            told = " | ".join(value or missing for value in values)
            lines.append(say("compare.row", language, label=label, values=told))
        await reply.say("\n".join(lines))
        request.remember(shown=tuple(product.id for product in pair), question="")
        reply.trace["arguments"] = {"products": [product.id for product in pair]}
        reply.trace["result"] = {"rows": len(rows)}


def differing_facts(first: Product, second: Product, language: Language) -> Iterator[tuple[str, list[str]]]:
    """Yield each fact in which the records differ, those that both state first."""
    keys = dict.fromkeys(attribute.key for product in (first, second) for attribute in product.attributes)
    rows = []
    for key in keys:
        pair = [product.attribute(key) for product in (first, second)]
        values = [value_text(attribute, language) if attribute else "" for attribute in pair]
        label = next(label_text(attribute, language) for attribute in pair if attribute)
        if values[0] != values[1]:
            rows.append((label, values))
    return iter(sorted(rows, key=lambda row: not all(row[1])))


async def _pair(request: Request, tools: Tools) -> tuple[Product, Product] | None:
    """The two products meant: by number, by name, the one "it" means and another, or the first two shown."""
    memory = request.memory
    shown = await tools.store.products(memory.shown)
    positions = [int(value) for value in request.values("ordinal")]
    chosen = [shown[position - 1 if position > 0 else -1] for position in positions if position <= len(shown)]
    if not chosen and _THE_FIRST.search(request.text):
        chosen = shown[:2]
    if not chosen:
        found = await tools.search.products(request.text, language=request.language, limit=_CANDIDATES)
        chosen = named_products(request.text, [*shown, *(hit.product for hit in found.hits)])
    if len(chosen) < 2 and memory.product:
        chosen += await tools.store.products([memory.product])
    unique = list({product.id: product for product in [*chosen, *shown]}.values())
    return (unique[0], unique[1]) if len(unique) >= 2 else None


def _price(product: Product, language: Language) -> str:
    return price_text(product.lowest_price, product.highest_price, language)


async def _rating(product: Product, tools: Tools) -> str:
    reviews = await tools.store.reviews(product.id)
    average = average_rating(reviews)
    return "" if average is None else f"{average}/5 ({len(reviews)})"
