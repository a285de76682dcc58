"""`python -m bot chat`: the same conversation in a terminal."""

from __future__ import annotations

import asyncio
import secrets

from bot.assistant import Assistant, open_assistant
from bot.commands.prepare import as_prepared
from bot.events import (
    Agent,
    Buttons,
    Cards,
    Done,
    Event,
    Failure,
    Handoff,
    Opinions,
    Proposal,
    Slip,
    Sources,
    Table,
    TextPiece,
    table_text,
)
from bot.settings import BotSettings
from bot.transcripts import Incoming
from ecomlm.language import detect

_PROMPT = "\n> "


async def chat(settings: BotSettings, page: str | None) -> int:
    """Talk until an empty line or the end of input."""
    print("Opening the shop ... (an empty line ends the chat)", flush=True)
    async with open_assistant(as_prepared(settings)) as assistant:
        conversation = f"terminal:{secrets.token_urlsafe(8)}"
        if page:
            page = (await assistant.tools.store.product(page)).id
        while text := await _ask():
            await _reply(assistant, conversation, Incoming(text, detect(text), page, channel="terminal"))
    return 0


async def _ask() -> str:
    try:
        return (await asyncio.to_thread(input, _PROMPT)).strip()
    except EOFError:
        return ""


async def _reply(assistant: Assistant, conversation: str, incoming: Incoming) -> None:
    turn = await assistant.turns.start(conversation, incoming)
    async for _, event in turn.follow():
        print(render(event), end="", flush=True)


def render(event: Event) -> str:
    """Return an event as a terminal shows it."""
    match event:
        case TextPiece():
            return event.text
        case Cards():
            lines = [f"  {event.note}"] if event.note else []
            for number, card in enumerate(event.products, start=1):
                facts = " · ".join(filter(None, (card.price, card.stock, *card.options, card.reason)))
                lines.append(f"  {number}. {card.title}\n     {facts}")
            return "\n".join(lines) + "\n"
        case Sources():
            return "".join(f"\n  [{item.number}] {item.label}: {item.text}" for item in event.sources)
        case Buttons():
            return "\n  " + "  ".join(f"({button.title})" for button in event.buttons)
        case Opinions():
            return "\n  {}".format(event.text.replace("\n", "\n    ")) + "\n"
        case Slip():
            rows = "".join(f"\n    {label}: {value}" for label, value in event.rows)
            return f"\n  {event.title}{rows}"
        case Table():
            return "\n" + "".join(f"  {line}\n" for line in table_text(event).splitlines())
        case Handoff() | Proposal() | Agent():
            return ""
        case Failure():
            return f"\n! {event.text} ({event.reference})"
        case Done():
            return f"\n  [{event.intent}, {event.seconds['total']:.2f} s]\n"
