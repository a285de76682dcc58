"""Answer a question about one subject from its evidence, or say that the evidence does not tell.

Ranks the passages, lets the engine phrase an answer from the best, checks every sentence and releases
only what is supported. What fails the check is replaced by the passage itself. Knows nothing of
dialogue, of where the evidence came from, or of HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from ecomlm.evidence import Evidence, RankedEvidence
from ecomlm.generation.engine import Completion, Engine, EngineUnavailable
from ecomlm.generation.prompts import MAX_PASSAGES, STOP, abstention, answer_prompt, subject_prefix
from ecomlm.grounding import Claim, Context, check, is_grounded
from ecomlm.quantities import asks_degree
from ecomlm.rendering import (
    asked_facts,
    certain_facts,
    excerpt,
    named_facts,
    quotations,
    render,
    review_frame,
)
from ecomlm.steering import steers
from ecomlm.verdict import is_yes_no
from knowledge.records import Language

_log = logging.getLogger(__name__)

ANSWER_THRESHOLD, QUOTE_THRESHOLD = 0.35, 0.5
"""Below the first probability that the best passage answers, nothing is said; from the second on, the
passage itself is quoted where the model's sentence fails the check."""
READING_WEIGHT = 0.3
"""How much the ranker's word counts beside that of search, for a shop's articles."""
MAX_SENTENCES, MAX_TOKENS, MAX_QUOTATIONS = 3, 80, 2
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])|(?<=[。！？])")


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
    frame: str = ""
    may_quote: bool = True

    def add(self, sentence: str, language: Language) -> str:
        """Take a sentence in and return it as it follows what was released before."""
        joint = " " if self.sentences and language == "en" else ""
        self.sentences.append(joint + sentence if self.sentences else self.frame + sentence)
        return self.sentences[-1]

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
        self,
        question: str,
        *,
        title: str,
        evidence: Sequence[Evidence],
        language: Language,
        frames_reviews: bool = True,
        prior: Sequence[float] | None = None,
    ) -> AsyncGenerator[str | Answer]:
        """Yield checked pieces of the answer as they are released, and last the whole `Answer`.

        Joined, the pieces are exactly the answer's text. An engine that cannot be reached is no error:
        the best passage is shown as it stands. `frames_reviews` says of an answer that rests on a review
        that it does. `prior` is how probable search holds each passage, between 0 and 1; the ranker's own
        word counts beside it.
        """
        trusted = telling(evidence)
        if prior is None and (certain := certain_facts(question, title, trusted, language)):
            ranking, scores = _numbered([RankedEvidence(item, 1.0) for item in certain], evidence)
            text = _joined(certain, question, language)
            claims = check(text, Context(question, title, certain, trusted, language))
            yield text
            yield Answer(text, False, ranking, scores, tuple(certain), claims)
            return
        ranked = await asyncio.to_thread(self.ranker.rank, question, title, trusted, language)
        if prior is not None:
            ranked = _weighed(ranked, dict(zip(map(id, evidence), prior, strict=True)))
        ranking, scores = _numbered(ranked, evidence)
        if not ranked or ranked[0].score < self.threshold:
            ranked = _called_by_name(question, ranked, language)
        if not ranked:
            yield abstention(language)
            yield Answer(abstention(language), True, ranking, scores)
            return
        best = [item.evidence for item in ranked[:MAX_PASSAGES]]
        context = Context(question, title, best, trusted, language)
        if stated := _stated(question, ranked, language, frames_reviews):
            text, cited = stated
            yield text
            claims = check(text, replace(context, cited=cited))
            yield Answer(text, False, ranking, scores, cited, claims)
            return
        prompt = answer_prompt(question, title, best, language)
        draft = _Draft(may_quote=ranked[0].score >= QUOTE_THRESHOLD)
        if frames_reviews and best[0].source == "review":
            draft.frame = review_frame(language)
        async with aclosing(self._phrase(prompt, context, draft)) as pieces:
            async for piece in pieces:
                yield piece
        rests_on = () if draft.says_nothing else _cited(best, draft.claims)
        yield Answer(
            draft.text, draft.says_nothing, ranking, scores, rests_on, tuple(draft.claims), prompt, draft.cut
        )

    async def _phrase(self, prompt: str, context: Context, draft: _Draft) -> AsyncGenerator[str]:
        """Release the engine's sentences while they are supported; else say what the best passage says."""
        language = context.language
        try:
            async with aclosing(self._sentences(prompt)) as sentences:
                async for sentence in sentences:
                    draft.says_nothing = _is_abstention(sentence, language) and not draft.sentences
                    is_enough = len(draft.sentences) >= MAX_SENTENCES or sentence in draft.text
                    if draft.says_nothing or is_enough:
                        break
                    claims = check(sentence, context)
                    if not is_grounded(claims):
                        draft.cut += 1
                        break
                    draft.claims.extend(claims)
                    yield draft.add(sentence, language)
        except EngineUnavailable as error:
            _log.warning("answering from the record alone: %s", error)
        if not draft.sentences:
            draft.says_nothing |= not draft.may_quote
            draft.frame = ""
            best = context.cited[0]
            yield draft.add(
                abstention(language) if draft.says_nothing else render(best, context.question, language),
                language,
            )

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


