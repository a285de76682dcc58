"""The service desk's sentences, from `sentences.yml`, and how records read in them.

Every value is rendered from a record. Knows nothing of what is asked or decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.wording import join
from ecomlm.search.passages import money_text
from knowledge.desk.plans import Movement, Plan
from knowledge.desk.refusals import Refused
from knowledge.records import Address, CaseLine, Language, Money, Order, OrderLine, Parcel, Product, ProductId

FILE = Path(__file__).parent / "sentences.yml"
_MONTHS = "January February March April May June July August September October November December"
Products = Mapping[ProductId, Product]


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return every sentence by its name, in both languages."""
    content: Mapping[str, Mapping[str, str]] = yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return content


def tell(sentence: str, language: Language, **values: object) -> str:
    """Return a sentence with its values filled in."""
    return sentences()[sentence][language].format_map(values)


def date_text(day: date, language: Language) -> str:
    """Return a day as people read it."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS.split()[day.month - 1]} {day.year}"


def day_text(day: date, language: Language) -> str:
    """Return a day without its year, as short as it is read."""
    if language == "zh":
        return f"{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS.split()[day.month - 1][:3]}"


def title_of(line: OrderLine | CaseLine, products: Products, language: Language, sku: str = "") -> str:
    """Return what a line is called, with what sets its form apart from its siblings."""
    wanted = sku or line.sku
    for product in products.values():
        variant = next((found for found in product.variants if found.sku == wanted), None)
        if variant:
            options = join((option.value.best(language) for option in variant.options), language)
            return f"{product.title.best(language)} ({options})" if options else product.title.best(language)
    for product in products.values():
        is_own = isinstance(line, OrderLine) and line.product_id == product.id
        if is_own or line.title in (product.title.en, product.title.zh):
            return product.title.best(language)
    return line.title


def items_text(lines: Iterable[OrderLine | CaseLine], products: Products, language: Language) -> str:
    """Return lines in words, how many of each where it is more than one."""
    counts: dict[str, int] = {}
    for line in lines:
        title = title_of(line, products, language)
        counts[title] = counts.get(title, 0) + line.quantity
    told = (
        tell("times", language, count=count, title=title) if count > 1 else title
        for title, count in counts.items()
    )
    return join(told, language)


def address_text(address: Address) -> str:
    """Return an address in one line."""
    parts = (
        address.name, address.street, address.city, f"{address.region} {address.postcode}".strip(),
        address.country,
    )  # fmt: skip
    return ", ".join(part for part in parts if part)


def state_text(order: Order, language: Language) -> str:
    """Return an order's state; where its lines stand differently, each of them."""
    open_lines = {line.status for line in order.lines}
    plain = {"pending": {"ordered"}, "paid": {"ordered"}}.get(order.status, {order.status})
    if open_lines <= plain:
        return tell(f"state.{order.status}", language)
    parts = [f"{line.title}: {tell(f'state.{line.status}', language)}" for line in order.lines]
    return f"{tell(f'state.{order.status}', language)} ({join(parts, language)})"


def parcel_text(parcel: Parcel, order: Order, products: Products, language: Language) -> str:
    """Return where a parcel is."""
    lines = [line for line in order.lines if line.sku in parcel.skus]
    when = ""
    if parcel.delivered:
        when = tell("status.delivered_on", language, date=date_text(parcel.delivered.date(), language))
    elif parcel.expected:
        when = tell("status.expected_on", language, date=date_text(parcel.expected, language))
    items = items_text(lines, products, language) or join(parcel.skus, language)
    return tell(
        "status.parcel", language, number=parcel.tracking_number, carrier=parcel.carrier, items=items,
        state=known_state(parcel.status, language), when=when,
    )  # fmt: skip


def known_state(status: str, language: Language) -> str:
    """Return a carrier's word for where a parcel is; one that is not known stays as it is."""
    name = f"state.{status.casefold().replace(' ', '_')}"
    return tell(name, language) if name in sentences() else status


