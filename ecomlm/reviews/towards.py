"""What a review says of one given aspect.

Uses the same words and rules as `analysis`. Where nothing is said of the aspect itself, what stands nearest
counts, then the whole review. Does not know synonyms of an aspect beyond the taxonomy.
"""

from __future__ import annotations

from collections.abc import Sequence

from ecomlm.language import detect
from ecomlm.reviews.analysis import LONGEST, Statement, balance, polarity_of, state
from ecomlm.reviews.judging import judgements
from ecomlm.reviews.lexicon import Lexicon, Term, lexicon
from ecomlm.reviews.opinions import Opinion, Span
from ecomlm.reviews.pairing import Aspect, aspects, pairs
from ecomlm.reviews.reading import Reading, phrase, read
from ecomlm.reviews.taxonomy import Topic
from knowledge.records import Language


def towards(text: str, aspect: str, language: Language | None = None) -> Opinion:
    """Return what a review says of exactly that aspect, neutral where it says nothing at all."""
    chosen = language or detect(text)
    reading = read(text[:LONGEST])
    words = lexicon(chosen)
    terms = words.find(reading)
    place = _place(reading, aspect)
    topic = topic_of(aspect, words)
    found = _statements(reading, terms, chosen, place, topic)
    value = balance(found)
    best = max(found, key=lambda item: abs(item.value * item.weight), default=None)
    units = reading.units
    span = (units[place[0]].start, units[place[1] - 1].end) if place else None
    return Opinion(
        aspect=aspect,
        category=topic.category,
        polarity=polarity_of(value),
        opinion=best.opinion.opinion if best else "",
        span=span or (best.opinion.span if best else None),
        opinion_span=best.opinion.opinion_span if best else None,
        facet=topic.facet,
        strength=round(abs(value), 2),
    )


def topic_of(aspect: str, words: Lexicon) -> Topic:
    """Return what an aspect is about, by the last word of it that the taxonomy knows."""
    reading = read(aspect)
    named = aspects(words.find(reading), reading)
    return named[-1].topic if named else Topic()


def _place(reading: Reading, aspect: str) -> Span | None:
    """Return the first and last unit of an aspect in the text."""
    wanted = phrase(aspect)
    texts = tuple(unit.text for unit in reading.units)
    for first in range(len(texts) - len(wanted) + 1 if wanted else 0):
        if texts[first : first + len(wanted)] == wanted:
            return first, first + len(wanted)
    return None


def _statements(
    reading: Reading, terms: Sequence[Term], language: Language, place: Span | None, topic: Topic
) -> list[Statement]:
    found = judgements(terms, reading, language)
    contrasts = [term.first for term in terms if "contrast" in term.entry.roles]
    named = aspects(terms, reading)
    if place is None:
        everything = [state(pair, reading, contrasts) for pair in pairs(found, named, reading, contrasts)]
        return [item for item in everything if item.opinion.category == topic.category] or everything
    first, last = place
    inside = [item for item in found if item.first < last and item.last > first]
    asked = Aspect(first, last, topic)
    others = [item for item in named if item.last <= first or item.first >= last]
    named = sorted([*others, asked], key=lambda item: item.first)
    result = [state(pair, reading, contrasts) for pair in pairs(found, named, reading, contrasts)]
    of_it = [item for item in result if item.aspect == asked]
    saying = {item.first for item in inside if item.entry.topic is None or (last - first > 2 and not of_it)}
    if saying:
        return [item for item in result if item.place in saying] or of_it
    if of_it:
        return of_it
    clause = reading.units[first].clause
    near = [item for item in result if reading.units[item.place].clause == clause]
    return near or [item for item in result if abs(reading.units[item.place].clause - clause) <= 1] or result