def telling(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the passages that may be evidence: no buyer's question, and no text that tries to steer us.

    One such sentence takes the whole review with it.
    """
    hostile = {item.record for item in evidence if is_hostile(item) and item.record.startswith("review:")}
    return [
        item
        for item in evidence
        if not is_hostile(item)
        and item.record not in hostile
        and not (item.source == "review" and item.text.rstrip().endswith(("?", "？")))
    ]


def is_hostile(evidence: Evidence) -> bool:
    """Tell whether a buyer's text tries to steer the assistant or to lure shoppers away."""
    return evidence.source in ("review", "community") and steers(evidence.text)


def _called_by_name(
    question: str, ranked: Sequence[RankedEvidence], language: Language
) -> list[RankedEvidence]:
    """Return the fact that a question calls by its name: that is answer enough.

    A yes/no question asks for more than the value of an attribute it names, unless it asks for a degree;
    price and stock are told anyway.
    """
    named = named_facts(question, [item.evidence for item in ranked])
    if is_yes_no(question, language) and not asks_degree(question):
        named = [item for item in named if item.source != "attribute"]
    return [item for item in ranked if item.evidence in named[:1]]


def _stated(
    question: str, ranked: Sequence[RankedEvidence], language: Language, frames_reviews: bool
) -> tuple[str, tuple[Evidence, ...]] | None:
    """Return what code says without the model, and what it rests on; None where the model is to phrase."""
    ordered = [item.evidence for item in ranked]
    if facts := asked_facts(question, ordered, language):
        return _joined(facts, question, language), tuple(facts)
    best = ordered[0]
    if best.source == "article":
        return excerpt(best, question, language), (best,)
    if frames_reviews and best.source == "review" and is_yes_no(question, language):
        likely = [item.evidence for item in ranked if item.score >= QUOTE_THRESHOLD]
        reviews = [item for item in likely if item.source == "review"][:MAX_QUOTATIONS] or [best]
        return quotations(reviews, question, language), tuple(reviews)
    return None


def _joined(facts: Sequence[Evidence], question: str, language: Language) -> str:
    """Say what passages say, without the model."""
    return (" " if language == "en" else "").join(render(fact, question, language) for fact in facts)


def _weighed(ranked: Sequence[RankedEvidence], prior: Mapping[int, float]) -> list[RankedEvidence]:
    """Return the passages by both probabilities, best first: a weighted mean of their log-odds."""
    both = [
        RankedEvidence(
            item.evidence,
            _probability(
                (1 - READING_WEIGHT) * _odds(prior[id(item.evidence)]) + READING_WEIGHT * _odds(item.score)
            ),
        )
        for item in ranked
    ]
    return sorted(both, key=lambda item: -item.score)


def _odds(probability: float) -> float:
    """Return the log-odds, bounded."""
    bounded = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(bounded / (1 - bounded))


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _numbered(
    ranked: Sequence[RankedEvidence], evidence: Sequence[Evidence]
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return every passage's number, best first, and the scores; those that were left out come last."""
    numbers = {id(item): number for number, item in enumerate(evidence)}
    ranking = [numbers[id(item.evidence)] for item in ranked]
    left_out = sorted(set(range(len(evidence))) - set(ranking))
    scores = [item.score for item in ranked] + [0.0] * len(left_out)
    return (*ranking, *left_out), tuple(scores)


def _is_abstention(sentence: str, language: Language) -> bool:
    return sentence.rstrip("。. ").lower() == abstention(language).rstrip("。. ").lower()


def _cited(best: Sequence[Evidence], claims: Sequence[Claim]) -> tuple[Evidence, ...]:
    """The passages that some claim rests on; the best one where no claim names any."""
    named = {claim.evidence for claim in claims if claim.evidence}
    return tuple(item for item in best if item.id in named) or tuple(best[:1])
