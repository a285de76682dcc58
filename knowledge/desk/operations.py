"""The service desk's operations: each checks everything and returns a plan, or refuses with a typed reason.

Every name carries its pre-condition. Nothing here writes: `knowledge.desk.orders` carries a plan out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from knowledge.desk.plans import (
    Movement,
    Plan,
    Situation,
    add_months,
    address_arguments,
    case_lines,
    delivered_on,
    find_payment,
    last_day,
    mark_lines,
    movement,
    price_of,
    restocked,
    skus_of,
    take_lines,
    variant_of,
    with_customer,
)
from knowledge.desk.refusals import RefusalCode, Refused
from knowledge.desk.rules import Rules, Taking
from knowledge.records import Address, CaseLine, Language, Money, Order, OrderLine, Product, Record, Sku

FAULTY = "faulty"


def cancel_pending_order(
    situation: Situation, *, reason: str = "", items: Sequence[str] | None = None
) -> Plan:
    """Cancel an order that has not left, or single items of it where the rules allow that."""
    order, rules = situation.the_order, situation.rules
    everything = [line for line in order.lines if line.status != "cancelled"]
    still_here = tuple(line for line in everything if line.status == "ordered")
    if not (still_here and rules.cancels_single_items and order.status in (*rules.cancel_when, "shipped")):
        _check_open(order, rules.cancel_when, "not_cancellable", rule="cancel")
    if rules.items_once and _has_case(order, "change_items"):
        raise Refused("once_only", "cancel", order=order.id)
    if rules.cancel_reasons and reason not in rules.cancel_reasons:
        raise Refused("reason_not_accepted", "cancel", reason=reason)
    taken = take_lines(order, items, ("ordered",)) if items else still_here
    is_whole = sorted(skus_of(taken)) == sorted(skus_of(everything))
    if not is_whole and not rules.cancels_single_items:
        raise Refused("single_item", "cancel", order=order.id)
    amount = sum(map(price_of, taken), Decimal())
    if is_whole:
        amount = order.total.amount - sum((money.amount for money in order.refunds), Decimal())
    is_paid = order.status not in rules.unpaid_when
    refund = Money(max(amount, Decimal()) if is_paid else Decimal(), order.total.currency)
    moved = (movement(situation, "refund", refund, situation.original),) if refund.amount else ()
    changed = replace(
        order,
        status="cancelled" if is_whole else order.status,
        lines=mark_lines(order, taken, status="cancelled"),
        total=order.total
        if is_paid or is_whole
        else Money(order.total.amount - amount, order.total.currency),
        refunds=(*order.refunds, refund) if refund.amount else order.refunds,
    )
    before, after = _with_stock(situation, changed, {line.sku: line.quantity for line in taken})
    with_customer(situation, moved, before, after)
    arguments: dict[str, object] = {"order_id": order.id, "reason": reason}
    if not is_whole:
        arguments["item_ids"] = skus_of(taken)
    return Plan(
        "cancel_pending_order", arguments, tuple(before), tuple(after), case_lines(taken), moved,
        kind="cancel", reason=reason, facts={"whole": is_whole, "paid": is_paid}, rule="cancel",
    )  # fmt: skip


def modify_pending_order_address(situation: Situation, *, address: Address) -> Plan:
    """Send an order that has not left to another address."""
    order, rules = situation.the_order, situation.rules
    _check_open(order, rules.change_when, "not_changeable", rule="change")
    if order.address == address:
        raise Refused("same_address", "change", order=order.id)
    if rules.same_country and order.address and order.address.country != address.country:
        raise Refused("other_country", "change", country=address.country)
    return Plan(
        "modify_pending_order_address", {"order_id": order.id, **address_arguments(address)}, (order,),
        (replace(order, address=address),), kind="change_address", facts={"address": address}, rule="change",
    )  # fmt: skip


def modify_pending_order_items(
    situation: Situation, *, items: Sequence[str], new_items: Sequence[str], payment: str | None = None
) -> Plan:
    """Swap items of an order that has not left for other variants of the same products."""
    order, rules = situation.the_order, situation.rules
    _check_open(order, rules.change_when, "not_changeable", rule="change")
    if rules.items_once and _has_case(order, "change_items"):
        raise Refused("once_only", "change", order=order.id)
    swaps = _swaps(situation, items, new_items, ("ordered",))
    difference = sum((swap.difference for swap in swaps), Decimal())
    moved, method = _difference(situation, difference, payment, is_paid=order.status not in rules.unpaid_when)
    lines = list(order.lines)
    for swap in swaps:
        lines = list(
            mark_lines(replace(order, lines=tuple(lines)), [swap.old], sku=swap.new, price=swap.price)
        )
    total = Money(order.total.amount + difference, order.total.currency)
    changed = replace(order, lines=tuple(lines), total=total)
    before, after = _with_stock(situation, changed, _stock_changes(swaps))
    with_customer(situation, moved, before, after)
    arguments = {
        "order_id": order.id, "item_ids": list(items), "new_item_ids": list(new_items),
        "payment_method_id": method,
    }  # fmt: skip
    return Plan(
        "modify_pending_order_items", arguments, tuple(before), tuple(after), _swap_lines(swaps), moved,
        kind="change_items", rule="change", facts={"once": rules.items_once},
    )  # fmt: skip


def modify_pending_order_payment(situation: Situation, *, payment: str) -> Plan:
    """Have an order that has not left paid in another way."""
    order, rules = situation.the_order, situation.rules
    _check_open(order, rules.change_when, "not_changeable", rule="change")
    method, original = find_payment(situation, payment), situation.original
    if method.id == original.id:
        raise Refused("same_payment", "change", payment=method.label)
    moved: tuple[Movement, ...] = (movement(situation, "charge", order.total, method),)
    if order.status not in rules.unpaid_when:
        moved = (*moved, movement(situation, "refund", order.total, original))
    before: list[Record] = [order]
    after: list[Record] = [
        replace(order, payment=method.label if original.label == order.payment else method.id)
    ]
    with_customer(situation, moved, before, after)
    return Plan(
        "modify_pending_order_payment", {"order_id": order.id, "payment_method_id": method.id},
        tuple(before), tuple(after), movements=moved, kind="change_payment", rule="change",
    )  # fmt: skip


def return_delivered_order_items(
    situation: Situation,
    *,
    items: Sequence[str],
    payment: str | None = None,
    reason: str = "",
    assured: Collection[str] = (),
) -> Plan:
    """Take delivered items back. `assured` are the conditions that the shopper said are met."""
    order, rules = situation.the_order, situation.rules
    taken = _take_back(situation, items, reason, assured, rules.returns, exchange=False)
    original, method = situation.original, find_payment(situation, payment)
    kinds = {
        "original" if method.id == original.id else "gift_card" if method.kind == "gift_card" else "other"
    }
    if not kinds & set(rules.returns.refund_to):
        raise Refused("payment_not_allowed", "refund", payment=method.label, original=original.label)
    fee = _return_fee(situation, taken, reason)
    amount = Money(max(sum(map(price_of, taken), Decimal()) - fee.amount, Decimal()), order.total.currency)
    moved = (movement(situation, "refund", amount, method),)
    changed = replace(order, lines=mark_lines(order, taken, status="return_requested"))
    arguments = {"order_id": order.id, "item_ids": list(items), "payment_method_id": method.id}
    return Plan(
        "return_delivered_order_items", arguments, (order,), (changed,), case_lines(taken), moved,
        fee if fee.amount else None, "return", reason,
        {"own_cost": _is_abroad(order, rules.returns.fee_country) and reason != FAULTY}, "return",
    )  # fmt: skip


def exchange_delivered_order_items(
    situation: Situation,
    *,
    items: Sequence[str],
    new_items: Sequence[str],
    payment: str | None = None,
    reason: str = "",
    assured: Collection[str] = (),
) -> Plan:
    """Exchange delivered items for other variants of the same products."""
    order, rules = situation.the_order, situation.rules
    countries = rules.exchanges.countries
    if countries and order.address and order.address.country not in countries:
        raise Refused("not_abroad", "exchange", country=order.address.country)
    _take_back(situation, items, reason, assured, rules.exchanges, exchange=True)
    may_be_same = reason == FAULTY and not rules.exchanges.other_forms_only
    swaps = _swaps(situation, items, new_items, ("delivered",), may_be_same=may_be_same)
    difference = sum((swap.difference for swap in swaps), Decimal())
    moved, method = _difference(situation, difference, payment, is_paid=True)
    taken = take_lines(order, items, ("delivered",))
    changed = replace(order, lines=mark_lines(order, taken, status="exchange_requested"))
    held = {sku: count for sku, count in _stock_changes(swaps).items() if count < 0}
    before, after = _with_stock(situation, changed, held)
    with_customer(situation, tuple(m for m in moved if m.kind == "charge"), before, after)
    arguments = {
        "order_id": order.id, "item_ids": list(items), "new_item_ids": list(new_items),
        "payment_method_id": method,
    }  # fmt: skip
    return Plan(
        "exchange_delivered_order_items", arguments, tuple(before), tuple(after), _swap_lines(swaps), moved,
        kind="exchange", reason=reason, rule="exchange",
    )  # fmt: skip


def start_warranty_case(situation: Situation, *, item: str, fault: str) -> Plan:
    """Open a warranty case for a delivered item."""
    order, rules = situation.the_order, situation.rules
    (line,) = take_lines(order, [item], ("delivered",))
    if any(case.kind == "warranty" and line.sku in {part.sku for part in case.lines} for case in order.cases):
        raise Refused("already_under_way", "warranty", title=line.title)
    product = situation.products.get(line.product_id)
    own = product.attribute("warranty") if product else None
    if own is not None and isinstance(own.value, Decimal):
        months = int(own.value)
    else:
        months = rules.of(rules.warranty, product) or 0
    if not months:
        raise Refused("no_warranty", "warranty", title=line.title)
    last = add_months(delivered_on(order, line.sku), months)
    if situation.now.date() > last:
        raise Refused("warranty_over", "warranty", title=line.title, until=last.isoformat())
    return Plan(
        "start_warranty_case", {"order_id": order.id, "item_id": item, "fault": fault}, (order,), (order,),
        case_lines([line]), kind="warranty", reason=fault, facts={"until": last}, rule="warranty",
    )  # fmt: skip


def modify_user_address(situation: Situation, *, address: Address) -> Plan:
    """Make an address the customer's first one."""
    customer = situation.customer
    if customer.addresses[:1] == (address,):
        raise Refused("same_address")
    rest = tuple(known for known in customer.addresses if known != address)
    changed = replace(customer, addresses=(address, *rest))
    return Plan(
        "modify_user_address", {"user_id": customer.id, **address_arguments(address)},
        (customer,), (changed,), facts={"address": address},
    )  # fmt: skip


