"""What the shop's pages list: one light line a product, grouped, kept up to date with the store.

Reads the whole catalogue once and later only what changed, so that a page of a large shop costs no more
than that of a small one. Knows nothing of pages, HTTP or search.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from knowledge.records import Language, Money, Product, Text
from knowledge.store import Store

Order = Literal["featured", "price_up", "price_down", "newest"]
ORDERS: tuple[Order, ...] = ("featured", "price_up", "price_down", "newest")
REFRESH_SECONDS = 1.0
NEWEST, NEWEST_OF_SECTION = 8, 2
_OTHER = Text("Other", "其他")


@dataclass(frozen=True, slots=True)
class Listing:
    """A product as a list shows it."""

    id: str
    title: Text
    brand: str | None
    department: Text
    category: Text
    lowest: Money | None
    highest: Money | None
    regular: Money | None
    is_available: bool | None
    image: str | None
    released: date | None


@dataclass(frozen=True, slots=True)
class Section:
    """A department or, in a shop without departments, a category or a brand.

    The picture of `typical` stands for it: a product of its largest category.
    """

    slug: str
    name: Text
    products: tuple[Listing, ...]
    typical: Listing

    def categories(self, language: Language) -> list[tuple[str, int]]:
        """Return the names of its categories with their number of products, the largest first."""
        names = (listing.category.best(language) for listing in self.products if listing.category)
        return Counter(names).most_common()


@dataclass(frozen=True, slots=True)
class View:
    """The catalogue at one revision. `newest` shows the whole shop at a glance."""

    revision: int
    listings: dict[str, Listing]
    sections: dict[str, Section]
    groups_by: Literal["department", "category", "brand"]
    newest: tuple[Listing, ...]

    def section_of(self, listing: Listing) -> Section | None:
        """Return the section that holds a product."""
        return self.sections.get(slug_of(_group(listing, self.groups_by)))


class Shelf:
    """The catalogue's lines; ask it for a `view`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self._view: View | None = None
        self._checked = 0.0

    async def view(self) -> View:
        """Return the catalogue as it is now, read again where it changed."""
        if self._view and time.monotonic() - self._checked < REFRESH_SECONDS:
            return self._view
        async with self._lock:
            revision = await self._store.revision()
            if self._view is None:
                self._view = await self._read(revision)
            elif revision != self._view.revision:
                self._view = await self._update(self._view, revision)
            self._checked = time.monotonic()
            return self._view

    async def _read(self, revision: int) -> View:
        listings = [_listing(product) async for product in self._store.each_product() if product.is_published]
        return _arrange(revision, {listing.id: listing for listing in listings})

    async def _update(self, view: View, revision: int) -> View:
        changed = await self._store.changed_since(view.revision)
        ids = [id for kind, id, _ in changed if kind == "product"]
        listings = {id: listing for id, listing in view.listings.items() if id not in set(ids)}
        for product in await self._store.products(ids):
            if product.is_published:
                listings[product.id] = _listing(product)
        return _arrange(revision, listings)


def ordered(listings: Sequence[Listing], order: Order) -> list[Listing]:
    """Sort for showing: what can be had comes before what is sold out, whatever the order."""
    return sorted(listings, key=lambda item: (item.is_available is False, *_rank(item, order)))


def _rank(item: Listing, order: Order) -> tuple[bool | int, Decimal | int]:
    if order == "newest":
        return -(item.released or date.min).toordinal(), 0
    if order == "featured" or item.lowest is None:
        return order != "featured", 0
    return False, -item.lowest.amount if order == "price_down" else item.lowest.amount


def slug_of(name: Text) -> str:
    """Return a name as it stands in an address.

    >>> slug_of(Text("Home & Living", "家居"))
    'home-living'
    """
    return re.sub(r"[^\w]+", "-", (name.en or name.zh).casefold()).strip("-") or "other"


def _listing(product: Product) -> Listing:
    regular = None if product.variants else product.offer.list_price
    return Listing(
        product.id,
        product.title,
        product.brand,
        product.department,
        product.categories[-1] if product.categories else Text(),
        product.lowest_price,
        product.highest_price,
        regular if regular != product.lowest_price else None,
        product.is_available,
        product.image,
        product.released,
    )


def _arrange(revision: int, listings: dict[str, Listing]) -> View:
    groups_by = _grouping(listings.values())
    groups: dict[str, list[Listing]] = {}
    for listing in listings.values():
        groups.setdefault(slug_of(_group(listing, groups_by)), []).append(listing)
    sections = [
        Section(slug, _group(items[0], groups_by), tuple(items), _typical(items))
        for slug, items in groups.items()
    ]
    sections.sort(key=lambda section: (section.name == _OTHER, -len(section.products), section.slug))
    by_slug = {section.slug: section for section in sections}
    return View(revision, listings, by_slug, groups_by, _newest(sections))


def _typical(listings: Sequence[Listing]) -> Listing:
    sizes = Counter(listing.category for listing in listings)
    return max(listings, key=lambda listing: sizes[listing.category])


def _newest(sections: Iterable[Section]) -> tuple[Listing, ...]:
    """The newest products that can be had, few of a section."""
    candidates = [
        item for section in sections for item in ordered(section.products, "newest")[:NEWEST_OF_SECTION]
    ]
    return tuple(ordered(candidates, "newest")[:NEWEST])


def _grouping(listings: Iterable[Listing]) -> Literal["department", "category", "brand"]:
    """Group by the first of department, category and brand that most products have."""
    items = list(listings)
    if sum(1 for item in items if item.department) * 2 > len(items):
        return "department"
    if sum(1 for item in items if item.category) * 2 > len(items):
        return "category"
    return "brand"


def _group(listing: Listing, groups_by: Literal["department", "category", "brand"]) -> Text:
    if groups_by == "brand":
        return Text(listing.brand, listing.brand) if listing.brand else _OTHER
    return (listing.department if groups_by == "department" else listing.category) or _OTHER
