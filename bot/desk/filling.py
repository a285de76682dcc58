"""Fill a task's details from a message and the customer's records, in any order, corrections included.

Pure functions: they get the records and return the task as it is known now. Which detail is still missing is
told by `missing`. Knows nothing of identity, wording or storage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.desk import choices, reading
from bot.desk.addresses import read_address
from bot.desk.chinese import is_spare, wished
from bot.desk.places import state_code
from bot.desk.reading import (
    is_plain_no,
    is_plain_yes,
    named_kind,
    read_condition,
    read_reason,
)
from bot.desk.shelf import WITH_ITEMS, Shelf, open_lines
from bot.desk.spread import address_parts, numbered_orders, orders_named, without_company
from bot.desk.task import Detail, Task
from bot.desk.variants import before_new_options, choose_variant, is_by_price, new_options, price_words
from ecomlm.language import has_chinese
from knowledge.desk.plans import Situation
from knowledge.desk.refusals import Refused
from knowledge.records import Address, Order, OrderLine, PaymentMethod

_ONLY = re.compile(r"\b(?:only|just)\b|只", re.IGNORECASE)
_REMEMBERED = 2000
_CLAUSE = re.compile(
    r"[,，;；。]|\.\s|\band\b|\bwhile\b|以及|并且|还有|和(?=[^\w]{0,2}[\u4e00-\u9fff])", re.IGNORECASE
)
_ONE_ITEM = re.compile(r"\b(?:only|just) (?:the|one|cancel|return)\b|\bitem\b|只|单独|其中", re.IGNORECASE)


def settle_kind(task: Task, order: Order) -> Task:
    """Tell a change of an order that has not left from an exchange of one that has arrived."""
    if task.kind == "items" and not open_lines("items", order) and open_lines("exchange", order):
        return replace(task, kind="exchange")
    if task.kind == "exchange" and not open_lines("exchange", order) and open_lines("items", order):
        return replace(task, kind="items")
    return task


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
    if task.unclear:
        return _settle_unclear(task, text, lines, shelf)
    chosen = _chosen(task, text, lines, shelf)
    if task.asked not in ("items", "confirm", "order", None) and (
        task.items is not None or task.kind == "cancel"
    ):
        return _with_other_items(task, text, chosen, lines)
    is_whole = len(chosen.lines) in (0, len(lines))
    if task.kind == "cancel" and is_whole and (chosen.is_all or not _ONE_ITEM.search(text)):
        return task
    if not chosen.lines and not chosen.unclear and task.items is None:
        several = tuple(line for line in lines if line.quantity > 1) if is_spare(text) else ()
        meant = lines if len(lines) == 1 else several
        chosen = replace(chosen, lines=meant) if len(meant) == 1 else chosen
    is_bare = not chosen.lines and not chosen.unclear
    has_other_count = task.items and not task.new_items and (is_bare or chosen.is_all)
    if has_other_count and (counted := _with_count(task, text, lines)):
        return counted
    if is_bare:
        return task
    unclear = tuple(str(line.sku) for line in chosen.unclear) or None
    if chosen.unclear and not chosen.lines:
        return task if task.items else replace(task, unclear=unclear)
    return replace(_with_items(task, text, chosen, lines), unclear=unclear)


def _chosen(task: Task, text: str, lines: Sequence[OrderLine], shelf: Shelf) -> choices.Chosen:
    """Return the lines that a message means, by their names or by a form that only one of them comes in."""
    is_swap, chosen = task.kind in ("items", "exchange"), choices.Chosen()
    for part in wished(text, task.kind):
        said = without_company(part)
        before = before_new_options(said) if is_swap else said
        chosen = choices.choose_items(before, lines, shelf.products)
        if not chosen.lines and not chosen.unclear and before != said:
            chosen = choices.choose_items(said, lines, shelf.products)
        if chosen.lines or chosen.unclear:
            break
    if chosen.lines or task.items or not (is_swap and has_chinese(text)):
        return chosen
    coming = [line for line in chosen.unclear or lines if _comes_in(text, line, shelf)]
    return replace(chosen, lines=tuple(coming), unclear=()) if len(coming) == 1 else chosen


def _comes_in(text: str, line: OrderLine, shelf: Shelf) -> bool:
    """Whether a message names another form of a line's product."""
    product = shelf.products.get(line.product_id)
    found = choose_variant([text], product, line.sku) if product else []
    return any(variant.sku != line.sku for variant in found)


def _with_count(task: Task, text: str, lines: Sequence[OrderLine]) -> Task | None:
    """Return the task with another number of the one item that was chosen before; None where none is told."""
    count, sku = choices.read_count(text), (task.items or ("",))[0]
    most = sum(line.quantity for line in lines if line.sku == sku)
    if not has_chinese(text) or not count or not 2 <= most >= count or set(task.items or ()) != {sku}:
        return None
    asked = None if task.asked == "count" else task.asked
    return replace(task, items=(sku,) * count, asked=asked)


