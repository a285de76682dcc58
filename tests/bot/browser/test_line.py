"""The open line and the signed-in visitor, against a server that does what a test needs."""

from __future__ import annotations

import asyncio
import json

import pytest
from playwright.async_api import expect

from bot.events import Button, Buttons, Done, Proposal, Slip, Step, TextPiece, Track
from tests.bot.browser.conftest import PHONE, OpenWidget, Widget
from tests.bot.browser.double import Double
from tests.bot.browser.test_access import CONTRAST, SMALL_TARGETS

USER = {"customer": "CU-2001", "expires": 4102444800, "signature": "9f" * 32}


def agents(id: str, number: int, text: str) -> dict[str, object]:
    events = [{"type": "agent", "name": "Mia", "step": "wrote"}, {"type": "text", "text": text}]
    return {"id": id, "number": number, "role": "agent", "language": "en", "text": text, "events": events}


async def begun(double: Double, open_widget: OpenWidget, query: str = "") -> Widget:
    widget = await open_widget(query)
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    await expect(widget.replies).to_have_count(1)
    return widget


async def test_there_is_no_line_before_the_first_message(double: Double, open_widget: OpenWidget) -> None:
    widget = await open_widget()
    await widget.open()
    await expect(widget.panel.get_by_text("Hello! What are you looking for today?")).to_be_visible()
    assert "GET /api/live" not in double.calls


async def test_a_line_that_ends_is_taken_up_after_the_last_event_and_nothing_is_shown_twice(
    double: Double, open_widget: OpenWidget
) -> None:
    widget = await begun(double, open_widget)
    await double.tell("message", "1-3", **agents("a", 3, "One."))
    await expect(widget.replies.last).to_have_text("One.")
    double.hang_up()
    while len(double.marks) < 2:
        await widget.page.wait_for_timeout(50)
    await double.tell("message", "1-3", **agents("a", 3, "One."))
    await double.tell("message", "1-4", **agents("b", 4, "Two."))
    await expect(widget.replies).to_have_text(
        ["Yes, the Norrfell Ridge boots are waterproof1.", "One.", "Two."]
    )
    assert double.marks == ["", "1-3"]


async def test_a_reply_whose_connection_was_lost_arrives_over_the_line(
    double: Double, open_widget: OpenWidget
) -> None:
    double.reply = (TextPiece("Only half"),)
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.panel.get_by_role("alert")).to_contain_text("connection was lost")
    client_id = double.received[0]["client_id"]
    question = {"id": "q", "number": 1, "role": "shopper", "text": "Hello", "client_id": client_id}
    text = [{"type": "text", "text": "Only half, and the rest."}]
    reply = {"id": "r", "number": 2, "role": "assistant", "state": "complete", "language": "en"}
    await double.tell("message", "1-1", **question)
    await double.tell("message", "1-2", **reply, text="Only half, and the rest.", events=text)
    await expect(widget.replies).to_have_text(["Only half, and the rest."])
    await expect(widget.questions).to_have_count(1)
    await expect(widget.panel.get_by_role("alert")).to_have_count(0)


async def test_another_tabs_clearing_empties_this_one(double: Double, open_widget: OpenWidget) -> None:
    widget = await begun(double, open_widget)
    await double.tell("cleared", "0-0")
    await expect(widget.questions).to_have_count(0)
    await expect(widget.panel.get_by_text("Hello! What are you looking for today?")).to_be_visible()


async def test_an_agent_who_writes_while_a_reader_is_above_does_not_move_them(
    double: Double, open_widget: OpenWidget
) -> None:
    double.reply = (TextPiece("A long answer. " * 150), Done("m1", "x", "en"))
    widget = await begun(double, open_widget)
    await widget.page.wait_for_timeout(500)
    await widget.log.evaluate("(log) => { log.scrollTop = 40; }")
    await widget.page.wait_for_timeout(100)
    await double.tell("message", **agents("a", 3, "One. " * 80))
    await expect(widget.panel.get_by_role("button", name="New messages")).to_be_visible()
    assert await widget.log.evaluate("(log) => log.scrollTop") == 40


