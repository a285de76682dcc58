"""Say what buyers think: every point counted by code, and passages quoted as they were written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from bot.actions.base import ShopAction
from bot.cards import short_title, source_links
from bot.dispatch import Reply
from bot.events import AspectBar, Opinions, Sources, Voices
from bot.references import named_product, resolve
from bot.storefront.urls import url_of
from bot.tools import Tools
from bot.tracker import Request
from bot.wording import say
from ecomlm.answer import telling
from ecomlm.evidence import Evidence
from ecomlm.quantities import topic
from ecomlm.reviews.asked import Asked, Aspect, asked_in
from ecomlm.reviews.digest import Digest, Point
from ecomlm.reviews.notes import SIDES, Side, is_left_out, whole_text
from ecomlm.reviews.shelf import Told
from ecomlm.reviews.taxonomy import OVERALL
from ecomlm.reviews.telling import label, summarise, told
from ecomlm.search.passages import evidence_of
from knowledge.records import Language, Product, Review

_QUOTES, _BARS = 3, 6
_ABOUT_IT = 0.2
_READING_SECONDS = 1.5
_SEARCHED = 400
_CANDIDATES = 3
_LETTER = re.compile(r"[^\W\d_]")


class ShowReviews(ShopAction):
    """Digest a product's reviews: counts, bars and quotes."""

    action_name = "action_reviews"
    intents = ("reviews",)

    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Count, sum up, quote."""
        product = await _product(request, tools)
        language = request.language
        if product is None:
            await reply.say(say("ask.which_none", language))
            return
        request.remember(product=product.id, offer=None)
        title = short_title(product, language)
        found = await tools.digests.digest(product.id, language, _READING_SECONDS)
        reply.trace["arguments"] = {"product": product.id}
        if not found.total:
            await reply.say(say("reviews.none", language, title=title))
            reply.trace["result"] = {"reviews": 0, "cited": []}
            return
        asked = asked_in(request.text, f"{product.title.en} {product.title.zh}")
        heads = [heading(title, found, language), summarise(found.digest, language, asked)]
        await reply.say((" " if language == "en" else "").join(filter(None, heads)))
        if bars := aspect_bars(found.digest, asked, language):
            await reply.send(Opinions(say("reviews.bars", language, of=found.digest.of), bars))
        quoted = await _quote(request, reply, tools, product, found.digest, asked)
        reply.trace["result"] = {
            "reviews": found.total, "read": found.read, "cited": [item.id for item in quoted],
            "asked": [*asked.categories, *(asked.sides if len(asked.sides) == 1 else ())],
        }  # fmt: skip


def heading(title: str, found: Told, language: Language) -> str:
    """Return how many reviews there are and their average; how many were read, while it is not all."""
    digest, sentences = found.digest, []
    if not found.is_whole:
        sentences.append(say("reviews.so_far", language, read=found.read, total=found.total))
    rated = sum(digest.stars.values())
    if not rated:
        sentences.insert(0, say("reviews.unrated", language, title=title, count=found.total))
    else:
        average = _rounded(sum(stars * count for stars, count in digest.stars.items()), rated)
        sentences.insert(
            0, say("reviews.summary", language, title=title, count=found.total, average=average, rated=rated)
        )
    return (" " if language == "en" else "").join(sentences)


def aspect_bars(digest: Digest, asked: Asked, language: Language) -> tuple[AspectBar, ...]:
    """Return the bars of the aspects that are asked about, or of those most spoken of.

    A rare point gets a bar only where it is asked for; a frequent complaint always has one.
    """
    shown = asked if asked.aspects else Asked(_most_told(digest))
    bars = (_bar(digest, aspect, said, language) for aspect, said in shown.answers(digest).items())
    return tuple(bar for bar in bars if bar.praise.count or bar.blame.count)


def _most_told(digest: Digest) -> tuple[Aspect, ...]:
    """The aspects of the summary, and then the most frequent ones."""
    complaints = [point.aspect for point in told(digest, "negative")]
    points = [point for point in digest.points if not point.part and point.aspect != OVERALL]
    frequent = [point.aspect for point in points if point.weight != "rare"]
    names = dict.fromkeys((*complaints[:_BARS], *frequent))
    chosen = list(names)[: max(_BARS, len(set(complaints)))]
    return tuple((name, "") for name in sorted(chosen, key=lambda name: frequent.index(name)))


def _bar(digest: Digest, aspect: Aspect, said: Mapping[Side, Point], language: Language) -> AspectBar:
    sides = {}
    for side, sentence in zip(SIDES, ("reviews.praise", "reviews.blame"), strict=True):
        point = said.get(side)
        count = point.count if point else 0
        url = url_of(f"review:{point.quotes[0].review}", "", language) if point else ""
        sides[side] = Voices(count, say(sentence, language, count=count, of=digest.of), url)
    category, part = aspect
    name, praise, blame = label(category, language, part), sides["positive"], sides["negative"]
    text = say("reviews.bar", language, aspect=name, praise=praise.label, blame=blame.label)
    return AspectBar(name, praise, blame, text)


def _rounded(total: int, count: int) -> Decimal:
    return (Decimal(total) / count).quantize(Decimal("0.1"), ROUND_HALF_UP)


async def _product(request: Request, tools: Tools) -> Product | None:
    """The product that the conversation is about, or one that the message names."""
    reference = await resolve(request, tools.store)
    if reference is not None:
        return reference.product
    found = await tools.search.products(request.text, language=request.language, limit=_CANDIDATES)
    return named_product(request.text, [hit.product for hit in found.hits])


async def _quote(
    request: Request, reply: Reply, tools: Tools, product: Product, digest: Digest, asked: Asked
) -> list[Evidence]:
    """Quote what was asked about: by its aspect, else by the question's words, else both sides."""
    language, is_near = request.language, bool(asked.aspects)
    quoted: list[Evidence] = []
    if not asked.aspects and len(asked.sides) > 1:
        quoted = await _nearest(request, tools, product)
        is_near = bool(quoted)
    if not quoted:
        quoted = await _of_points(digest, asked, tools)
    if not asked.aspects and asked.sides == SIDES:
        quoted += await _others(quoted, tools, product, language)
    if not quoted:
        return []
    reviews = await tools.store.some_reviews([item.record.removeprefix("review:") for item in quoted])
    ratings = {f"review:{review.id}": review.rating for review in reviews}
    lines = [say("reviews.about" if is_near else "reviews.some", language)]
    for number, item in enumerate(quoted, start=1):
        rating = ratings.get(item.record)
        stars = say("stars", language, rating=rating) if rating else ""
        lines.append(say("reviews.line", language, stars=stars, text=item.text, number=number))
    await reply.say("\n" + "\n".join(lines))
    await reply.send(Sources(source_links(quoted, language)))
    return quoted


