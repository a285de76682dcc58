"""Answer a question about one subject from its evidence, or say that the evidence does not tell.

Ranks the passages, lets the engine phrase an answer from the best, checks every sentence and releases
only what is supported. What fails the check is replaced by the passage itself. Knows nothing of
dialogue, of where the evidence came from, or of HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from ecomlm.evidence import Evidence, RankedEvidence
from ecomlm.generation.engine import Completion, Engine, EngineUnavailable
from ecomlm.generation.prompts import MAX_PASSAGES, STOP, abstention, answer_prompt, subject_prefix
from ecomlm.grounding import Claim, Context, check, is_grounded
from ecomlm.quantities import topic
from ecomlm.verdict import decide
from knowledge.records import Language

_log = logging.getLogger(__name__)

ANSWER_THRESHOLD = 0.35
"""Below this probability that the best passage answers, nothing is said (tuned on ePQA's training side)."""
MAX_SENTENCES, MAX_TOKENS = 3, 80
_NAMED_AMONG = 8
_RENDERED = ("price", "stock", "variant")
_VERDICTS: dict[Language, tuple[str, str]] = {"en": ("No. ", "Yes. "), "zh": ("不，", "是的，")}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])|(?<=[。！？])")
_HOSTILE = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|prompt|rule|above|previous)|\bsystem\s*[:：]|\bprompt\b"
    r"|\b(?:tell|ask)\b.{0,30}\b(?:shoppers?|customers?|users?)\b|https?://|www\.|\S+@\S+"
    r"|忽略.{0,12}(?:指令|提示|规则|要求)|系统\s*[:：]|加(?:微信|我|v)|点击.{0,6}链接"
    r"|全场.{0,4}折|告诉(?:所有)?(?:顾客|客户|买家)",
    re.I,
)


class Ranks(Protocol):
    """Whatever orders passages by how well they answer a question."""

    def rank(
        self, question: str, title: str, evidence: Sequence[Evidence], language: Language
    ) -> list[RankedEvidence]:
        """Return the passages, best first, with the probability that each answers."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer.

    `ranking` numbers the given passages, best first, with `scores` beside it; `cited` are the passages
    that the text rests on; `cut` counts the sentences that the check kept from the shopper.
    """

    text: str
    abstained: bool
    ranking: tuple[int, ...]
    scores: tuple[float, ...]
    cited: tuple[Evidence, ...] = ()
    claims: tuple[Claim, ...] = ()
    prompt: str = ""
    cut: int = 0


@dataclass(slots=True)
class _Draft:
    """What has been released so far."""

    sentences: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    cut: int = 0
    says_nothing: bool = False

    @property
    def text(self) -> str:
        """The released text."""
        return "".join(self.sentences)


