"""An action behind a Rasa server: what a turn of our own server does around an action, done here.

Rasa tells the message, its guess of the intent and the slots. Added to that are the language, the values in
the message and the conversation's own name; an intent that is none of ours becomes the action's own. While a
person has the conversation nothing is said. Whatever fails, the shopper gets a sentence: an error that left
the action would reach them as silence, and rasa_sdk answers it with the whole call, customer data included.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.desk.handoffs import Handoffs
from bot.desk.reading import is_plain_yes
from bot.dispatch import Reply
from bot.entities import find_entities, spoken_language
from bot.errors import BadRequest
from bot.tools import Tools, open_tools
from bot.tracker import Memory, Request
from bot.transcripts import MIGRATIONS, VERSION_TABLE
from bot.wording import failure_text
from ecomlm.generation.engine import EngineUnavailable
from knowledge import database

log = logging.getLogger(__name__)
Serve = Callable[[Request, Reply, Tools], Awaitable[None]]

NOBODY = "default"
"""Whom Rasa takes a message without a sender to be from."""
_PREFIX = "rasa-server:"
_SENDER_CHARACTERS = 128


async def take(
    serve: Serve,
    own: Tools | None,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    intents: Sequence[str],
) -> list[dict[str, Any]]:
    """Serve a message that a Rasa server passed on; return the slots to set. Never raises for a failure.

    `own` are the action's tools; without any, those of this process are opened by whichever comes first.
    """
    slots = tracker.slots if isinstance(tracker.slots, Mapping) else {}
    latest = tracker.latest_message if isinstance(tracker.latest_message, Mapping) else {}
    language = spoken_language(str(latest.get("text") or ""), Memory.from_slots(slots).language)
    failure: Exception
    try:
        if not latest.get("text"):
            raise BadRequest("the call's tracker holds no message; send Rasa's whole tracker")
        tools = own or await _own_tools.get()
        async with asyncio.timeout(tools.settings.reply_timeout_seconds):
            heard = completed(tracker, slots, latest, intents, tools.brands())
            return await _answer(serve, tools, dispatcher, Request.from_tracker(heard), slots)
    except TimeoutError as error:
        code, failure = "timeout", error
    except (EngineUnavailable, OSError) as error:
        code, failure = "engine", error
    except Exception as error:  # the edge of a turn: whatever broke, the shopper gets a sentence
        code, failure = "internal", error
    reference = secrets.token_hex(4).upper()
    log.error("an action failed (%s), reference %s", code, reference, exc_info=failure)
    dispatcher.utter_message(text=failure_text(code, language))
    return []


async def _answer(
    serve: Serve,
    tools: Tools,
    dispatcher: CollectingDispatcher,
    request: Request,
    slots: Mapping[str, Any],
) -> list[dict[str, Any]]:
    waits_quietly = bool(tools.settings.handoff_webhook)
    handoffs = Handoffs(tools.store.engine, waits_quietly=waits_quietly)
    if await handoffs.is_quiet(request.conversation):
        await handoffs.heard(request.conversation, request.text)
        return []
    reply = Reply(dispatcher)
    await serve(request, reply, tools)
    await reply.close()
    if await Handoffs(tools.store.engine).is_joined(request.conversation):
        dispatcher.messages.clear()  # a person took over while this was written; `handoffs` may not know yet
    return request.slot_events(slots)


def completed(
    tracker: Tracker,
    slots: Mapping[str, Any],
    latest: Mapping[str, Any],
    intents: Sequence[str],
    brands: Iterable[str],
) -> Tracker:
    """Return the tracker with what our own router would have told of its latest message.

    A shop's Rasa may have intents of its own: the action that its rules chose then decides what is wanted.
    """
    text = str(latest["text"])
    told = latest.get("intent")
    intent = dict(told) if isinstance(told, Mapping) else {}
    found = [asdict(entity) for entity in find_entities(text, brands)]
    kinds = {entity["entity"] for entity in found}
    theirs = latest.get("entities")
    for entity in theirs if isinstance(theirs, Sequence) else ():
        if isinstance(entity, Mapping) and entity.get("entity") not in kinds and entity.get("value"):
            found.append({"entity": entity["entity"], "value": entity["value"], "start": 0, "end": 0})
    heard = {
        **latest,
        "text": text,
        "intent": {**intent, "name": _own_intent(intent.get("name"), intents, text)},
        "entities": found,
        "language": spoken_language(text, Memory.from_slots(slots).language),
    }
    sender = conversation_of(str(tracker.sender_id or NOBODY))
    events = tracker.events if isinstance(tracker.events, Sequence) else []
    return Tracker(sender, dict(slots), heard, events, False, None, {}, None)


def conversation_of(sender: str) -> str:
    """Return the name under which a Rasa sender's identity, proposals and handoff are kept.

    Apart from our own channels' visitors, so that nobody can claim to be one of them. Messages without a
    sender would put all shoppers into one conversation; each of them is one of its own instead.
    """
    if sender == NOBODY:
        log.warning("a message without a sender: it is taken for somebody new; let the channel send one")
        return f"{_PREFIX}{NOBODY}-{secrets.token_hex(8)}"
    if len(sender) > _SENDER_CHARACTERS:
        sender = hashlib.sha256(sender.encode()).hexdigest()
    return f"{_PREFIX}{sender}"


def _own_intent(told: Any, intents: Sequence[str], text: str) -> str:
    if told in intents or not intents:
        return str(told)
    if "deny" in intents:
        return "affirm" if is_plain_yes(text) else "deny"
    return intents[0]


class _OwnTools:
    """The tools of an action server that was given none, opened once by whichever action comes first."""

    def __init__(self) -> None:
        self._lock: asyncio.Lock | None = None
        self._tools: Tools | None = None

    async def get(self) -> Tools:
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if self._tools is None:
                tools = await open_tools()
                await database.upgrade(tools.store.engine, MIGRATIONS, version_table=VERSION_TABLE)
                self._tools = tools
            return self._tools


_own_tools = _OwnTools()
