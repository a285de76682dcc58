"""A question tried out: what is understood, what is found with which scores, and the shopper's answer.

Stores nothing: what a message would set going at the service desk, or with a person, is only named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.desk.reading import asks_for_person, wants_person
from bot.events import Event
from bot.tools import Tools
from bot.tracker import Request
from bot.turn import Turns
from ecomlm.evidence import Evidence
from ecomlm.regions import with_regions
from ecomlm.search.passages import choices_of, evidence_of, evidence_of_article
from ecomlm.search.search import SearchResult
from knowledge.errors import RecordNotFound
from knowledge.records import Language

FOUND = 10
_PASSAGES = 5
_READ_REVIEWS = 400

Withheld = Literal["", "person", "desk", "engine", "timeout"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the shop's records and how well it is thought to answer."""

    evidence: Evidence
    score: float


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a question. `withheld` says why there is no answer, or not a whole one."""

    request: Request
    events: tuple[Event, ...]
    trace: dict[str, Any]
    found: SearchResult
    articles: tuple[Passage, ...]
    used: tuple[Passage, ...]
    withheld: Withheld = ""


async def try_question(text: str, page: str | None, turns: Turns, tools: Tools) -> Trial:
    """Ask as a shopper would who has just come, or who looks at the page of a product."""
    reason: Withheld = ""

    def may_act(request: Request) -> bool:
        nonlocal reason
        reason = _withheld(request, tools)
        return not reason

    await tools.search.refresh()
    request, turn = await turns.rehearse(text, page, may_act)
    return Trial(
        request,
        tuple(turn.events),
        turn.trace,
        await tools.search.products(text, language=request.language, limit=FOUND),
        await _articles(text, request.language, tools),
        await _used(turn.trace.get("evidence", ()), request.language, tools),
        turn.trace.get("failure", reason),
    )


def _withheld(request: Request, tools: Tools) -> Withheld:
    """Say what a message would begin that lasts."""
    is_due = wants_person(request.text) in ("safety", "legal")
    if request.intent == "handoff" or is_due or asks_for_person(request.text):
        return "person"
    return "desk" if request.intent.startswith("order_") or tools.desk.claims(request) else ""


async def _articles(text: str, language: Language, tools: Tools) -> tuple[Passage, ...]:
    ranked = await tools.search.articles(with_regions(text, language), language=language, limit=_PASSAGES)
    return tuple(Passage(item.evidence, item.score) for item in ranked)


async def _used(noted: Sequence[dict[str, Any]], language: Language, tools: Tools) -> tuple[Passage, ...]:
    """Return the passages that the answer was made from, by the ids that it noted."""
    known: dict[str, Evidence] = {}
    for record in dict.fromkeys(str(item["id"]).partition("#")[0] for item in noted):
        known |= {item.id: item for item in await _passages(record, language, tools)}
    return tuple(Passage(known[item["id"]], item["score"]) for item in noted if item["id"] in known)


async def _passages(record: str, language: Language, tools: Tools) -> list[Evidence]:
    kind, _, id = record.partition(":")
    try:
        if kind == "article":
            return evidence_of_article(await tools.store.article(id), language)
        if kind == "review":
            id = (await tools.store.review(id)).product_id
        product = await tools.store.product(id)
    except RecordNotFound:  # removed meanwhile
        return []
    reviews = await tools.store.reviews(product.id, limit=_READ_REVIEWS)
    return [*evidence_of(product, reviews, language), *choices_of(product, language)]
