"""Fill a task's details from a message and the customer's records, in any order, corrections included.

Pure functions: they get the records and return the task as it is known now. Which detail is still missing is
told by `missing`. Knows nothing of identity, wording or storage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.desk import choices, reading
from bot.desk.addresses import read_address
from bot.desk.items import fill_items, fill_new_items, is_gone
from bot.desk.places import state_code
from bot.desk.reading import (
    is_plain_no,
    is_plain_yes,
    read_condition,
    read_reason,
)
from bot.desk.shelf import WITH_ITEMS, Shelf, open_lines
from bot.desk.spread import address_parts, numbered_orders, orders_named
from bot.desk.task import Detail, Task
from ecomlm.language import has_chinese
from knowledge.desk.plans import Situation
from knowledge.desk.refusals import Refused
from knowledge.records import Address, Order, OrderLine, PaymentMethod


def settle_kind(task: Task, order: Order) -> Task:
    """Tell a change of an order that has not left from an exchange of one that has arrived."""
    if task.kind == "items" and not open_lines("items", order) and open_lines("exchange", order):
        return replace(task, kind="exchange")
    if task.kind == "exchange" and not open_lines("exchange", order) and open_lines("items", order):
        return replace(task, kind="items")
    return task


def for_other_order(task: Task, order: Order) -> Task:
    """Return the task about another order, without what was chosen from the one before or asked about it."""
    if task.order:
        task = replace(task, items=None, unclear=None, asked=None)
    return replace(task, order=order.id, new_items=None)


def fill(task: Task, text: str, order: Order | None, shelf: Shelf, original: PaymentMethod | None) -> Task:
    """Return the task with what a message tells of its details, a Chinese one line by line."""
    for line in text.split("\n") if has_chinese(text) else [text]:
        task = _filled(task, line, order, shelf, original)
    return task


def _filled(task: Task, text: str, order: Order | None, shelf: Shelf, original: PaymentMethod | None) -> Task:
    if task.kind in ("return", "exchange", "items", "payment") and choices.names_payment(text):
        task = _fill_payment(task, text, shelf, original)
    if task.kind in ("address", "profile"):
        task = _fill_address(task, text, order, shelf)
    if order is not None and task.kind in WITH_ITEMS:
        task = fill_items(task, text, order, shelf)
    if order is not None and task.kind in ("items", "exchange") and task.items:
        task = fill_new_items(task, text, order, shelf)
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
        region = state_code(written.get("region", ""))
        return replace(
            task, address={**written, "name": name, "region": region, "country": _country(country, current)}
        )
    wanted = address_parts(text)[1]
    sources = [source for source in _address_sources(wanted, shelf) if source != order and source.address]
    known = [*shelf.customer.addresses, *(other.address for other in shelf.orders if other.address)]
    found = choices.choose_address(wanted, known, current)
    if len(sources) == 1 and sources[0].address != current:
        found = sources[0].address
    if found is None:
        return task
    return replace(task, address={name: getattr(found, name) for name in Address.__slots__})


def _address_sources(text: str, shelf: Shelf) -> Sequence[Order]:
    """Return the orders whose address a message takes for another: by number, or by what they hold."""
    return numbered_orders(text, shelf)[0] or orders_named(text, "address", shelf.orders, shelf)


def _country(said: str, current: Address | None) -> str:
    same = {"us": "us", "usa": "us", "united states": "us", "uk": "gb", "united kingdom": "gb", "china": "cn"}
    if current and same.get(said.casefold(), said.casefold()) == same.get(
        current.country.casefold(), current.country.casefold()
    ):
        return current.country
    return said


def is_given_up(before: Task, after: Task, text: str) -> bool:
    """Whether a message that sounds like a no told nothing new: then it is one."""
    asked_whole = before.asked == "whole"
    if not (before.asked and reading.refuses(text)) or (after.wish != before.wish and not asked_whole):
        return False
    return asked_whole or before.kind == "cancel" or not choices.names_payment(text)


def inherited(task: Task, settled: Task | None, text: str) -> Task:
    """Return the next of several wishes with what was told for the one before it and holds for both."""
    if settled is None:
        return task
    if task.kind == settled.kind == "cancel" and task.reason is None:
        task = replace(task, reason=settled.reason)
    if task.kind in ("address", "profile") and settled.kind in ("address", "profile"):
        task = replace(task, address=settled.address)
    if task.order is None and settled.order and reading.is_same_order(text):
        task = replace(task, order=settled.order)
    return task


def to_choose_again(refused: Refused, task: Task) -> Task | None:
    """Return the task with what has to be chosen anew after a refusal; None where nothing would help."""
    match refused.code:
        case "sold_out" | "same_variant" | "not_a_variant":
            pairs = zip(task.items or (), task.new_items or (), strict=True)
            bad = refused.values.get("sku")
            new = tuple("" if sku == bad or (bad is None and sku == old) else sku for old, sku in pairs)
            return replace(task, new_items=new, asked="new_items", proposal=None)
        case "gift_card_too_small" | "payment_unknown" | "payment_not_allowed" | "same_payment":
            return replace(task, payment="?", asked="payment", proposal=None)
        case "single_item":
            return replace(task, asked="whole", proposal=None)
        case _:
            return None


def missing(task: Task, situation: Situation) -> Detail | None:
    """Return the first detail that is still needed, in the order in which they are asked for."""
    rules, is_cancel = situation.rules, task.kind == "cancel"
    needs_reason = is_cancel and rules.cancel_reasons and task.reason not in rules.cancel_reasons
    if situation.order and is_gone(task, situation.order):  # the operation says why not
        return "reason" if needs_reason else None
    if task.asked == "whole":
        return "whole"
    if task.unclear or (task.kind in WITH_ITEMS and not is_cancel and not task.items):
        return "items"
    if task.asked == "count":
        return "count"
    if task.kind in ("items", "exchange") and not (task.new_items and all(task.new_items)):
        return "new_items"
    if task.kind in ("address", "profile") and not task.address:
        return "address"
    if task.payment == "?" or (task.kind == "payment" and not task.payment):
        return "payment"
    if needs_reason:
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