def request_stock_notice(product: Product, *, sku: str, email: str, language: Language, rules: Rules) -> Plan:
    """Tell somebody, once, when something sold out is back."""
    offers = {str(variant.sku): variant.offer for variant in product.variants} or {sku: product.offer}
    if sku not in offers:
        raise Refused("no_such_product", "notice", sku=sku)
    if offers[sku].is_available is not False:
        raise Refused("in_stock", "notice", title=product.title.best(language))
    arguments = {"item_id": sku, "email": email.casefold(), "language": language}
    facts = {"title": product.title.best(language), "days": rules.notice_days}
    return Plan("request_stock_notice", arguments, (), (), facts=facts, rule="notice")


@dataclass(frozen=True, slots=True)
class _Swap:
    old: OrderLine
    new: Sku
    price: Money
    product: Product

    @property
    def difference(self) -> Decimal:
        return self.price.amount - self.old.price.amount


def _swaps(
    situation: Situation,
    items: Sequence[str],
    new_items: Sequence[str],
    statuses: tuple[str, ...],
    *,
    may_be_same: bool = False,
) -> list[_Swap]:
    """Pair old items with new ones, one piece each, and check every pair."""
    order = situation.the_order
    take_lines(order, items, statuses)  # as many of each as there are
    if len(items) != len(new_items):
        raise Refused("nothing_chosen")
    swaps, wanted = [], {sku: new_items.count(sku) for sku in new_items}
    for old, new in zip(items, new_items, strict=True):
        (line,) = take_lines(order, [old], statuses)
        product = situation.products.get(line.product_id)
        variant = variant_of(product, new)
        if product is None or variant is None or variant.offer.price is None:
            raise Refused("not_a_variant", sku=new, title=line.title)
        if new == old and not may_be_same:
            raise Refused("same_variant", title=line.title)
        offer = variant.offer
        if offer.is_available is False or (offer.stock is not None and offer.stock < wanted[new]):
            raise Refused("sold_out", title=line.title, sku=new)
        assert offer.price is not None
        swaps.append(_Swap(line, Sku(new), offer.price, product))
    return swaps


