"""The order system over HTTP against a real server: what goes wrong on the way, and what is done once."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest

from knowledge import codec
from knowledge.desk import operations as do
from knowledge.desk.circuit import Circuit
from knowledge.desk.http_orders import MOST_BYTES, HttpOrders, open_orders
from knowledge.desk.order_server import serve_orders
from knowledge.desk.orders import LocalOrders, OrdersUnavailable, OutcomeUnknown
from knowledge.errors import RecordConflict, RecordNotFound, SettingsInvalid
from knowledge.settings import KnowledgeSettings
from knowledge.store import Store
from tests.knowledge.desk.conftest import ANN, BO, BOOT, DELIVERED, NOW, PAN, PENDING, RECORDS
from tests.knowledge.desk.fingerprint import fingerprint
from tests.knowledge.desk.shop_server import SECRET, Shop
from tests.knowledge.desk.test_circuit import Clock


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def circuit_clock() -> Clock:
    return Clock()


@pytest.fixture
async def orders(shop: Shop, pauses: list[float], circuit_clock: Clock) -> AsyncIterator[HttpOrders]:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    circuit = Circuit(failures=5, rest_seconds=30, clock=circuit_clock)
    orders = HttpOrders(shop.url, SECRET, timeout_seconds=5, circuit=circuit, pause=pause)
    yield orders
    await orders.close()


def told(body: object) -> bytes:
    return json.dumps(body).encode()


async def test_every_question_is_answered_as_by_the_store_itself(orders, shop, about) -> None:
    local = LocalOrders(shop.store, clock=lambda: NOW)
    for number in ("LW-1001", " #lw-1001", "LW -1001", "LW-9999", "", "../..", "\ud800", "LW-1001" * 99):
        assert await orders.find_order(number) == await local.find_order(number)
    for customer in ("ann", "bo", "nobody", "a&b=c/?"):
        assert await orders.orders_of(customer) == await local.orders_of(customer)
    for wanted in (
        {"email": "ANN@example.com"}, {"email": "x@y.z"}, {"name": "ann lee", "postcode": "972 09"},
        {"name": "陈波", "postcode": "97214"}, {"name": "Ann Lee", "postcode": "0"},
    ):  # fmt: skip
        assert await orders.find_customers(**wanted) == await local.find_customers(**wanted)
    assert await orders.products_of(DELIVERED) == await local.products_of(DELIVERED)
    assert await orders.customer("bo") == BO
    with pytest.raises(RecordNotFound, match="nobody"):
        await orders.customer("nobody")
    assert await orders.receipt("none") is None


async def test_a_change_is_done_completely_and_its_receipt_found(orders, shop, about) -> None:
    receipt = await orders.commit(do.cancel_pending_order(about(PENDING)), key="k1", customer=ANN.id)
    order = await shop.store.order(PENDING.id)
    assert (order.status, order.cases[0].id, receipt.is_new) == ("cancelled", receipt.id, True)
    assert (await shop.store.product(PAN.id)).offer.stock == 7
    found = await orders.receipt("k1")
    assert found is not None
    assert (found.id, found.at, found.is_new) == (receipt.id, NOW, False)


async def test_a_notice_is_kept_by_the_shop(orders, shop, rules) -> None:
    plan = do.request_stock_notice(BOOT, sku="boot-44-brown", email="a@b.cn", language="zh", rules=rules)
    before = await fingerprint(shop.store.engine)
    assert (await orders.commit(plan, key="k1", customer="")).tool == "request_stock_notice"
    assert await fingerprint(shop.store.engine) != before


@pytest.mark.parametrize("faults", [["lost"], ["cut"], ["lost", 500], [503, "drop"], [429, "cut"]])
async def test_a_change_whose_answer_is_lost_is_done_once(orders, shop, about, pauses, faults) -> None:
    plan = do.return_delivered_order_items(about(DELIVERED), items=["pan"])
    shop.faults = list(faults)
    receipt = await orders.commit(plan, key="k1", customer=ANN.id)
    assert {key for _, _, key in shop.asked} == {"k1"}
    assert len(shop.asked) == len(faults) + 1
    assert [case.id for case in (await shop.store.order(DELIVERED.id)).cases] == [receipt.id]


async def test_a_change_whose_answer_never_comes_is_not_called_undone(orders, shop, about) -> None:
    shop.faults = ["lost", "lost", "lost"]
    with pytest.raises(OutcomeUnknown, match="The change k1 may have been done") as caught:
        await orders.commit(do.cancel_pending_order(about(PENDING)), key="k1", customer=ANN.id)
    assert caught.value.key == "k1"
    assert (await orders.receipt("k1")) is not None
    assert len((await shop.store.order(PENDING.id)).cases) == 1


async def test_ten_at_once_do_it_once(orders, shop, about) -> None:
    plan = do.return_delivered_order_items(about(DELIVERED), items=["pan"])
    shop.faults = ["lost", 500, "drop"]
    done = await asyncio.gather(*(orders.commit(plan, key="k", customer=ANN.id) for _ in range(10)))
    assert len({receipt.id for receipt in done}) == 1
    assert len((await shop.store.order(DELIVERED.id)).cases) == 1


async def test_an_order_that_changed_meanwhile_is_a_conflict_and_nothing_is_done(orders, shop, about) -> None:
    one = do.return_delivered_order_items(about(DELIVERED), items=["pan"])
    other = do.return_delivered_order_items(about(DELIVERED), items=["boot-42-brown"], assured={"unworn"})
    await orders.commit(one, key="one", customer=ANN.id)
    before = await fingerprint(shop.store.engine)
    with pytest.raises(RecordConflict, match="LW-1003"):
        await orders.commit(other, key="other", customer=ANN.id)
    assert await fingerprint(shop.store.engine) == before


# The client library itself asks again at once when a connection is dropped without a word.
@pytest.mark.parametrize("faults", [[500, 502], [503, 429], ["cut", "cut"], ["drop"] * 4])
async def test_a_question_is_repeated_with_growing_pauses(orders, shop, pauses, faults) -> None:
    shop.faults = list(faults)
    assert await orders.orders_of("ann")
    assert pauses == [0.2, 0.8]


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ([500] * 3, "status 500"),
        ([503] * 3, "status 503"),
        (["drop"] * 6, "connection broke"),
        (["cut"] * 3, "connection broke"),
    ],
)
async def test_one_that_stays_down_is_named_with_address_and_reason(orders, shop, faults, reason) -> None:
    shop.faults = list(faults)
    with pytest.raises(OrdersUnavailable, match=f"{shop.url}/orders.*{reason}") as caught:
        await orders.orders_of("ann")
    assert not isinstance(caught.value, OutcomeUnknown)
    assert SECRET not in str(caught.value)
    assert "ann" not in str(caught.value)
    assert len(shop.asked) == len(faults)


async def test_one_that_is_slow_is_not_waited_for(shop, about) -> None:
    orders = HttpOrders(shop.url, SECRET, timeout_seconds=0.05)
    shop.faults = ["slow"] * 6
    with pytest.raises(OrdersUnavailable, match=r"no answer within 0\.05 s"):
        await orders.orders_of("ann")
    with pytest.raises(OutcomeUnknown):
        await orders.commit(do.cancel_pending_order(about(PENDING)), key="k1", customer=ANN.id)
    await orders.close()


async def test_a_change_that_never_left_was_not_done(about) -> None:
    orders = HttpOrders("http://127.0.0.1:9", SECRET)
    with pytest.raises(OrdersUnavailable, match="cannot be reached") as caught:
        await orders.commit(do.cancel_pending_order(about(PENDING)), key="k1", customer=ANN.id)
    assert not isinstance(caught.value, OutcomeUnknown)
    await orders.close()


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 409, 204])
async def test_a_status_that_stays_is_not_repeated_and_a_redirect_not_followed(orders, shop, status) -> None:
    shop.faults = [status]
    with pytest.raises(OrdersUnavailable, match=f"status {status}"):
        await orders.orders_of("ann")
    assert len(shop.asked) == 1


async def test_a_wrong_secret_gets_nothing(shop) -> None:
    orders = HttpOrders(shop.url, "x" * 40)
    with pytest.raises(OrdersUnavailable, match="status 401.*orders_secret"):
        await orders.customer("ann")
    await orders.close()


ORDER = codec.to_json(PENDING)
GARBAGE = [
    b"", b"<html>busy</html>", b'{"orders": [', b"\xff\xfe", b"[" * 100_000, b"null", b"[]", b"{}",
    b'"orders"', b'{"orders": NaN}', told({"orders": None}), told({"orders": {}}),
    told({"orders": [], "next": 2}),
    told({"orders": [None]}), told({"orders": [ORDER, {}]}), told({"orders": [{**ORDER, "note": "x"}]}),
    told({"orders": [{**ORDER, "status": "on its way"}]}), told({"orders": [{**ORDER, "placed": "soon"}]}),
    told({"orders": [{**ORDER, "total": {"amount": "-1", "currency": "USD"}}]}),
    told({"orders": [{**ORDER, "total": {"amount": True, "currency": "USD"}}]}),
    told({"orders": [{**ORDER, "total": {"amount": "NaN", "currency": "USD"}}]}),
    told({"orders": [{key: value for key, value in ORDER.items() if key != "lines"}]}),
]  # fmt: skip


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
async def test_an_answer_that_is_not_as_documented_is_not_used_at_all(orders, shop, caplog, body) -> None:
    caplog.set_level(logging.WARNING)
    shop.faults = [body]
    with pytest.raises(OrdersUnavailable, match="its answer with status 200"):
        await orders.orders_of("ann")
    assert len(shop.asked) == 1
    assert "/orders: its answer" in caplog.text
    assert "Elm" not in caplog.text
    assert await orders.orders_of("ann")


async def test_an_answer_without_end_is_not_read_to_its_end(orders, shop) -> None:
    shop.faults = [b" " * (MOST_BYTES + 1)]
    with pytest.raises(OrdersUnavailable, match="more than"):
        await orders.orders_of("ann")


async def test_an_answer_about_somebody_or_something_else_is_not_used(orders, shop) -> None:
    bos = told({"orders": [codec.to_json(record) for record in RECORDS if record.id == "LW-1006"]})
    people = told({"customers": [codec.to_json(BO)]})
    shop.faults = [bos, bos, people, people, people, told({"products": [codec.to_json(BOOT)]})]
    for question in (
        orders.orders_of("ann"), orders.find_order("LW-1001"), orders.customer("ann"),
        orders.find_customers(email="ann@example.com"),
        orders.find_customers(name="Ann Lee", postcode="97214"), orders.products_of(RECORDS[6]),
    ):  # fmt: skip
        with pytest.raises(OrdersUnavailable, match="it tells"):
            await question


@pytest.mark.parametrize(
    "change",
    [
        {"tool": "cancel_pending_order"}, {"arguments": {}}, {"id": ""}, {"at": "2026-11-22T12:00:00"},
        {"at": "now"}, {"is_new": 1}, {"more": 1},
    ],
)  # fmt: skip
async def test_a_receipt_of_something_else_is_none(orders, shop, about, change) -> None:
    plan = do.return_delivered_order_items(about(DELIVERED), items=["pan"])
    receipt = {
        "id": "R-1", "tool": plan.tool, "arguments": dict(plan.arguments), "at": NOW.isoformat(),
        "is_new": True,
    }  # fmt: skip
    for body in ({"receipt": {**receipt, **change}}, {"receipt": None}, {"receipt": receipt, "more": 1}):
        shop.faults = [told(body)]
        with pytest.raises(OutcomeUnknown):
            await orders.commit(plan, key="k1", customer=ANN.id)
    shop.faults = [told({"receipt": receipt})]
    assert (await orders.commit(plan, key="k1", customer=ANN.id)).id == "R-1"


async def test_amounts_are_exact_also_where_the_shop_writes_them_as_numbers(orders, shop) -> None:
    body = json.dumps({"orders": [ORDER]}).replace('"184.70"', "184.70").replace('"24.90"', "24.90")
    shop.faults = [body.encode()]
    (order,) = await orders.orders_of("ann")
    assert order == PENDING


async def test_the_circuit_opens_tries_again_and_closes(orders, shop, circuit_clock) -> None:
    shop.faults = [500] * 5
    for _ in range(2):
        with pytest.raises(OrdersUnavailable):
            await orders.orders_of("ann")
    assert len(shop.asked) == 5
    with pytest.raises(OrdersUnavailable, match="last 5 requests failed; it is tried again in 30 s"):
        await orders.orders_of("ann")
    assert len(shop.asked) == 5
    circuit_clock.now = 30
    shop.faults = [500]
    with pytest.raises(OrdersUnavailable, match="last 6 requests failed"):
        await orders.orders_of("ann")
    assert len(shop.asked) == 6
    circuit_clock.now = 60
    assert await orders.orders_of("ann")
    shop.faults = [500]
    assert await orders.orders_of("ann")


async def test_a_change_that_the_circuit_stops_was_not_done(orders, shop, about) -> None:
    shop.faults = [500] * 5
    for _ in range(2):
        with pytest.raises(OrdersUnavailable):
            await orders.orders_of("ann")
    with pytest.raises(OrdersUnavailable) as caught:
        await orders.commit(do.cancel_pending_order(about(PENDING)), key="k1", customer=ANN.id)
    assert not isinstance(caught.value, OutcomeUnknown)


async def test_the_settings_choose_the_order_system(store, tmp_path) -> None:
    assert isinstance(open_orders(KnowledgeSettings(home=tmp_path), store), LocalOrders)
    settings = KnowledgeSettings(home=tmp_path, orders_url="http://127.0.0.1:9/", orders_secret=SECRET)
    assert isinstance(open_orders(settings, store), HttpOrders)


async def test_the_program_serves_the_stores_orders(tmp_path, unused_tcp_port: int) -> None:
    settings = KnowledgeSettings(home=tmp_path, orders_secret=SECRET)
    async with await Store.open(settings) as store:
        await store.save(RECORDS, who="test")
    options = argparse.Namespace(host="127.0.0.1", port=unused_tcp_port)
    serving = asyncio.create_task(serve_orders(settings, options))
    orders = HttpOrders(
        f"http://127.0.0.1:{unused_tcp_port}", SECRET, pause=lambda _: asyncio.sleep(0.2),
        circuit=Circuit(failures=1000),
    )  # fmt: skip
    found = None
    for _ in range(50):
        try:
            found = await orders.find_order("LW-1001")
            break
        except OrdersUnavailable:
            assert not serving.done()
    assert found == PENDING
    await orders.close()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_it_is_not_served_without_a_secret(tmp_path) -> None:
    with pytest.raises(SettingsInvalid, match="orders_secret is shorter than 32"):
        await serve_orders(KnowledgeSettings(home=tmp_path), argparse.Namespace(host="127.0.0.1", port=1))
