"""Hand a conversation over: what the shopper is told, and what the person who takes it gets.

The packet holds what was said with personal data masked, how far the shopper was verified, what they looked
at, what is under way and a reply to begin with. Knows the conversation's memory and its transcript.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.desk.handoffs import Handoffs, is_staffed, next_opening
from bot.desk.reading import PAYLOAD
from bot.desk.task import Task
from bot.desk.wording import date_text, tell
from bot.dispatch import Reply
from bot.tracker import Request
from bot.transcripts import Message, Transcripts
from bot.wording import say
from ecomlm.privacy import mask

if TYPE_CHECKING:
    from bot.tools import Tools

_LAST_MESSAGES = 8
_CHARACTERS = 300


async def hand_off(reason: str, request: Request, tools: Tools) -> str:
    """Ask for a person; return what the shopper is told. Out of hours they may leave an address."""
    language, now, hours = request.language, datetime.now(UTC), tools.desk.rules.hours
    staffed = is_staffed(hours, language, now)
    handoffs = Handoffs(tools.store.engine)
    packet = await make_packet(reason, request, tools)
    await handoffs.begin(request.conversation, reason, packet, is_staffed=staffed)
    request.remember(offer=None if staffed else "message")
    sorry = "" if reason == "asked" else tell("handoff.sorry", language) + (" " if language == "en" else "")
    if staffed:
        is_quiet = bool(tools.settings.handoff_webhook)
        return sorry + (tell("handoff.marked", language) if is_quiet else say("handoff.marked", language))
    opening = next_opening(hours, language, now)
    when = ""
    if opening:
        day = date_text(opening.date(), language)
        zone = opening.tzname() or ""
        when = tell("handoff.when", language, day=day, time=f"{opening:%H:%M}", zone=zone)
    closed = tell("handoff.closed", language, when=when)
    return f"{sorry}{say('handoff.marked', language)} {closed}"


async def leave_message(request: Request, reply: Reply, tools: Tools) -> bool:
    """Take the address that a shopper leaves out of hours; false where the message holds none."""
    emails = request.values("email")
    request.remember(offer=None)
    if not emails or request.memory.task:
        return False
    await Handoffs(tools.store.engine).leave_message(request.conversation, emails[-1])
    await reply.say(tell("handoff.message", request.language, email=emails[-1]))
    return True


async def make_packet(reason: str, request: Request, tools: Tools) -> dict[str, Any]:
    """Return what the person needs to go on without asking again."""
    memory, task = request.memory, Task.from_json(request.memory.task)
    verified = await tools.desk.identities.of(request.conversation)
    stored = await Transcripts(tools.store.engine).messages(request.conversation)
    said = [(message.role, words_of(message)) for message in stored] or request.said
    return {
        "reason": reason,
        "language": request.language,
        "verified": verified.level if verified else "none",
        "customer": verified.customer_id if verified else None,
        "summary": _summary(said),
        "seen": list(dict.fromkeys(id for id in (memory.page, memory.product, *memory.shown) if id)),
        "tried": [task.wish] if task else [],
        "suggested": tell("handoff.hello" if verified else "proof.ask", request.language),
    }


def packet_of(reason: str, stored: Sequence[Message]) -> dict[str, Any]:
    """Return what is known of a conversation that a person takes without having been asked for."""
    return {
        "reason": reason,
        "language": next(
            (message.language for message in reversed(stored) if message.role == "shopper"), "en"
        ),
        "summary": _summary([(message.role, words_of(message)) for message in stored]),
    }


def words_of(message: Message) -> str:
    """Return what a message said; a pressed button sent which proposal it answers."""
    pressed = PAYLOAD.match(message.text)
    if pressed is None:
        return message.text
    return tell("confirm.yes" if pressed[1] == "affirm" else "confirm.no", message.language)


def _summary(said: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"role": role, "text": mask(text)[:_CHARACTERS]} for role, text in said[-_LAST_MESSAGES:] if text]
