"""Try a question: what is found, with scores, and the answer as a shopper would get it."""

from __future__ import annotations

from aiohttp import web

from bot.console.doors import Door
from bot.console.rendering import render
from bot.console.trial import Trial, try_question
from bot.events import Buttons, Card, Cards, Opinions, Sources, Table, TextPiece
from bot.keys import SETTINGS, STORE, TOOLS, TURNS

_LONGEST_ID = 200


async def ask(request: web.Request) -> web.Response:
    """A box for a question, and what came of it."""
    question = request.query.get("question", "").strip()
    question = question[: request.app[SETTINGS].max_message_characters]
    product = request.query.get("product", "").strip()[:_LONGEST_ID]
    known = await request.app[STORE].products([product]) if product else []
    trial: Trial | None = None
    if question and bool(known) is bool(product):
        page = product or None
        trial = await try_question(question, page, request.app[TURNS], request.app[TOOLS])
    values = {
        "question": question,
        "page_product": product,
        "is_unknown": bool(product) and not known,
        "trial": trial,
        "answer": _answer(trial) if trial else [],
    }
    return await render(request, "trial.html", values)


def _answer(trial: Trial) -> list[tuple[str, object]]:
    """Return the answer's parts in order, the text between other parts as one."""
    parts: list[tuple[str, object]] = []
    for event in trial.events:
        match event:
            case TextPiece():
                if parts and parts[-1][0] == "text":
                    parts[-1] = ("text", f"{parts[-1][1]}{event.text}")
                else:
                    parts.append(("text", event.text))
            case Cards():
                cards: tuple[Card, ...] = event.products
                parts.append(("cards", (cards, event.note)))
            case Sources():
                parts.append(("sources", event.sources))
            case Buttons():
                parts.append(("buttons", [button.title for button in event.buttons]))
            case Table():
                parts.append(("table", event))
            case Opinions():
                parts.append(("opinions", event.text))
    return parts


DOORS = (Door("GET", "/try", ask, "viewer"),)
