"""Asking a shopper who they are, and taking their answer to `Identities`.

What they wished for meanwhile is kept, so that nothing has to be said twice. Knows nothing of orders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.desk import reading
from bot.desk.addresses import read_address, without_address
from bot.desk.identity import Claim, Identities, TooManyTries
from bot.desk.questions import ask_proof, offer_person
from bot.desk.talk import Talk
from bot.desk.task import Task
from knowledge.desk.rules import Rules

_LONGEST = 3000


@dataclass(frozen=True, slots=True)
class Known:
    """Who it is, what is under way, and the words that are still to be read."""

    customer: str
    task: Task
    text: str


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Lets nobody to an order without proof."""

    identities: Identities
    rules: Rules

    async def let_in(self, task: Task, text: str, talk: Talk) -> Known | None:
        """Return who it is; None after asking for what is still needed as proof."""
        verified = await self.identities.of(talk.conversation)
        if verified:
            said = f"{task.said}.\n{text}" if task.said and text else task.said or text
            return Known(verified.customer_id, replace(task, said=None).without_proof(), said)
        task = _told(task, text, talk)
        claim = self._claim(task)
        if not self.identities.is_enough(claim):
            await ask_proof(claim, self.rules.identity, talk.request, talk.reply)
            talk.keep(replace(task, asked="proof"))
            return None
        try:
            proven = await self.identities.prove(talk.conversation, claim)
        except TooManyTries:
            await talk.say("proof.locked")
            await offer_person(talk.request, talk.reply)
            talk.keep(None)
            return None
        if proven is None:
            await talk.say("proof.failed")
            await offer_person(talk.request, talk.reply)
            talk.keep(Task(task.kind, said=task.said, asked="proof"))
            return None
        talk.reply.trace["verified"] = proven.level
        said = task.said or ""
        asked = None if task.asked == "proof" else task.asked
        return Known(proven.customer_id, replace(task, said=None, asked=asked).without_proof(), said)

    def _claim(self, task: Task) -> Claim:
        """Return what is claimed; the order's number only where the proof needs it."""
        claim = Claim(task.order or "", task.email or "", task.postcode or "", task.name or "")
        without = replace(claim, order="")
        return without if self.identities.is_enough(without) else claim


def _told(task: Task, text: str, talk: Talk) -> Task:
    """Return the task with what a message tells of who it is, and with the rest of its words."""
    request = talk.request
    numbers, emails = request.values("order_number"), request.values("email")
    known, plain = tuple(numbers + emails), without_address(talk.text)  # a new address proves nothing
    postcode = reading.read_postcode(plain, known) or (
        reading.read_postcode(talk.text, known) if task.asked == "proof" else None
    )
    name = reading.read_name(plain)
    rest = _without(text, [*emails, *([name] if name else [])])
    if postcode and not read_address(text):
        rest = _without(rest, [postcode])
    said = f"{task.said}.\n{rest}" if task.said and rest.strip() else task.said or rest
    return replace(
        task,
        order=numbers[-1] if numbers else task.order,
        email=emails[-1] if emails else task.email,
        postcode=postcode or task.postcode,
        name=name or task.name,
        said=said[:_LONGEST] or None,
    )


def _without(text: str, parts: list[str]) -> str:
    for part in parts:
        text = re.sub(re.escape(part), " ", text)
    return text
