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
from bot.desk.reading import wants_person
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
        """Let the service desk take what belongs to its unfinished business; serve everything else."""
        if request.memory.offer == "message" and await leave_message(request, reply, tools):
            return
        if await self._person_first(request, reply, tools):
            return
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
        """Hand over at once where words of danger or law call for a person, whatever the intent."""
        reason = wants_person(request.text)
        if reason not in ("safety", "legal") or "handoff" in self.intents:
            return False
        from bot.actions.talk import HandOff

        reply.trace["action"] = HandOff.action_name
        await HandOff(tools).answer(request, reply, tools)
        return True

    @abstractmethod
    async def answer(self, request: Request, reply: Reply, tools: Tools) -> None:
        """Send the reply's events and change the request's memory."""
