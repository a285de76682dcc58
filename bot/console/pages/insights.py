"""What buyers say in the whole shop: by aspect, over time, what changed, and whom it concerns."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from typing import Any

from aiohttp import web

from bot.cards import short_title
from bot.console.charts import bar, lines
from bot.console.doors import Door, Refused
from bot.console.rendering import language_of, render, say
from bot.keys import SETTINGS, STORE, TOOLS
from ecomlm.reviews.bursts import Flag, suspicious
from ecomlm.reviews.insights import Aspect, Change, Example, Insights, Month, Scope
from ecomlm.reviews.notes import SIDES, whole_text
from ecomlm.reviews.taxonomy import taxonomy
from ecomlm.reviews.telling import label
from knowledge.records import Language, Product, Review
from knowledge.spreadsheets import neutral
from knowledge.store import Store

_ASPECTS, _LINES, _EXAMPLES, _RANKED = 15, 4, 12, 15
_ENOUGH, _MONTHS = 10, 24
_LOOKED_AT = 2000
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


async def insights(request: web.Request) -> web.Response:
    """The whole shop, a department or a product; until everything is counted, how far it is."""
    scope, found = _scope(request), await _insights(request)
    progress = await request.app[TOOLS].review_months.follow()
    language, store = language_of(request), request.app[STORE]
    aspects, sides = await found.aspects(scope), await found.sides(scope)
    months = await found.by_month(scope)
    ranked = [] if scope.product else await found.most_blamed(scope, limit=_RANKED)
    names = await _names(store, [item.product for item in ranked], language)
    values = {
        "scope": scope,
        "progress": progress,
        "of": sides.get("all", 0),
        "sides": [(side, sides.get(side, 0)) for side in ("positive", "neutral", "mixed", "negative")],
        "aspects": _rows(aspects[:_ASPECTS], language),
        "chart": _chart(request, months, aspects),
        "months": months,
        "changes": [_change(change, language) for change in await found.changes(scope)],
        "ranked": [(names.get(item.product), item, label(item.aspect, language)) for item in ranked],
        "flags": await _flags(store, scope, language),
        "departments": await _departments(found, store, language),
        "product": await _product_name(store, scope, language),
        "query": {name: value for name, value in request.query.items() if name in _ASKED},
    }
    return await render(request, "insights.html", values)


async def aspect(request: web.Request) -> web.Response:
    """One aspect: what is said of it on both sides, in the buyers' own words, and of which products."""
    name = request.match_info["aspect"]
    if name not in taxonomy().categories:
        raise web.HTTPNotFound
    scope, found = _scope(request), await _insights(request)
    language, store = language_of(request), request.app[STORE]
    ranked = [] if scope.product else await found.most_blamed(scope, name, limit=_RANKED)
    said = {side: await found.examples(scope, name, side, _EXAMPLES) for side in SIDES}
    wanted = [item.product for item in ranked] + [item.product for side in SIDES for item in said[side]]
    values = {
        "scope": scope,
        "name": label(name, language),
        "counts": next((item for item in await found.aspects(scope) if item.name == name), None),
        "ranked": ranked,
        "names": await _names(store, wanted, language),
        "said": {side: await _quotes(store, said[side]) for side in SIDES},
        "product": await _product_name(store, scope, language),
        "query": {name: value for name, value in request.query.items() if name in _ASKED},
        "has_pages": request.app[SETTINGS].storefront,
    }
    return await render(request, "insights_aspect.html", values)


async def table(request: web.Request) -> web.Response:
    """Every month, aspect and side of the scope as a table for spreadsheets."""
    scope, found = _scope(request), await _insights(request)
    language = language_of(request)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([say(request, f"insights.{name}") for name in ("month", "aspect", "side", "count", "of")])
    rows = await found.rows(scope)
    await asyncio.to_thread(
        writer.writerows,
        [
            [
                row.month,
                neutral(label(row.aspect, language)),
                say(request, f"insights.{row.side}"),
                row.count,
                row.of,
            ]
            for row in rows
        ],
    )
    headers = {"Content-Disposition": 'attachment; filename="reviews.csv"', "Cache-Control": "no-store"}
    text = "\ufeff" + stream.getvalue()  # the mark by which spreadsheets know the encoding
    return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)


