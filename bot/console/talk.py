"""A conversation as staff read it: every message as compact lines, every reply with how it came about.

Turns what is stored into plain values for a page; wordings and marks are the page's. Whatever a shopper or a
file wrote stays text. Knows nothing of HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.desk.packet import words_of
from bot.events import (
    Agent,
    Buttons,
    Cards,
    Event,
    Failure,
    Handoff,
    Opinions,
    Proposal,
    Slip,
    Sources,
    Table,
    from_json,
)
from bot.tables import conversations, feedback, handoffs, overviews, traces
from bot.transcripts import Message, is_interrupted

_TRACE_SHOWN = frozenset(
    {"intent", "confidence", "entities", "action", "arguments", "result", "evidence", "prompt", "claims",
     "cut", "seconds", "model", "abstained"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a block, with the page it leads to, if any."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Something beside the text of a message: products, sources, buttons ... `kind` names its wording."""

    kind: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkable statement of a reply, and whether a record supports it."""

    text: str
    kind: str
    is_supported: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that a reply could rest on; `text` where it was shown to the shopper."""

    id: str
    score: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Trace:
    """How a reply came about."""

    intent: str
    confidence: float | None
    action: str
    model: str
    is_unanswered: bool
    entities: tuple[tuple[str, str], ...]
    asked: tuple[tuple[str, str], ...]
    filters: tuple[str, ...]
    found: tuple[tuple[str, str], ...]
    evidence: tuple[Passage, ...]
    claims: tuple[Claim, ...]
    cut: int
    prompt: str
    seconds: tuple[tuple[str, float], ...]
    rest: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the talk."""

    id: str
    number: int
    role: str
    language: str
    at: datetime
    state: str
    text: str
    agent: str
    step: str
    blocks: tuple[Block, ...]
    rating: str | None
    reasons: tuple[str, ...]
    trace: Trace | None


async def talk(engine: AsyncEngine, said: Iterable[Message], patience_seconds: float) -> list[Said]:
    """Return a conversation's messages with their traces and what shoppers wrote beside their ratings."""
    stored = list(said)
    ids = [message.id for message in stored if message.role == "assistant"]
    how = select(traces).where(traces.c.message_id.in_(ids))
    why = select(feedback.c.message_id, feedback.c.reason).where(
        feedback.c.message_id.in_(ids), feedback.c.reason != ""
    )
    reasons: dict[str, list[str]] = {}
    async with engine.connect() as connection:
        found = {row.message_id: row for row in await connection.execute(how)}
        for row in await connection.execute(why.order_by(feedback.c.id)):
            reasons.setdefault(row.message_id, []).append(row.reason)
    return [
        _said(message, found.get(message.id), tuple(reasons.get(message.id, ())), patience_seconds)
        for message in stored
    ]


def _said(message: Message, trace: Row[Any] | None, reasons: tuple[str, ...], patience: float) -> Said:
    events = [from_json(values) for values in message.events]
    person = next((event for event in events if isinstance(event, Agent)), None)
    return Said(
        message.id,
        message.number,
        message.role,
        message.language,
        message.created,
        "failed" if is_interrupted(message, patience) else message.state,
        words_of(message) if message.role == "shopper" else message.text,
        person.name if person else "",
        person.step if person else "",
        tuple(block for event in events if (block := _block(event))),
        message.rating,
        reasons,
        _trace(trace, events) if trace else None,
    )


def _block(event: Event) -> Block | None:
    match event:
        case Cards(products=products, note=note):
            lines = (
                _joined((card.title, card.price, card.stock, card.reason), card.url) for card in products
            )
            return Block("cards", note, tuple(lines))
        case Sources(sources=sources):
            links = (Line(f"[{item.number}] {item.label}: {item.text}", _safe(item.url)) for item in sources)
            return Block("sources", "", tuple(links))
        case Buttons(buttons=buttons):
            return Block("buttons", "", tuple(Line(button.title) for button in buttons))
        case Slip(title=title, rows=rows, tracks=tracks):
            ways = (f"{track.title}: {_way(track.steps)}" for track in tracks)
            said = (f"{label}: {value}" for label, value in rows)
            return Block("slip", title, tuple(map(Line, (*said, *ways))))
        case Table() | Opinions():
            title, *rest = event.text.split("\n")
            return Block(event.type, title, tuple(map(Line, rest)))
        case Proposal(title=title, what=what, money=money, notes=notes):
            return Block("proposal", title, tuple(map(Line, (what, *money, *notes))))
        case Handoff():
            return Block("handoff", "", ())
        case Failure(code=code, text=text, reference=reference):
            return Block("error", text, (Line(f"{code} {reference}"),))
    return None


