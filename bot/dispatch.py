"""How an action's events leave before the action is done.

An action is a `rasa_sdk.Action`: it gets a dispatcher and returns slot events at its end. It talks
through a `Reply`, one `await reply.send(event)` per event of `bot.events`, and never asks where it runs:

* In our own server the dispatcher is an `EventDispatcher`. `send` awaits its `emit`, so that the event
  is on its way to the shopper before the action takes its next step: cards leave while text is written.
* Behind a real Rasa server the dispatcher is `rasa_sdk`'s own. `Reply` joins text pieces and hands Rasa
  finished messages at `close`: text with its buttons, a table as text, cards and sources as `custom` JSON,
  in order.

`Reply.trace` collects how the reply came about; it is stored with the turn and never shown to a shopper.
Knows nothing of HTTP, storage or what the events say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.events import Buttons, Event, Opinions, Proposal, Table, TextPiece, as_json, table_text

Emit = Callable[[Event], Awaitable[None]]


class EventDispatcher(CollectingDispatcher):  # type: ignore[misc]  # rasa_sdk ships no types
    """A dispatcher that passes each event on at once."""

    def __init__(self, emit: Emit) -> None:
        super().__init__()
        self.emit = emit
        self.trace: dict[str, Any] = {}


class Reply:
    """What an action says, whoever listens."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        self._dispatcher = dispatcher
        self._emit: Emit | None = dispatcher.emit if isinstance(dispatcher, EventDispatcher) else None
        self._text = ""
        self.trace: dict[str, Any] = dispatcher.trace if isinstance(dispatcher, EventDispatcher) else {}

    async def send(self, event: Event) -> None:
        """Send one event to the shopper."""
        if self._emit is not None:
            await self._emit(event)
        elif isinstance(event, TextPiece):
            self._text += event.text
        elif isinstance(event, Table):
            self._text += f"\n{table_text(event)}\n"
        elif isinstance(event, Opinions):
            self._text += f"\n{event.text}\n"
        elif isinstance(event, Buttons):
            buttons = [{"title": button.title, "payload": button.payload} for button in event.buttons]
            self._flush(buttons)
        elif not isinstance(event, Proposal):  # its text and buttons say the same
            self._flush()
            self._dispatcher.utter_message(json_message=as_json(event))

    async def say(self, text: str) -> None:
        """Send text."""
        await self.send(TextPiece(text))

    async def close(self) -> None:
        """Hand over what is left; call once, at the action's end."""
        self._flush()

    def _flush(self, buttons: list[dict[str, str]] | None = None) -> None:
        if self._text or buttons:
            self._dispatcher.utter_message(text=self._text or None, buttons=buttons)
        self._text = ""
