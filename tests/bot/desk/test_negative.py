"""For each tool: another customer's order looks like none, and whoever may not gets and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import update

from bot.tables import proposals
from knowledge.records import OrderId
from tests.bot.desk.conftest import Chat, DeskTools
from tests.knowledge.desk.conftest import BO, DELIVERED, OLD, PENDING
from tests.knowledge.desk.fingerprint import fingerprint


@dataclass(frozen=True)
class Wish:
    """A wish that leads to a tool, in both languages; `{}` is the order. `refused` is what rules forbid."""

    tool: str
    order: str
    english: str
    chinese: str
    refused: tuple[str, ...] = ()

    def said(self, language: str, order: str = "") -> str:
        return (self.chinese if language == "zh" else self.english).format(order or self.order)


NEW = "12 Oak Street, Salem, OR 97301"
WRITES = (
    Wish("cancel_pending_order", "LW-1001", "cancel order {}", "取消订单{}",
         ("cancel order LW-1003", "取消订单LW-1003")),
    Wish("modify_pending_order_address", "LW-1001", f"the address of {{}} should be {NEW}",
         f"订单{{}}的地址改成 {NEW}",
         (f"the address of LW-1003 should be {NEW}", f"订单LW-1003的地址改成 {NEW}")),
    Wish("modify_pending_order_items", "LW-1001", "change the boots in {} to size 43 black",
         "把{}的登山鞋换成43码黑色",
         ("change the boots in LW-1001 to size 44 brown", "把LW-1001的登山鞋换成44码")),
    Wish("modify_pending_order_payment", "LW-1001", "change the payment of {} to paypal",
         "订单{}改用PayPal付款",
         ("change the payment of LW-1001 to my gift card", "订单LW-1001改用礼品卡付款")),
    Wish("return_delivered_order_items", "LW-1003", "return one frying pan of {}", "退一口平底锅，订单{}",
         ("return the pan of LW-1004", "退平底锅，订单LW-1004")),
    Wish("exchange_delivered_order_items", "LW-1003",
         "exchange the boots of {} for the black ones in 43, never worn",
         "订单{}的登山鞋没穿过，想换成43码黑色",
         ("exchange the boots of LW-1003 for size 44 brown, never worn",
          "订单LW-1003的登山鞋没穿过，想换成44码")),
    Wish("start_warranty_case", "LW-1004", "open a warranty case for {}, the handle is broken",
         "订单{}要保修，手柄坏了",
         ("open a warranty case for the tea of LW-1003, it is broken",
          "订单LW-1003的绿茶要保修，坏了")),
)  # fmt: skip
READS = (
    Wish("status", "LW-1001", "where is order {}?", "订单{}到哪了？"),
    Wish("refund", "LW-1001", "refund status of {}", "订单{}的退款到账了吗？"),
    Wish("invoice", "LW-1001", "invoice of {}", "订单{}的发票"),
)
PROFILE = Wish("modify_user_address", "", f"change my default address to {NEW}", f"把默认地址改成 {NEW}")
SECRETS = ("Ann", "Visa", "Elm", "UPS", "24.90", "R-", "Suite")
TWINS = {"LW-1001": "LW-2001", "LW-1003": "LW-2003", "LW-1004": "LW-2004"}
each_language = pytest.mark.parametrize("language", ["en", "zh"])
each_write = pytest.mark.parametrize("wish", [*WRITES, PROFILE], ids=lambda wish: wish.tool)
each_of_an_order = pytest.mark.parametrize("wish", [*WRITES, *READS], ids=lambda wish: wish.tool)


@pytest.fixture
async def tools(tools: DeskTools) -> DeskTools:
    """The shop, with orders of Bo's that are like Ann's to the last item."""
    twins = [
        replace(order, id=OrderId(TWINS[order.id]), customer_id=BO.id) for order in (PENDING, DELIVERED, OLD)
    ]
    await tools.store.save(twins, who="test")
    return tools


def yes_in(language: str) -> str:
    return "是的" if language == "zh" else "yes"


@each_language
@each_write
async def test_each_tool_serves_its_own_customer(ann: Chat, wish: Wish, language: str) -> None:
    said = await ann.say(wish.said(language), "order_change")
    assert said.trace["proposal"]["name"] == wish.tool
    before = await fingerprint(ann.tools.store.engine)
    assert [name for name, _ in (await ann.say(yes_in(language))).calls] == [wish.tool]
    assert await fingerprint(ann.tools.store.engine) != before


@each_language
@pytest.mark.parametrize("wish", READS, ids=lambda wish: wish.tool)
async def test_each_question_serves_its_own_customer(ann: Chat, wish: Wish, language: str) -> None:
    said = await ann.say(wish.said(language), "order_status")
    assert said.trace["arguments"] == {"kind": wish.tool, "order_id": wish.order}


@each_language
@each_of_an_order
async def test_another_customers_order_looks_like_no_order(ann: Chat, wish: Wish, language: str) -> None:
    before = await fingerprint(ann.tools.store.engine)
    theirs, slots = TWINS[wish.order], dict(ann.slots)
    others = await ann.say(wish.said(language, theirs), "order_change")
    assert (await ann.say(yes_in(language))).calls == []
    ann.slots = slots
    missing = await ann.say(wish.said(language, "LW-9999"), "order_change")
    assert others.text.replace(theirs, "") == missing.text.replace("LW-9999", "")
    assert others.text in (f"I find no order {theirs} of yours.", f"您名下没有订单 {theirs}。")
    assert (others.payloads, others.trace) == (missing.payloads, missing.trace)
    assert await fingerprint(ann.tools.store.engine) == before


@each_language
@pytest.mark.parametrize("wish", [*WRITES, *READS, PROFILE], ids=lambda wish: wish.tool)
async def test_the_unverified_get_nothing(chat: Chat, wish: Wish, language: str) -> None:
    before = await fingerprint(chat.tools.store.engine)
    said = await chat.say(wish.said(language), "order_change")
    assert not any(secret in said.text for secret in SECRETS)
    assert "proposal" not in said.trace
    assert (await chat.say(yes_in(language))).calls == []
    assert await fingerprint(chat.tools.store.engine) == before


@each_language
@each_write
@pytest.mark.parametrize("by_button", [False, True])
async def test_whose_proof_has_lapsed_changes_nothing(
    ann: Chat, clock, wish: Wish, language: str, by_button: bool
) -> None:
    clock.advance(20)
    proposed = await ann.say(wish.said(language), "order_change")
    clock.advance(11)  # the proposal still stands, the proof does not
    before = await fingerprint(ann.tools.store.engine)
    late = await ann.say(proposed.payloads[0] if by_button else yes_in(language))
    assert late.calls == []
    assert not any(secret in late.text for secret in SECRETS)
    assert await fingerprint(ann.tools.store.engine) == before


@each_language
@each_write
async def test_a_session_that_was_tampered_with_changes_nothing(
    ann: Chat, new_chat: Callable[[str], Chat], wish: Wish, language: str
) -> None:
    """Another conversation, unverified or somebody else's, with this one's slots and buttons."""
    proposed = await ann.say(wish.said(language), "order_change")
    before = await fingerprint(ann.tools.store.engine)
    for name, proof in (("nobodys", None), ("bos", "LW-1006, bo@example.com")):
        other = new_chat(name)
        if proof:
            await other.prove(proof)
        for text in (yes_in(language), proposed.payloads[0]):
            other.slots = {**ann.slots, "customer": "ann", "verified": "order"}
            said = await other.say(text)
            assert said.calls == []
            assert "R-" not in said.text
    assert await fingerprint(ann.tools.store.engine) == before
    assert len((await ann.say(proposed.payloads[0])).calls) == 1


@each_write
async def test_a_proposal_that_was_altered_is_not_carried_out(ann: Chat, wish: Wish) -> None:
    proposed = await ann.say(wish.said("en"), "order_change")
    before = await fingerprint(ann.tools.store.engine)
    async with ann.tools.store.engine.begin() as connection:
        await connection.execute(update(proposals).values(digest="0" * 64))
    assert (await ann.say(proposed.payloads[0])).calls == []
    assert await fingerprint(ann.tools.store.engine) == before


REFUSED = [
    *((wish.tool, said) for wish in WRITES for said in wish.refused),
    ("modify_user_address", "change my default address to 1 Elm Street, Suite 9, Portland, OR 97214, US"),
]


@pytest.mark.parametrize(("tool", "said"), REFUSED)
async def test_a_refused_request_leaves_every_byte_as_it_was(ann: Chat, tool: str, said: str) -> None:
    before = await fingerprint(ann.tools.store.engine)
    told = await ann.say(said, "order_change")
    assert told.trace["refused"]["code"]
    assert "proposal" not in told.trace
    for yes in ("yes", "是的"):
        assert (await ann.say(yes)).calls == []
    assert await fingerprint(ann.tools.store.engine) == before


@pytest.mark.parametrize("said", ["notify me when size 42 is back in stock", "棕色42码到货了请通知我"])
async def test_a_notice_of_what_is_in_stock_is_refused(chat: Chat, said: str) -> None:
    before = await fingerprint(chat.tools.store.engine)
    chat.slots = {"product": "boot"}
    await chat.say(said, "order_status")
    await chat.say("eve@example.com")
    assert (await chat.say("yes")).calls == []
    assert await fingerprint(chat.tools.store.engine) == before


async def test_a_visitors_notice_is_no_other_visitors(chat: Chat, new_chat: Callable[[str], Chat]) -> None:
    chat.slots = {"product": "boot"}
    await chat.say("notify me when size 44 is back in stock", "order_status")
    proposed = await chat.say("eve@example.com")
    before = await fingerprint(chat.tools.store.engine)
    other = new_chat("c2")
    other.slots = dict(chat.slots)
    assert (await other.say(proposed.payloads[0])).calls == []
    assert await fingerprint(chat.tools.store.engine) == before


async def test_a_notice_asked_for_before_the_proof_is_proposed_anew_after_it(chat: Chat) -> None:
    chat.slots = {"product": "boot"}
    await chat.say("notify me when size 44 is back in stock", "order_status")
    proposed = await chat.say("eve@example.com")
    slots = dict(chat.slots)
    await chat.prove()
    chat.slots = slots
    again = await chat.say(proposed.payloads[0])
    assert again.calls == []
    assert len((await chat.say(again.payloads[0])).calls) == 1
