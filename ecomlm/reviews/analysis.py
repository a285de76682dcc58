"""Read a review: what it says of which aspect, and what it amounts to.

Cut into clauses (`reading`), find words (`lexicon`), find aspects and pair them with judgements (`pairing`),
weigh these (`judging`). Rules and lists only, so it takes a fraction of a millisecond. Does not know whether
what a review says is true, and sees irony only in its plainest forms (`irony`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecomlm.language import detect
from ecomlm.reviews.irony import ironic
from ecomlm.reviews.judging import Judgement, judgements
from ecomlm.reviews.lexicon import Term, lexicon
from ecomlm.reviews.opinions import Analysis, Opinion, Polarity
from ecomlm.reviews.pairing import Aspect, Pair, aspects, pairs
from ecomlm.reviews.reading import Reading, read
from ecomlm.reviews.taxonomy import GENERAL, OVERALL, PRODUCT, Topic, category
from knowledge.records import Language

LONGEST = 20_000
NEUTRAL_BELOW = 0.25
MIXED_FROM = 0.7
_AFTER_CONTRAST = 1.5
_WHOLE = 1.5
_NEAR = 3
_TONE = 1.5
_QUESTION = 0.5
_LAST = 1.3
_SENSED = frozenset({"noise"})
"""Traits that a word names so plainly that what it is said of does not matter: "the running is too noisy"."""
_SOUNDING = frozenset({PRODUCT, "sound", "cooling"})


@dataclass(frozen=True, slots=True)
class Statement:
    """An opinion with its value (-3 to 3), its place, and how much it weighs in the whole."""

    opinion: Opinion
    value: float
    place: int
    weight: float
    aspect: Aspect | None = None


def analyse(text: str, language: Language | None = None) -> Analysis:
    """Read one review. Of very long texts the first 20,000 characters count."""
    chosen = language or detect(text)
    reading = read(text[:LONGEST])
    terms = lexicon(chosen).find(reading)
    found = statements(reading, terms, chosen)
    is_ironic = ironic(reading, terms, [(item.place, item.value, item.aspect is None) for item in found])
    if is_ironic and not any("sarcasm" in term.entry.roles for term in terms):
        is_ironic = all(item.opinion.category == OVERALL for item in found if item.value > 0)
    if is_ironic:
        found = [_turned(item) for item in found]
    score = balance(found, mood(terms, reading))
    whole = _whole(found, score)
    return Analysis(chosen, whole, tuple(item.opinion for item in found), round(score, 3), is_ironic)


def statements(reading: Reading, terms: Sequence[Term], language: Language) -> list[Statement]:
    """Return the opinions of a text in order, each with its value and weight."""
    contrasts = [term.first for term in terms if "contrast" in term.entry.roles]
    named = aspects(terms, reading)
    found = pairs(judgements(terms, reading, language), named, reading, contrasts)
    result = [state(pair, reading, contrasts) for pair in found]
    telling = (item for item in result if item.opinion.polarity != "neutral")
    return sorted(telling, key=lambda item: item.place)


def state(pair: Pair, reading: Reading, contrasts: Sequence[int]) -> Statement:
    """Return what a judgement amounts to when said of its aspect."""
    judgement, aspect = pair.judgement, pair.aspect
    topic = _topic(judgement, aspect)
    name = reading.words(aspect.first, aspect.last) if aspect else ""
    value = judgement.score(topic, name)
    units = reading.units
    first, last = _opinion_units(judgement, aspect)
    words = reading.words(first, last) if first < last else ""
    span = (units[first].start, units[last - 1].end) if first < last else None
    opinion = Opinion(
        aspect=name,
        category=topic.category,
        polarity=polarity_of(value),
        opinion=words,
        span=(units[aspect.first].start, units[aspect.last - 1].end) if aspect else span,
        opinion_span=span,
        facet=topic.facet,
        strength=round(abs(value), 2),
    )
    return Statement(opinion, value, judgement.first, _weight(judgement, topic, reading, contrasts), aspect)


def _topic(judgement: Judgement, aspect: Aspect | None) -> Topic:
    trait = judgement.entry.trait
    if trait in _SENSED and (aspect is None or aspect.topic.part in _SOUNDING):
        return _of_trait(trait)
    if aspect is None:
        return judgement.entry.topic or _of_trait(trait)
    if aspect.topic.trait != GENERAL or trait == GENERAL:
        return aspect.topic
    return _of_trait(trait) if aspect.topic.part == PRODUCT else replace(aspect.topic, trait=trait)


def _of_trait(name: str) -> Topic:
    if name == GENERAL:
        return Topic()
    return Topic(PRODUCT, name) if category(name).kind == "trait" else Topic(name)


def _opinion_units(judgement: Judgement, aspect: Aspect | None) -> tuple[int, int]:
    """Return the judging words without the aspect that the phrase itself names."""
    first, last = judgement.first, judgement.last
    if aspect is None or aspect.judging != judgement.first:
        negator = judgement.negator
        free = negator and (aspect is None or not negator[1] <= aspect.first < first)
        return (negator[0] if negator and free and first - negator[1] <= _NEAR else first), last
    if judgement.entry.named is None:
        return judgement.negator or (first, last)
    return (aspect.last, last) if aspect.first == first else (first, aspect.first)


def _weight(judgement: Judgement, topic: Topic, reading: Reading, contrasts: Sequence[int]) -> float:
    units = reading.units
    here = units[judgement.first]
    weight = _WHOLE if topic.category == "overall" else 1.0
    if any(place < judgement.first and units[place].sentence == here.sentence for place in contrasts):
        weight *= _AFTER_CONTRAST
    return weight * (_LAST if here.sentence == units[-1].sentence else 1.0)


def polarity_of(value: float) -> Polarity:
    """Return the name of a value's side."""
    if abs(value) < NEUTRAL_BELOW:
        return "neutral"
    return "positive" if value > 0 else "negative"


def balance(found: Sequence[Statement], leaning: float = 0.0) -> float:
    """Return a review's place between -1 and 1; `leaning` is what its tone adds to what it says."""
    total = sum(item.value * item.weight for item in found) + leaning
    size = sum(abs(item.value) * item.weight for item in found) + abs(leaning)
    return total / (size + 0.3)


def mood(terms: Sequence[Term], reading: Reading) -> float:
    """Return how the tone of a text leans, -1.5 to 1.5, by words that judge nothing themselves.

    Buyers who tell of mere facts with "why", "after two days" or "not" mostly complain.
    """
    judged = {reading.units[term.first].clause for term in terms if term.entry.judges}
    leaning = sum(
        term.entry.mood
        for term in terms
        if not term.entry.judges
        and not ("negate" in term.entry.roles and reading.units[term.first].clause in judged)
    )
    asked = sum(mark in ("?", "？") for mark in reading.marks)
    return max(-_TONE, min(_TONE, leaning - _QUESTION * asked))


def _whole(found: Sequence[Statement], score: float) -> Polarity:
    praise = sum(item.value * item.weight for item in found if item.value > 0)
    blame = -sum(item.value * item.weight for item in found if item.value < 0)
    if min(praise, blame) >= MIXED_FROM * max(praise, blame) > 0:
        return "mixed"
    return polarity_of(score)


def _turned(item: Statement) -> Statement:
    if item.value <= 0:
        return item
    return replace(item, value=-item.value, opinion=replace(item.opinion, polarity=polarity_of(-item.value)))
