"""Business settled in a chat, in both languages: one detail at a time, in any order, with changes of mind."""

from __future__ import annotations

import pytest

from bot.desk.addresses import read_address
from bot.desk.reading import is_plain_no, is_plain_yes, wants_person
from tests.bot.desk.conftest import Chat

RETURN_PAN = (
    "return_delivered_order_items",
    {"order_id": "LW-1003", "item_ids": ["pan"], "payment_method_id": "visa"},
)
WARRANTY = "open a warranty case for LW-1004, the handle is broken"
CANCEL = ("cancel_pending_order", {"order_id": "LW-1001", "reason": ""})


async def status_of(chat: Chat, order: str) -> set[str]:
    return {line.status for line in (await chat.tools.store.order(order)).lines}


@pytest.mark.parametrize(
    "turns",
    [
        ["I want to return one pan from order LW-1003, my email is ann@example.com", "yes please"],
        ["I want to return something", "LW-1003", "97214", "the pan", "one", "yes"],
        ["我要退货", "订单号 LW-1003，邮箱 ann@example.com", "平底锅", "一个", "是的"],
        ["退一口平底锅，订单LW-1003，邮编97214", "确认"],
    ],
)
async def test_one_of_two_is_returned_whatever_order_the_details_come_in(chat, turns) -> None:
    for turn in turns[:-1]:
        assert (await chat.say(turn)).calls == []
    done = await chat.say(turns[-1])
    assert done.calls == [RETURN_PAN]
    assert "R-" in done.text
    order = await chat.tools.store.order("LW-1003")
    assert sum(line.quantity for line in order.lines if line.status == "return_requested") == 1


async def test_what_would_happen_and_what_it_costs_is_stated_before_it_is_done(ann) -> None:
    said = await ann.say("return one frying pan of LW-1003")
    for fact in ("LW-1003", "Frying pan", "$18.00", "$6.90", "Visa ending in 4821", "yes or no"):
        assert fact in said.text
    assert await status_of(ann, "LW-1003") == {"delivered"}


@pytest.mark.parametrize("no", ["no", "no, thanks", "never mind", "不", "算了"])
async def test_a_changed_mind_changes_nothing(ann, no: str) -> None:
    await ann.say("cancel order LW-1001")
    said = await ann.say(no)
    assert "changed nothing" in said.text or "没有做任何更改" in said.text
    assert (await ann.say("yes")).calls == []
    assert await status_of(ann, "LW-1001") == {"ordered"}


async def test_a_correction_makes_another_proposal_and_only_that_one_is_done(ann) -> None:
    first = await ann.say("return one frying pan of LW-1003")
    second = await ann.say("not the pan, the boots, they are unworn")
    assert "Ridge hiking boot" in second.text
    assert "Frying pan" not in second.text
    late = await ann.say(first.payloads[0])
    assert late.calls == []
    assert "no longer stands" in late.text
    done = await ann.say("yes")
    assert [arguments["item_ids"] for _, arguments in done.calls] == [["boot-42-brown"]]


async def test_the_other_order_is_understood(ann) -> None:
    await ann.say("cancel order LW-1001")
    said = await ann.say("no, the other order, LW-1002")
    assert "LW-1002" in said.text
    assert [arguments["order_id"] for _, arguments in (await ann.say("yes")).calls] == ["LW-1002"]


async def test_yes_with_a_change_is_no_yes(ann) -> None:
    await ann.say("exchange the boots of LW-1003 for size 43 black, they are unworn")
    changed = await ann.say("yes, but charge it to paypal")
    assert changed.calls == []
    assert "PayPal" in changed.text
    ((_, arguments),) = (await ann.say("yes")).calls
    assert arguments["payment_method_id"] == "paypal"


async def test_after_another_topic_a_bare_yes_is_asked_again(ann) -> None:
    await ann.say("cancel order LW-1001")
    other = await ann.say("how long does delivery take?", "policy_question")
    assert "Still open" in other.text
    again = await ann.say("yes", "affirm")
    assert again.calls == []


