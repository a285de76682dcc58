"""Answers to one of the desk's questions as buttons: items, forms, counts, ways of paying, reasons.

A button says what a shopper would write, so that other channels and the transcript can read it, and names the
sku where words may be unclear. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.desk.shelf import open_lines
from bot.desk.task import Detail, Task
from bot.desk.wording import tell, title_of
from bot.entities import find_entities
from bot.events import Button
from ecomlm.search.passages import money_text
from knowledge.desk.plans import Situation
from knowledge.records import Language, Product

_AT_MOST = 8


def picks(detail: Detail, task: Task, situation: Situation, language: Language) -> tuple[Button, ...]:
    """Return the answers that a question has; none where there are too many, or where words are needed."""
    match detail:
        case "items":
            found = _items(task, situation, language)
        case "count":
            found = _counts(task, situation)
        case "new_items":
            found = _forms(task, situation, language)
        case "payment":
            found = _plain(method.label for method in situation.customer.payments)
        case "reason":
            found = _plain(tell(f"reason.{name}", language) for name in situation.rules.cancel_reasons)
        case "condition":
            found = _plain(tell(f"pick.{name}", language) for name in ("yes", "no", "faulty"))
        case _:
            found = []
    return tuple(found) if len(found) <= _AT_MOST else ()


def _plain(answers: Iterable[str]) -> list[Button]:
    return [Button(answer, answer) for answer in answers]


def _items(task: Task, situation: Situation, language: Language) -> list[Button]:
    if situation.order is None:
        return []
    lines = {line.sku: line for line in open_lines(task.kind, situation.order)}
    found = []
    for sku, line in lines.items():
        title = title_of(line, situation.products, language)
        found.append(Button(title, _naming("pick.item", sku, language, title=title)))
    if task.kind == "return" and len(found) > 1:
        found += _plain([tell("pick.all", language)])
    return found


def _counts(task: Task, situation: Situation) -> list[Button]:
    lines = open_lines(task.kind, situation.order) if situation.order else ()
    count = sum(line.quantity for line in lines if line.sku in (task.items or ()))
    return _plain(map(str, range(1, count + 1)))


def _forms(task: Task, situation: Situation, language: Language) -> list[Button]:
    """Return the forms that one item may become; of several items words must say which is meant."""
    skus = set(task.items or ())
    lines = situation.order.lines if situation.order else ()
    line = next((line for line in lines if line.sku in skus), None)
    product = situation.products.get(line.product_id) if line and len(skus) == 1 else None
    return _variants(product, skus, language) if product else []


def _variants(product: Product, taken: set[str], language: Language) -> list[Button]:
    found = []
    for variant in product.variants:
        price = variant.offer.price
        if variant.sku in taken or variant.offer.is_available is False or price is None:
            continue
        options = " ".join(option.value.best(language) for option in variant.options)
        payload = _naming("pick.variant", variant.sku, language, options=options)
        found.append(Button(f"{options} · {money_text(price, language)}", payload))
    return found


def _naming(sentence: str, sku: str, language: Language, **values: str) -> str:
    """Return an answer with the sku, unless that looks like an order number."""
    named = tell(sentence, language, sku=sku, **values)
    if any(entity.entity == "order_number" for entity in find_entities(named)):
        return " ".join(values.values())
    return named
