"""Talk that needs no search: greetings, yes and no, a person, and what is no business of a shop."""

from __future__ import annotations

import re

from bot.actions.base import ShopAction
from bot.actions.find import FindProducts, show
from bot.actions.reviews import ShowReviews
from bot.cards import source_links
from bot.desk.packet import hand_off
from bot.desk.reading import asks_for_person, wants_person
from bot.dispatch import Reply
from bot.events import Handoff, Sources
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import say
from ecomlm.evidence import Evidence
from ecomlm.language import words
from ecomlm.search.passages import evidence_of_article
from ecomlm.search.search import SearchResult

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "utter_thanks",
            r"\b(?:thanks?|thx|ty|cheers|great|perfect|awesome|cool|nice|helped)\b|谢|感谢|多谢|辛苦|棒|赞",
        ),
        (
            "utter_goodbye",
            r"\b(?:bye|goodbye|see you|later|good night|have a nice)\b|再见|拜拜|回头|晚安|下次",
        ),
        (
            "utter_who_are_you",
            r"\b(?:who|what) are you\b|\b(?:robot|bot|human|real person|ai|your name|can you do)\b"
            r"|\bhow do you work\b"
            r"|你是谁|机器人|真人|叫什么|人工智能|你能做|会做什么|能干什么",
        ),
    )
)
_BARGAIN = re.compile(
    r"\b(?:discount|coupon|promo|voucher|cheaper price|lower (?:the|your) price|free|bargain|deal)\b"
    r"|(?:%|percent) ?off\b"
    r"|打折|折扣|优惠码|优惠券|便宜点|降价|讲价|免费|白送|[一二三四五六七八九\d]折",
    re.IGNORECASE,
)
_SURELY_OTHER = 0.95
_PHONE = re.compile(r"\+?\d[\d\s-]{6,}\d")
_MAIL = re.compile(r"\S@\S")


class SmallTalk(ShopAction):
    """Greet, thank, say who is speaking."""

    action_name = "action_smalltalk"
    intents = ("smalltalk",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Answer in kind."""
        name = next((name for name, pattern in _KINDS if pattern.search(request.text)), "utter_greet")
        await reply.say(
            tools.responses.pick(
                name, request.language, seed=_seed(request), shop=tools.shop(request.language)
            )
        )


class Fallback(ShopAction):
    """Say what the assistant is for, when a message is none of a shop's business or not understood."""

    action_name = "action_fallback"
    intents = ("other",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Never promises anything: a plea for a discount gets the same answer however it is put.

        A few bare words that the shop's products bear are taken for a search after all.
        """
        if request.confidence < _SURELY_OTHER and (result := await _products_named(request, tools)):
            await show(result, request, reply, tools, request.text)
            return
        name = "utter_no_discount" if _BARGAIN.search(request.text) else "utter_other"
        await reply.say(tools.responses.pick(name, request.language, seed=_seed(request)))


class HandOff(ShopAction):
    """Mark the conversation for a person."""

    action_name = "action_handoff"
    intents = ("handoff",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Say so with how else to reach the shop, and send the event that marks the conversation.

        Anger alone, for the first time, only gets the offer (`bot.actions.base`).
        """
        reason = wants_person(request.text) or "asked"
        if reason == "anger" and not (request.memory.upset or asks_for_person(request.text)):
            return
        request.remember(upset=False)
        await reply.say(await hand_off(reason, request, tools))
        if contact := await _contact(request, tools):
            await reply.say(f"\n{contact.text} [1]")
            await reply.send(Sources(source_links([contact], request.language)))
        await reply.send(Handoff(reason))
        reply.trace["handoff"] = True


class YesOrNo(ShopAction):
    """Take a plain yes or no as the answer to what was offered last."""

    action_name = "action_yes_or_no"
    intents = ("affirm", "deny")

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Do what was offered, drop it, or ask what is wanted."""
        offer = request.memory.offer
        request.remember(offer=None)
        if request.intent == "deny" or offer is None:
            name = "talk.dropped" if offer else "talk.nothing_pending"
            await reply.say(say(name, request.language))
            return
        accepted: dict[str, type[ShopAction]] = {
            "handoff": HandOff,
            "reviews": ShowReviews,
            "find": FindProducts,
        }
        if offer in accepted:
            await accepted[offer](tools).answer(request, reply, tools)
        else:
            await reply.say(say("talk.nothing_pending", request.language))


async def _products_named(request: Request, tools: Tools) -> SearchResult | None:
    """What a search finds, if every word looked for is in the title or the category of what it found."""
    language = request.language
    result = await tools.search.products(
        request.text, language=language, limit=tools.settings.cards_per_reply
    )
    if not result.hits or not result.exact or not result.query.terms:
        return None
    product = result.hits[0].product
    names = (product.title, product.department, *product.categories)
    borne = {word for name in names for word in words(name.best(language), language)}
    return result if set(result.query.terms) <= borne else None


async def _contact(request: Request, tools: Tools) -> Evidence | None:
    """The passage of the shop's contact article that holds an address or a number."""
    articles = [article for article in await tools.store.articles() if article.topic == "contact"]
    passages = [item for article in articles for item in evidence_of_article(article, request.language)]
    ways = ((_PHONE, _MAIL), (_PHONE,), (_MAIL,))
    fitting = (item for way in ways for item in passages if all(part.search(item.text) for part in way))
    return next(fitting, None)


def _seed(request: Request) -> str:
    return f"{request.conversation}/{request.text}"
