"""Plans are carried out completely and once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from knowledge.desk import operations as do
from knowledge.desk.refusals import Refused
from knowledge.errors import RecordConflict
from knowledge.tables import stock_notices
from tests.knowledge.desk.conftest import ANN, BOOT, DELIVERED, NOW, PAN, PENDING
from tests.knowledge.desk.fingerprint import fingerprint


async def test_a_plan_changes_the_order_the_stock_and_the_history_together(desk, desk_store, about) -> None:
    revision = await desk_store.revision()
    receipt = await desk.commit(do.cancel_pending_order(about(PENDING)), key="k1", customer=ANN.id)
    order = await desk_store.order(PENDING.id)
    assert order.status == "cancelled"
    assert order.cases[0].id == receipt.id
    assert (await desk_store.product(PAN.id)).offer.stock == 7
    assert await desk_store.revision() == revision + 1
    changes = await desk_store.history("order", PENDING.id)
    assert receipt.id in changes[-1].who


async def test_the_same_key_does_nothing_twice(desk, desk_store, about) -> None:
    plan = do.cancel_pending_order(about(PENDING))
    first = await desk.commit(plan, key="k1", customer=ANN.id)
    before = await fingerprint(desk_store.engine)
    again = await desk.commit(plan, key="k1", customer=ANN.id)
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.id, dict(again.arguments)) == (first.id, dict(plan.arguments))
    assert await fingerprint(desk_store.engine) == before
    assert (await desk.receipt("k1")).id == first.id


async def test_ten_at_once_do_it_once(desk, desk_store, about) -> None:
    plan = do.return_delivered_order_items(about(DELIVERED), items=["pan"])
    done = await asyncio.gather(*(desk.commit(plan, key="k", customer=ANN.id) for _ in range(10)))
    assert sum(receipt.is_new for receipt in done) == 1
    assert len((await desk_store.order(DELIVERED.id)).cases) == 1


async def test_two_different_wishes_about_one_order_do_not_overwrite_each_other(
    desk, desk_store, about
) -> None:
    one = do.return_delivered_order_items(about(DELIVERED), items=["pan"])
    other = do.return_delivered_order_items(about(DELIVERED), items=["boot-42-brown"], assured={"unworn"})
    await desk.commit(one, key="one", customer=ANN.id)
    before = await fingerprint(desk_store.engine)
    with pytest.raises(RecordConflict):
        await desk.commit(other, key="other", customer=ANN.id)
    assert await fingerprint(desk_store.engine) == before
    assert await desk.receipt("other") is None


async def test_stock_sold_meanwhile_is_noticed(desk, desk_store, about) -> None:
    plan = do.modify_pending_order_items(about(PENDING), items=["boot-42-brown"], new_items=["boot-43-black"])
    from knowledge.desk.plans import restocked

    await desk_store.save([restocked(BOOT, {"boot-43-black": -1})], who="another sale")
    with pytest.raises(RecordConflict):
        await desk.commit(plan, key="k", customer=ANN.id)


async def test_a_gift_card_gets_its_money_back(desk, desk_store, about) -> None:
    from dataclasses import replace

    paid = replace(PENDING, payment="Gift card ending in 7KQ2")
    await desk_store.save([paid], who="test")
    plan = do.cancel_pending_order(about(paid))
    await desk.commit(plan, key="k", customer=ANN.id)
    gift = (await desk_store.customer(ANN.id)).payments[2]
    assert str(gift.balance.amount) == "197.20"


async def test_an_order_is_found_however_its_number_is_written(desk) -> None:
    for written in ("LW-1001", "lw-1001", " #LW-1001 ", "LW -1001"):
        found = await desk.find_order(written)
        assert found is not None
        assert found.id == "LW-1001"
    assert await desk.find_order("LW-9999") is None


async def test_a_notice_is_kept_once(desk, desk_store, rules) -> None:
    for key, email, language in (("k1", "A@example.com", "en"), ("k2", "a@example.com", "zh")):
        plan = do.request_stock_notice(BOOT, sku="boot-44-brown", email=email, language=language, rules=rules)
        await desk.commit(plan, key=key, customer="")
    async with desk_store.engine.connect() as connection:
        rows = (await connection.execute(select(stock_notices))).all()
    assert [(row.email, row.language) for row in rows] == [("a@example.com", "zh")]
    assert rows[0].expires == NOW + timedelta(days=90)


def test_a_notice_is_only_for_what_is_sold_out(rules) -> None:
    for sku, why in (("boot-42-brown", "in stock"), ("nothing", "no such product")):
        with pytest.raises(Refused, match=why):
            do.request_stock_notice(BOOT, sku=sku, email="a@example.com", language="en", rules=rules)


async def test_customers_are_found_by_email_or_by_name_and_postcode(desk) -> None:
    assert [c.id for c in await desk.find_customers(email="ANN@example.com")] == ["ann"]
    assert [c.id for c in await desk.find_customers(name="ann lee", postcode="97 209")] == ["ann"]
    assert await desk.find_customers(name="ann lee", postcode="00000") == []
