"""What is remembered, and how a reply reaches Rasa."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.dispatch import EventDispatcher, Reply
from bot.events import Button, Buttons, Cards, Event, Handoff, TextPiece, as_json, from_json
from bot.tracker import Memory, Request
from tests.bot.shop import BOOT


def tracker(text: str, slots: dict[str, object], **latest: object) -> Tracker:
    return Tracker("ann", slots, {"text": text, **latest}, [], False, None, {}, None)


def test_memory_survives_as_plain_slots() -> None:
    memory = Memory(product="p", shown=("a", "b"), query="boots", offer="handoff")
    assert Memory.from_slots(memory.as_slots()) == memory
    assert Memory.from_slots({"unknown": 1, "shown": None}) == Memory()


def test_a_page_newly_opened_is_what_it_means() -> None:
    memory = Memory(product="chosen", page="p1").on_page("p1")
    assert memory.product == "chosen"
    assert memory.on_page("p2").product == "p2"
    assert memory.on_page(None).product == "chosen"


def test_a_rasa_tracker_without_language_or_page_is_enough() -> None:
    request = Request.from_tracker(tracker("防水吗", {"product": BOOT.id}, intent={"name": "ask_product"}))
    assert (request.intent, request.language, request.memory.product) == ("ask_product", "zh", BOOT.id)


def test_what_was_offered_is_known_in_our_own_server_only() -> None:
    told = {"offered": ['/affirm{"proposal": "ab12"}']}
    request = Request.from_tracker(tracker("yes", {}, intent={"name": "affirm"}, metadata=told))
    assert request.was_offered("ab12")
    assert not request.was_offered("cd34")
    assert not Request.from_tracker(tracker("yes", {}, metadata={"offered": []})).was_offered("ab12")
    for unknown in ({"page": None}, {"offered": None}, {"offered": 7}):
        assert Request.from_tracker(tracker("yes", {}, metadata=unknown)).was_offered("ab12")


def test_only_changed_slots_are_set() -> None:
    slots = Memory().as_slots()
    request = Request.from_tracker(tracker("hello", slots, intent={"name": "smalltalk"}))
    request.remember(product="p")
    assert request.slot_events(slots) == [
        {"event": "slot", "timestamp": None, "name": "product", "value": "p"}
    ]


async def test_events_leave_at_once_in_our_own_server() -> None:
    sent: list[Event] = []

    async def emit(event: Event) -> None:
        sent.append(event)

    reply = Reply(EventDispatcher(emit))
    await reply.send(Cards(()))
    assert sent == [Cards(())]
    await reply.say("Hello.")
    await reply.close()
    assert sent == [Cards(()), TextPiece("Hello.")]


async def test_rasa_gets_whole_messages_in_order() -> None:
    dispatcher = CollectingDispatcher()
    reply = Reply(dispatcher)
    await reply.send(Cards(()))
    await reply.say("One ")
    await reply.say("two.")
    await reply.send(Buttons((Button("Yes", "yes"),)))
    await reply.say("Three.")
    await reply.close()
    first, second, third = dispatcher.messages
    assert first["custom"]["type"] == "cards"
    assert (second["text"], second["buttons"]) == ("One two.", [{"title": "Yes", "payload": "yes"}])
    assert third["text"] == "Three."


def test_events_come_back_from_json_as_they_were() -> None:
    for event in (TextPiece("x"), Buttons((Button("a", "b"),)), Handoff("asked")):
        assert from_json(as_json(event)) == event
