"""The retail shop of the tau2 benchmark: one JSON object of products, users and orders.

Its rules are in `tau2_retail_rules.yaml` beside this file. Knows that format alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from knowledge.errors import ImportFailed
from knowledge.importers.money import money
from knowledge.importers.options import Options
from knowledge.importers.report import Report
from knowledge.importers.source import Source
from knowledge.records import (
    Address,
    Customer,
    CustomerId,
    LineStatus,
    Money,
    Offer,
    Option,
    Order,
    OrderId,
    OrderLine,
    OrderStatus,
    Parcel,
    PaymentKind,
    PaymentMethod,
    Product,
    ProductId,
    Record,
    Sku,
    Text,
    Variant,
)

RULES = Path(__file__).parent / "tau2_retail_rules.yaml"
CURRENCY = "USD"
_PLACED = datetime(2024, 5, 1, tzinfo=UTC)  # the data names no dates, and its rules know no windows
_STATES: Mapping[str, tuple[OrderStatus, LineStatus]] = {
    "pending": ("pending", "ordered"),
    "processed": ("shipped", "shipped"),
    "delivered": ("delivered", "delivered"),
    "cancelled": ("cancelled", "cancelled"),
}
_KINDS: Mapping[str, PaymentKind] = {"credit_card": "card", "paypal": "paypal", "gift_card": "gift_card"}


def read(source: Source, options: Options, report: Report) -> Iterator[tuple[int, Record]]:
    """Yield every record; the line is always 1, as the whole file is one object.

    Raises:
        ImportFailed: when the file is not of this format.
    """
    try:
        content = json.loads("".join(source.lines()))
        records = list(_records(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise ImportFailed(
            f"{source.path.name} is not the tau2 retail shop ({exc!r}); give its db.json or db.json.gz"
        ) from exc
    for record in records:
        yield 1, record


def _records(content: Mapping[str, Any]) -> Iterator[Record]:
    for product in content["products"].values():
        yield _product(product)
    for user in content["users"].values():
        yield _customer(user)
    names = {id: _name(user) for id, user in content["users"].items()}
    for order in content["orders"].values():
        yield _order(order, names[order["user_id"]])


def _product(entry: Mapping[str, Any]) -> Product:
    variants = tuple(
        Variant(
            Sku(item["item_id"]),
            tuple(Option(key, Text(value), Text(key)) for key, value in item["options"].items()),
            Offer(_money(item["price"]), availability="in_stock" if item["available"] else "out_of_stock"),
        )
        for item in entry["variants"].values()
    )
    return Product(ProductId(entry["product_id"]), Text(entry["name"]), variants=variants)


def _customer(entry: Mapping[str, Any]) -> Customer:
    name = _name(entry)
    return Customer(
        CustomerId(entry["user_id"]),
        name,
        entry["email"],
        addresses=(_address(entry["address"], name),),
        payments=tuple(_payment(method) for method in entry["payment_methods"].values()),
    )


def _name(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']['first_name']} {entry['name']['last_name']}"


def _payment(entry: Mapping[str, Any]) -> PaymentMethod:
    kind = _KINDS[entry["source"]]
    if kind == "card":
        return PaymentMethod(entry["id"], kind, f"{entry['brand'].title()} ending in {entry['last_four']}")
    if kind == "gift_card":
        return PaymentMethod(entry["id"], kind, f"Gift card {entry['id'][-4:]}", _money(entry["balance"]))
    return PaymentMethod(entry["id"], kind, "PayPal")


def _order(entry: Mapping[str, Any], name: str) -> Order:
    status, line_status = _STATES[entry["status"]]
    lines = tuple(
        OrderLine(
            ProductId(item["product_id"]), Sku(item["item_id"]), item["name"], 1, _money(item["price"]),
            line_status,
        )
        for item in entry["items"]
    )  # fmt: skip
    paid = [item for item in entry["payment_history"] if item["transaction_type"] == "payment"]
    back = [item for item in entry["payment_history"] if item["transaction_type"] == "refund"]
    total = sum((line.price.amount for line in lines), Decimal())
    parcels = tuple(
        Parcel("", number, tuple(Sku(sku) for sku in part["item_ids"]), line_status)
        for part in entry["fulfillments"]
        for number in part["tracking_id"]
    )
    return Order(
        OrderId(entry["order_id"]), CustomerId(entry["user_id"]), status, _PLACED, lines,
        money(total, CURRENCY), payment=paid[0]["payment_method_id"] if paid else "",
        address=_address(entry["address"], name), parcels=parcels,
        refunds=tuple(_money(item["amount"]) for item in back),
    )  # fmt: skip


def _address(entry: Mapping[str, Any], name: str) -> Address:
    street = ", ".join(part for part in (entry["address1"], entry["address2"]) if part)
    return Address(name, street, entry["city"], entry["zip"], entry["country"], entry["state"])


def _money(value: Any) -> Money:
    return money(Decimal(str(value)), CURRENCY)