async def test_an_interrupted_task_is_taken_up_where_it_was(ann) -> None:
    await ann.say("return one frying pan of LW-1003")
    await ann.say("do you sell tents?", "find_product")
    again = await ann.say("continue")
    assert "$18.00" in again.text
    assert (await ann.say("yes")).calls == [RETURN_PAN]


async def test_a_second_wish_parks_the_first_and_comes_back_to_it(ann) -> None:
    await ann.say("return one frying pan of LW-1003")
    await ann.say("first cancel order LW-1001")
    done = await ann.say("yes")
    assert done.calls == [CANCEL]
    assert "Still open: your return" in done.text
    await ann.say("continue")
    assert (await ann.say("yes")).calls == [RETURN_PAN]


async def test_what_was_told_is_not_asked_again(ann) -> None:
    said = await ann.say("exchange the boots of LW-1003 for the black ones in 43, never worn")
    assert "Ridge hiking boot (43, black)" in said.text
    assert "yes or no" in said.text


@pytest.mark.parametrize(
    ("wish", "tool", "arguments"),
    [
        ("cancel order LW-1001", "cancel_pending_order", {"order_id": "LW-1001", "reason": ""}),
        (
            "change the boots in LW-1001 to size 43",
            "modify_pending_order_items",
            {
                "order_id": "LW-1001",
                "item_ids": ["boot-42-brown"],
                "new_item_ids": ["boot-43-brown"],
                "payment_method_id": "visa",
            },
        ),
        (
            "把LW-1001的登山鞋换成43码黑色",
            "modify_pending_order_items",
            {
                "order_id": "LW-1001",
                "item_ids": ["boot-42-brown"],
                "new_item_ids": ["boot-43-black"],
                "payment_method_id": "visa",
            },
        ),
        (
            "change the payment of LW-1001 to paypal",
            "modify_pending_order_payment",
            {"order_id": "LW-1001", "payment_method_id": "paypal"},
        ),
        (
            "订单LW-1001改用PayPal付款",
            "modify_pending_order_payment",
            {"order_id": "LW-1001", "payment_method_id": "paypal"},
        ),
        (
            "please ship LW-1001 to my Pearl Court address",
            "modify_pending_order_address",
            {
                "order_id": "LW-1001",
                "address1": "90 Pearl Court",
                "address2": "",
                "city": "Portland",
                "state": "OR",
                "country": "US",
                "zip": "97209",
            },
        ),
        (
            "the address of LW-1001 should be 12 Oak Street, Salem, OR 97301",
            "modify_pending_order_address",
            {
                "order_id": "LW-1001",
                "address1": "12 Oak Street",
                "address2": "",
                "city": "Salem",
                "state": "OR",
                "country": "US",
                "zip": "97301",
            },
        ),
        (
            WARRANTY,
            "start_warranty_case",
            {"order_id": "LW-1004", "item_id": "pan", "fault": WARRANTY},
        ),
        (
            "LW-1003的绿茶坏了，我要退货",
            "return_delivered_order_items",
            {"order_id": "LW-1003", "item_ids": ["tea"], "payment_method_id": "visa"},
        ),
    ],
)
async def test_a_wish_leads_to_its_tool_and_arguments(ann, wish: str, tool: str, arguments) -> None:
    asked = await ann.say(wish)
    assert asked.calls == []
    assert (await ann.say("确认" if "的" in wish or "改" in wish else "yes")).calls == [(tool, arguments)]


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("cancel order LW-1003", "has left already"),
        ("取消订单LW-1003", "已经发出"),
        ("return the pan of LW-1004", "1 October 2026"),
        ("return the tea of LW-1003", "cannot be returned"),
        ("return the pan of LW-1001", "not been delivered"),
        ("change the boots in LW-1001 to size 44", "sold out"),
        ("把LW-1001的登山鞋换成44码", "缺货"),
    ],
)
async def test_what_the_rules_forbid_is_refused_with_the_reason(ann, wish: str, told: str) -> None:
    before = await ann.tools.store.revision()
    said = await ann.say(wish)
    assert told in said.text
    assert (await ann.say("yes")).calls == []
    assert await ann.tools.store.revision() == before


