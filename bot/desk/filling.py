"""Fill a task's details from a message and the customer's records, in any order, corrections included.

Pure functions: they get the records and return the task as it is known now. Which detail is still missing is
told by `missing`. Knows nothing of identity, wording or storage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.desk import choices
from bot.desk.chinese import wished
from bot.desk.addresses import read_address
from bot.desk.reading import is_plain_no, is_plain_yes, read_condition, read_postcode, read_reason
from bot.desk.task import READING, Detail, Kind, Task
from knowledge.desk.plans import Situation
from knowledge.desk.rules import Rules
from knowledge.records import Address, Customer, Order, OrderLine, PaymentMethod, Product, ProductId

_ALSO = re.compile(
    r"\b(?:also|as well|too|plus|in addition|another thing)\b|还有|另外|也要|也退|也换|再加", re.IGNORECASE
)
_CLAUSE = re.compile(
    r"[,，;；。]|\.\s|\band\b|\bwhile\b|以及|并且|还有|和(?=[^\w]{0,2}[\u4e00-\u9fff])", re.IGNORECASE
)
_ONE_ITEM = re.compile(r"\b(?:only|just) (?:the|one|cancel|return)\b|\bitem\b|只|单独|其中", re.IGNORECASE)
WITH_ITEMS: tuple[Kind, ...] = ("cancel", "items", "return", "exchange", "warranty")
_DELIVERED: tuple[Kind, ...] = ("return", "exchange", "warranty")
_KEPT_MESSAGES = 6
_OPEN: tuple[Kind, ...] = ("cancel", "address", "items", "payment")


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that a verified customer's business may be about."""

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


def find_order(task: Task, text: str, shelf: Shelf) -> Order | None:
    """Return which order it is about: the one named, the one that holds what is named, or the only one."""
    known = shelf.order(task.order)
    if known and known.id.casefold() in text.casefold():
        return known
    meant = choices.choose_order(text, shelf.orders, task.order)
    if meant and task.asked not in ("new_items", "address"):
        return meant
    if known:
        return known
    fitting = [order for order in shelf.orders if fits(task.kind, order)]
    holding = [
        order for order in (fitting or shelf.orders)
        if _names_something(text, task.kind, order, shelf)
    ]  # fmt: skip
    if len(holding) == 1:
        return holding[0]
    if meant := choices.choose_order(text, fitting, None):
        return meant
    return fitting[0] if len(fitting) == 1 and not holding else None


def _names_something(text: str, kind: Kind, order: Order, shelf: Shelf) -> bool:
    lines = open_lines(kind, order) if kind not in READING else order.lines
    chosen = choices.choose_items(text, lines or order.lines, shelf.products)
    return bool(chosen.unclear or (chosen.lines and not (chosen.is_all and len(chosen.lines) == len(lines))))


def settle_kind(task: Task, order: Order) -> Task:
    """Tell a change of an order that has not left from an exchange of one that has arrived."""
    if task.kind == "items" and not open_lines("items", order) and open_lines("exchange", order):
        return replace(task, kind="exchange")
    if task.kind == "exchange" and not open_lines("exchange", order) and open_lines("items", order):
        return replace(task, kind="items")
    return task


def own_postcode(task: Task, text: str, others: tuple[str, ...]) -> str | None:
    """Return a postcode given as proof: that of a new address proves nothing."""
    is_new = task.kind in ("address", "profile") and read_address(text)
    return None if is_new else read_postcode(text, others)


def noted(task: Task, text: str) -> Task:
    """Return the task with a message kept whole, to be read once it is known which order it is about."""
    lines = [*(task.said or ()), " ".join(text.split())] if text.strip() else list(task.said or ())
    return replace(task, said=tuple(lines[-_KEPT_MESSAGES:]) or None)


def fill_all(task: Task, order: Order | None, shelf: Shelf, original: PaymentMethod | None) -> Task:
    """Return the task with what all messages kept for it tell, one after the other."""
    lines = task.said or ()
    asked = None if task.asked in ("proof", "order") else task.asked
    task = replace(task, said=None, asked=asked)
    for line in lines:
        task = fill(task, line, order, shelf, original)
    return task


def fill(task: Task, text: str, order: Order | None, shelf: Shelf, original: PaymentMethod | None) -> Task:
    """Return the task with what a message tells of its details."""
    if task.kind in ("return", "exchange", "items", "payment") and choices.names_payment(text):
        task = _fill_payment(task, text, shelf, original)
    if task.kind in ("address", "profile"):
        task = _fill_address(task, text, order, shelf)
    if order is not None and task.kind in WITH_ITEMS:
        task = _fill_items(task, text, order, shelf)
    if order is not None and task.kind in ("items", "exchange") and task.items:
        task = _fill_new_items(task, text, order, shelf)
    return _fill_words(task, text)