def order_line(order: Order, products: Products, language: Language) -> str:
    """Return an order in one line of a list."""
    day = date_text(order.placed.date(), language)
    items = items_text(order.lines, products, language)
    return tell("order.line", language, order=order.id, date=day, items=items)


def what_text(plan: Plan, products: Products, language: Language) -> str:
    """Return exactly what a plan would do, without the money."""
    order = str(plan.arguments.get("order_id", ""))
    name = _statement(plan)
    address, until = plan.facts.get("address"), plan.facts.get("until")
    moved = next((m for m in plan.movements if m.kind == "charge"), None)
    return tell(
        name, language, order=order, items=_plan_items(plan, products, language),
        address=address_text(address) if isinstance(address, Address) else "",
        payment=moved.method.label if moved else "", fault=plan.reason,
        until=date_text(until, language) if isinstance(until, date) else "",
        email=plan.arguments.get("email", ""), days=plan.facts.get("days", ""),
    )  # fmt: skip


def as_done(what: str) -> str:
    """Return what was proposed ("I would cancel ...") as what was done."""
    return what.removeprefix("I would ").removeprefix("将")


def proposal_title(plan: Plan, language: Language) -> str:
    """Return what a plan is about, as a heading."""
    name = _statement(plan).replace("propose.", "title.").removesuffix("_own_cost")
    return tell(name, language, order=plan.arguments.get("order_id", ""))


def _statement(plan: Plan) -> str:
    match plan.tool:
        case "cancel_pending_order":
            return "propose.cancel" if plan.facts.get("whole") else "propose.cancel_part"
        case "modify_pending_order_address":
            return "propose.address"
        case "modify_user_address":
            return "propose.profile"
        case "modify_pending_order_items":
            return "propose.items"
        case "modify_pending_order_payment":
            return "propose.payment"
        case "return_delivered_order_items":
            return "propose.return_own_cost" if plan.facts.get("own_cost") else "propose.return"
        case "exchange_delivered_order_items":
            return "propose.exchange"
        case "start_warranty_case":
            return "propose.warranty"
        case _:
            return "propose.notice"


def _plan_items(plan: Plan, products: Products, language: Language) -> str:
    if plan.tool == "request_stock_notice":
        return str(plan.facts["title"])
    swapped = [line for line in plan.lines if line.new_sku]
    if not swapped:
        return items_text(plan.lines, products, language)
    return join(
        (
            tell(
                "swap", language, old=title_of(line, products, language),
                new=title_of(line, products, language, line.new_sku or ""),
            )
            for line in swapped
        ),
        language,
    )  # fmt: skip


def money_lines(plan: Plan, language: Language) -> list[str]:
    """Return which money moves where, a sentence each; that none does is said too."""
    told = [_movement(plan, moved, language) for moved in plan.movements]
    if plan.fee:
        told.append(tell("money.fee", language, amount=money_text(plan.fee, language)))
    return told or [tell("money.none", language)]


def _movement(plan: Plan, moved: Movement, language: Language) -> str:
    amount = money_text(moved.amount, language)
    if moved.kind == "charge":
        return tell("money.charge", language, amount=amount, method=moved.method.label)
    days = ""
    if moved.working_days == (0, 0):
        days = tell("money.at_once", language)
    elif moved.working_days:
        first, last = moved.working_days
        days = tell("money.days", language, first=first, last=last)
    is_later = plan.kind in ("return", "exchange")
    name = "money.refund_later" if is_later else "money.refund"
    return tell(name, language, amount=amount, method=moved.method.label, days=days)


def refusal_text(refused: Refused, language: Language, currency: str) -> str:
    """Return a refusal in words."""
    values: dict[str, Any] = dict(refused.values)
    if "state" in values:
        values["state"] = tell(f"state.{values['state']}", language)
    if "until" in values:
        values["until"] = date_text(date.fromisoformat(values["until"]), language)
    if "condition" in values:
        values["condition"] = tell(f"condition.{values['condition']}", language)
    for name in ("balance", "needed"):
        if name in values:
            values[name] = money_text(Money(Decimal(values[name]), currency), language)
    return tell(f"refused.{refused.code}", language, **values)