async def test_markup_of_agents_and_proposals_stays_text(double: Double, open_widget: OpenWidget) -> None:
    evil = "<img src=x onerror=document.title='gone'>"
    double.reply = (
        Proposal("p1", evil, evil, (evil,), (evil,), evil),
        TextPiece(evil),
        Done("m1", "x", "en"),
    )
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    await double.tell("state", person={"state": "with_agent", "agent": evil})
    await double.tell("message", **agents("a", 3, evil))
    await expect(widget.page.locator(".badge")).to_contain_text(evil)
    await expect(widget.page.locator("[part=proposal]")).to_contain_text(evil)
    assert await widget.page.locator("ecomlm-chat img").count() == 0
    assert await widget.page.title() == "Shop"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_the_desk_shows_can_be_read_and_pressed_by_everybody(
    scheme: str, double: Double, open_widget: OpenWidget
) -> None:
    steps = (
        Step("Ordered", "1 Nov", "done"),
        Step("In transit", "", "now"),
        Step("Expected", "9 Nov", "ahead"),
    )
    double.reply = (
        TextPiece("On its way."),
        Slip("order", "Order 1", (("State", "on its way"),), (Track("Parcel 1", "Boots", steps),)),
        Slip("receipt", "Receipt R-1", (("What was done", "Nothing"),)),
        Proposal("p1", "Cancel order 1", "I would cancel it.", ("$9.00 goes back.",), ("Reason: x.",), "s"),
        Buttons((Button("Confirm", '/affirm{"proposal": "p1"}'), Button("Not now", '/deny{}'))),
        Done("m1", "x", "en"),
    )  # fmt: skip
    widget = await open_widget(viewport=PHONE, color_scheme=scheme, reduced_motion="reduce")
    await widget.open()
    await widget.ask("Hello")
    await expect(widget.page.get_by_role("button", name="Confirm", exact=True)).to_be_enabled()
    await double.tell("message", **agents("a", 3, "I am here."))
    await double.tell("state", person={"state": "waiting", "agent": ""})
    await expect(widget.page.locator(".badge")).to_have_text("Waiting for the shop’s team")
    assert (await widget.page.evaluate(CONTRAST))["poor"] == []
    assert await widget.page.evaluate(SMALL_TARGETS) == []
    current = widget.page.locator("[aria-current=step]")
    await expect(current).to_have_text("reached:In transit")
    await double.tell("state", person={"state": "with_agent", "agent": "Mia"})
    await expect(widget.page.get_by_role("button", name="Confirm", exact=True)).to_be_disabled()
    await expect(widget.input).to_have_attribute("placeholder", "Write to Mia …")
    states = {"p1": {"state": "done", "expires": 0}}
    await double.tell("state", person={"state": "closed", "agent": ""}, proposals=states, time=0)
    await expect(widget.page.locator(".verdict")).to_have_text("Confirmed and done")
    assert (await widget.page.evaluate(CONTRAST))["poor"] == []
    assert await widget.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_a_proposal_is_answered_once_its_reply_is_complete(
    double: Double, open_widget: OpenWidget
) -> None:
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    answers = Buttons((Button("Confirm", '/affirm{"proposal": "p1"}'),))
    double.reply = (
        Proposal("p1", "T", "w", (), (), "w"),
        TextPiece("w"),
        answers,
        wait,
        Done("m", "x", "en"),
    )
    widget = await open_widget()
    await widget.open()
    await widget.ask("Hello")
    confirm = widget.page.get_by_role("button", name="Confirm", exact=True)
    await expect(confirm).to_be_disabled()
    gate.set()
    double.reply = (TextPiece("Done."), Done("m2", "x", "en"))
    await confirm.click()
    await expect(widget.replies.last).to_have_text("Done.")
    await expect(confirm).to_be_disabled()
    assert double.received[-1]["text"] == '/affirm{"proposal": "p1"}'


async def test_who_is_signed_in_goes_along_before_the_first_message_and_at_once_after(
    double: Double, open_widget: OpenWidget
) -> None:
    widget = await open_widget()
    await widget.page.evaluate(f"ecomlm.setUser({json.dumps(USER)})")
    assert double.identities == []
    await widget.open()
    await widget.ask("Hello")
    await widget.finished()
    calls = [call for call in double.calls if call.startswith("POST")]
    assert calls == ["POST /api/session", "POST /api/identity", "POST /api/messages"]
    assert double.identities == [USER]
    other = USER | {"customer": "CU-2002"}
    await widget.page.evaluate(f"ecomlm.setUser({json.dumps(other)})")
    assert double.identities == [USER, other]
    assert "DELETE /api/identity" not in double.calls
    await widget.page.evaluate("ecomlm.setUser(null)")
    assert double.calls.count("DELETE /api/identity") == 1
    assert widget.problems == []


async def test_signing_out_is_sent_only_where_somebody_was_signed_in(
    double: Double, open_widget: OpenWidget
) -> None:
    widget = await begun(double, open_widget)
    await widget.page.evaluate("ecomlm.setUser(null)")
    assert "DELETE /api/identity" not in double.calls
    await widget.page.evaluate(f"ecomlm.setUser({json.dumps(USER)})")
    await widget.page.reload()
    assert "DELETE /api/identity" not in double.calls
    await widget.page.evaluate("ecomlm.setUser(null)")
    assert double.calls.count("DELETE /api/identity") == 1


async def test_an_identity_that_is_refused_is_a_warning_and_changes_nothing(
    double: Double, open_widget: OpenWidget
) -> None:
    double.knows_signature = False
    widget = await open_widget()
    await widget.page.evaluate(f"ecomlm.setUser({json.dumps(USER)})")
    await widget.open()
    for text in ("One", "Two"):
        await widget.ask(text)
        await widget.finished()
    await expect(widget.replies).to_have_count(2)
    assert double.identities == [USER]
    assert [text for text in widget.problems if "who is signed in was not changed" in text]
    await widget.page.evaluate("ecomlm.setUser({customer: 'CU-2001'})")
    assert double.identities == [USER]
    assert any("setUser needs {customer, expires, signature}" in text for text in widget.problems)