def _way(steps: Iterable[Any]) -> str:
    return " → ".join(f"{step.label} {step.when}".strip() for step in steps if step.state != "ahead")


def _joined(parts: Iterable[str], url: str) -> Line:
    return Line(" · ".join(filter(None, parts)), _safe(url))


def _safe(url: str) -> str:
    """Return an address that may stand in a link; a file may hold any."""
    is_ours = url.startswith("/") and not url.startswith(("//", "/\\"))
    return url if is_ours or url.startswith(("https://", "http://")) else ""


def _trace(row: Row[Any], events: Iterable[Event]) -> Trace:
    detail = cast("Mapping[str, Any]", row.detail)
    arguments, result = detail.get("arguments") or {}, detail.get("result") or {}
    shown = {
        link.id: link.text for event in events if isinstance(event, Sources) for link in event.sources
    }  # fmt: skip
    return Trace(
        intent=row.intent,
        confidence=row.confidence or None,
        action=str(detail.get("action", "")),
        model=str(detail.get("model", "")),
        is_unanswered=row.is_unanswered,
        entities=tuple(
            (str(item.get("entity")), _plain(item.get("value"))) for item in detail.get("entities", ())
        ),
        asked=tuple(
            (name, _plain(value)) for name, value in arguments.items() if name != "filters" and value
        ),
        filters=tuple(map(_plain, arguments.get("filters") or ())),
        found=tuple((name, _plain(value)) for name, value in result.items() if name != "products"),
        evidence=tuple(_evidence(detail, result, shown)),
        claims=tuple(
            Claim(
                str(item["text"]), str(item["kind"]), bool(item["is_supported"]), str(item["evidence"] or "")
            )
            for item in detail.get("claims", ())
        ),
        cut=int(detail.get("cut", 0)),
        prompt=str(detail.get("prompt", "")),
        seconds=tuple((detail.get("seconds") or {}).items()),
        rest=tuple((name, _plain(value)) for name, value in detail.items() if name not in _TRACE_SHOWN),
    )


def _evidence(
    detail: Mapping[str, Any], result: Mapping[str, Any], shown: Mapping[str, str]
) -> Iterable[Passage]:
    """Yield what was weighed: passages for an answer, products for a search."""
    for item in detail.get("evidence") or ():
        yield Passage(str(item["id"]), item.get("score"), shown.get(item["id"], ""))
    products = result.get("products")
    for item in products if isinstance(products, list) else ():
        values = item if isinstance(item, Mapping) else {"id": item}
        yield Passage(f"product:{values.get('id')}", values.get("score"), str(values.get("reason", "")))


def _plain(value: Any) -> str:
    """Return a value of a trace as text: as it is where it is one, else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


async def mark(engine: AsyncEngine, conversation: str) -> str:
    """Return a mark that changes whenever the talk does: with every message, rating and step of a person."""
    query = (
        select(conversations.c.updated, overviews.c.ups, overviews.c.downs, handoffs.c.updated.label("stood"))
        .outerjoin_from(conversations, overviews, overviews.c.conversation_id == conversations.c.id)
        .outerjoin(handoffs, handoffs.c.conversation_id == conversations.c.id)
        .where(conversations.c.id == conversation)
    )
    async with engine.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    return "-".join(str(_short(value)) for value in row) if row else ""


def _short(value: Any) -> Any:
    return f"{value.timestamp():.6f}" if isinstance(value, datetime) else value or 0
