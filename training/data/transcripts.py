"""Conversations of the shop turned into training rows, with the evidence that the shopper's reply rested on.

One JSON object a conversation:

    {"conversation": "c81", "turns": [{
        "id": "m2",                      the reply's id
        "text": "how heavy is it?",      what the shopper wrote
        "question": "how heavy is the boot?",   what was answered, where it differs (optional)
        "language": "en", "intent": "ask_product", "product": "ridge-boot", "subject": "Ridge Boot",
        "reply": "It weighs 480 g. [1]",
        "evidence": [{"record": "product:ridge-boot", "field": "attribute.weight", "source": "attribute",
                      "text": "Weight: 480 g", "language": "en"}],        best first, from the turn's trace
        "rating": "up", "correction": null, "approved": true}]}

`approved` is an operator's word on the answer that stands: the correction where there is one, else the reply.
Only such answers are learned: a correction unless it is disapproved, a reply only if it is approved. What a
shopper thinks of a reply never makes it an answer to learn; it makes it the worse one of a pair.
Knows nothing of the bot's tables.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from ecomlm.evidence import Evidence, Source
from ecomlm.generation.prompts import MAX_PASSAGES, abstention
from ecomlm.grounding import Context, check, is_grounded
from ecomlm.search.passages import sentences
from knowledge.records import Language
from training.data.examples import Example, Preference
from training.data.formats import Item, language_of, shop_prompt
from training.data.rows import Faults, Place, Row, Unusable

_CITATION = re.compile(r"\s*(?:\[\d{1,2}\])+")
_RATINGS = ("up", "down", None)


@dataclass(frozen=True)
class TranscriptSettings:
    """What to do with a correction that states what no shown passage says.

    `as_evidence` puts the correction first among the passages, as the shop serves it once it is knowledge, so
    that the model learns to repeat what it is shown; `keep` trains on the shown passages alone, which
    teaches facts by heart; `drop` leaves such corrections out.
    """

    unsupported: Literal["as_evidence", "keep", "drop"] = "as_evidence"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question with its reply and what people made of it."""

    id: str
    conversation: str
    question: str
    subject: str
    product: str
    language: Language
    reply: str
    evidence: tuple[Evidence, ...]
    rating: Literal["up", "down"] | None
    correction: str
    approved: bool | None

    @property
    def answer(self) -> str:
        """The text that a person stands for; empty where nobody does."""
        if self.correction:
            return "" if self.approved is False else self.correction
        return self.reply if self.approved else ""

    @property
    def is_worse(self) -> bool:
        """Whether the reply is an example of what not to say."""
        replaced = bool(self.correction) and self.correction != self.reply and self.approved is not False
        refused = self.approved is False and not self.correction
        return bool(self.reply) and (replaced or refused or (self.rating == "down" and not self.approved))

    @property
    def key(self) -> bytes:
        """The same for the same question about the same subject."""
        said = f"{self.language}\n{self.subject}\n{' '.join(self.question.lower().split())}"
        return hashlib.blake2b(said.encode(), digest_size=16).digest()


def transcript_rows(
    conversations: Iterable[tuple[Place, Item]], source: str, settings: TranscriptSettings, faults: Faults
) -> Iterator[Row]:
    """Yield the examples of each conversation, and after the last one the preference pairs of all."""
    with closing(_Pairs()) as pairs:
        for place, item in conversations:
            try:
                exchanges = list(read_exchanges(item))
            except Unusable as fault:
                faults.refuse(place, fault)
                continue
            for exchange in exchanges:
                try:
                    row = _row(exchange, place, source, settings, faults)
                except Unusable as fault:
                    faults.refuse(
                        place, Unusable(fault.kind, f"turn {exchange.id}: {fault.problem}", fault.remedy)
                    )
                    continue
                if row:
                    yield row
                pairs.add(exchange, row)
        yield from pairs.rows()


def read_exchanges(item: Item) -> Iterator[Exchange]:
    """Read one conversation.

    Raises:
        Unusable: naming the turn and what is wrong with it; the conversation as a whole is left out then.
    """
    conversation, turns = item.get("conversation"), item.get("turns")
    if not isinstance(conversation, str) or not conversation:
        raise Unusable("schema", f"conversation {conversation!r} is no id", "export the transcripts again")
    if not isinstance(turns, list):
        raise Unusable("schema", "'turns' is no list", "export the transcripts again")
    for number, turn in enumerate(turns, start=1):
        if not isinstance(turn, dict):
            raise Unusable("schema", f"turn {number} is no object", "export the transcripts again")
        try:
            yield _exchange(turn, conversation, number)
        except Unusable as fault:
            raise Unusable(fault.kind, f"turn {number}: {fault.problem}", fault.remedy) from fault


def _exchange(turn: Item, conversation: str, number: int) -> Exchange:
    question = _said(turn, "question") or _said(turn, "text")
    if not question:
        raise Unusable("empty", "'text' is empty", "export what the shopper wrote, or remove the turn")
    rating, approved = turn.get("rating"), turn.get("approved")
    if rating not in _RATINGS:
        raise Unusable("schema", f"rating {rating!r} is not known", "use up, down or null")
    if approved is not None and not isinstance(approved, bool):
        raise Unusable("schema", f"approved is {approved!r}", "use true, false or null")
    return Exchange(
        id=str(turn.get("id") or number),
        conversation=conversation,
        question=question,
        subject=_said(turn, "subject"),
        product=_said(turn, "product"),
        language=language_of(turn, question),
        reply=_CITATION.sub("", _said(turn, "reply")),
        evidence=_evidence(turn.get("evidence")),
        rating=cast(Any, rating),
        correction=_CITATION.sub("", _said(turn, "correction")),
        approved=approved,
    )


