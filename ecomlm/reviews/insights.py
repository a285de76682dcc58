"""What a shop's reviews amount to: by aspect, month, department and product, and what has changed.

Everything is counted from the tables of `ecomlm.reviews.months`; a share is always of the reviews of the same
products and months. Knows nothing of pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ecomlm.reviews.digest import ENOUGH, Trend, differs
from ecomlm.reviews.months import EVERYTHING, months
from ecomlm.reviews.notes import SIDES, Side
from ecomlm.reviews.taxonomy import OVERALL
from knowledge.tables import products

RECENT_MONTHS = 3
LEAST_REVIEWS = 5
"""A product with fewer reviews is not ranked by their shares."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which reviews are looked at: of a department or a product, of these months; all where nothing is said.

    Months are written as "2026-03"; both ends count. Reviews without a date count where no month is given.
    """

    department: str | None = None
    product: str | None = None
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Aspect:
    """How many of `of` reviews praise an aspect and how many complain of it."""

    name: str
    praise: int
    blame: int
    of: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month's reviews, and how many of them complain of each aspect."""

    name: str
    of: int
    blame: dict[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """An aspect that is said more or less often than before, beyond chance."""

    aspect: str
    side: Side
    trend: Trend


@dataclass(frozen=True, slots=True)
class Ranked:
    """A product by how large a share of its reviews complains of an aspect."""

    product: str
    aspect: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Row:
    """How many of a month's reviews say so; the month is empty for reviews without a date."""

    month: str
    aspect: str
    side: Side
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Example:
    """Where a review says something: the place in its text."""

    product: str
    review: str
    start: int
    end: int


class Insights:
    """Answers questions about the counts; every method is one query or two."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def aspects(self, scope: Scope) -> list[Aspect]:
        """Return the aspects spoken of, the most spoken of first."""
        query = select(months.c.aspect, months.c.side, func.sum(months.c.count)).where(_within(scope))
        counts: dict[tuple[str, str], int] = {}
        async with self._engine.connect() as connection:
            for aspect, side, count in await connection.execute(
                query.group_by(months.c.aspect, months.c.side)
            ):
                counts[aspect, side] = count
        of = counts.get((EVERYTHING, "all"), 0)
        names = {aspect for aspect, _ in counts} - {EVERYTHING, OVERALL}
        found = [
            Aspect(name, counts.get((name, "positive"), 0), counts.get((name, "negative"), 0), of)
            for name in names
        ]
        return sorted(found, key=lambda aspect: (-aspect.praise - aspect.blame, aspect.name))

    async def sides(self, scope: Scope) -> dict[str, int]:
        """Return how many reviews there are ("all") and how many are of each side as a whole."""
        query = select(months.c.side, func.sum(months.c.count)).where(
            _within(scope), months.c.aspect == EVERYTHING
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.group_by(months.c.side))
            return {side: count for side, count in rows}

    async def by_month(self, scope: Scope) -> list[Month]:
        """Return the months that have reviews, in order, each with its complaints."""
        wanted = (months.c.aspect == EVERYTHING) & (months.c.side == "all")
        wanted |= (months.c.aspect != EVERYTHING) & (months.c.side == "negative")
        query = select(months.c.month, months.c.aspect, func.sum(months.c.count))
        query = query.where(_within(scope), wanted, months.c.month != "")
        of: dict[str, int] = defaultdict(int)
        blame: dict[str, dict[str, int]] = defaultdict(dict)
        async with self._engine.connect() as connection:
            for month, aspect, count in await connection.execute(
                query.group_by(months.c.month, months.c.aspect)
            ):
                if aspect == EVERYTHING:
                    of[month] = count
                else:
                    blame[month][aspect] = count
        return [Month(month, of[month], blame[month]) for month in sorted(of)]

    async def changes(self, scope: Scope) -> list[Change]:
        """Return what is said more or less often in the newest three months than before, most changed first.

        Empty where either time has fewer than 20 reviews.
        """
        every = await self.by_month(Scope(scope.department, scope.product))
        if len(every) <= RECENT_MONTHS:
            return []
        since = every[-RECENT_MONTHS].name
        recent = await self.aspects(Scope(scope.department, scope.product, first=since))
        earlier = await self.aspects(Scope(scope.department, scope.product, first="0", last=_before(since)))
        return changes_between(recent, earlier)

    async def most_blamed(self, scope: Scope, aspect: str | None = None, limit: int = 20) -> list[Ranked]:
        """Return the products of which the largest share complains, of one aspect or of any."""
        of = select(months.c.product, func.sum(months.c.count).label("of"))
        of = of.where(_within(scope), months.c.aspect == EVERYTHING, months.c.side == "all")
        reviewed = of.group_by(months.c.product).having(func.sum(months.c.count) >= LEAST_REVIEWS).subquery()
        said = select(months.c.product, months.c.aspect, func.sum(months.c.count).label("said"))
        named = months.c.aspect == aspect if aspect else months.c.aspect.not_in((EVERYTHING, OVERALL))
        said = said.where(_within(scope), months.c.side == "negative", named)
        blamed = said.group_by(months.c.product, months.c.aspect).subquery()
        query = select(blamed.c.product, blamed.c.aspect, blamed.c.said, reviewed.c.of)
        query = query.join_from(blamed, reviewed, blamed.c.product == reviewed.c.product)
        share = blamed.c.said * 1.0 / reviewed.c.of
        query = query.where(blamed.c.said > 1).order_by(share.desc(), blamed.c.said.desc(), blamed.c.product)
        async with self._engine.connect() as connection:
            return [Ranked(*row) for row in await connection.execute(query.limit(limit))]

    async def examples(self, scope: Scope, aspect: str, side: Side, limit: int = 20) -> list[Example]:
        """Return where reviews say so, the newest months first."""
        query = select(months.c.product, months.c.examples).where(
            _within(scope), months.c.aspect == aspect, months.c.side == side
        )
        query = query.order_by(months.c.month.desc(), months.c.count.desc(), months.c.product).limit(limit)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        found = [Example(product, *place) for product, places in rows for place in places]
        return found[:limit]

    async def rows(self, scope: Scope) -> list[Row]:
        """Return every month, aspect and side in scope, in order."""
        query = select(months.c.month, months.c.aspect, months.c.side, func.sum(months.c.count))
        query = query.where(_within(scope)).group_by(months.c.month, months.c.aspect, months.c.side)
        async with self._engine.connect() as connection:
            found = (await connection.execute(query)).all()
        of = {month: count for month, aspect, side, count in found if (aspect, side) == (EVERYTHING, "all")}
        return [
            Row(month, aspect, side, count, of[month])
            for month, aspect, side, count in sorted(map(tuple, found))
            if aspect != EVERYTHING
        ]

    async def departments(self) -> list[tuple[str, str]]:
        """Return the departments that have reviews, each with one of its products."""
        query = select(products.c.department, func.min(products.c.id))
        query = query.where(products.c.id.in_(select(months.c.product).distinct()))
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                query.group_by(products.c.department).order_by(products.c.department)
            )
            return [(department, product) for department, product in rows]


def changes_between(recent: Sequence[Aspect], earlier: Sequence[Aspect]) -> list[Change]:
    """Return the aspects whose share differs between two times beyond chance, the most changed first."""
    of = (recent[0].of if recent else 0, earlier[0].of if earlier else 0)
    if min(of) < ENOUGH:
        return []
    sides = {"positive": (_praise(recent), _praise(earlier)), "negative": (_blame(recent), _blame(earlier))}
    found = []
    for side in SIDES:
        new, old = sides[side]
        for aspect in sorted(new.keys() | old.keys()):
            trend = Trend((new.get(aspect, 0), of[0]), (old.get(aspect, 0), of[1]))
            if differs(trend):
                found.append(Change(aspect, side, trend))
    return sorted(found, key=lambda change: -abs(change.trend.change))


def _praise(aspects: Sequence[Aspect]) -> dict[str, int]:
    return {aspect.name: aspect.praise for aspect in aspects}


def _blame(aspects: Sequence[Aspect]) -> dict[str, int]:
    return {aspect.name: aspect.blame for aspect in aspects}


def _before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02}"


def _within(scope: Scope) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [months.c.count > 0]
    if scope.product is not None:
        conditions.append(months.c.product == scope.product)
    if scope.department is not None:
        of_department = select(products.c.id).where(products.c.department == scope.department)
        conditions.append(months.c.product.in_(of_department))
    if scope.first is not None:
        conditions.append(months.c.month >= scope.first)
    if scope.last is not None:
        conditions.append(months.c.month <= scope.last)
    return and_(*conditions)
