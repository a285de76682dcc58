"""The tau2 retail shop: every correct action is allowed and exact, what its policy forbids is refused."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from knowledge.desk import operations as do
from knowledge.desk.plans import Plan, Situation
from knowledge.desk.refusals import Refused
from knowledge.desk.rules import Rules, load_rules
from knowledge.importers.options import Options
from knowledge.importers.report import Report
from knowledge.importers.source import Source
from knowledge.importers.tau2_retail import RULES, read
from knowledge.records import Address, Customer, Order, Product, Record
from knowledge.settings import KnowledgeSettings, load

FOLDER = load(KnowledgeSettings).data / "service_desk"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the public data sets are not on this machine")
NOW = datetime(2024, 5, 15, tzinfo=UTC)
# 105 charges more to a gift card than it holds; 110 sets the address that is set already.
REFUSED_THERE_TOO = {"105", "110"}
WRITES = (
    "cancel_pending_order", "modify_pending_order_address", "modify_pending_order_items",
    "return_delivered_order_items", "exchange_delivered_order_items", "modify_user_address",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> dict[str, Record]:
    path = FOLDER / "db.json.gz"
    source = Source(path, encoding=None, longest_line=8_000_000)
    return {record.id: record for _, record in read(source, Options(), Report(path.name))}


@pytest.fixture(scope="module")
def tasks() -> list[dict[str, Any]]:
    return list(json.loads((FOLDER / "tasks.train.json").read_text(encoding="utf-8")))


@cache
def rules() -> Rules:
    return load_rules(RULES)


def situation(shop: dict[str, Record], order: Order | None, customer: str) -> Situation:
    products = {line.product_id: shop[line.product_id] for line in order.lines} if order else {}
    person = shop[customer]
    assert isinstance(person, Customer)
    assert all(isinstance(product, Product) for product in products.values())
    return Situation(rules(), person, NOW, order, products)  # type: ignore[arg-type]  # checked above


def plan_of(shop: dict[str, Record], name: str, arguments: dict[str, Any], customer: str = "") -> Plan:
    order = shop.get(arguments.get("order_id", ""))
    assert order is None or isinstance(order, Order)
    about = situation(shop, order, customer or (order.customer_id if order else arguments["user_id"]))
    if name.endswith("address"):
        street = ", ".join(part for part in (arguments["address1"], arguments["address2"]) if part)
        address = Address(
            about.customer.name, street, arguments["city"], arguments["zip"], arguments["country"],
            arguments["state"],
        )  # fmt: skip
        return getattr(do, name)(about, address=address)
    named = {
        "item_ids": "items",
        "new_item_ids": "new_items",
        "payment_method_id": "payment",
        "reason": "reason",
    }
    return getattr(do, name)(
        about, **{named[key]: value for key, value in arguments.items() if key != "order_id"}
    )


def writes_of(task: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    actions = task["evaluation_criteria"]["actions"]
    return [(action["name"], action["arguments"]) for action in actions if action["name"] in WRITES]


def test_the_shop_is_read_completely(shop) -> None:
    kinds = [type(record) for record in shop.values()]
    assert [kinds.count(kind) for kind in (Product, Customer, Order)] == [50, 500, 1000]


def test_every_correct_action_is_allowed_with_exactly_its_arguments(shop, tasks) -> None:
    wrong = []
    for task in tasks:
        state = dict(shop)
        for name, arguments in writes_of(task):
            try:
                plan = plan_of(state, name, arguments)
            except Refused as refused:
                wrong.append((task["id"], name, str(refused)))
                continue
            if plan.tool != name or dict(plan.arguments) != arguments:
                wrong.append((task["id"], name, f"{plan.arguments} instead of {arguments}"))
            state |= {record.id: record for record in plan.settled(f"R-{name}", NOW)}
    assert {task for task, _, _ in wrong} == REFUSED_THERE_TOO, wrong


def test_what_the_policy_forbids_is_refused(shop, tasks) -> None:
    """Each correct action on somebody else's order, on an order in the wrong state, and a second time."""
    stranger = next(record.id for record in shop.values() if isinstance(record, Customer))
    tried = 0
    for task in tasks:
        for name, arguments in writes_of(task):
            order = shop.get(arguments.get("order_id", ""))
            if not isinstance(order, Order):
                continue
            for forbidden in _forbidden(shop, order, name, arguments, stranger):
                tried += 1
                with pytest.raises(Refused):
                    forbidden()
    assert tried > 300


def _forbidden(shop, order, name, arguments, stranger):
    from dataclasses import replace

    yield lambda: plan_of(
        shop, name, arguments, stranger if stranger != order.customer_id else "james_li_5688"
    )
    states = ("shipped", "cancelled", "delivered" if "pending" in name else "pending")
    for state in states:
        lines = tuple(
            replace(line, status="cancelled" if state == "cancelled" else "shipped") for line in order.lines
        )
        moved = replace(order, status=state, lines=lines)
        yield lambda moved=moved: plan_of({**shop, order.id: moved}, name, arguments)
    try:
        plan = plan_of(shop, name, arguments)
    except Refused:
        return
    after = {**shop, **{record.id: record for record in plan.settled("R-1", NOW)}}
    yield lambda: plan_of(after, name, arguments)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    from knowledge.errors import ImportFailed

    path = tmp_path / "db.json.gz"
    path.write_bytes(gzip.compress(b'{"products": []}'))
    with pytest.raises(ImportFailed, match="not the tau2 retail shop"):
        list(read(Source(path, encoding=None, longest_line=1000), Options(), Report(path.name)))