class Answerer:
    """Answers questions with one engine and one ranker."""

    def __init__(self, engine: Engine, ranker: Ranks, *, threshold: float = ANSWER_THRESHOLD) -> None:
        self.engine, self.ranker, self.threshold = engine, ranker, threshold

    async def prepare(self, subject: str, language: Language) -> None:
        """Read what every prompt about `subject` begins with into the engine's prefix cache."""
        await self.engine.prefill(subject_prefix(subject, language))

    async def stream(
        self, question: str, *, title: str, evidence: Sequence[Evidence], language: Language
    ) -> AsyncGenerator[str | Answer]:
        """Yield checked pieces of the answer as they are released, and last the whole `Answer`.

        Joined, the pieces are exactly the answer's text. An engine that cannot be reached is no error:
        the best passage is shown as it stands.
        """
        trusted = [item for item in evidence if not is_hostile(item)]
        ranked = await asyncio.to_thread(self.ranker.rank, question, title, trusted, language)
        positions = {id(item): number for number, item in enumerate(evidence)}
        ranking = tuple(positions[id(item.evidence)] for item in ranked)
        scores = tuple(item.score for item in ranked)
        if not ranked or ranked[0].score < self.threshold:
            yield abstention(language)
            yield Answer(abstention(language), True, ranking, scores)
            return
        best = [item.evidence for item in ranked[:MAX_PASSAGES]]
        context = Context(question, title, best, trusted, language)
        if facts := asked_facts(question, ranked, language):
            text = " ".join(render(fact, question, language) for fact in facts).strip()
            yield text
            yield Answer(text, False, ranking, scores, tuple(facts), check(text, context))
            return
        prompt = answer_prompt(question, title, best, language)
        draft = _Draft()
        async with aclosing(self._phrase(prompt, context, draft)) as pieces:
            async for piece in pieces:
                yield piece
        cited = () if draft.says_nothing else _cited(best, draft.claims)
        claims = tuple(draft.claims)
        yield Answer(draft.text, draft.says_nothing, ranking, scores, cited, claims, prompt, draft.cut)

    async def _phrase(self, prompt: str, context: Context, draft: _Draft) -> AsyncGenerator[str]:
        """Release the engine's sentences while they are supported; else say what the best passage says."""
        is_silent = False
        try:
            async with aclosing(self._sentences(prompt)) as sentences:
                async for sentence in sentences:
                    is_silent = _is_abstention(sentence, context.language) and not draft.sentences
                    if is_silent or len(draft.sentences) >= MAX_SENTENCES or sentence in draft.text:
                        break
                    claims = check(sentence, context)
                    draft.claims.extend(claims)
                    if not is_grounded(claims):
                        draft.cut += 1
                        break
                    spaced = sentence if not draft.sentences or context.language == "zh" else " " + sentence
                    draft.sentences.append(spaced)
                    yield spaced
        except EngineUnavailable as error:
            _log.warning("answering from the record alone: %s", error)
        if not draft.sentences:
            best = context.cited[0]
            draft.says_nothing = is_silent
            told = (
                abstention(context.language)
                if is_silent
                else render(best, context.question, context.language)
            )
            draft.sentences.append(told)
            yield told

    async def _sentences(self, prompt: str) -> AsyncGenerator[str]:
        """Yield what the engine writes, sentence by sentence; a last one that was cut off is left out."""
        held = ""
        async with aclosing(
            self.engine.complete(Completion(prompt, max_tokens=MAX_TOKENS, stop=STOP))
        ) as pieces:
            async for piece in pieces:
                held += piece.text
                *whole, held = _SENTENCE_END.split(held)
                for sentence in filter(None, map(str.strip, whole)):
                    yield sentence
                if piece.is_last and held.strip() and piece.generated_tokens < MAX_TOKENS:
                    yield held.strip()


def is_hostile(evidence: Evidence) -> bool:
    """Tell whether a buyer's text tries to steer the assistant or to lure shoppers away."""
    return evidence.source in ("review", "community") and bool(_HOSTILE.search(evidence.text))


def asked_facts(question: str, ranked: Sequence[RankedEvidence], language: Language) -> list[Evidence]:
    """Return the facts that code states better and sooner than a model, so that nothing can be swapped.

    These are price and stock; the attributes that the question calls by their names ("read and write
    speed"); and a typed value that decides a yes/no question.
    """
    best = ranked[0].evidence
    if best.source in _RENDERED:
        return [best]
    asked = topic(question)
    named = [item.evidence for item in ranked[:_NAMED_AMONG] if _is_named(item.evidence, asked)]
    if named:
        return named[:MAX_PASSAGES]
    return [best] if decide(question, best, language) is not None else []


def _is_named(evidence: Evidence, asked: frozenset[str]) -> bool:
    attribute = evidence.attribute
    if attribute is None or evidence.source != "attribute":
        return False
    return any(label and label <= asked for label in map(topic, (attribute.label.en, attribute.label.zh)))


def render(evidence: Evidence, question: str, language: Language) -> str:
    """Say what a passage says without a model, with the yes or no that its typed value decides."""
    text = evidence.text.strip().rstrip("。.;；")
    if evidence.source in ("review", "community"):
        return f"A buyer wrote: “{text}.”" if language == "en" else f"有买家说：“{text}。”"
    if evidence.source in ("description", "highlight"):
        return f"The page says: “{text}.”" if language == "en" else f"商品页写道：“{text}。”"
    decided = decide(question, evidence, language)
    verdict = "" if decided is None else _VERDICTS[language][decided]
    return f"{verdict}{text}." if language == "en" else f"{verdict}{text}。"


def _is_abstention(sentence: str, language: Language) -> bool:
    return sentence.rstrip("。. ").lower() == abstention(language).rstrip("。. ").lower()


def _cited(best: Sequence[Evidence], claims: Sequence[Claim]) -> tuple[Evidence, ...]:
    """The passages that some claim rests on; the best one where no claim names any."""
    named = {claim.evidence for claim in claims if claim.evidence}
    return tuple(item for item in best if item.id in named) or tuple(best[:1])
