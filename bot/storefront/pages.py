"""The storefront's pages: which records each one shows. Knows nothing of how they look."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from aiohttp import web

from bot.keys import SEARCH, STORE
from bot.storefront import urls
from bot.storefront.markdown import as_html
from bot.storefront.rendering import language_of, render
from bot.storefront.shelf import ORDERS, Listing, Order, Section, Shelf, ordered
from bot.suggestions import suggestions
from ecomlm.search.passages import paragraphs
from knowledge.errors import RecordNotFound
from knowledge.records import Article, Review

SHELF: web.AppKey[Shelf] = web.AppKey("storefront_shelf")
PAGE_SIZE = 24
TILES = 12
SHOWN_REVIEWS = 200
FOUND = 48
WANTED = ("delivery", "returns", "warranty", "payment", "size_guide", "care")


async def home(request: web.Request) -> web.Response:
    """Show the departments and what is new."""
    view = await request.app[SHELF].view()
    values = {
        "view": view,
        "sections": list(view.sections.values())[:TILES],
        "newest": view.newest,
        "count": len(view.listings),
        "articles": _by_topic(await request.app[STORE].articles())[:6],
        "questions": _questions(request),
    }
    return await render(request, "home.html", values)


async def departments(request: web.Request) -> web.Response:
    """Show every department (or brand, or category) with its number of products."""
    view = await request.app[SHELF].view()
    return await render(request, "departments.html", {"view": view, "sections": view.sections.values()})


async def department(request: web.Request) -> web.Response:
    """Show a department's products, page by page."""
    view = await request.app[SHELF].view()
    section = view.sections.get(request.match_info["slug"])
    if section is None:
        raise web.HTTPNotFound
    chosen = _chosen(request, section)
    order = cast(Order, request.query.get("sort")) if request.query.get("sort") in ORDERS else "featured"
    page, pages = _page(request, len(chosen))
    shown = ordered(chosen, order)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    values = {
        "view": view, "section": section, "shown": shown, "count": len(chosen), "page": page, "pages": pages,
        "order": order, "orders": ORDERS, "categories": section.categories(language_of(request))[:20],
        "category": request.query.get("category", ""), "in_stock": request.query.get("in_stock", ""),
    }  # fmt: skip
    return await render(request, "department.html", values)


async def product(request: web.Request) -> web.Response:
    """Show everything the shop knows about one product, each fact at an address of its own."""
    store = request.app[STORE]
    found = await store.product(request.match_info["id"])
    if not found.is_published:
        raise RecordNotFound("product", found.id)
    view = await request.app[SHELF].view()
    reviews = await store.reviews(found.id)
    listing = view.listings.get(found.id)
    section = view.section_of(listing) if listing else None
    language = language_of(request)
    reviews.sort(key=lambda review: review.language != language)
    values = {
        "product": found, "section": section, "reviews": _shown(reviews, request.query.get("review")),
        "rating": _rating(reviews), "similar": _similar(section, listing) if section and listing else [],
    }  # fmt: skip
    return await render(request, "product.html", values)


async def review(request: web.Request) -> web.Response:
    """Lead to the place where a review stands."""
    found = await request.app[STORE].review(request.match_info["id"])
    language = language_of(request) if "lang" in request.query else None
    place = urls.url_of(f"product:{found.product_id}", f"review.{found.id}", language, review=found.id)
    raise web.HTTPFound(place)


async def articles(request: web.Request) -> web.Response:
    """List what the shop has written, by topic."""
    topics: dict[str, list[Article]] = {}
    for item in await request.app[STORE].articles():
        topics.setdefault(item.topic, []).append(item)
    return await render(request, "articles.html", {"topics": topics})


async def article(request: web.Request) -> web.Response:
    """Show an article, each paragraph at an address of its own."""
    found = await request.app[STORE].article(request.match_info["id"])
    if not found.is_published:
        raise RecordNotFound("article", found.id)
    body = paragraphs(found.body.best(language_of(request)))
    values = {"article": found, "paragraphs": body, "blocks": [as_html(block) for block in body]}
    return await render(request, "article.html", values)


async def search(request: web.Request) -> web.Response:
    """Show what the shop's search finds."""
    query = request.query.get("q", "").strip()[:200]
    view = await request.app[SHELF].view()
    result = await request.app[SEARCH].products(query, limit=FOUND) if query else None
    hits = result.hits if result else ()
    values = {
        "query": query,
        "shown": [view.listings[hit.product.id] for hit in hits if hit.product.id in view.listings],
        "is_exact": result is None or result.exact,
    }
    return await render(request, "search.html", values)


def _chosen(request: web.Request, section: Section) -> list[Listing]:
    language, category = language_of(request), request.query.get("category")
    return [
        item
        for item in section.products
        if (not category or category in (item.category.en, item.category.zh, item.category.best(language)))
        and (not request.query.get("in_stock") or item.is_available)
    ]


def _page(request: web.Request, count: int) -> tuple[int, int]:
    pages = max(1, -(-count // PAGE_SIZE))
    wanted = request.query.get("page", "1")
    page = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else 1
    return min(max(page, 1), pages), pages


def _questions(request: web.Request) -> list[str]:
    """What a shopper may ask, as the chat itself suggests it."""
    search = request.app.get(SEARCH)
    return suggestions(search.facts, language_of(request)) if search else []


def _by_topic(articles: list[Article]) -> list[Article]:
    """The articles with one of each topic first, those that shoppers need most before the others."""
    seen: Counter[str] = Counter()
    turns = []
    for item in articles:
        seen[item.topic] += 1
        turns.append(
            (seen[item.topic], WANTED.index(item.topic) if item.topic in WANTED else len(WANTED), item)
        )
    return [item for *_, item in sorted(turns, key=lambda turn: turn[:2])]


def _similar(section: Section, listing: Listing) -> list[Listing]:
    others = [item for item in section.products if item.id != listing.id and item.is_available is not False]
    others.sort(key=lambda item: (item.category != listing.category, item.brand != listing.brand))
    return others[:4]


def _shown(reviews: list[Review], wanted: str | None) -> list[Review]:
    """The first reviews, and before them the one that a link leads to if it is not among them."""
    asked_for = [review for review in reviews[SHOWN_REVIEWS:] if review.id == wanted]
    return [*asked_for, *reviews[:SHOWN_REVIEWS]]


def _rating(reviews: list[Review]) -> dict[str, Any] | None:
    """The average and how often each number of stars was given; None where nobody gave any."""
    stars = [review.rating for review in reviews if review.rating]
    if not stars:
        return None
    counts = Counter(stars)
    return {
        "average": f"{sum(stars) / len(stars):.1f}",
        "count": len(stars),
        "shares": [(star, counts[star], round(100 * counts[star] / len(stars))) for star in range(5, 0, -1)],
    }
