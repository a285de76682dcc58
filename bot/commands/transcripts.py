"""`python -m bot transcripts`: stored conversations as the file that training reads.

One JSON object a conversation, its turns in order; the head of `training/data/transcripts.py` describes it.
Passages stand with their texts, personal data is masked, and the conversation's id, which a visitor's token
names, becomes another. Nobody can approve or correct a reply in the bot yet: both are written as null, to be
filled in by whoever reads the file. Knows nothing of what is learned from it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, TextIO

from bot.cards import short_title
from bot.settings import BotSettings
from bot.transcripts import Chosen, Exchange, Transcripts
from bot.wording import say
from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import abstention
from ecomlm.privacy import Masker
from ecomlm.search.passages import evidence_of, evidence_of_article
from knowledge.errors import EcomlmError, RecordNotFound
from knowledge.records import Language, Product, Record
from knowledge.store import Store

_REMEMBERED = 300


class ExportFailed(EcomlmError):
    """The file cannot be written; what stood there before stands there still."""


async def export_transcripts(settings: BotSettings, target: Path, chosen: Chosen) -> int:
    """Write the chosen conversations to `target`, which appears only when it is complete."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        async with await Store.open(settings) as store:
            transcripts = await Transcripts.beside(store.engine)
            with partial.open("w", encoding="utf-8", newline="\n") as stream:
                counts = await write_conversations(transcripts, store, chosen, stream)
                stream.flush()
                os.fsync(stream.fileno())
        partial.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportFailed(f"cannot write {target}: {reason}. Name a file in a folder that exists") from error
    finally:
        partial.unlink(missing_ok=True)
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    print(f"{target}: {told or 'no conversation was chosen'}")
    return 0


async def write_conversations(
    transcripts: Transcripts, store: Store, chosen: Chosen, stream: TextIO
) -> Counter[str]:
    """Write a line a conversation; return how many conversations, replies, ratings, and passages gone."""
    lines = await Lines.over(store)
    async for conversation, exchanges in transcripts.exchanges(chosen):
        stream.write(await lines.of(conversation, exchanges))
    return lines.counts


class Lines:
    """Turns conversations into the lines of an export, and counts what went into them."""

    def __init__(self, store: Store, masker: Masker) -> None:
        self.counts: Counter[str] = Counter()
        self.masker = masker
        self._passages = _Passages(store, self.counts)

    @classmethod
    async def over(cls, store: Store) -> Self:
        """Learn from the shop's records what is not personal."""
        return cls(store, await masker_of(store))

    async def of(self, conversation: str, exchanges: Sequence[Exchange]) -> str:
        """Return a conversation's line."""
        turns = [await _turn(exchange, self._passages, self.masker) for exchange in exchanges]
        self.counts.update({"conversations": 1, "replies": len(turns)})
        self.counts.update({"rated": sum(turn["rating"] is not None for turn in turns)})
        return json.dumps({"conversation": other_id(conversation), "turns": turns}, ensure_ascii=False) + "\n"


async def masker_of(store: Store) -> Masker:
    """Return a masker that knows the shop's published contacts and how its order numbers begin."""
    known: list[Record] = [article async for article in store.each_article()]
    beginnings: dict[str, Record] = {}
    async for order in store.each("order"):
        beginnings.setdefault(str(order.id).rstrip("0123456789"), order)
    return Masker.of([*known, *beginnings.values()])


async def _turn(exchange: Exchange, passages: _Passages, masker: Masker) -> dict[str, Any]:
    trace, language, asked = exchange.trace, exchange.reply.language, exchange.message.text
    record = _record_of(exchange)
    title, lead_in = await passages.titles(record, language)
    question = trace.get("arguments", {}).get("question") or asked
    shown = [passage for id in _cited(trace) if (passage := await passages.find(id, exchange))]
    return {
        "id": exchange.reply.id,
        "text": masker.mask(asked),
        **({"question": masker.mask(question)} if question != asked else {}),
        "language": language,
        "intent": trace.get("intent", "other"),
        "product": record.partition(":")[2] if record.startswith("product:") else "",
        "subject": title,
        "reply": masker.mask(_answer(exchange, lead_in)),
        "evidence": [_as_json(passage, masker) for passage in shown],
        "rating": exchange.reply.rating,
        "correction": None,
        "approved": None,
    }