def _difference(
    situation: Situation, difference: Decimal, payment: str | None, *, is_paid: bool
) -> tuple[tuple[Movement, ...], str]:
    """Return the money that a price difference moves, and the id of the way of paying."""
    method = find_payment(situation, payment)
    if not difference or not is_paid:
        return (), method.id
    amount = Money(abs(difference), situation.the_order.total.currency)
    return (movement(situation, "charge" if difference > 0 else "refund", amount, method),), method.id


def _swap_lines(swaps: Sequence[_Swap]) -> tuple[CaseLine, ...]:
    return tuple(CaseLine(swap.old.sku, swap.old.title, 1, swap.new) for swap in swaps)


def _stock_changes(swaps: Sequence[_Swap]) -> dict[str, int]:
    changes: dict[str, int] = {}
    for swap in swaps:
        changes[swap.old.sku] = changes.get(swap.old.sku, 0) + 1
        changes[swap.new] = changes.get(swap.new, 0) - 1
    return changes


def _with_stock(
    situation: Situation, changed: Order, changes: dict[str, int]
) -> tuple[list[Record], list[Record]]:
    """Return the records before and after, the products whose stock changes among them."""
    before: list[Record] = [situation.the_order]
    after: list[Record] = [changed]
    for product in situation.products.values():
        own = {sku: n for sku, n in changes.items() if n and _sells(product, situation.the_order, sku)}
        stocked = restocked(product, own) if own else product
        if stocked != product:
            before.append(product)
            after.append(stocked)
    return before, after


