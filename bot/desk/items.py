"""Which items of an order a message means, how many of them, and what they are to become.

Pure functions over a task and its order as it is now. Knows nothing of identity, wording or storage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.desk import choices
from bot.desk.chinese import is_spare, wished
from bot.desk.reading import is_plain_yes, named_kind
from bot.desk.shelf import WITH_ITEMS, Shelf, open_lines
from bot.desk.spread import without_company
from bot.desk.task import Task
from bot.desk.variants import before_new_options, choose_variant, is_by_price, new_options, price_words
from ecomlm.language import has_chinese
from knowledge.records import Order, OrderLine

_ONLY = re.compile(r"\b(?:only|just)\b|只", re.IGNORECASE)
_REMEMBERED = 2000
_CLAUSE = re.compile(
    r"[,，;；。]|\.\s|\band\b|\bwhile\b|以及|并且|还有|和(?=[^\w]{0,2}[\u4e00-\u9fff])", re.IGNORECASE
)
_ONE_ITEM = re.compile(r"\b(?:only|just) (?:the|one|cancel|return)\b|\bitem\b|只|单独|其中", re.IGNORECASE)


def is_gone(task: Task, order: Order) -> bool:
    """Whether an order has nothing for such business, or no longer what was chosen from it."""
    here = _skus_here(task, order)
    return task.kind in WITH_ITEMS and not (here and here.issuperset(task.items or ()))


def _skus_here(task: Task, order: Order) -> set[str]:
    return {str(line.sku) for line in open_lines(task.kind, order)}


def _without_gone_choices(task: Task, order: Order) -> Task:
    """Return the task without a choice between items that are not there any more."""
    here = _skus_here(task, order)
    return replace(task, unclear=tuple(sku for sku in task.unclear or () if sku in here) or None)


def fill_items(task: Task, text: str, order: Order, shelf: Shelf) -> Task:
    """Return the task with the items of an order that a message means."""
    task, lines = _without_gone_choices(task, order), open_lines(task.kind, order)
    if not lines:  # the operation says why not
        everything = tuple(str(line.sku) for line in order.lines)
        return task if task.kind == "cancel" else _with_skus(task, everything)
    if task.asked == "count" and task.items and (count := choices.read_count(text) or _bare_number(text)):
        return replace(_with_skus(task, task.items[:1] * count), asked=None)
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
    return replace(_with_skus(task, (sku,) * count), asked=asked)


def _settle_unclear(task: Task, text: str, lines: Sequence[OrderLine], shelf: Shelf) -> Task:
    """Take the answer to which of some things called alike was meant."""
    possible = [line for line in lines if line.sku in (task.unclear or ())]
    chosen = choices.choose_items(text, possible, shelf.products)
    meant = chosen.lines if len(chosen.lines) < len(possible) or chosen.is_all else ()
    meant = meant or tuple(choices.narrow(text, possible, shelf.products))
    if len(meant) == len(possible) and not chosen.is_all:
        return task
    items = (*(task.items or ()), *(str(line.sku) for line in meant))
    return replace(_with_skus(task, items), unclear=None)


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
                return replace(_with_skus(task, (str(line.sku),)), asked="count")
        found += [str(line.sku)] * pieces
    if task.items and choices.adds(text):
        found = [*task.items, *(sku for sku in found if sku not in task.items)]
    known = {line.sku for line in lines}
    return _with_skus(task, tuple(sku for sku in found if sku in known))


def _with_skus(task: Task, items: tuple[str, ...]) -> Task:
    """Return the task about other items; those that stay become what was chosen for them."""
    kept = dict(zip(task.items or (), task.new_items or (), strict=False))
    new = tuple(kept.get(sku, "") for sku in items) if task.new_items else None
    return replace(task, items=items, new_items=new)


def _bare_number(text: str) -> int | None:
    match = re.fullmatch(r"\D*(\d{1,2})\D*", text)
    return int(match[1]) if match else None


def fill_new_items(task: Task, text: str, order: Order, shelf: Shelf) -> Task:
    """Return the task with what its items are to become, as far as a message tells."""
    items = task.items or ()
    new = list(task.new_items or ("",) * len(items))
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
