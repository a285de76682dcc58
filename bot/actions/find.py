"""Find products: search does the work, this says what came of it.

Cards leave first, then one or two sentences made of the result's own numbers. Knows nothing of ranking.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.actions.ask import AskProduct, asks_for_fact_of_page
from bot.actions.base import ShopAction
from bot.beside import relation_of
from bot.cards import card, price_text, short_title
from bot.dispatch import Reply
from bot.events import Button, Buttons, Cards
from bot.relative_price import asks_cheaper, relative_price
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import join, say
from ecomlm.search.filters import PriceRange
from ecomlm.search.passages import label_text, money_text, value_text
from ecomlm.search.query import Query, understand
from ecomlm.search.search import CHECKED, SearchResult
from ecomlm.search.stated import AmountStated
from knowledge.records import Language, Product

_NEW_SEARCH = re.compile(
    r"\b(?:anything|something|everything|products?|gifts?)\b|有什么|有哪些|什么东西", re.IGNORECASE
)


class FindProducts(ShopAction):
    """Show the products that fit what was asked for, or say what could not be met."""

    action_name = "action_find_product"
    intents = ("find_product",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Search, show cards, say how many fit.

        A choice or a fact of the open page that is asked for by its name is the product's own.
        """
        query, text = await understood(request, tools)
        if not query.filters and not query.superlative and await asks_for_fact_of_page(request, tools):
            await AskProduct(tools).answer(request, reply, tools)
            return
        result = await tools.search.products(
            text, language=request.language, limit=tools.settings.cards_per_reply, query=query
        )
        trace_search(reply, result)
        await show(result, request, reply, tools, text)


async def understood(request: Request, tools: Tools) -> tuple[Query, str]:
    """Return what is looked for: the message itself, or the last search with what the message adds."""
    memory, query = request.memory, understand(request.text, tools.search.facts, request.language)
    if not memory.query or (_NEW_SEARCH.search(request.text) and query.filters):
        return query, request.text
    shown = await tools.store.products(memory.shown)
    bound = relative_price(request.text, [product.lowest_price for product in shown])
    is_alike = relation_of(request.text) == "similar"
    says_how = query.filters or query.superlative
    if bound is None and not is_alike and (query.subject or not says_how):
        return query, request.text
    before = understand(memory.query, tools.search.facts, request.language)
    added = (bound,) if bound else query.filters
    kinds = {item.kind for item in added}
    kept = tuple(item for item in before.filters if item.kind not in kinds)
    text = memory.query if bound else f"{memory.query} {request.text}"
    return replace(before, filters=(*kept, *added), superlative=query.superlative), text


async def show(result: SearchResult, request: Request, reply: Reply, tools: Tools, text: str) -> None:
    """Send cards and the sentences about them, and remember what was shown."""
    language, products = request.language, [hit.product for hit in result.hits]
    if not products:
        await reply.say(say("find.nothing", language))
        return
    cards = tuple(
        card(hit.product, language, tools.settings, reason=join(hit.reasons, language)) for hit in result.hits
    )
    unmet = result.unmet.say(language) if result.unmet else ""
    is_lowest = isinstance(result.unmet, PriceRange) and asks_cheaper(request.text)
    await reply.send(Cards(cards, say("find.unmet_note", language, unmet=unmet) if unmet else ""))
    if is_lowest:
        lowest = min((p.lowest_price for p in products if p.lowest_price), key=lambda price: price.amount)
        await reply.say(say("find.cheaper_none", language, price=money_text(lowest, language)))
    else:
        await reply.say(sentence(result, request, unmet))
    if all(product.is_available is False for product in products):
        await reply.say(
            " " + say("find.sold_out", language) if language == "en" else say("find.sold_out", language)
        )
    if buttons := _buttons(products, result, request):
        await reply.send(Buttons(buttons))
    request.remember(
        shown=tuple(product.id for product in products),
        query=text,
        question="",
        product=request.memory.page or (products[0].id if len(products) == 1 else None),
        option=None,
        offer=None,
    )


def sentence(result: SearchResult, request: Request, unmet: str) -> str:
    """Return what the cards are, in words."""
    language, shown = request.language, len(result.hits)
    if unmet:
        is_silent = isinstance(result.unmet, AmountStated)
        return say("find.unstated" if is_silent else "find.unmet", language, unmet=unmet)
    if result.query.superlative:
        first = result.hits[0].product
        value = extreme(result.query, first, language)
        key = "find.superlative" if result.total > 1 else "find.superlative_one"
        return say(key, language, answer=value, total=f"{result.total:,}")
    total = f"{result.total:,}"
    if result.query.filters and result.total >= CHECKED:
        total = say("find.at_least", language, total=total)
    if result.total <= 1:
        return say("find.exact_one", language)
    key = "find.exact_some" if result.total <= shown else "find.exact_many"
    return say(key, language, total=total, shown=shown)


def extreme(query: Query, product: Product, language: Language) -> str:
    """Return which product is the cheapest, largest ..., and the value that makes it so."""
    superlative = query.superlative
    title = short_title(product, language)
    if superlative and superlative.fact == "price":
        key = "find.dearest" if superlative.is_highest else "find.cheapest"
        return say(
            key, language, title=title, price=price_text(product.lowest_price, product.lowest_price, language)
        )
    known = (product.attribute(key) for key in superlative.keys) if superlative else ()
    if fact := next(filter(None, known), None):
        label, value = label_text(fact, language), value_text(fact, language)
        return say("find.first_by", language, title=title, label=label, value=value)
    return say("find.first", language, title=title)


def trace_search(reply: Reply, result: SearchResult) -> None:
    """Note what was searched for and found."""
    reply.trace["arguments"] = {
        "query": result.query.text,
        "subject": result.query.subject,
        "filters": [item.as_json() for item in result.query.filters],
    }
    reply.trace["result"] = {
        "products": [{"id": hit.product.id, "score": round(float(hit.score), 4)} for hit in result.hits],
        "total": result.total,
        "unmet": result.unmet.as_json() if result.unmet else None,
    }


def _buttons(products: Sequence[Product], result: SearchResult, request: Request) -> tuple[Button, ...]:
    language = request.language
    wanted = []
    if len(products) > 1:
        wanted.append("compare")
        if result.total > len(products):
            wanted.append("cheaper")
    if any(product.is_available is False for product in products):
        wanted.append("in_stock")
    titles = [say(f"button.{name}", language) for name in wanted]
    return tuple(Button(title, title) for title in titles)
