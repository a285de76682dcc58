"""What the bot keeps in mind of a conversation, as Rasa slots.

Every action reads its request from a Rasa tracker and returns slot events, so that the same memory works
in our own server and behind Rasa. Knows nothing of what products are or how a reference is resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, get_args

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from ecomlm.language import detect
from knowledge.records import Language


@dataclass(frozen=True, slots=True)
class Memory:
    """The conversation's slots.

    `product` is the one that "it" means, `option` the form of it that was chosen ("blue"); `shown` are the
    last cards in order; `query` is the last search in the shopper's words and `filters` what was understood
    of it; `question` is the last question about a product; `offer` is what a plain "yes" would accept;
    `page` is the product whose page is open; `task` is the unfinished business at the service desk and
    `parked` what was left for it (see `bot/desk/task.py`); `upset` whether angry words were met with the
    offer of a person.
    """

    language: Language = "en"
    product: str | None = None
    option: str | None = None
    shown: tuple[str, ...] = ()
    query: str = ""
    question: str = ""
    offer: str | None = None
    page: str | None = None
    last_intent: str | None = None
    task: dict[str, Any] | None = None
    parked: tuple[dict[str, Any], ...] = ()
    upset: bool = False

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Memory:
        """Read the memory from slot values; unknown slots and unusable values are left alone."""
        names = (item.name for item in fields(cls))
        known = {name: slots[name] for name in names if _is_usable(name, slots.get(name))}
        known |= {name: tuple(known[name]) for name in ("shown", "parked") if name in known}
        return cls(**known)

    def as_slots(self) -> dict[str, Any]:
        """Return the memory as plain slot values."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**values, "shown": list(self.shown), "parked": list(self.parked)}

    def on_page(self, page: str | None) -> Memory:
        """Return the memory once the shopper looks at `page`: a page newly opened is what "it" means."""
        if page is None or page == self.page:
            return replace(self, page=page)
        return replace(self, page=page, product=page, option=None)


@dataclass(frozen=True, slots=True)
class Entity:
    """A piece of the message with a meaning: `price_max` 150, `ordinal` 2, `order_number` W1042 ..."""

    entity: str
    value: str
    start: int
    end: int


@dataclass(slots=True)
class Request:
    """What an action is asked: the message, what was understood of it, and the conversation's memory.

    Actions change `memory`; the changes go back to the tracker as slot events. `said` is what a Rasa
    server's tracker holds of the conversation, as (role, text); our own server keeps it in its transcripts.
    `offered` are the payloads of the buttons under the reply that this message may answer, so that a bare
    "yes" is one to what was shown last; empty where that reply was cut off or came after the message, None
    where nobody knows.
    """

    text: str
    intent: str
    language: Language
    confidence: float
    entities: tuple[Entity, ...]
    memory: Memory
    conversation: str = ""
    said: tuple[tuple[str, str], ...] = ()
    offered: tuple[str, ...] | None = None

    @classmethod
    def from_tracker(cls, tracker: Tracker) -> Request:
        """Read the request from a tracker of ours or of a Rasa server."""
        latest = tracker.latest_message
        text = str(latest.get("text") or "")
        intent = latest.get("intent") or {}
        language: Language = latest.get("language") or detect(text)
        metadata = latest.get("metadata")
        page, offered = _page(metadata), metadata.get("offered") if isinstance(metadata, dict) else None
        return cls(
            text=text,
            intent=str(intent.get("name") or "other"),
            language=language,
            confidence=float(intent.get("confidence") or 0.0),
            entities=tuple(_entity(value) for value in latest.get("entities") or ()),
            memory=replace(Memory.from_slots(tracker.slots).on_page(page), language=language),
            conversation=str(tracker.sender_id),
            said=tuple(_said(tracker.events)),
            offered=tuple(map(str, offered)) if isinstance(offered, list) else None,
        )

    def remember(self, **changes: Any) -> None:
        """Change slots."""
        self.memory = replace(self.memory, **changes)

    def was_offered(self, proposal: str) -> bool:
        """Whether the reply that this message may answer showed that proposal, as far as is known."""
        return self.offered is None or any(proposal in payload for payload in self.offered)

    def values(self, entity: str) -> list[str]:
        """Return the values of one kind of entity, in the message's order."""
        return [item.value for item in self.entities if item.entity == entity]

    def slot_events(self, before: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return a slot event for every slot that differs from `before`."""
        slots = self.memory.as_slots()
        return [SlotSet(name, value) for name, value in slots.items() if before.get(name) != value]


def _is_usable(name: str, value: Any) -> bool:
    """Whether a slot's value has the shape that the memory needs; a Rasa server's slots may hold anything."""
    match name:
        case "language":
            return value in get_args(Language)
        case "shown":
            return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        case "parked":
            return isinstance(value, list | tuple) and all(isinstance(item, Mapping) for item in value)
        case "task":
            return isinstance(value, Mapping)
        case "upset":
            return isinstance(value, bool)
    return isinstance(value, str)


def _page(metadata: Any) -> str | None:
    page = metadata.get("page") if isinstance(metadata, Mapping) else None
    product = page.get("product") if isinstance(page, Mapping) else None
    return product if isinstance(product, str) and product else None


def _said(events: Any) -> Iterator[tuple[str, str]]:
    roles = {"user": "shopper", "bot": "assistant"}
    for event in events or ():
        if isinstance(event, Mapping) and event.get("event") in roles and event.get("text"):
            yield roles[event["event"]], str(event["text"])


def _entity(value: Mapping[str, Any]) -> Entity:
    return Entity(
        str(value.get("entity")), str(value.get("value")), int(value.get("start") or 0),
        int(value.get("end") or 0),
    )  # fmt: skip
