"""What every action shares: its tools, its request, its reply.

`python -m rasa_sdk --actions bot.actions` makes actions without arguments; they then open their own tools
on the first message. Knows nothing of any single intent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import behind_rasa
from bot.desk.packet import leave_message
from bot.desk.questions import calm
from bot.desk.reading import asks_for_person, wants_person
from bot.dispatch import EventDispatcher, Reply
from bot.tools import Tools
from bot.tracker import Request


class ShopAction(Action, ABC):  # type: ignore[misc]  # rasa_sdk ships no types
    """An action over the shop's tools."""

    action_name: ClassVar[str]
    intents: ClassVar[tuple[str, ...]] = ()

    def __init__(self, tools: Tools | None = None) -> None:
        self._tools = tools

    def name(self) -> str:
        """The name that the domain lists."""
        return self.action_name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Reply to the tracker's latest message; return what the conversation should remember.

        In a turn of our own server a failure is raised, for the turn to tell; a Rasa server gets a sentence.
        """
        if self._tools is None or not isinstance(dispatcher, EventDispatcher):
            return await behind_rasa.take(self._serve, self._tools, dispatcher, tracker, self.intents)
        request, reply = Request.from_tracker(tracker), Reply(dispatcher)
        await self._serve(request, reply, self._tools)
        await reply.close()
        return request.slot_events(tracker.slots)

    async def _serve(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Answer, and remember what was answered."""
        await self._serve_first(request, reply, tools)
        request.remember(last_intent=request.intent)

    async def _serve_first(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Serve the message, with a person where one is called for."""
        if request.memory.offer == "message" and await leave_message(request, reply, tools):
            return
        if await self._person_first(request, reply, tools):
            return
        await self._take(request, reply, tools)
        if wants_person(request.text) == "anger" and not reply.trace.get("handoff"):
            await calm(request, reply, is_alone=request.intent == "handoff")

    async def _take(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Let the service desk take what belongs to its unfinished business; serve everything else."""
        if any(intent.startswith("order_") for intent in self.intents):
            await self.answer(request, reply, tools)
            return
        if tools.desk.claims(request):
            reply.trace["action"] = "action_order_desk"
            await tools.desk.answer(request, reply, tools)
            return
        await self.answer(request, reply, tools)
        if "handoff" not in self.intents:
            await tools.desk.interrupted(request, reply)

    async def _person_first(self, request: Request, reply: Reply, tools: Tools) -> bool:
        """Hand over at once, whatever the intent: on words of danger or law, anger again, or a plain wish."""
        reason = wants_person(request.text)
        is_due = reason in ("safety", "legal") or (reason == "anger" and request.memory.upset)
        if not (is_due or asks_for_person(request.text)):
            return False
        from bot.actions.talk import HandOff

        reply.trace["action"] = HandOff.action_name
        await HandOff(tools).answer(request, reply, tools)
        return True

    @abstractmethod
    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Send the reply's events and change the request's memory."""
