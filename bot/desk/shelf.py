"""All that a verified customer's business may be about, and which of their orders a kind of business fits.

Knows records and kinds. Knows nothing of what was said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.desk.task import READING, Kind
from knowledge.desk.rules import Rules
from knowledge.records import Customer, Order, OrderLine, Product, ProductId

WITH_ITEMS: tuple[Kind, ...] = ("cancel", "items", "return", "exchange", "warranty")
_DELIVERED: tuple[Kind, ...] = ("return", "exchange", "warranty")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A customer with their orders, newest first, and the products in them."""

    customer: Customer
    orders: Sequence[Order]
    rules: Rules
    products: Mapping[ProductId, Product] = field(default_factory=dict)

    def order(self, id: str | None) -> Order | None:
        """Return the customer's order of that number."""
        return next((order for order in self.orders if order.id == id), None)


def open_lines(kind: Kind, order: Order) -> tuple[OrderLine, ...]:
    """Return the lines of an order to which a kind of business may apply."""
    status = "delivered" if kind in _DELIVERED else "ordered"
    return tuple(line for line in order.lines if line.status == status)


def fits(kind: Kind, order: Order) -> bool:
    """Whether an order is one that such business is about."""
    if kind == "refund":
        return bool(order.refunds or any(case.refund for case in order.cases))
    return kind in READING or bool(open_lines(kind, order))
