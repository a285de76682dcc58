"""What a request to the service desk would do, worked out completely before anything is done.

A plan holds the tool and its arguments, the records before and after, and the money that moves. Its digest
stands for exactly that: a plan made again of changed records has another one. Pure: reads no store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from knowledge import codec
from knowledge.desk.refusals import Refused
from knowledge.desk.rules import Rules
from knowledge.records import (
    Address,
    Case,
    CaseKind,
    CaseLine,
    Customer,
    Money,
    Order,
    OrderLine,
    PaymentMethod,
    Product,
    ProductId,
    Record,
    Sku,
    Variant,
)

ToolName = Literal[
    "cancel_pending_order", "modify_pending_order_address", "modify_pending_order_items",
    "modify_pending_order_payment", "return_delivered_order_items", "exchange_delivered_order_items",
    "modify_user_address", "start_warranty_case", "request_stock_notice",
]  # fmt: skip
Products = Mapping[ProductId, Product]


@dataclass(frozen=True, slots=True)
class Situation:
    """What a plan is made from: the verified customer, their order, its products, the rules and the time."""

    rules: Rules
    customer: Customer
    now: datetime
    order: Order | None = None
    products: Products = field(default_factory=dict)

    @property
    def the_order(self) -> Order:
        """The order that it is about."""
        if self.order is None or self.order.customer_id != self.customer.id:
            raise Refused("order_not_found")
        return self.order

    @property
    def original(self) -> PaymentMethod:
        """How the order was paid; where it is none of the customer's kept ways, as the order words it."""
        label = self.the_order.payment
        known = (method for method in self.customer.payments if label in (method.id, method.label))
        started = (method for method in self.customer.payments if label.startswith(f"{method.label},"))
        return next(known, None) or next(started, None) or PaymentMethod(label, "other", label)


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that goes back to, or is taken from, one way of paying."""

    kind: Literal["refund", "charge"]
    amount: Money
    method: PaymentMethod
    working_days: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One thing that would be done. `facts` are for wording, `article_of` is the rule that words it."""

    tool: ToolName
    arguments: Mapping[str, Any]
    before: tuple[Record, ...]
    after: tuple[Record, ...]
    lines: tuple[CaseLine, ...] = ()
    movements: tuple[Movement, ...] = ()
    fee: Money | None = None
    kind: CaseKind | None = None
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""

    @property
    def digest(self) -> str:
        """A name for exactly what would happen: the tool, its arguments, the money and the new records."""
        money = [[m.kind, str(m.amount.amount), m.amount.currency, m.method.id] for m in self.movements]
        fee = str(self.fee.amount) if self.fee else ""
        told = [self.tool, dict(self.arguments), money, fee, [codec.encode(record) for record in self.after]]
        content = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(content.encode()).hexdigest()

    def settled(self, id: str, now: datetime) -> tuple[Record, ...]:
        """Return the records after it was done, the order with the case of that id."""
        if self.kind is None:
            return self.after
        refund = next((m for m in self.movements if m.kind == "refund"), None)
        charge = next((m for m in self.movements if m.kind == "charge"), None)
        moved = charge or refund
        case = Case(
            id, self.kind, now, self.lines, self.reason, moved.method.id if moved else "",
            refund.amount if refund else None, charge.amount if charge else None, self.fee,
        )  # fmt: skip
        return tuple(
            replace(record, cases=(*record.cases, case)) if isinstance(record, Order) else record
            for record in self.after
        )


def delivered_on(order: Order, sku: Sku) -> date:
    """Return the day on which something was delivered; the order's own day where no parcel tells."""
    own = [p.delivered for p in order.parcels if p.delivered and sku in p.skus]
    times = own or [p.delivered for p in order.parcels if p.delivered] or [order.placed]
    return max(times).date()


def last_day(situation: Situation, sku: Sku, product: Product | None, *, exchange: bool) -> date | None:
    """Return the last day on which a delivered item may be returned or exchanged; None without a limit."""
    order, taking = (
        situation.the_order,
        (situation.rules.exchanges if exchange else situation.rules.returns),
    )
    days = situation.rules.of(taking.windows, product)
    if days is None:
        return None
    last = delivered_on(order, sku) + timedelta(days=days)
    placed = order.placed.astimezone(UTC).date()
    for extension in taking.extensions:
        if extension.placed_from <= placed <= extension.placed_until:
            last = max(last, extension.until)
    return last


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, the month's last one where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def take_lines(order: Order, skus: Iterable[str], statuses: tuple[str, ...]) -> tuple[OrderLine, ...]:
    """Return the order's lines behind these skus, each with the quantity that was named.

    Raises:
        Refused: where the order has not that many of one in such a state.
    """
    wanted: dict[str, int] = {}
    for sku in skus:
        wanted[sku] = wanted.get(sku, 0) + 1
    if not wanted:
        raise Refused("nothing_chosen")
    taken = []
    for sku, count in wanted.items():
        lines = [line for line in order.lines if line.sku == sku]
        if not lines:
            raise Refused("item_not_in_order", sku=sku, order=order.id)
        fitting = [line for line in lines if line.status in statuses]
        for line in fitting:
            part = min(count, line.quantity)
            count -= part
            if part:
                taken.append(replace(line, quantity=part))
        if count:
            if not fitting:
                raise Refused("not_delivered", title=lines[0].title, state=lines[0].status)
            raise Refused("item_not_in_order", sku=sku, order=order.id)
    return tuple(taken)


