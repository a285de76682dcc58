"""A yes does exactly what was shown, once, whatever else happens."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.desk.proposals import Proposals
from knowledge.desk.orders import LocalOrders
from knowledge.desk.plans import Plan
from knowledge.records import Money
from tests.bot.desk.conftest import Chat


async def cases_of(chat: Chat, order: str) -> int:
    return len((await chat.tools.store.order(order)).cases)


async def test_a_double_click_does_it_once(ann) -> None:
    proposed = await ann.say("cancel order LW-1001")
    first = await ann.say(proposed.payloads[0])
    again = await ann.say(proposed.payloads[0])
    assert len(first.calls) == 1
    assert again.calls == []
    assert "done already" in again.text
    assert await cases_of(ann, "LW-1001") == 1


async def test_two_tabs_at_once_do_it_once(ann, new_chat) -> None:
    proposed = await ann.say("cancel order LW-1001")
    tabs = [ann, new_chat(ann.id), new_chat(ann.id)]
    for tab in tabs:
        tab.slots = dict(ann.slots)
    done = await asyncio.gather(*(tab.say(proposed.payloads[0]) for tab in tabs))
    assert await cases_of(ann, "LW-1001") == 1
    receipts = {call["result"]["receipt"] for said in done for call in said.trace.get("calls", ())}
    assert len(receipts) == 1


async def test_an_expired_proposal_does_nothing(ann, clock) -> None:
    proposed = await ann.say("cancel order LW-1001")
    clock.advance(29)
    await ann.prove()
    clock.advance(2)
    late = await ann.say(proposed.payloads[0])
    assert late.calls == []
    assert "no longer stands" in late.text


async def test_an_order_that_changed_meanwhile_is_proposed_anew(ann) -> None:
    await ann.say("cancel order LW-1001")
    order = await ann.tools.store.order("LW-1001")
    await ann.tools.store.save([replace(order, total=Money(Decimal("99.00"), "USD"))], who="shop")
    said = await ann.say("yes")
    assert said.calls == []
    assert "Something has changed" in said.text
    assert "$99.00" in said.text
    assert len((await ann.say("yes")).calls) == 1


async def test_an_order_that_left_meanwhile_is_refused(ann) -> None:
    await ann.say("cancel order LW-1001")
    order = await ann.tools.store.order("LW-1001")
    lines = tuple(replace(line, status="shipped") for line in order.lines)
    await ann.tools.store.save([replace(order, status="shipped", lines=lines)], who="shop")
    said = await ann.say("yes")
    assert said.calls == []
    assert "has left already" in said.text


async def test_a_newer_proposal_makes_the_older_one_void(ann) -> None:
    first = await ann.say("cancel order LW-1001")
    second = await ann.say("cancel order LW-1002 instead")
    assert (await ann.say(first.payloads[0])).calls == []
    assert (await ann.tools.store.order("LW-1001")).status == "paid"
    assert [a["order_id"] for _, a in (await ann.say(second.payloads[0])).calls] in ([], ["LW-1002"])


async def test_no_by_button_drops_it(ann) -> None:
    proposed = await ann.say("cancel order LW-1001")
    assert "changed nothing" in (await ann.say(proposed.payloads[1])).text
    assert (await ann.say(proposed.payloads[0])).calls == []


@pytest.mark.parametrize(
    "payload", ['/affirm{"proposal": "0123456789abcdef"}', '/affirm{"proposal": "../../x"}', "/affirm"]
)
async def test_a_made_up_proposal_does_nothing(ann, payload: str) -> None:
    before = await ann.tools.store.revision()
    assert (await ann.say(payload)).calls == []
    assert await ann.tools.store.revision() == before


async def test_a_reply_lost_after_the_write_is_told_as_done_before(ann, monkeypatch) -> None:
    """The server dies between the write and its bookkeeping; the shopper says yes again."""
    proposed = await ann.say("cancel order LW-1001")
    slots = dict(ann.slots)
    done = Proposals.mark

    async def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Proposals, "mark", die)
    with pytest.raises(KeyboardInterrupt):
        await ann.say("yes")
    monkeypatch.setattr(Proposals, "mark", done)
    ann.slots = slots
    again = await ann.say(proposed.payloads[0])
    assert "done already" in again.text
    assert await cases_of(ann, "LW-1001") == 1


async def test_a_crash_within_the_write_leaves_nothing_of_it(ann, monkeypatch) -> None:
    await ann.say("cancel order LW-1001")
    before = await ann.tools.store.order("LW-1001"), await ann.tools.store.product("pan")
    slots, settled = dict(ann.slots), Plan.settled

    def die(self: Plan, *_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(Plan, "settled", die)
    with pytest.raises(KeyboardInterrupt):
        await ann.say("yes")
    monkeypatch.setattr(Plan, "settled", settled)
    assert (await ann.tools.store.order("LW-1001"), await ann.tools.store.product("pan")) == before
    ann.slots = slots
    assert len((await ann.say("yes")).calls) == 1


async def test_an_order_system_that_is_down_is_said_honestly(ann, monkeypatch) -> None:
    from knowledge.desk.orders import OrdersUnavailable

    async def down(*_: object, **__: object) -> None:
        raise OrdersUnavailable("no answer")

    monkeypatch.setattr(LocalOrders, "orders_of", down)
    said = await ann.say("cancel order LW-1001")
    assert "does not answer" in said.text
    assert "Talk to a person" in said.payloads
