"""What the desk sends to be drawn: proposals, receipts, parcels' ways, answers as buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar

import pytest
from sqlalchemy import func, select

from bot.channels.rasa import rasa_messages
from bot.desk.handoffs import Handoffs
from bot.desk.picks import picks
from bot.desk.slips import parcel_track
from bot.desk.task import Task
from bot.events import (
    Agent,
    Buttons,
    Event,
    Proposal,
    Slip,
    Step,
    TextPiece,
    Track,
    as_json,
    from_json,
)
from bot.tables import outbox
from knowledge.desk.plans import Situation
from knowledge.desk.rules import load_rules
from knowledge.records import Offer, Option, Parcel, Product, ProductId, Sku, Text, Variant
from tests.bot.desk.conftest import Chat, Said
from tests.knowledge.desk.conftest import ANN, NOW, PAN, PENDING, line, order, usd

Kind = TypeVar("Kind", bound=Event)
SENT = datetime(2026, 11, 16, tzinfo=UTC)
PARCEL = Parcel("UPS", "1Z", (Sku("pan"),), "in transit", shipped=SENT, expected=date(2026, 11, 24))


def only(said: Said, kind: type[Kind]) -> Kind:
    (found,) = [event for event in said.events if isinstance(event, kind)]
    return found


async def press(chat: Chat, said: Said, title: str) -> Said:
    (found,) = [b for b in only(said, Buttons).buttons if b.title.startswith(title)]
    return await chat.say(found.payload)


async def test_a_proposal_states_on_its_card_what_its_text_says(ann: Chat) -> None:
    said = await ann.say("cancel order LW-1001")
    card = only(said, Proposal)
    assert card.id in said.payloads[0]
    assert card.title == "Cancel order LW-1001"
    assert card.statement in said.text
    for part in (card.what, *card.money, *card.notes):
        assert part in card.statement
    assert any("$" in line for line in card.money)


async def test_a_receipt_stands_on_its_slip(ann: Chat) -> None:
    proposed = await ann.say("cancel order LW-1001")
    done = await ann.say(proposed.payloads[0])
    slip = only(done, Slip)
    assert slip.kind == "receipt"
    assert done.text == "Done." + slip.statement
    assert slip.rows[0][1].startswith("Cancel order LW-1001")


async def test_an_order_shows_its_parcels_ways(ann: Chat) -> None:
    said = await ann.say("where is order LW-1003?")
    slip = only(said, Slip)
    assert [track.steps[-1].label for track in slip.tracks] == ["Delivered"] * 3
    assert slip.statement in said.text
    assert slip.statement.count("\n") == 3


@pytest.mark.parametrize(
    ("changes", "language", "steps"),
    [
        ({}, "en", "Ordered 15 Nov done, Sent 16 Nov done, In transit  now, Expected 24 Nov ahead"),
        ({}, "zh", "已下单 11月15日 done, 已发出 11月16日 done, 运输中  now, 预计送达 11月24日 ahead"),
        ({"shipped": None, "expected": None}, "en", "Ordered 15 Nov now, Sent  ahead, Expected  ahead"),
        ({"status": "gone"}, "en", "Ordered 15 Nov done, Sent 16 Nov done, Gone  now, Expected 24 Nov ahead"),
        ({"delivered": SENT}, "en", "Ordered 15 Nov done, Sent 16 Nov done, Delivered 16 Nov now"),
        ({"delivered": SENT, "shipped": None}, "en", "Ordered 15 Nov done, Sent  done, Delivered 16 Nov now"),
    ],
)  # fmt: skip
def test_a_parcels_way_is_what_its_record_knows(changes, language, steps: str) -> None:
    track = parcel_track(replace(PARCEL, **changes), PENDING, {PAN.id: PAN}, language)
    assert ", ".join(f"{step.label} {step.when} {step.state}" for step in track.steps) == steps


async def test_one_of_several_items_is_chosen_by_a_button(ann: Chat) -> None:
    asked = await ann.say("I want to return something of order LW-1003")
    titles = [button.title for button in only(asked, Buttons).buttons]
    assert titles == ["Ridge hiking boot (42, brown)", "Frying pan", "Green tea", "All of them"]
    assert "unworn" in (await press(ann, asked, "Ridge")).text


async def test_a_count_and_a_condition_are_chosen_by_buttons(ann: Chat) -> None:
    asked = await ann.say("I want to return the pan of order LW-1003")
    assert [button.title for button in only(asked, Buttons).buttons] == ["1", "2"]
    said = await press(ann, asked, "1")
    assert "1 × " not in said.text
    assert only(said, Proposal).title == "Return from order LW-1003"


@pytest.mark.parametrize("answer", ["Yes", "It is faulty"])
async def test_a_condition_is_answered_by_a_button(answer: str, ann: Chat) -> None:
    asked = await ann.say("I want to return the boots of order LW-1003")
    assert only(await press(ann, asked, answer), Proposal)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_another_form_is_chosen_by_a_button_in_the_same_language(language: str, ann: Chat) -> None:
    asked = await ann.say(
        {"en": "exchange the boots of order LW-1003", "zh": "订单 LW-1003 的登山鞋想换货"}[language]
    )
    titles = [button.title for button in only(asked, Buttons).buttons]
    assert [title.split(" ")[:2] for title in titles] == [
        ["43", colour] for colour in ({"en": ("brown", "black"), "zh": ("棕色", "黑色")}[language])
    ]
    said = await ann.say(only(asked, Buttons).buttons[1].payload)
    assert ("unworn" if language == "en" else "吊牌") in said.text


def forms(count: int, sku: str) -> Situation:
    """An order of one shirt that there is in so many other sizes."""
    sizes = [
        Variant(Sku(f"{sku}{n}"), (Option("size", Text(str(n), str(n))),), Offer(usd("9")))
        for n in range(count)
    ]
    shirt = Product(ProductId("shirt"), Text("Shirt", "衬衫"), variants=tuple(sizes))
    bought = order("LW-1", "delivered", line(shirt, f"{sku}0", "9", "delivered"))
    return Situation(load_rules(), ANN, NOW, bought, {shirt.id: shirt})


@pytest.mark.parametrize(("count", "buttons"), [(1, 0), (9, 8), (10, 0)])
def test_more_answers_than_a_shopper_can_look_over_are_no_buttons(count: int, buttons: int) -> None:
    task = Task("exchange", items=("shirt-0",))
    assert len(picks("new_items", task, forms(count, "shirt-"), "en")) == buttons


def test_a_sku_that_looks_like_an_order_number_is_left_out_of_the_answer() -> None:
    task = Task("exchange", items=("SH-10000",))
    payloads = [button.payload for button in picks("new_items", task, forms(3, "SH-1000"), "zh")]
    assert payloads == ["1", "2"]


@pytest.mark.parametrize(
    "event",
    [
        Proposal("p1", "Cancel", "I would cancel.", ("It costs nothing.",), (), "I would cancel."),
        Slip("order", "Order", (("State", "sent"),), (Track("P", "pan", (Step("Sent", "", "now"),)),), "x"),
        Agent("Mia", "joined"),
    ],
)  # fmt: skip
def test_an_event_is_read_as_it_was_stored(event: Event) -> None:
    assert from_json(as_json(event)) == event


def test_a_slip_of_an_older_version_can_still_be_read() -> None:
    stored = {"type": "slip", "kind": "order", "title": "Order 1", "rows": [["State", "sent"]]}
    assert from_json(stored) == Slip("order", "Order 1", (("State", "sent"),))


def test_a_channel_without_cards_gets_text_and_buttons_only() -> None:
    told = rasa_messages("ann", [Proposal("p1", "T", "w", (), (), "w"), TextPiece("w")])
    assert told == [{"recipient_id": "ann", "text": "w"}]


async def test_what_became_of_proposals_is_told_with_their_end(ann: Chat, clock) -> None:
    first = only(await ann.say("cancel order LW-1001"), Proposal).id
    second = only(await ann.say("cancel order LW-1002"), Proposal).id
    states = await ann.tools.desk.proposals.of(ann.id)
    assert {id: state for id, (state, _) in states.items()} == {first: "dropped", second: "open"}
    clock.advance(31)
    assert (await ann.tools.desk.proposals.of(ann.id))[second][0] == "expired"
    assert await ann.tools.desk.proposals.of("another") == {}


async def test_an_agent_who_is_there_does_not_join_again(tools, clock) -> None:
    handoffs = Handoffs(tools.store.engine, clock=clock)
    await handoffs.begin("c1", "asked", {})
    assert [await handoffs.join("c1", name) for name in ("Mia", "Mia", "Ben")] == [True, False, True]
    assert [await handoffs.hand_back("c1") for _ in range(2)] == [True, False]
    async with tools.store.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(outbox)) == 4