def mark_lines(order: Order, taken: Iterable[OrderLine], **changes: Any) -> tuple[OrderLine, ...]:
    """Return the order's lines with the taken ones changed; a line taken in part is split."""
    open_parts = {(line.sku, line.status): 0 for line in taken}
    for line in taken:
        open_parts[line.sku, line.status] += line.quantity
    marked: list[OrderLine] = []
    for line in order.lines:
        part = min(line.quantity, open_parts.get((line.sku, line.status), 0))
        if part:
            open_parts[line.sku, line.status] -= part
            marked.append(replace(line, quantity=part, **changes))
        if part < line.quantity:
            marked.append(replace(line, quantity=line.quantity - part))
    return tuple(marked)


def variant_of(product: Product | None, sku: str) -> Variant | None:
    """Return the product's variant of that sku."""
    return next((variant for variant in product.variants if variant.sku == sku), None) if product else None


def price_of(line: OrderLine) -> Decimal:
    """Return what a line cost in all."""
    return line.price.amount * line.quantity


def case_lines(lines: Iterable[OrderLine]) -> tuple[CaseLine, ...]:
    """Return the lines as a case keeps them."""
    return tuple(CaseLine(line.sku, line.title, line.quantity) for line in lines)


def skus_of(lines: Iterable[OrderLine]) -> list[str]:
    """Return each sku as often as it is there."""
    return [str(line.sku) for line in lines for _ in range(line.quantity)]


def restocked(product: Product, changes: Mapping[str, int]) -> Product:
    """Return the product with its counted stock changed; what is not counted is left alone."""
    variants = tuple(
        replace(variant, offer=replace(variant.offer, stock=variant.offer.stock + changes[variant.sku]))
        if variant.sku in changes and variant.offer.stock is not None
        else variant
        for variant in product.variants
    )
    offer = product.offer
    if not product.variants and offer.stock is not None:
        offer = replace(offer, stock=offer.stock + sum(changes.values()))
    return replace(product, variants=variants, offer=offer)


def address_arguments(address: Address) -> dict[str, str]:
    """Return an address as a tool's arguments."""
    first, _, second = address.street.partition(", ")
    return {
        "address1": first, "address2": second, "city": address.city, "state": address.region,
        "country": address.country, "zip": address.postcode,
    }  # fmt: skip


def find_payment(situation: Situation, id: str | None) -> PaymentMethod:
    """Return the customer's way of paying of that id; the order's own one without an id."""
    original = situation.original
    if id is None or id == original.id:
        return original
    found = next((method for method in situation.customer.payments if method.id == id), None)
    if found is None:
        raise Refused("payment_unknown", payment=id)
    return found


def movement(
    situation: Situation, kind: Literal["refund", "charge"], amount: Money, method: PaymentMethod
) -> Movement:
    """Return money that moves.

    Raises:
        Refused: when a gift card does not hold what is to be taken from it.
    """
    if kind == "charge" and method.kind == "gift_card":
        balance = method.balance.amount if method.balance else Decimal()
        if balance < amount.amount:
            raise Refused(
                "gift_card_too_small", payment=method.label, balance=str(balance), needed=str(amount.amount)
            )
    days = situation.rules.refund_days.get(method.kind) if kind == "refund" else None
    return Movement(kind, amount, method, days)


def settle_gift_cards(customer: Customer, movements: Iterable[Movement]) -> Customer:
    """Return the customer with the balances of their gift cards after the money has moved."""
    payments = list(customer.payments)
    for moved in movements:
        for place, method in enumerate(payments):
            if method.id != moved.method.id or method.kind != "gift_card":
                continue
            sign = 1 if moved.kind == "refund" else -1
            held = method.balance or Money(Decimal(), moved.amount.currency)
            payments[place] = replace(
                method, balance=Money(held.amount + sign * moved.amount.amount, held.currency)
            )
    return replace(customer, payments=tuple(payments))


def with_customer(
    situation: Situation, movements: tuple[Movement, ...], before: list[Record], after: list[Record]
) -> None:
    """Add the customer to the records where a gift card's balance changes."""
    changed = settle_gift_cards(situation.customer, movements)
    if changed != situation.customer:
        before.append(situation.customer)
        after.append(changed)
