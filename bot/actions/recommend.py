"""Recommend: for a need, beside a product ("what goes with this?"), or instead of it ("anything similar?").

Cards leave first, each with its reason; then a sentence. Knows nothing of how suggestions are found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.actions.base import ShopAction
from bot.actions.find import understood
from bot.beside import is_of_kind, relation_of, without_product, without_relation
from bot.cards import card, short_title
from bot.dispatch import Reply
from bot.events import Button, Buttons, Cards
from bot.references import named_product, points, resolve
from bot.relative_price import relative_price, without_relative_price
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import join, say
from ecomlm.recommend.journal import Event
from ecomlm.recommend.journeys import customer
from ecomlm.recommend.model import Relation
from ecomlm.recommend.needs import need_of
from ecomlm.recommend.recommender import Recommendation, Wish
from ecomlm.search.query import Query, understand
from knowledge.records import Language, Product

_CANDIDATES = 6
_HISTORY = 20


class Recommend(ShopAction):
    """Suggest products that can be had now."""

    action_name = "action_recommend"
    intents = ("recommend",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Find out what is wished for; show cards with reasons."""
        relation = relation_of(request.text)
        besides = without_relation(without_relative_price(request.text)) if relation != "next" else ""
        anchor = await _anchor(request, besides, tools) if relation != "next" else None
        if anchor or (relation != "next" and not besides):
            await show_beside(relation, anchor, request, reply, tools)
            return
        query = await _need(besides or request.text, request, tools)
        past = await _past(request, tools)
        wish = Wish(
            request.language,
            query=query,
            history=(*past.bought, *past.others),
            bought=frozenset(past.bought),
            shoppers=past.shoppers,
            limit=max(2, tools.settings.cards_per_reply // 2),
        )
        found = await tools.recommender.recommend(wish)
        _trace(reply, wish, found)
        said = _sentence(found, query, request.language)
        if not found.items:
            await reply.say(said)
            return
        await _send(found, said, request, reply, tools)
        request.remember(query=query.text if query.subject else request.memory.query)


def _sentence(found: Recommendation, query: Query, language: Language) -> str:
    """Return what the cards are, or that there are none, in words."""
    conditions = [item.say(language) for item in query.filters]
    need = join((*filter(None, [query.subject]), *conditions), language)
    if not found.items:
        key = ("recommend.nothing" if need else "find.nothing") if found.is_ready else "recommend.not_ready"
        return say("recommend.nothing" if found.unmet else key, language, unmet=need)
    if found.unmet:
        return say("recommend.unmet", language, unmet=found.unmet.say(language))
    if not found.is_on_need:
        return say(
            "recommend.off_need" if found.is_chosen else "recommend.off_need_open", language, need=need
        )
    return say("recommend.head" if found.is_in_stock and found.says_why else "recommend.head_open", language)


async def show_beside(
    relation: Relation, anchor: Product | None, request: Request, reply: Reply, tools: Tools
) -> None:
    """Show what goes with a product, or what is like it; ask which one where nothing tells."""
    language = request.language
    if anchor is None:
        await reply.say(say("ask.which_none", language))
        return
    wish = Wish(
        language,
        relation,
        anchor,
        query=_conditions(relation, anchor, request, tools),
        hidden=frozenset({anchor.id}),
        shoppers=(await _past(request, tools)).shoppers,
        limit=max(2, tools.settings.cards_per_reply // 2),
    )
    found = await tools.recommender.recommend(wish)
    _trace(reply, wish, found)
    title = short_title(anchor, language)
    request.remember(product=anchor.id, question="", offer=None)
    if not found.items:
        key = "recommend.no_pair" if relation == "goes_with" else "recommend.no_alike"
        key = f"{key}_fits" if wish.filters else key
        unmet = join((item.say(language) for item in wish.filters), language)
        await reply.say(
            say(key if found.is_ready else "recommend.not_ready", language, title=title, unmet=unmet)
        )
        return
    key = "recommend.with" if relation == "goes_with" else "recommend.alike"
    key = "recommend.alike_open" if key == "recommend.alike" and not found.is_in_stock else key
    await _send(found, say(key, language, title=title), request, reply, tools)
    request.remember(product=anchor.id)


def _conditions(relation: Relation, anchor: Product, request: Request, tools: Tools) -> Query:
    """Return what is asked of the goods beside a product; words that name it are no condition."""
    said = without_product(request.text, anchor)
    read = understand(said, tools.search.facts, request.language)
    prices = [anchor.lowest_price] if relation == "similar" else []
    bound = relative_price(said, prices)
    filters = (*read.filters, bound) if bound else read.filters
    return replace(read, subject="", superlative=None, filters=filters)


async def _anchor(request: Request, besides: str, tools: Tools) -> Product | None:
    """The product meant: named, of the kind that is named, pointed at, on the open page, or shown alone."""
    found = await tools.search.products(request.text, language=request.language, limit=_CANDIDATES)
    hits = [hit.product for hit in found.hits]
    if named := named_product(request.text, hits):
        return named
    memory = request.memory
    kind = understand(need_of(besides, tools.brands()), tools.search.facts, request.language)
    if kind.subject and not points(request.text):
        known = await tools.store.products([id for id in (memory.product, memory.page) if id])
        return next((item for item in (*known, *hits) if is_of_kind(kind.core, item)), None)
    reference = await resolve(request, tools.store)
    if reference:
        return reference.product
    id = memory.product or memory.page or next(iter(memory.shown), None)
    return next(iter(await tools.store.products([id])), None) if id else None


async def _need(said: str, request: Request, tools: Tools) -> Query:
    """Return the need; what is added to a search goes on with that search."""
    query, text = await understood(request, tools)
    if text != request.text:
        return replace(query, text=text)
    need = need_of(without_relative_price(said), tools.brands())
    read = understand(need, tools.search.facts, request.language)
    shown = await tools.store.products(request.memory.shown)
    bound = relative_price(said, [product.lowest_price for product in shown])
    return replace(read, filters=(*read.filters, bound)) if bound else read


@dataclass(frozen=True)
class _Past:
    """What the shopper bought, if proven who that is; looked at, if told, and talked about: newest last.

    `shoppers` are the names under which they are counted.
    """

    bought: tuple[str, ...]
    others: tuple[str, ...]
    shoppers: tuple[str, ...]


async def _past(request: Request, tools: Tools) -> _Past:
    memory, bought, shoppers, seen = request.memory, list[str](), list[str](), list[Event]()
    verified = await tools.desk.identities.of(request.conversation)
    if verified:
        orders = reversed(await tools.store.orders_of(verified.customer_id))
        bought = [line.product_id for order in orders if order.status != "cancelled" for line in order.lines]
        shoppers.append(customer(verified.customer_id))
    journal = await tools.recommender.journal()
    if visitor := await journal.visitor_of(request.conversation):
        seen = await journal.of(visitor, _HISTORY)
        shoppers.append(visitor)
    about = dict.fromkeys(id for id in (memory.product, memory.page) if id)
    others = (*(event.product for event in seen), *about)
    return _Past(tuple(bought[-_HISTORY:]), others, tuple(shoppers))


async def _send(found: Recommendation, text: str, request: Request, reply: Reply, tools: Tools) -> None:
    language = request.language
    products = [item.product for item in found.items]
    cards = (card(item.product, language, tools.settings, reason=item.reason) for item in found.items)
    await reply.send(Cards(tuple(cards)))
    await reply.say(text)
    if len(products) > 1:
        title = say("button.compare", language)
        await reply.send(Buttons((Button(title, title),)))
    request.remember(
        shown=tuple(product.id for product in products),
        question="",
        product=request.memory.page or (products[0].id if len(products) == 1 else None),
        option=None,
        offer=None,
    )


def _trace(reply: Reply, wish: Wish, found: Recommendation) -> None:
    """Note what was wished for, what came of it, and every rule of the operator's that had a hand in it."""
    reply.trace["arguments"] = {
        "relation": wish.relation,
        "beside": wish.anchor.id if wish.anchor else None,
        "subject": wish.query.subject if wish.query else "",
        "filters": [item.as_json() for item in wish.filters],
        "history": len(wish.history),
    }
    reply.trace["result"] = {
        "products": [
            {
                "id": item.product.id,
                "score": round(item.score, 4),
                "reason": item.reason,
                "cause": item.cause.kind,
            }
            for item in found.items
        ],
        "on_need": found.is_on_need,
        "unmet": found.unmet.as_json() if found.unmet else None,
        "learnt_from": found.lessons,
        "boosts": [{"rule": rule, "product": product} for rule, product in found.boosts],
    }