def _sells(product: Product, order: Order, sku: str) -> bool:
    if product.variants:
        return variant_of(product, sku) is not None
    return any(line.sku == sku and line.product_id == product.id for line in order.lines)


def _take_back(
    situation: Situation,
    items: Sequence[str],
    reason: str,
    assured: Collection[str],
    taking: Taking,
    *,
    exchange: bool,
) -> tuple[OrderLine, ...]:
    order, rules, rule = situation.the_order, situation.rules, "exchange" if exchange else "return"
    if order.status in ("cancelled", "pending", "paid"):
        raise Refused("not_delivered", rule, title=order.id, state=order.status)
    if taking.once and any(case.kind in ("return", "exchange") for case in order.cases):
        raise Refused("once_only", rule, order=order.id)
    taken = take_lines(order, items, ("delivered",))
    for line in taken:
        product = situation.products.get(line.product_id)
        if reason != FAULTY and rules.belongs(product, taking.never):
            raise Refused("never_returnable", f"{rule}.never", title=line.title)
        last = last_day(situation, line.sku, product, exchange=exchange)
        if last is not None and situation.now.date() > last:
            raise Refused("window_over", rule, title=line.title, until=last.isoformat())
        condition = rules.of(taking.conditions, product)
        if condition and reason != FAULTY and condition not in assured:
            raise Refused("condition_unmet", rule, title=line.title, condition=condition)
    return taken


def _return_fee(situation: Situation, taken: Sequence[OrderLine], reason: str) -> Money:
    """One label a return: its price is that of the dearest item's rule."""
    order, rules = situation.the_order, situation.rules
    amounts = [rules.of(rules.returns.fees, situation.products.get(line.product_id)) for line in taken]
    is_free = reason == FAULTY or _is_abroad(order, rules.returns.fee_country)
    fee = (
        Decimal() if is_free else max((amount for amount in amounts if amount is not None), default=Decimal())
    )
    return Money(fee, order.total.currency)


def _is_abroad(order: Order, country: str) -> bool:
    return bool(country and order.address and order.address.country != country)


def _has_case(order: Order, kind: str) -> bool:
    return any(case.kind == kind for case in order.cases)


def _check_open(order: Order, allowed: Collection[str], code: RefusalCode, *, rule: str) -> None:
    if order.status in allowed and not order.parcels:
        return
    if order.status in ("shipped", "delivered") or order.parcels:
        code = "already_shipped"
    raise Refused(code, rule, order=order.id, state=order.status)
