"""What the desk tells of an order: its state and parcels, its refunds, its invoice data.

Every value comes from the record of a verified customer. Changes nothing.
"""

from __future__ import annotations

from bot.desk.slips import order_slip
from bot.desk.task import Task
from bot.desk.wording import (
    address_text,
    date_text,
    items_text,
    parcel_text,
    state_text,
    tell,
)
from bot.dispatch import Reply
from bot.tracker import Request
from ecomlm.search.passages import money_text
from knowledge.desk.plans import Situation
from knowledge.records import Language, Money, Order


async def report(task: Task, situation: Situation, request: Request, reply: Reply) -> None:
    """Tell what was asked of an order."""
    order, language = situation.the_order, request.language
    match task.kind:
        case "refund":
            await reply.say(_refunds(situation, order, language))
        case "invoice":
            await reply.say(_invoice(situation, order, language))
        case _:
            await _status(situation, order, language, reply)


async def _status(situation: Situation, order: Order, language: Language, reply: Reply) -> None:
    day, products = date_text(order.placed.date(), language), situation.products
    told = tell("status.state", language, order=order.id, date=day, state=state_text(order, language))
    parcels = "".join("\n" + parcel_text(parcel, order, products, language) for parcel in order.parcels)
    has_refunds = order.refunds or any(case.refund for case in order.cases)
    refunds = "\n" + _refunds(situation, order, language) if has_refunds else ""
    await reply.say(told + parcels + refunds)
    await reply.send(order_slip(order, products, language, parcels))


def _refunds(situation: Situation, order: Order, language: Language) -> str:
    told = [
        tell(
            "refund.sent", language, order=order.id, amount=money_text(refund, language),
            method=situation.original.label,
        )
        for refund in order.refunds
    ]  # fmt: skip
    labels = {method.id: method.label for method in situation.customer.payments}
    for case in order.cases:
        if case.kind in ("return", "exchange") and case.refund:
            told.append(
                tell(
                    "refund.waiting", language, order=order.id, amount=money_text(case.refund, language),
                    method=labels.get(case.payment, case.payment),
                    items=items_text(case.lines, situation.products, language),
                )
            )  # fmt: skip
    return "\n".join(told) or tell("refund.none", language, order=order.id)


def _invoice(situation: Situation, order: Order, language: Language) -> str:
    shipping = order.shipping or Money(order.total.amount * 0, order.total.currency)
    return tell(
        "invoice.facts", language, order=order.id, date=date_text(order.placed.date(), language),
        items=items_text(order.lines, situation.products, language), shipping=money_text(shipping, language),
        total=money_text(order.total, language), payment=situation.original.label,
        address=address_text(order.address) if order.address else situation.customer.name,
    )  # fmt: skip
