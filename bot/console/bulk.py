"""One change for many products: what it makes of each, and doing it to all or none.

Knows products and the store. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, get_args

from bot.console.versions import fingerprint
from knowledge.errors import EcomlmError
from knowledge.importers.markup import tidy
from knowledge.importers.money import decimals_of, read_number
from knowledge.records import Money, Offer, Product, Text
from knowledge.store import Changes, Store

Action = Literal["publish", "unpublish", "price", "stock", "department"]
ACTIONS: tuple[Action, ...] = get_args(Action)
MOST = 1000
_LARGEST_STOCK = 999_999_999
_LARGEST_RISE = Decimal(1000)


class BulkInvalid(EcomlmError):
    """What is to be done cannot be; `reason` is a wording's name under `bulk.`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is to be done to every chosen product; `percent` is added to prices, minus is taken off."""

    action: Action
    percent: Decimal = Decimal(0)
    stock: int = 0
    department: Text = Text()

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Bulk:
        """Read it from a form.

        Raises:
            BulkInvalid: for an action that is none, or a value that it cannot be done with.
        """
        action = next((name for name in ACTIONS if name == given.get("action")), None)
        if action is None:
            raise BulkInvalid("no_action")
        match action:
            case "price":
                percent = read_number(str(given.get("percent", "")).replace("%", "").strip())
                if percent is None or not -100 < percent <= _LARGEST_RISE or percent == 0:
                    raise BulkInvalid("bad_percent")
                return cls(action, percent=percent)
            case "stock":
                text = str(given.get("stock", "")).strip()
                if not (text.isascii() and text.isdigit() and int(text[:12]) <= _LARGEST_STOCK):
                    raise BulkInvalid("bad_stock")
                return cls(action, stock=int(text))
            case "department":
                name = Text(*(tidy(str(given.get(f"department_{tongue}", ""))) for tongue in ("en", "zh")))
                if not name:
                    raise BulkInvalid("no_department")
                return cls(action, department=name)
        return cls(action)

    def of(self, product: Product) -> Product:
        """Return the product after the change."""
        match self.action:
            case "publish" | "unpublish":
                return replace(product, is_published=self.action == "publish")
            case "department":
                return replace(product, department=self.department)
            case "stock":
                return _with_offers(product, lambda offer: replace(offer, stock=self.stock))
        return _with_offers(product, self._repriced)

    def _repriced(self, offer: Offer) -> Offer:
        if offer.price is None:
            return offer
        exact = offer.price.amount * (100 + self.percent) / 100
        step = Decimal(1).scaleb(-decimals_of(offer.price.currency))
        return replace(offer, price=Money(exact.quantize(step, ROUND_HALF_UP), offer.price.currency))


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen: each product that changes, before and after. `mark` tells if one of them changed."""

    changes: tuple[tuple[Product, Product], ...]
    unchanged: int
    mark: str


async def plan(store: Store, ids: Sequence[str], bulk: Bulk) -> Plan:
    """Work out what the change makes of these products, without doing it."""
    return _plan(await store.products(list(dict.fromkeys(ids))), bulk)


async def apply(store: Store, ids: Sequence[str], bulk: Bulk, mark: str, *, who: str) -> Changes | None:
    """Do it to all of them, or to none; None where one of them is not as `mark` saw it.

    Raises:
        RecordConflict: where one of them changes at this very moment.
    """
    found = await plan(store, ids, bulk)
    if found.mark != mark:
        return None
    after, before = [new for _, new in found.changes], [old for old, _ in found.changes]
    return await store.save(after, who=who, replacing=before)


def _plan(products: Iterable[Product], bulk: Bulk) -> Plan:
    every = list(products)
    changes = tuple((old, new) for old in every if (new := bulk.of(old)) != old)
    return Plan(changes, len(every) - len(changes), fingerprint(*every))


def _with_offers(product: Product, change: Callable[[Offer], Offer]) -> Product:
    """Change the offers that count: the variants' where there are variants."""
    if product.variants:
        variants = (replace(variant, offer=change(variant.offer)) for variant in product.variants)
        return replace(product, variants=tuple(variants))
    return replace(product, offer=change(product.offer))