def _fill_words(task: Task, text: str) -> Task:
    reason, condition = read_reason(text), read_condition(text)
    if (
        task.kind in ("cancel", "return", "exchange")
        and reason
        and (task.kind == "cancel") == (reason != "faulty")
    ):
        task = replace(task, reason=reason)
    if task.kind in ("return", "exchange"):
        if task.asked == "condition" and condition is None:
            condition = True if is_plain_yes(text, task.kind) else False if is_plain_no(text) else None
        if condition is not None:
            task = replace(task, condition=condition)
    if task.kind == "warranty" and task.fault is None and (task.asked == "fault" or reason == "faulty"):
        task = replace(task, fault=" ".join(text.split())[:300])
    return task


def _fill_payment(task: Task, text: str, shelf: Shelf, original: PaymentMethod | None) -> Task:
    if original is None:
        return task
    methods = list(dict.fromkeys([original, *shelf.customer.payments]))
    found = choices.choose_payment(text, methods, original)
    if task.kind == "payment":
        found = [method for method in found if method.id != original.id] or found
    return replace(task, payment=found[0].id if len(found) == 1 else "?")


def _fill_address(task: Task, text: str, order: Order | None, shelf: Shelf) -> Task:
    current = order.address if order and task.kind == "address" else None
    current = current or next(iter(shelf.customer.addresses), None)
    if written := read_address(text):
        country = written.get("country") or (current.country if current else "")
        name = current.name if current else shelf.customer.name
        return replace(task, address={**written, "name": name, "country": _country(country, current)})
    known = [*shelf.customer.addresses, *(o.address for o in shelf.orders if o.address)]
    if found := choices.choose_address(text, known, current):
        values = {name: getattr(found, name) for name in Address.__slots__}
        return replace(task, address=values)
    return task


def _country(said: str, current: Address | None) -> str:
    same = {"us": "us", "usa": "us", "united states": "us", "uk": "gb", "united kingdom": "gb", "china": "cn"}
    if current and same.get(said.casefold(), said.casefold()) == same.get(
        current.country.casefold(), current.country.casefold()
    ):
        return current.country
    return said


def _fill_items(task: Task, text: str, order: Order, shelf: Shelf) -> Task:
    lines = open_lines(task.kind, order)
    if not lines:  # the operation says why not
        return (
            task
            if task.kind == "cancel"
            else replace(task, items=tuple(str(line.sku) for line in order.lines))
        )
    if task.asked == "count" and task.items and (count := choices.read_count(text) or _bare_number(text)):
        return replace(task, items=task.items[:1] * count, asked=None)
    if task.items is not None and task.asked not in ("items", "confirm", "order", None):
        return task
    chosen = _chosen(task, text, lines, shelf)
    if task.kind == "cancel" and (chosen.is_all or not (chosen.lines or _ONE_ITEM.search(text))):
        return task
    if not chosen.lines and not chosen.unclear and task.items is None and len(lines) == 1:
        chosen = replace(chosen, lines=lines)
    is_bare = not chosen.lines and not chosen.unclear
    if task.items and not task.new_items and (is_bare or chosen.is_all):
        if (counted := _with_count(task, text, lines)) or is_bare:
            return counted or task
    if chosen.unclear or not chosen.lines:
        return task
    return _with_items(task, text, chosen, lines)


def _chosen(task: Task, text: str, lines: Sequence[OrderLine], shelf: Shelf) -> choices.Chosen:
    """Return the lines that a message means, by their names or by a form that only one of them comes in."""
    is_swap = task.kind in ("items", "exchange")
    chosen = choices.Chosen()
    for said in wished(text, task.kind):
        left = choices.new_options(said)
        before = said[: len(said) - len(left)] if left != said and is_swap else said
        chosen = choices.choose_items(before, lines, shelf.products)
        if not chosen.lines and not chosen.unclear and before != said:
            chosen = choices.choose_items(said, lines, shelf.products)
        if chosen.lines or chosen.unclear:
            break
    if chosen.lines or not is_swap or task.items:
        return chosen
    coming = [line for line in chosen.unclear or lines if _comes_in(text, line, shelf)]
    return replace(chosen, lines=tuple(coming), unclear=()) if len(coming) == 1 else chosen


def _comes_in(text: str, line: OrderLine, shelf: Shelf) -> bool:
    """Whether a message names another form of a line's product."""
    product = shelf.products.get(line.product_id)
    found = choices.choose_variant(choices.new_options(text), product, line.sku) if product else []
    return any(variant.sku != line.sku for variant in found)