def _said(turn: Item, key: str) -> str:
    value = turn.get(key)
    if value is not None and not isinstance(value, str):
        raise Unusable("schema", f"{key!r} is a {type(value).__name__}, not text", f"write text as {key!r}")
    return " ".join((value or "").split())


def _evidence(passages: Any) -> tuple[Evidence, ...]:
    if passages is None:
        return ()
    remedy = 'write [{"record": ..., "field": ..., "source": ..., "text": ...}]'
    if not isinstance(passages, list) or not all(isinstance(passage, dict) for passage in passages):
        raise Unusable("schema", "'evidence' is no list of passages", remedy)
    found = []
    for passage in passages:
        text, source = _said(passage, "text"), passage.get("source")
        if source not in get_args(Source):
            raise Unusable("schema", f"a passage comes from {source!r}", f"use {', '.join(get_args(Source))}")
        if not text:
            raise Unusable("empty", "a passage of the evidence has no text", remedy)
        place = str(passage.get("record", "")), str(passage.get("field", ""))
        found.append(Evidence(*place, cast(Source, source), text, language_of(passage, text)))
    return tuple(found)


def _row(
    exchange: Exchange, place: Place, source: str, settings: TranscriptSettings, faults: Faults
) -> Row | None:
    """Return what is learned from an exchange: None where no person stands for its answer."""
    if not exchange.answer:
        faults.notes[_why_not(exchange)] += 1
        return None
    evidence = list(exchange.evidence[:MAX_PASSAGES])
    says_nothing = exchange.answer == abstention(exchange.language)
    if exchange.correction and not says_nothing and not _is_supported(exchange):
        faults.notes["corrections that no shown passage supports"] += 1
        if settings.unsupported == "drop":
            return None
        if settings.unsupported == "as_evidence":
            evidence = [_as_evidence(exchange), *evidence[: MAX_PASSAGES - 1]]
    if not evidence and not says_nothing:
        faults.notes["approved replies without evidence"] += 1
        return None
    prompt = shop_prompt(exchange.question, exchange.subject, evidence, exchange.language)
    faults.notes["corrections" if exchange.correction else "approved replies"] += 1
    task: Literal["abstain", "answer"] = "abstain" if says_nothing else "answer"
    example = Example(prompt, exchange.answer, exchange.language, task, source, exchange.product)
    return Row(place, example, f"{exchange.conversation}/{exchange.id}", exchange.conversation)


def _why_not(exchange: Exchange) -> str:
    if exchange.approved is False:
        return "replies and corrections that were disapproved"
    return (
        "replies rated down that wait for a correction" if exchange.rating == "down" else "unapproved replies"
    )


def _as_evidence(exchange: Exchange) -> Evidence:
    record = f"product:{exchange.product}" if exchange.product else "article:corrections"
    return Evidence(record, "correction", "community", exchange.correction, exchange.language)


def _is_supported(exchange: Exchange) -> bool:
    shown = exchange.evidence[:MAX_PASSAGES]
    context = Context(exchange.question, exchange.subject, shown, exchange.evidence, exchange.language)
    return bool(shown) and all(
        is_grounded(check(sentence, context)) for sentence in sentences(exchange.correction)
    )


class _Pairs:
    """Worse replies and the answers that people stand for, matched by question; kept on disk."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.executescript(
            "CREATE TABLE better (key BLOB, weight INTEGER, prompt TEXT, answer TEXT, language TEXT,"
            " source TEXT, product TEXT, file TEXT, line INTEGER, id TEXT, conversation TEXT);"
            "CREATE INDEX better_by_key ON better (key);"
            "CREATE TABLE worse (key BLOB, reply TEXT, UNIQUE (key, reply));"
        )

    def add(self, exchange: Exchange, row: Row | None) -> None:
        """Remember an exchange; `row` is what is learned from it."""
        if row and isinstance(row.value, Example):
            weight = 2 if exchange.correction else int(exchange.rating == "up")
            value, place = row.value, row.place
            self._database.execute(
                "INSERT INTO better VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (exchange.key, weight, value.prompt, value.answer, value.language, value.source,
                 value.product, place.file, place.line, row.id, row.group),
            )  # fmt: skip
        if exchange.is_worse:
            self._database.execute(
                "INSERT OR IGNORE INTO worse VALUES (?, ?)", (exchange.key, exchange.reply)
            )

    def rows(self) -> Iterator[Row]:
        """Yield each worse reply once, beside the best answer to its question: the latest correction."""
        found = self._database.execute(
            "SELECT prompt, answer, reply, language, source, product, file, line, id, conversation,"
            " worse.rowid, MAX(weight * 1000000000 + better.rowid) FROM worse JOIN better USING (key)"
            " WHERE answer <> reply GROUP BY worse.rowid ORDER BY worse.rowid"
        )
        for (
            prompt,
            answer,
            reply,
            language,
            source,
            product,
            file,
            line,
            id,
            conversation,
            number,
            _,
        ) in found:
            pair = Preference(prompt, answer, reply, language, source, product)
            yield Row(Place(file, line), pair, f"{id}#pair{number}", conversation)

    def close(self) -> None:
        """Give the temporary file back."""
        self._database.close()
