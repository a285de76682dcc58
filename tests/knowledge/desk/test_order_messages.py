"""Every change crosses the wire unaltered, and the reference server believes nothing that does not fit."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import aiohttp
import pytest

from knowledge.desk import operations as do
from knowledge.desk.order_messages import (
    change_in,
    change_to_json,
    customers_in,
    orders_in,
    products_in,
    receipt_in,
)
from knowledge.desk.plans import Plan, ToolName
from knowledge.errors import RecordInvalid
from tests.knowledge.desk.conftest import ANN, BO, BOOT, DELIVERED, NOW, OFFICE, OLD, OTHERS, PENDING
from tests.knowledge.desk.fingerprint import fingerprint
from tests.knowledge.desk.shop_server import SECRET, Shop


@pytest.fixture
def plans(about, rules) -> dict[str, Plan]:
    """One plan of every tool, money and stock among them."""
    made = [
        do.cancel_pending_order(about(PENDING), reason="no longer needed"),
        do.modify_pending_order_address(about(PENDING), address=OFFICE),
        do.modify_pending_order_items(about(PENDING), items=["boot-42-brown"], new_items=["boot-43-black"]),
        do.modify_pending_order_payment(about(PENDING), payment="paypal"),
        do.return_delivered_order_items(about(DELIVERED), items=["pan", "pan"]),
        do.exchange_delivered_order_items(
            about(DELIVERED), items=["boot-42-brown"], new_items=["boot-43-black"], assured={"unworn"}
        ),
        do.modify_user_address(about(None), address=OFFICE),
        do.start_warranty_case(about(OLD), item="pan", fault="手柄坏了"),
        do.request_stock_notice(BOOT, sku="boot-44-brown", email="a@b.cn", language="zh", rules=rules),
    ]
    return {plan.tool: plan for plan in made}


def test_every_tools_plan_comes_back_as_it_was(plans) -> None:
    assert len(plans) == 9
    for plan in plans.values():
        read, customer = change_in(json.loads(json.dumps(change_to_json(plan, "ann"))))
        assert (read.digest, read.before, customer) == (plan.digest, plan.before, "ann")
        assert read.settled("R-1", NOW) == plan.settled("R-1", NOW)
        assert read.facts.get("days") == (plan.facts["days"] if plan.facts.get("days") else None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tool", "drop_all_orders"), ("arguments", []), ("customer", 7), ("days", "90"), ("money", None),
        ("money", [{"kind": "gift", "amount": {}, "method": {}}]), ("fee", {"amount": "1"}),
        ("case", {"kind": "x"}),
        ("case", {"kind": "x", "lines": [], "reason": ""}), ("seen", [{"kind": "secret", "record": {}}]),
        ("seen", [{}]), ("becomes", {}), ("digest", "0" * 64), ("arguments", {"order_id": "LW-1006"}),
    ],
)  # fmt: skip
def test_a_change_that_was_altered_is_refused(plans, name: str, value: Any) -> None:
    change = change_to_json(plans["return_delivered_order_items"], "ann")
    with pytest.raises(RecordInvalid):
        change_in({**change, name: value})
    with pytest.raises(RecordInvalid):
        change_in({key: content for key, content in change.items() if key != name})


async def post(shop: Shop, path: str, body: Any, **headers: str) -> int:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with aiohttp.ClientSession() as session:
        address = f"{shop.url}{path}"
        async with session.request("POST", address, data=sent, headers=headers) as response:
            return response.status


KEY = {"Authorization": f"Bearer {SECRET}", "Idempotency-Key": "k1"}


async def test_the_server_changes_nothing_for_who_may_not_or_is_not_understood(shop, plans, about) -> None:
    before = await fingerprint(shop.store.engine)
    change = change_to_json(plans["cancel_pending_order"], "ann")
    assert await post(shop, "/changes", change) == 401
    assert await post(shop, "/changes", change, **{**KEY, "Authorization": SECRET}) == 401
    assert await post(shop, "/changes", change, Authorization=KEY["Authorization"]) == 400
    assert await post(shop, "/changes", change, **{**KEY, "Idempotency-Key": "k" * 81}) == 400
    assert await post(shop, "/changes", b"{", **KEY) == 400
    assert await post(shop, "/changes", {**change, "digest": "0"}, **KEY) == 400
    assert await post(shop, "/changes", {**change, "customer": "bo"}, **KEY) == 400
    assert await post(shop, "/customers/search", {"email": ""}, **KEY) == 400
    assert await post(shop, "/customers/search", {"name": "Ann Lee"}, **KEY) == 400
    assert await fingerprint(shop.store.engine) == before


async def test_the_server_changes_no_record_of_another_customer(shop, about) -> None:
    before = await fingerprint(shop.store.engine)
    theirs = replace(about(OTHERS), customer=BO)
    plan = do.cancel_pending_order(theirs)
    assert await post(shop, "/changes", change_to_json(plan, ANN.id), **KEY) == 400
    assert await fingerprint(shop.store.engine) == before
    assert await post(shop, "/changes", change_to_json(plan, BO.id), **KEY) == 201
    assert await post(shop, "/changes", change_to_json(plan, BO.id), **KEY) == 200


def test_every_message_in_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[3] / "docs" / "service-desk.md").read_text(encoding="utf-8")
    messages = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    orders, customers, products, change, receipt = messages
    assert orders_in(orders)[0].lines[0].status == "ordered"
    assert customers_in(customers)[0].payments[1].kind == "gift_card"
    assert products_in(products)[0].variants[0].offer.stock == 4
    assert receipt_in(receipt) is not None
    with pytest.raises(RecordInvalid, match="digest"):
        change_in(change)  # all of it is read but the digest, which is left out
    for tool in get_args(ToolName):
        assert f"| `{tool}` |" in text