async def _of_points(digest: Digest, asked: Asked, tools: Tools) -> list[Evidence]:
    """Quote the weightiest points in turn from each side that answers, no review twice."""
    sides = [_weighty(asked.points(digest, side), asked) for side in SIDES]
    queue = [point for pair in _in_turn(sides) for point in pair]
    places: dict[str, tuple[int, int]] = {}
    for rank in range(_QUOTES):
        for point in queue:
            fresh = [quote for quote in point.quotes if quote.review not in places]
            if len(places) < _QUOTES and fresh and rank < len(point.quotes):
                places[fresh[0].review] = fresh[0].sentence
    reviews = _quotable(await tools.store.some_reviews(list(places)))
    return [_evidence(review, *places[review.id]) for review in reviews]


def _quotable(reviews: Sequence[Review]) -> list[Review]:
    """Return the reviews whose words the digest counts; of the others no sentence is quoted."""
    return [review for review in reviews if not is_left_out(whole_text(review))]


def _weighty(points: Sequence[Point], asked: Asked) -> list[Point]:
    """Return the points worth a quote, those on the product as a whole last."""
    told = [point for point in points if asked.aspects or point.weight != "rare"]
    return sorted(told, key=lambda point: point.aspect == OVERALL)


def _in_turn(sides: Sequence[Sequence[Point]]) -> list[list[Point]]:
    longest = max(map(len, sides), default=0)
    return [[points[rank] for points in sides if rank < len(points)] for rank in range(longest)]


def _evidence(review: Review, start: int, end: int) -> Evidence:
    text = " ".join(whole_text(review)[start:end].split())
    return Evidence(f"review:{review.id}", "text.0", "review", text, review.language)


async def _others(
    quoted: Sequence[Evidence], tools: Tools, product: Product, language: Language
) -> list[Evidence]:
    """Fill up with what the newest reviews begin with, where points alone give too few quotes."""
    if len(quoted) >= _QUOTES:
        return []
    known = {item.record for item in quoted}
    reviews = _quotable(await tools.store.reviews(product.id, limit=_SEARCHED))
    firsts: dict[str, Evidence] = {}
    for item in telling(evidence_of(product, reviews, language)):
        if item.source == "review" and item.record not in known and _LETTER.search(item.text):
            firsts.setdefault(item.record, item)
    return list(firsts.values())[: _QUOTES - len(quoted)]


async def _nearest(request: Request, tools: Tools, product: Product) -> list[Evidence]:
    """Return the passages nearest to a question that asks for more than reviews as such."""
    language = request.language
    if not topic(request.text) - topic(product.title.best(language)):
        return []
    reviews = _quotable(await tools.store.reviews(product.id, limit=_SEARCHED))
    passages = [item for item in telling(evidence_of(product, reviews, language)) if item.source == "review"]
    title = product.title.best(language)
    ranked = await asyncio.to_thread(tools.ranker.rank, request.text, title, passages, language)
    return [item.evidence for item in ranked if item.score >= _ABOUT_IT][:_QUOTES]