_ASKED = ("department", "product", "first", "last")


async def _insights(request: web.Request) -> Insights:
    book = await request.app[TOOLS].review_months.open()
    return Insights(book.engine)


def _scope(request: web.Request) -> Scope:
    given = {name: request.query.get(name, "").strip() or None for name in _ASKED}
    for name in ("first", "last"):
        month = given[name]
        if month is not None and not _MONTH.fullmatch(month):
            raise Refused(400, "no_month", given=month)
    if given["first"] and given["last"] and given["first"] > given["last"]:
        raise Refused(400, "no_span", first=given["first"], last=given["last"])
    return Scope(**given)


def _rows(aspects: list[Aspect], language: Language) -> list[dict[str, Any]]:
    """The table's rows; a bar is as long as its count is beside the largest."""
    most = max((count for item in aspects for count in (item.praise, item.blame)), default=1)
    return [
        {
            "name": item.name,
            "label": label(item.name, language),
            "counts": item,
            "bars": {"good": bar(item.praise / most, "good"), "bad": bar(item.blame / most, "bad")},
        }
        for item in aspects
    ]


def _chart(request: web.Request, months: list[Month], aspects: list[Aspect]) -> str:
    """The share of complaints of the most complained-of aspects, in the months with enough reviews."""
    months = [month for month in months if month.of >= _ENOUGH][-_MONTHS:]
    if len(months) < 2:
        return ""
    worst = [item for item in sorted(aspects, key=lambda item: -item.blame)[:_LINES] if item.blame]
    shares = {
        label(item.name, language_of(request)): [month.blame.get(item.name, 0) / month.of for month in months]
        for item in worst
    }
    return lines(say(request, "insights.chart"), [month.name for month in months], shares) if shares else ""


def _change(change: Change, language: Language) -> dict[str, Any]:
    return {
        "name": change.aspect,
        "label": label(change.aspect, language),
        "side": change.side,
        "trend": change.trend,
    }


async def _flags(store: Store, scope: Scope, language: Language) -> list[Flag]:
    """What looks copied or bought among a product's newest reviews: a reason to look, no proof."""
    if scope.product is None:
        return []
    newest = await store.reviews(scope.product, limit=_LOOKED_AT)
    return await asyncio.to_thread(suspicious, newest, language)


async def _departments(found: Insights, store: Store, language: Language) -> list[tuple[str, str]]:
    known = await found.departments()
    examples: dict[str, Product] = {
        product.id: product for product in await store.products([id for _, id in known])
    }
    return [(name, examples[id].department.best(language) if id in examples else name) for name, id in known]


async def _names(store: Store, ids: list[str], language: Language) -> dict[str, str]:
    return {
        product.id: short_title(product, language)
        for product in await store.products(list(dict.fromkeys(ids)))
    }


async def _product_name(store: Store, scope: Scope, language: Language) -> str:
    if scope.product is None:
        return ""
    return short_title(await store.product(scope.product), language)


async def _quotes(store: Store, examples: list[Example]) -> list[dict[str, str]]:
    """The words of the examples, each wording once."""
    reviews: dict[str, Review] = {
        review.id: review for review in await store.some_reviews([item.review for item in examples])
    }
    quotes: dict[str, dict[str, str]] = {}
    for item in examples:
        if item.review in reviews:
            text = whole_text(reviews[item.review])[item.start : item.end]
            quotes.setdefault(text, {"product": item.product, "review": item.review, "text": text})
    return list(quotes.values())


DOORS = (
    Door("GET", "/insights", insights, "viewer"),
    Door("GET", "/insights/table.csv", table, "viewer"),
    Door("GET", "/insights/aspects/{aspect}", aspect, "viewer"),
)