def _record_of(exchange: Exchange) -> str:
    """Return which record a reply was about, as `kind:id`; empty where it was about none."""
    arguments = exchange.trace.get("arguments", {})
    if record := arguments.get("record"):
        return str(record)
    product = arguments.get("product")
    return f"product:{product}" if isinstance(product, str) else ""


def _cited(trace: dict[str, Any]) -> list[str]:
    """Return the ids of the passages a reply rested on, best first."""
    ranked = [passage["id"] for passage in trace.get("evidence", ())]
    return ranked or list(trace.get("result", {}).get("cited", ()))


def _answer(exchange: Exchange, lead_in: str) -> str:
    """Return a reply without what frames the answer: which product it is about, an offer of help."""
    said = exchange.reply.text.strip().removeprefix(lead_in).strip()
    silence = abstention(exchange.reply.language)
    return silence if exchange.trace.get("abstained") and said.startswith(silence) else said


def _as_json(passage: Evidence, masker: Masker) -> dict[str, str]:
    return {
        "record": passage.record,
        "field": passage.field,
        "source": passage.source,
        "text": masker.mask(passage.text),
        "language": passage.language,
    }


def other_id(conversation: str) -> str:
    """Return what an export calls a conversation, whose own id a visitor's token names."""
    return hashlib.blake2b(conversation.encode(), digest_size=12).hexdigest()


class _Passages:
    """The shop's passages by id, those of a few hundred records in memory."""

    def __init__(self, store: Store, counts: Counter[str]) -> None:
        self._store, self._counts = store, counts
        self._known: dict[tuple[str, Language], dict[str, Evidence]] = {}

    async def find(self, id: str, exchange: Exchange) -> Evidence | None:
        """Return a passage, with the text that was shown where that is stored, else with today's."""
        record, language = id.partition("#")[0], exchange.reply.language
        if (record, language) not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[record, language] = {item.id: item for item in await self._of(record, language)}
        passage = self._known[record, language].get(id)
        if passage is None:
            self._counts["passages no longer in the shop, left out"] += 1
            return None
        text = _sent(exchange).get(id, passage.text)
        return Evidence(passage.record, passage.field, passage.source, text, passage.language)

    async def titles(self, record: str, language: Language) -> tuple[str, str]:
        """Return a record's title, and the words by which a reply names it first."""
        try:
            found = await self._record(record)
        except RecordNotFound:
            return "", ""
        if isinstance(found, Product):
            return found.title.best(language), say(
                "ask.about", language, title=short_title(found, language)
            ).strip()
        return (found.title.best(language), "") if found else ("", "")

    async def _record(self, record: str) -> Any:
        kind, _, id = record.partition(":")
        match kind:
            case "product":
                return await self._store.product(id)
            case "article":
                return await self._store.article(id)
        return None

    async def _of(self, record: str, language: Language) -> list[Evidence]:
        kind, _, id = record.partition(":")
        try:
            match kind:
                case "product":
                    return evidence_of(await self._store.product(id), (), language)
                case "article":
                    return evidence_of_article(await self._store.article(id), language)
                case "review":
                    review = await self._store.review(id)
                    return evidence_of(await self._store.product(review.product_id), [review], language)
        except RecordNotFound:
            return []
        return []


def _sent(exchange: Exchange) -> dict[str, str]:
    """Return the passages that were sent with a reply, by id."""
    return {
        link["id"]: link["text"]
        for event in exchange.reply.events
        if event["type"] == "sources"
        for link in event["sources"]
    }