def _settle_unclear(task: Task, text: str, lines: Sequence[OrderLine], shelf: Shelf) -> Task:
    """Take the answer to which of some things called alike was meant."""
    possible = [line for line in lines if line.sku in (task.unclear or ())]
    chosen = choices.choose_items(text, possible, shelf.products)
    meant = chosen.lines if len(chosen.lines) < len(possible) or chosen.is_all else ()
    meant = meant or tuple(choices.narrow(text, possible, shelf.products))
    if len(meant) == len(possible) and not chosen.is_all:
        return task
    items = (*(task.items or ()), *(str(line.sku) for line in meant))
    return replace(task, items=items, unclear=None)


def _with_other_items(task: Task, text: str, chosen: choices.Chosen, lines: Sequence[OrderLine]) -> Task:
    """Change the items while something else was asked, where the message says so: also, only, or anew."""
    named = {str(line.sku) for line in chosen.lines}
    items = set(task.items or ())
    if not named or task.kind == "cancel":
        return task
    adds = bool(choices.adds(text)) and not named <= items
    narrows = bool(_ONLY.search(text)) and named < items
    repeats = named_kind(text) == task.kind and (chosen.is_all or not named <= items)
    return _with_items(task, text, chosen, lines) if adds or narrows or repeats else task


def _with_items(task: Task, text: str, chosen: choices.Chosen, lines: Sequence[OrderLine]) -> Task:
    found: list[str] = []
    for line in chosen.lines:
        pieces = line.quantity
        if pieces > 1 and len(chosen.lines) == 1 and not chosen.is_all:
            pieces = min(chosen.count or 0, line.quantity)
            if not pieces:
                return replace(task, items=(str(line.sku),), asked="count")
        found += [str(line.sku)] * pieces
    if task.items and choices.adds(text):
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
    if is_plain_yes(text, task.kind):
        return _only_form(task, order, shelf) if task.asked == "new_items" else task
    text = wished(text, task.kind)[0] if has_chinese(text) and wished(text, task.kind) else text
    texts = [said for said in (task.wanted, text) if said]
    for place, sku in enumerate(items):
        line = next((line for line in order.lines if line.sku == sku), None)
        product = shelf.products.get(line.product_id) if line else None
        if line is None or product is None:
            continue
        about = [_about(said, line, shelf) for said in texts]
        found = choose_variant([said for said in about if said], product, sku) if any(about) else []
        if not found and any(map(is_by_price, texts)):
            found = choose_variant([price_words(" ; ".join(texts))], product, sku)
        is_told = found and found[0].sku == sku and has_chinese(text) and _only_tells(texts)
        if len(found) == 1 and not (is_told and task.asked != "new_items"):
            new[place] = found[0].sku
    wanted = " ; ".join(texts)[-_REMEMBERED:]
    return _without_unchanged(replace(task, new_items=tuple(new), wanted=wanted))


def _only_tells(texts: Sequence[str]) -> bool:
    """Whether messages name a form without asking for it: "S码穿着太紧"."""
    return all(new_options(text) == text for text in texts)


def _only_form(task: Task, order: Order, shelf: Shelf) -> Task:
    """Take a yes to the question for another form, where there is just one."""
    items, new = task.items or (), list(task.new_items or ("",) * len(task.items or ()))
    for place, sku in enumerate(items):
        line = next((line for line in order.lines if line.sku == sku), None)
        product = shelf.products.get(line.product_id) if line else None
        others = (
            [v.sku for v in product.variants if v.sku != sku and v.offer.is_available is not False]
            if product
            else []
        )
        if not new[place] and len(others) == 1:
            new[place] = others[0]
    return replace(task, new_items=tuple(new))


def _without_unchanged(task: Task) -> Task:
    """Leave out what is the cheapest (or dearest) already, where other things change."""
    pairs = list(zip(task.items or (), task.new_items or (), strict=True))
    changed = [(old, new) for old, new in pairs if old != new]
    if not changed or not is_by_price(task.wanted or ""):
        return task
    return replace(task, items=tuple(old for old, _ in changed), new_items=tuple(new for _, new in changed))


def _about(text: str, line: OrderLine, shelf: Shelf) -> str:
    """Return the clauses of a message that speak of one line, or of none: from its name to another's."""
    own = choices.names_of(line, shelf.products.get(line.product_id)) | {line.sku, line.product_id}
    others = set[str]().union(
        *(
            choices.names_of(other, shelf.products.get(other.product_id)) | {other.sku, other.product_id}
            for order in shelf.orders
            for other in order.lines
            if other.product_id != line.product_id
        )
    )
    is_own, kept = True, []
    for clause in _CLAUSE.split(text):
        said = set(choices.said_words(before_new_options(clause)))
        is_own = bool(said & own) or (is_own and not said & others)
        if is_own:
            kept.append(clause)
    return ", ".join(kept)


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
    rules = situation.rules
    if task.asked == "whole":
        return "whole"
    if task.unclear or (task.kind in WITH_ITEMS and task.kind != "cancel" and not task.items):
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
