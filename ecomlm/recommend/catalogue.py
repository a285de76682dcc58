"""What the recommender knows of each product: its id, what is written of it, its maker and department.

Knows nothing of shoppers. Prices and stock are left to the records: they change by the minute.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecomlm.recommend.journeys import Integers
from knowledge.records import Product

_MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Item:
    """A product as the recommender reads it. `text` is its name and what else tells what it is."""

    id: str
    title: str
    text: str = ""
    brand: str = ""
    department: str = ""

    @classmethod
    def of(cls, product: Product) -> Item:
        """Read a product's record, in both languages; the maker's name makes no two things alike."""
        categories = [text for item in product.categories for text in (item.en, item.zh) if text]
        titles = [_without(product.brand, title) for title in (product.title.en, product.title.zh)]
        parts = [*titles, *categories, *product.tags]
        return cls(
            product.id, product.title.best("en"), " ".join(filter(None, parts)), product.brand or "",
            product.department.best("en"),
        )  # fmt: skip


def _without(brand: str | None, title: str) -> str:
    """Return a title without its maker's name, unless that is all there is."""
    left = re.sub(re.escape(brand), " ", title, flags=re.IGNORECASE) if brand else title
    return left if left.strip() else title


def plain(text: str) -> str:
    """Return a text without the markup that product feeds carry."""
    return " ".join(html.unescape(_MARKUP.sub(" ", html.unescape(text))).split())


class Catalogue:
    """Products in rows; new ones come at the end, and none is taken away."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items: list[Item] = []
        self.rows: dict[str, int] = {}
        self._brands: dict[str, int] = {}
        self.add(items)

    def __len__(self) -> int:
        return len(self.items)

    def add(self, items: Iterable[Item]) -> list[Item]:
        """Add the products that are new, and return them."""
        added = []
        for item in items:
            if item.id not in self.rows:
                self.rows[item.id] = len(self.items)
                self.items.append(item)
                added.append(item)
        return added

    def known(self, ids: Iterable[str]) -> list[int]:
        """Return the rows of the ids that are products here."""
        return [self.rows[id] for id in ids if id in self.rows]

    def brands(self) -> Integers:
        """Return a number for each product's maker, 0 where it has none."""
        import numpy as np

        numbers = [
            self._brands.setdefault(item.brand.casefold(), len(self._brands) + 1) if item.brand else 0
            for item in self.items
        ]
        return np.array(numbers, np.int64)

    def texts(self, items: Sequence[Item] | None = None) -> list[str]:
        """Return what is written of products, of all without `items`."""
        chosen = self.items if items is None else items
        return [item.text or item.title for item in chosen]