def _with_count(task: Task, text: str, lines: Sequence[OrderLine]) -> Task | None:
    """Return the task with another number of the one item that was chosen before; None where none is told."""
    count, sku = choices.read_count(text), (task.items or ("",))[0]
    most = sum(line.quantity for line in lines if line.sku == sku)
    if not count or not 2 <= most >= count or set(task.items or ()) != {sku}:
        return None
    asked = None if task.asked == "count" else task.asked
    return replace(task, items=(sku,) * count, asked=asked)


def _with_items(task: Task, text: str, chosen: choices.Chosen, lines: Sequence[OrderLine]) -> Task:
    found: list[str] = []
    for line in chosen.lines:
        pieces = line.quantity
        if pieces > 1 and len(chosen.lines) == 1 and not chosen.is_all:
            pieces = min(chosen.count or 0, line.quantity)
            if not pieces:
                return replace(task, items=(str(line.sku),), asked="count")
        found += [str(line.sku)] * pieces
    if task.items and _ALSO.search(text):
        found = [*task.items, *(sku for sku in found if sku not in task.items)]
    kept = dict(zip(task.items or (), task.new_items or (), strict=False))
    known = {line.sku for line in lines}
    items = tuple(sku for sku in found if sku in known)
    new = tuple(kept.get(sku, "") for sku in items) if task.new_items else None
    return replace(task, items=items, new_items=new)


def _bare_number(text: str) -> int | None:
    match = re.fullmatch(r"\D*(\d{1,2})\D*", text)
    return int(match[1]) if match else None


def _fill_new_items(task: Task, text: str, order: Order, shelf: Shelf) -> Task:
    items = task.items or ()
    new = list(task.new_items or ("",) * len(items))
    new += [""] * (len(items) - len(new))
    for place, sku in enumerate(items):
        line = next((line for line in order.lines if line.sku == sku), None)
        product = shelf.products.get(line.product_id) if line else None
        if line is None or product is None:
            continue
        said = _about(text, line, order, shelf) if len(set(items)) > 1 else text
        if said and (found := _new_form(task, said, product, sku)):
            new[place] = found
    return replace(task, new_items=tuple(new))


def _new_form(task: Task, text: str, product: Product, sku: str) -> str | None:
    """Return the one form that a message asks for; the present one is only told of unless it is asked for."""
    for said in wished(text, task.kind):
        left = choices.new_options(said)
        for part in (left, said):
            found = choices.choose_variant(part, product, sku)
            is_told = found and found[0].sku == sku and left == said and task.asked != "new_items"
            if len(found) == 1 and not is_told:
                return str(found[0].sku)
    return None


def _about(text: str, line: OrderLine, order: Order, shelf: Shelf) -> str:
    """Return the clauses of a message that speak of one line: from its name to the next one's."""
    current: OrderLine | None = None
    kept = []
    for clause in _CLAUSE.split(text):
        named = choices.choose_items(clause, order.lines, shelf.products).lines
        current = named[0] if len(named) == 1 else current
        if current is not None and current.sku == line.sku:
            kept.append(clause)
    return ", ".join(kept)


def missing(task: Task, situation: Situation) -> Detail | None:
    """Return the first detail that is still needed, in the order in which they are asked for."""
    rules = situation.rules
    if task.kind in WITH_ITEMS and task.kind != "cancel" and not task.items:
        return "items"
    if task.asked == "count":
        return "count"
    if task.kind in ("items", "exchange") and not (task.new_items and all(task.new_items)):
        return "new_items"
    if task.kind in ("address", "profile") and not task.address:
        return "address"
    if task.payment == "?" or (task.kind == "payment" and not task.payment):
        return "payment"
    if task.kind == "cancel" and rules.cancel_reasons and task.reason not in rules.cancel_reasons:
        return "reason"
    if task.kind in ("return", "exchange") and task.condition is None and condition_of(task, situation):
        return "condition"
    if task.kind == "warranty" and not task.fault:
        return "fault"
    return None


def condition_of(task: Task, situation: Situation) -> tuple[str, OrderLine] | None:
    """Return the condition that the rules ask of the first item that has one, and that item."""
    if task.reason == "faulty" or situation.order is None:
        return None
    taking = situation.rules.exchanges if task.kind == "exchange" else situation.rules.returns
    for line in situation.order.lines:
        if line.sku in (task.items or ()) and line.status == "delivered":
            condition = situation.rules.of(taking.conditions, situation.products.get(line.product_id))
            if condition:
                return str(condition), line
    return None
