"""What the desk and a shop's order system say to each other, as JSON values.

Records and their parts are as `knowledge.codec` writes them; docs/service-desk.md shows every message. A
message is read completely or refused. Knows nothing of connections.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

from knowledge import codec
from knowledge.desk.orders import Receipt
from knowledge.desk.plans import Movement, Plan, ToolName
from knowledge.errors import RecordInvalid
from knowledge.records import (
    CaseKind,
    CaseLine,
    Customer,
    Money,
    Order,
    PaymentMethod,
    Product,
    Record,
    RecordKind,
)

_CHANGE = ("customer", "tool", "arguments", "money", "fee", "case", "days", "seen", "becomes", "digest")
_RECEIPT = ("id", "tool", "arguments", "at", "is_new")


def orders_in(message: object) -> list[Order]:
    """Read `{"orders": [...]}`."""
    return cast(list[Order], _records(message, "orders", "order"))


def customers_in(message: object) -> list[Customer]:
    """Read `{"customers": [...]}`."""
    return cast(list[Customer], _records(message, "customers", "customer"))


def products_in(message: object) -> list[Product]:
    """Read `{"products": [...]}`."""
    return cast(list[Product], _records(message, "products", "product"))


def receipt_in(message: object) -> Receipt | None:
    """Read `{"receipt": {...}}`, or `{"receipt": null}` where nothing was done."""
    content = _object(message, ("receipt",), "answer")["receipt"]
    if content is None:
        return None
    values = _object(content, _RECEIPT, "receipt")
    for name, cls in (("id", str), ("tool", str), ("arguments", dict), ("at", str), ("is_new", bool)):
        if type(values[name]) is not cls:
            raise RecordInvalid(f"a receipt's {name!r} is not of the type {cls.__name__}")
    try:
        at = datetime.fromisoformat(values["at"])
    except ValueError as exc:
        raise RecordInvalid("a receipt's 'at' is not a time such as '2026-11-22T12:00:00+00:00'") from exc
    if not values["id"] or at.tzinfo is None:
        raise RecordInvalid("a receipt has an id, and a time with its zone")
    return Receipt(
        values["id"], values["tool"], values["arguments"], at.astimezone(UTC), is_new=values["is_new"]
    )


def receipt_to_json(receipt: Receipt | None) -> dict[str, Any]:
    """Return `{"receipt": ...}`."""
    if receipt is None:
        return {"receipt": None}
    at = receipt.at.astimezone(UTC).isoformat()
    values = (receipt.id, receipt.tool, dict(receipt.arguments), at, receipt.is_new)
    return {"receipt": dict(zip(_RECEIPT, values, strict=True))}


def change_to_json(plan: Plan, customer: str) -> dict[str, Any]:
    """Return the request to carry a plan out for a customer, empty where nobody was verified."""
    case = {"kind": plan.kind, "lines": codec.part_to_json(plan.lines), "reason": plan.reason}
    return {
        "customer": customer,
        "tool": plan.tool,
        "arguments": dict(plan.arguments),
        "money": [_movement_to_json(moved) for moved in plan.movements],
        "fee": codec.part_to_json(plan.fee) if plan.fee else None,
        "case": case if plan.kind else None,
        "days": plan.facts["days"] if plan.tool == "request_stock_notice" else None,
        "seen": _records_to_json(plan.before),
        "becomes": _records_to_json(plan.after),
        "digest": plan.digest,
    }


def change_in(message: object) -> tuple[Plan, str]:
    """Read a request to carry a plan out: the plan and its customer.

    Raises:
        RecordInvalid: also when its digest is not that of what it says.
    """
    values = _object(message, _CHANGE, "change")
    if values["tool"] not in get_args(ToolName) or not isinstance(values["arguments"], dict):
        raise RecordInvalid(f"'tool' is none of {', '.join(get_args(ToolName))}, or 'arguments' no object")
    if type(values["customer"]) is not str or type(values["days"]) not in (int, type(None)):
        raise RecordInvalid("'customer' is not text, or 'days' no whole number")
    case = _object(values["case"], ("kind", "lines", "reason"), "case") if values["case"] else None
    if case and (case["kind"] not in get_args(CaseKind) or type(case["reason"]) is not str):
        raise RecordInvalid("'case' has no such kind, or a reason that is not text")
    plan = Plan(
        values["tool"],
        values["arguments"],
        before=_records_in(values["seen"]),
        after=_records_in(values["becomes"]),
        lines=tuple(codec.part_from_json(CaseLine, line) for line in _list(case["lines"])) if case else (),
        movements=tuple(_movement_in(moved) for moved in _list(values["money"])),
        fee=codec.part_from_json(Money, values["fee"]) if values["fee"] else None,
        kind=case["kind"] if case else None,
        reason=case["reason"] if case else "",
        facts={} if values["days"] is None else {"days": values["days"]},
    )
    if plan.digest != values["digest"]:
        raise RecordInvalid("'digest' is not that of this change: a part of it was altered or misread")
    return plan, values["customer"]


def records_to_json(name: str, records: Iterable[Record]) -> dict[str, Any]:
    """Return `{name: [...]}` of records of one kind."""
    return {name: [codec.to_json(record) for record in records]}


def _records_to_json(records: Iterable[Record]) -> list[dict[str, Any]]:
    return [{"kind": codec.kind_of(record), "record": codec.to_json(record)} for record in records]


def _records_in(values: object) -> tuple[Record, ...]:
    read = []
    for value in _list(values):
        item = _object(value, ("kind", "record"), "record")
        if item["kind"] not in codec.KINDS:
            raise RecordInvalid(f"{item['kind']!r} is no kind of record")
        read.append(codec.from_json(item["kind"], item["record"]))
    return tuple(read)


def _movement_to_json(moved: Movement) -> dict[str, Any]:
    method = codec.part_to_json(PaymentMethod(moved.method.id, moved.method.kind, moved.method.label))
    return {"kind": moved.kind, "amount": codec.part_to_json(moved.amount), "method": method}


def _movement_in(value: object) -> Movement:
    item = _object(value, ("kind", "amount", "method"), "movement of money")
    if item["kind"] not in ("refund", "charge"):
        raise RecordInvalid("money moves as a 'refund' or a 'charge'")
    amount = codec.part_from_json(Money, item["amount"])
    return Movement(item["kind"], amount, codec.part_from_json(PaymentMethod, item["method"]))


def _records(message: object, name: str, kind: RecordKind) -> list[Record]:
    return [codec.from_json(kind, value) for value in _list(_object(message, (name,), "answer")[name])]


def _object(value: object, names: tuple[str, ...], what: str) -> Mapping[str, Any]:
    """Return an object that has exactly these members."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise RecordInvalid(f"this is no {what} with exactly the members {', '.join(names)}")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise RecordInvalid("a list is expected here")
    return value
