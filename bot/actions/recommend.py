"""Recommend: for a need, beside a product ("what goes with this?"), or instead of it ("anything similar?").

Cards leave first, each with its reason; then a sentence. Knows nothing of how suggestions are found.
"""

from __future__ import annotations

from dataclasses import replace

from bot.actions.base import ShopAction
from bot.actions.find import understood
from bot.beside import relation_of, without_relation
from bot.cards import card, short_title
from bot.dispatch import Reply
from bot.events import Button, Buttons, Cards
from bot.references import named_product, resolve
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import join, say
from ecomlm.recommend.model import Relation
from ecomlm.recommend.needs import need_of
from ecomlm.recommend.recommender import Recommendation, Wish
from ecomlm.search.query import Query, understand
from knowledge.records import Product

_CANDIDATES = 6
_HISTORY = 20


class Recommend(ShopAction):
    """Suggest products that can be had now."""

    action_name = "action_recommend"
    intents = ("recommend",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Find out what is wished for; show cards with reasons."""
        relation = relation_of(request.text)
        anchor = await _anchor(request, tools) if relation != "next" else None
        besides = without_relation(request.text) if relation != "next" else ""
        if anchor or (relation != "next" and not besides):
            await show_beside(relation, anchor, request, reply, tools)
            return
        query = await _need(besides or request.text, request, tools)
        bought, others = await _history(request, tools)
        wish = Wish(
            request.language,
            query=query,
            history=(*bought, *others),
            bought=frozenset(bought),
            limit=max(2, tools.settings.cards_per_reply // 2),
        )
        found = await tools.recommender.recommend(wish)
        _trace(reply, wish, found)
        unmet = join((item.say(request.language) for item in query.filters), request.language)
        if not found.items:
            key = "recommend.nothing" if unmet else "find.nothing"
            key = key if found.is_ready else "recommend.not_ready"
            await reply.say(say(key, request.language, unmet=unmet))
            return
        said = "recommend.head" if found.is_on_need else "recommend.off_need"
        await _send(found, say(said, request.language, need=query.subject), request, reply, tools)
        request.remember(query=query.text if query.subject else request.memory.query)


async def show_beside(
    relation: Relation, anchor: Product | None, request: Request, reply: Reply, tools: Tools
) -> None:
    """Show what goes with a product, or what is like it; ask which one where nothing tells."""
    language = request.language
    if anchor is None:
        await reply.say(say("ask.which_none", language))
        return
    read = understand(request.text, tools.search.facts, language)
    wish = Wish(
        language,
        relation,
        anchor,
        query=replace(read, subject="", superlative=None),
        hidden=frozenset({anchor.id}),
        limit=max(2, tools.settings.cards_per_reply // 2),
    )
    found = await tools.recommender.recommend(wish)
    _trace(reply, wish, found)
    title = short_title(anchor, language)
    request.remember(product=anchor.id, question="", offer=None)
    if not found.items:
        key = "recommend.no_pair" if relation == "goes_with" else "recommend.no_alike"
        key = key if found.is_ready else "recommend.not_ready"
        await reply.say(say(key, language, title=title))
        return
    key = "recommend.with" if relation == "goes_with" else "recommend.alike"
    await _send(found, say(key, language, title=title), request, reply, tools)
    request.remember(product=anchor.id)


async def _anchor(request: Request, tools: Tools) -> Product | None:
    """The product meant: named, pointed at, on the open page, or the only one that was shown."""
    found = await tools.search.products(request.text, language=request.language, limit=_CANDIDATES)
    if named := named_product(request.text, [hit.product for hit in found.hits]):
        return named
    reference = await resolve(request, tools.store)
    if reference:
        return reference.product
    known = request.memory.product or request.memory.page or next(iter(request.memory.shown), None)
    return next(iter(await tools.store.products([known])), None) if known else None


async def _need(said: str, request: Request, tools: Tools) -> Query:
    """Return the need; what is added to a search goes on with that search."""
    query, text = await understood(request, tools)
    if text != request.text:
        return replace(query, text=text)
    return understand(need_of(said), tools.search.facts, request.language)


async def _history(request: Request, tools: Tools) -> tuple[list[str], list[str]]:
    """What the shopper bought, if proven who that is; looked at, if told, and talked about: newest last."""
    memory, bought = request.memory, list[str]()
    verified = await tools.desk.identities.of(request.conversation)
    if verified:
        orders = reversed(await tools.store.orders_of(verified.customer_id))
        bought = [line.product_id for order in orders if order.status != "cancelled" for line in order.lines]
    journal = await tools.recommender.journal()
    seen = [event.product for event in await journal.of_conversation(request.conversation)]
    about = dict.fromkeys(id for id in (memory.product, memory.page) if id)
    return bought[-_HISTORY:], [*seen[-_HISTORY:], *about]


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
        "learnt_from": found.lessons,
        "boosts": [{"rule": rule, "product": product} for rule, product in found.boosts],
    }
