"""Say what buyers think: the stars counted by code, and passages quoted as they were written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from bot.actions.base import ShopAction
from bot.cards import short_title, source_links
from bot.dispatch import Reply
from bot.events import Sources
from bot.references import resolve
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import say
from ecomlm.answer import telling
from ecomlm.evidence import Evidence
from ecomlm.search.passages import evidence_of
from knowledge.records import Product, Review

_QUOTES = 3
_ABOUT_IT = 0.2


class ShowReviews(ShopAction):
    """Summarise a product's reviews with counts and quotes."""

    action_name = "action_reviews"
    intents = ("reviews",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Count, average, quote."""
        reference = await resolve(request, tools.store)
        language = request.language
        if reference is None:
            await reply.say(say("ask.which_none", language))
            return
        product = reference.product
        request.remember(product=product.id, offer=None)
        reviews = await tools.store.reviews(product.id)
        await reply.say(summary(product, reviews, request))
        if not reviews:
            return
        about, quoted = await _passages(request, product, reviews, tools)
        stars = {f"review:{review.id}": review.rating for review in reviews}
        lines = [say("reviews.about" if about else "reviews.some", language)]
        for number, item in enumerate(quoted, start=1):
            rating = stars.get(item.record)
            shown = say("stars", language, rating=rating) if rating else ""
            lines.append(say("reviews.line", language, stars=shown, text=item.text, number=number))
        if quoted:
            await reply.say("\n" + "\n".join(lines))
            await reply.send(Sources(source_links(quoted, language)))
        reply.trace["arguments"] = {"product": product.id}
        reply.trace["result"] = {"reviews": len(reviews), "cited": [item.id for item in quoted]}


def summary(product: Product, reviews: Sequence[Review], request: Request) -> str:
    """Return how many reviews there are and their average."""
    language, title = request.language, short_title(product, request.language)
    if not reviews:
        return say("reviews.none", language, title=title)
    average = average_rating(reviews)
    if average is None:
        return say("reviews.unrated", language, title=title, count=len(reviews))
    rated = sum(review.rating is not None for review in reviews)
    return say("reviews.summary", language, title=title, count=len(reviews), average=average, rated=rated)


def average_rating(reviews: Sequence[Review]) -> Decimal | None:
    """Return the mean of the stars to one decimal; None where nobody gave any."""
    ratings = [review.rating for review in reviews if review.rating is not None]
    if not ratings:
        return None
    return (Decimal(sum(ratings)) / len(ratings)).quantize(Decimal("0.1"), ROUND_HALF_UP)


async def _passages(
    request: Request, product: Product, reviews: Sequence[Review], tools: Tools
) -> tuple[bool, list[Evidence]]:
    """Return the passages nearest to the question if any is; else one each of the best and worst opinions."""
    language = request.language
    passages = [item for item in telling(evidence_of(product, reviews, language)) if item.source == "review"]
    title = product.title.best(language)
    ranked = await asyncio.to_thread(tools.ranker.rank, request.text, title, passages, language)
    near = [item.evidence for item in ranked if item.score >= _ABOUT_IT][:_QUOTES]
    if near:
        return True, near
    ratings = {f"review:{review.id}": review.rating or 0 for review in reviews}
    own = [item for item in passages if item.language == language]
    told = own if len({item.record for item in own}) >= _QUOTES else passages
    firsts = list({item.record: item for item in reversed(told)}.values())
    by_stars = sorted(firsts, key=lambda item: -ratings[item.record])
    chosen = [*by_stars[:2], *by_stars[-1:]]
    return False, list(dict.fromkeys(chosen))[:_QUOTES]