async def test_worn_shoes_are_refused(ann) -> None:
    asked = await ann.say("return the boots of LW-1003")
    assert "unworn" in asked.text
    assert "can only come back" in (await ann.say("no")).text or "changed nothing" in asked.text


async def test_an_order_is_told_with_its_parcels_refunds_and_invoice(ann) -> None:
    told = await ann.say("where is order LW-1005?")
    for fact in ("1Z-boot-42-brown", "UPS", "10 November 2026", "being prepared"):
        assert fact in told.text
    assert "No refund" in (await ann.say("where is my refund for LW-1005?")).text
    invoice = await ann.say("I need the invoice of LW-1005")
    assert "$159.80" in invoice.text


async def test_all_orders_are_listed_where_none_is_named(chat, ann) -> None:
    told = await ann.say("where are my orders?")
    assert "5 orders" in told.text
    assert "LW-1006" not in told.text


async def test_a_notice_is_noted_for_a_sold_out_size(chat) -> None:
    chat.slots = {"product": "boot"}
    asked = await chat.say("notify me when size 44 is back in stock", "order_status")
    assert "e-mail" in asked.text
    proposed = await chat.say("eve@example.com")
    assert "eve@example.com" in proposed.text
    ((name, arguments),) = (await chat.say("yes")).calls
    assert name == "request_stock_notice"
    assert arguments["item_id"] == "boot-44-brown"


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes, please!",
        "ok",
        "sure, go ahead",
        "yes, do it, thanks",
        "I confirm",
        "是的",
        "好的，谢谢",
        "确认",
        "可以",
        "对，就这样办吧",
    ],
)
def test_a_plain_yes(text: str) -> None:
    assert is_plain_yes(text)
    assert not is_plain_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "yes, but to my office",
        "yes if it is free",
        "yes?",
        "not yes",
        "maybe",
        "hmm",
        "",
        "yes and also the tea",
        "say yes",
        "是吗",
        "可以便宜点吗",
        "好贵",
        "是的，但是换个地址",
        "嗯",
        "行不行",
        "I said yesterday",
    ],
)
def test_no_plain_yes(text: str) -> None:
    assert not is_plain_yes(text)


@pytest.mark.parametrize(
    "text", ["no", "No, thank you.", "don't", "never mind", "不", "不用了，谢谢", "算了", "不要"]
)
def test_a_plain_no(text: str) -> None:
    assert is_plain_no(text)


def test_addresses_are_read_in_both_languages() -> None:
    english = read_address("send it to 12 Oak Street, Apt 4, Salem, OR 97301 please")
    assert english is not None
    assert (english["street"], english["city"], english["postcode"]) == (
        "12 Oak Street, Apt 4",
        "Salem",
        "97301",
    )
    chinese = read_address("改成浙江省杭州市桂花街12号3单元501室 310012")
    assert chinese is not None
    assert (chinese["city"], chinese["street"], chinese["postcode"]) == (
        "杭州市",
        "桂花街12号3单元501室",
        "310012",
    )
    assert read_address("somewhere nice") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("the charger caught fire", "safety"),
        ("充电器冒烟了", "safety"),
        ("I will call my lawyer", "legal"),
        ("我要找律师", "legal"),
        ("this is ridiculous", "anger"),
        ("骗子", "anger"),
        ("a fire-red jacket", None),
    ],
)
def test_words_that_call_for_a_person(text: str, why: str | None) -> None:
    assert wants_person(text) == why
