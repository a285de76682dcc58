"""Several wishes in one message are told apart; what only says more of a wish stays with it."""

from __future__ import annotations

import pytest

from bot.desk.reading import begins_with_no, read_name, read_postcode, refuses
from bot.desk.wishes import read_wishes
from tests.bot.desk.conftest import Chat


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Cancel order LW-1001 and return the pan of LW-1003.", ["cancel", "return"]),
        ("I want to return the lamp. And please exchange the boots for size 43.", ["return", "exchange"]),
        ("Return the pan and the lamp.", ["return"]),
        ("Return the pan. I never used it, and it is still in its box.", ["return"]),
        ("Cancel LW-1001. Then cancel LW-1002.", ["cancel", "cancel"]),
        ("Change my default address and the address of my order to 1 Oak Street.", ["profile", "address"]),
        ("Change the address of my order to my default address.", ["address"]),
        ("Don't cancel anything, just change the boots to size 43.", ["items"]),
        ("Return the pan. If that is impossible, cancel the whole order.", ["return"]),
        ("Exchange the boots for size 43 and change the payment to PayPal.", ["exchange"]),
        ("Is it going to rain?", []),
        ("取消订单LW-1001，另外把LW-1003的平底锅退掉。", ["cancel", "return"]),
    ],
)
def test_wishes_are_told_apart(text: str, kinds: list[str]) -> None:
    assert [wish.kind for wish in read_wishes(text)] == kinds


def test_neighbouring_wishes_about_addresses_share_the_new_one() -> None:
    wishes = read_wishes("Change my default address, and the address of LW-1001, to 1 Oak Street.")
    assert all("1 Oak Street" in wish.text for wish in wishes)


async def test_two_wishes_of_one_message_are_settled_one_after_the_other(ann: Chat) -> None:
    first = await ann.say("Cancel order LW-1001 and return one frying pan of LW-1003.")
    assert "cancel order LW-1001" in first.text
    second = await ann.say("yes")
    assert [name for name, _ in second.calls] == ["cancel_pending_order"]
    assert "Frying pan" in second.text
    assert [name for name, _ in (await ann.say("yes")).calls] == ["return_delivered_order_items"]


async def test_a_no_to_the_first_wish_leaves_the_second(ann: Chat) -> None:
    await ann.say("Cancel order LW-1001 and return one frying pan of LW-1003.")
    second = await ann.say("no")
    assert second.calls == []
    assert "Frying pan" in second.text
    assert [name for name, _ in (await ann.say("yes")).calls] == ["return_delivered_order_items"]


async def test_what_was_wished_before_the_proof_is_not_asked_again(chat: Chat) -> None:
    asked = await chat.say("I want to exchange the boots for the black ones in 43, never worn")
    assert "proof" in asked.text
    proposed = await chat.say("LW-1003, ann@example.com")
    assert "Ridge hiking boot (43, black)" in proposed.text


async def test_all_open_orders_are_cancelled_one_by_one(ann: Chat) -> None:
    done = []
    said = await ann.say("cancel all my open orders")
    while said.payloads and len(done) < 5:
        said = await ann.say("yes")
        done += [arguments["order_id"] for _, arguments in said.calls]
    assert done[:2] == ["LW-1001", "LW-1002"] or done[:2] == ["LW-1002", "LW-1001"]


async def test_a_no_in_other_words_changes_nothing(ann: Chat) -> None:
    await ann.say("cancel order LW-1001")
    said = await ann.say("No, I want to keep it after all.")
    assert "changed nothing" in said.text
    assert (await ann.say("yes")).calls == []


@pytest.mark.parametrize(
    "text", ["No, keep it.", "Oh no, don't cancel it!", "Leave it, please.", "不，别取消"]
)
def test_a_refusal(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize("text", ["No longer needed.", "I have no preference", "yes", "不再需要吗"])
def test_no_refusal_at_the_beginning(text: str) -> None:
    assert not begins_with_no(text) or text.startswith("不")


@pytest.mark.parametrize(
    ("text", "name", "postcode"),
    [
        ("I'm Ann Lee from 97214.", "Ann Lee", "97214"),
        ("My name is Ann Lee and I live in 97214", "Ann Lee", "97214"),
        ("Ann Lee, 97214", "Ann Lee", "97214"),
        ("Hello, Ann Lee here, zip 97214.", "Ann Lee", "97214"),
        ("It costs $1150 too much. Ann Lee, 97214", "Ann Lee", "97214"),
        ("我是王芳，邮编310012", "王芳", "310012"),
        ("nobody in particular", None, None),
    ],
)
def test_names_and_postcodes_are_read(text: str, name: str | None, postcode: str | None) -> None:
    assert (read_name(text), read_postcode(text)) == (name, postcode)
