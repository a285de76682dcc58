"""Orders and receipts as cards: labelled values, and each parcel's way as a row of steps.

Every value comes from a record. Knows nothing of the dialogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.desk.wording import (
    as_done,
    date_text,
    day_text,
    items_text,
    known_state,
    money_lines,
    tell,
    title_of,
    what_text,
)
from bot.events import Slip, Step, Track
from ecomlm.search.passages import money_text
from knowledge.desk.orders import Receipt
from knowledge.desk.plans import Plan
from knowledge.records import Language, Order, Parcel, Product, ProductId

Products = Mapping[ProductId, Product]


def order_slip(order: Order, products: Products, language: Language, statement: str) -> Slip:
    """Return an order as a card of labelled values, with its parcels' ways."""
    rows = [
        (tell("slip.date", language), date_text(order.placed.date(), language)),
        (tell("slip.state", language), tell(f"state.{order.status}", language)),
    ]
    for line in order.lines:
        label = tell("times", language, count=line.quantity, title=title_of(line, products, language))
        rows.append((label, tell(f"state.{line.status}", language)))
    rows.append((tell("slip.total", language), money_text(order.total, language)))
    tracks = tuple(parcel_track(parcel, order, products, language) for parcel in order.parcels)
    return Slip("order", tell("slip.order", language, order=order.id), tuple(rows), tracks, statement)


def parcel_track(parcel: Parcel, order: Order, products: Products, language: Language) -> Track:
    """Return a parcel's way: ordered, sent, what its carrier says of it now, and its arrival."""
    way: list[tuple[str, date | None, bool]] = [
        (tell("step.ordered", language), order.placed, True),
        (tell("step.shipped", language), parcel.shipped, bool(parcel.shipped or parcel.delivered)),
    ]
    if parcel.delivered:
        way.append((tell("step.delivered", language), parcel.delivered, True))
    else:
        if parcel.shipped:
            told = known_state(parcel.status, language)
            way.append((told[:1].upper() + told[1:], None, True))
        way.append((tell("step.expected", language), parcel.expected, False))
    last = max(place for place, (_, _, is_reached) in enumerate(way) if is_reached)
    steps = tuple(
        Step(
            label,
            day_text(day, language) if day else "",
            "now" if place == last else "done" if is_reached else "ahead",
        )
        for place, (label, day, is_reached) in enumerate(way)
    )
    lines = [line for line in order.lines if line.sku in parcel.skus]
    title = tell("slip.parcel", language, number=parcel.tracking_number, carrier=parcel.carrier)
    return Track(title, items_text(lines, products, language), steps)


def receipt_slip(
    receipt: Receipt, plan: Plan, products: Products, language: Language, statement: str
) -> Slip:
    """Return a receipt as a card of labelled values."""
    what = as_done(what_text(plan, products, language))
    rows = (
        (tell("slip.what", language), what[:1].upper() + what[1:]),
        (tell("slip.money", language), " ".join(money_lines(plan, language))),
        (tell("slip.time", language), f"{date_text(receipt.at.date(), language)} {receipt.at:%H:%M} UTC"),
    )
    return Slip("receipt", tell("slip.receipt", language, receipt=receipt.id), rows, statement=statement)
