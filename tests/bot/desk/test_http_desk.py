"""The same dialogues over a shop's own order system, asked over HTTP; and what is said when it fails."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from bot.desk.service import Desk
from bot.settings import BotSettings
from bot.tools import Tools
from knowledge import database
from knowledge.desk import http_orders
from knowledge.desk.http_orders import HttpOrders
from knowledge.store import Store
from tests.bot.desk.conftest import Chat, Clock, DeskTools
from tests.bot.desk.test_confirming import (
    cases_of,
    test_a_double_click_does_it_once,
    test_a_newer_proposal_makes_the_older_one_void,
    test_a_reply_lost_after_the_write_is_told_as_done_before,
    test_an_order_that_changed_meanwhile_is_proposed_anew,
    test_an_order_that_left_meanwhile_is_refused,
    test_no_by_button_drops_it,
    test_two_tabs_at_once_do_it_once,
)
from tests.bot.desk.test_dialogue import (
    test_a_notice_is_noted_for_a_sold_out_size,
    test_a_wish_leads_to_its_tool_and_arguments,
    test_all_orders_are_listed_where_none_is_named,
    test_an_order_is_told_with_its_parcels_refunds_and_invoice,
    test_one_of_two_is_returned_whatever_order_the_details_come_in,
    test_what_the_rules_forbid_is_refused_with_the_reason,
)
from tests.bot.desk.test_identity import (
    test_an_order_number_with_the_email_or_a_postcode_proves_who_it_is,
    test_the_shops_signature_signs_in,
    test_wrong_unknown_and_another_customers_order_get_the_same_reply,
)
from tests.knowledge.desk.fingerprint import fingerprint
from tests.knowledge.desk.shop_server import SECRET, Shop

__all__ = [
    "test_a_double_click_does_it_once",
    "test_a_newer_proposal_makes_the_older_one_void",
    "test_a_notice_is_noted_for_a_sold_out_size",
    "test_a_reply_lost_after_the_write_is_told_as_done_before",
    "test_a_wish_leads_to_its_tool_and_arguments",
    "test_all_orders_are_listed_where_none_is_named",
    "test_an_order_is_told_with_its_parcels_refunds_and_invoice",
    "test_an_order_number_with_the_email_or_a_postcode_proves_who_it_is",
    "test_an_order_that_changed_meanwhile_is_proposed_anew",
    "test_an_order_that_left_meanwhile_is_refused",
    "test_no_by_button_drops_it",
    "test_one_of_two_is_returned_whatever_order_the_details_come_in",
    "test_the_shops_signature_signs_in",
    "test_two_tabs_at_once_do_it_once",
    "test_what_the_rules_forbid_is_refused_with_the_reason",
    "test_wrong_unknown_and_another_customers_order_get_the_same_reply",
]
IN_BOTH = pytest.mark.parametrize(
    ("wish", "yes", "unknown"),
    [("cancel order LW-1001", "yes", "do not know whether this was done"),
     ("取消订单LW-1001", "是的", "不知道这件事是否已经办理")],
)  # fmt: skip


@pytest.fixture
async def shop(filled_database: Path, tmp_path: Path, clock: Clock) -> AsyncIterator[Shop]:
    """The shop's own system, on records of its own."""
    shutil.copy(filled_database, tmp_path / "shop.db")
    async with Store(database.open_engine(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
        shop = Shop(store, clock)
        await shop.server.start_server()
        yield shop
        await shop.close()


@pytest.fixture
async def tools(
    shop: Shop, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DeskTools]:
    """The desk's tools; what the tests look at in the store is the shop's."""
    monkeypatch.setattr(http_orders, "PAUSES_SECONDS", (0.0, 0.0))
    settings = BotSettings(home=tmp_path, orders_url=shop.url, orders_secret=SECRET)
    tools = DeskTools(settings, shop.store)
    tools.desk = Desk.open(cast(Tools, tools), clock)
    assert isinstance(tools.desk.orders, HttpOrders)
    yield tools
    await tools.desk.orders.close()


@pytest.mark.parametrize(
    ("wish", "told", "person"),
    [
        ("cancel order LW-1001", "does not answer", "Talk to a person"),
        ("取消订单LW-1001", "暂时没有响应", "转人工客服"),
    ],
)
@pytest.mark.parametrize("faults", [[500] * 3, ["drop"] * 6, [b"<html>"], [401]])
async def test_one_that_is_down_is_said_honestly_and_offers_a_person(
    ann: Chat, shop: Shop, wish: str, told: str, person: str, faults: list[int | str | bytes]
) -> None:
    shop.faults = list(faults)
    said = await ann.say(wish)
    assert told in said.text
    assert said.payloads == [person]
    assert "127.0.0.1" not in said.text
    shop.faults = []
    assert "LW-1001" in (await ann.say(wish)).text


@IN_BOTH
@pytest.mark.parametrize("fault", ["lost", "cut", 500, b"{}"])
async def test_a_change_without_an_answer_is_looked_up_before_it_is_done_again(
    ann: Chat, shop: Shop, wish: str, yes: str, unknown: str, fault: int | str | bytes
) -> None:
    await ann.say(wish)
    shop.at, shop.faults = "/changes", [fault] * 3
    said = await ann.say(yes)
    assert unknown in said.text
    assert "affirm" in said.payloads[0]
    assert len(said.payloads) == 2
    shop.faults = []
    again = await ann.say(yes)
    if fault in ("lost", "cut"):
        assert again.calls == []
        assert "done already" in again.text or "已经办好了" in again.text
    else:
        assert len(again.calls) == 1
    assert await cases_of(ann, "LW-1001") == 1


@pytest.mark.parametrize("no", ["no", "never mind about it", "算了"])
async def test_after_a_change_without_an_answer_a_no_is_not_told_that_nothing_happened(
    ann: Chat, shop: Shop, no: str
) -> None:
    await ann.say("cancel order LW-1001")
    shop.at, shop.faults = "/changes", ["lost"] * 3
    await ann.say("yes")
    shop.faults = []
    said = await ann.say(no)
    assert "done already" in said.text or "已经办好了" in said.text


async def test_a_shop_that_refuses_the_secret_changes_nothing(ann: Chat, shop: Shop) -> None:
    await ann.say("cancel order LW-1001")
    before = await fingerprint(shop.store.engine)
    shop.at, shop.faults = "/changes", [401]
    said = await ann.say("yes")
    assert "can neither look anything up nor change" in said.text
    assert await fingerprint(shop.store.engine) == before
    shop.faults = []
    assert len((await ann.say("yes")).calls) == 1


async def test_while_the_circuit_is_open_the_shop_is_left_alone(ann: Chat, shop: Shop) -> None:
    shop.faults = [500] * 5
    for _ in range(2):
        await ann.say("cancel order LW-1001")
    asked = len(shop.asked)
    assert "does not answer" in (await ann.say("cancel order LW-1001")).text
    assert len(shop.asked) == asked
