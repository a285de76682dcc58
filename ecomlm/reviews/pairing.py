"""Find the aspects of a review, and say which judgement is of which.

Knows nothing of what the judgements amount to.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence, Set
from dataclasses import dataclass

from ecomlm.reviews.judging import Judgement
from ecomlm.reviews.lexicon import Term
from ecomlm.reviews.reading import Reading
from ecomlm.reviews.taxonomy import GENERAL, PRODUCT, Topic

FARTHEST = 12.0
_CLAUSE = 5.0
_OTHER_TRAIT = 3.0
_CONTRAST = 8.0
_AFTER = 2.5
_BACK = 0.6
"""What each unit costs that an aspect stands before its judgement."""
_JOINTS = ("and", "or", "和", "与", "及", "、", "跟", "&")
_DETERMINERS = frozenset(
    ("the", "its", "a", "an", "this", "that", "these", "of", "and", "or", "overall", "their", "my", "your",
     "no", "&", "new")
)  # fmt: skip
_PURPOSE = ("for", "to", "when", "while", "if", "because", "than", "as", "like", "in", "on", "with", "from")
_LINKS = ("of", "的", "the")


@dataclass(frozen=True, slots=True)
class Aspect:
    """A named aspect, from one unit up to, not including, another."""

    first: int
    last: int
    topic: Topic
    judging: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A judgement with the aspect that it is of, None where it names none."""

    judgement: Judgement
    aspect: Aspect | None


def aspects(terms: Sequence[Term], reading: Reading) -> list[Aspect]:
    """Return the named aspects in order; neighbours that name one thing ("screen quality") are one."""
    found: list[Aspect] = []
    telling = {term.last for term in terms if term.entry.judges or term.entry.topic}
    for term in terms:
        topic = term.entry.topic
        if topic is None or _is_verb(term, telling, reading):
            continue
        first, last = term.entry.named or (0, term.last - term.first)
        aspect = Aspect(
            term.first + first, term.first + last, topic, term.first if term.entry.judges else None
        )
        if found and aspect.judging is None and found[-1].judging is None:
            joined = _joined(found[-1], aspect, reading)
            if joined:
                found[-1] = joined
                continue
        found.append(aspect)
    return found


def _is_verb(term: Term, telling: Set[int], reading: Reading) -> bool:
    """Tell whether a word such as "looks" does not name a thing here: nothing before it makes it a noun.

    Args:
        telling: where the words end that judge or name an aspect.
    """
    if "verb" not in term.entry.roles:
        return False
    if term.first == 0 or reading.units[term.first - 1].clause != reading.units[term.first].clause:
        return term.last < len(reading.units) and reading.units[term.last].text not in (
            "is",
            "are",
            "was",
            "were",
        )
    before = reading.units[term.first - 1].text
    return before not in _DETERMINERS and term.first not in telling


def _joined(one: Aspect, two: Aspect, reading: Reading) -> Aspect | None:
    units = reading.units
    between = [unit.text for unit in units[one.last : two.first]]
    if units[one.first].clause != units[two.first].clause or (between and between != ["的"]):
        return None
    if one.topic.part == PRODUCT and one.topic.trait == GENERAL:
        return None if between else Aspect(one.first, two.last, two.topic)
    if one.topic.part != PRODUCT and two.topic.part == PRODUCT:
        if two.topic.trait == GENERAL:
            return None
        return Aspect(one.first, two.last, Topic(one.topic.part, two.topic.trait))
    return Aspect(one.first, two.last, two.topic)


def pairs(
    found: Sequence[Judgement], named: Sequence[Aspect], reading: Reading, contrasts: Sequence[int]
) -> list[Pair]:
    """Pair each judgement with the nearest aspect of its sentence, and with what is listed beside that.

    Aspects and contrasts are in the order of the text, and no two aspects overlap.
    """
    result: list[Pair] = []
    judged = [(judgement, _nearest(judgement, named, reading, contrasts)) for judgement in found]
    taken = {
        (aspect.first, aspect.last)
        for judgement, aspect in judged
        if aspect and aspect.judging != judgement.first
    }
    for judgement, aspect in judged:
        own = aspect is not None and aspect.judging == judgement.first
        if own and aspect and judgement.entry.named is None and (aspect.first, aspect.last) in taken:
            continue
        result.append(Pair(judgement, aspect))
        if aspect and not own:
            result.extend(Pair(judgement, other) for other in _listed_with(aspect, named, reading))
    return result


def _nearest(
    judgement: Judgement, named: Sequence[Aspect], reading: Reading, contrasts: Sequence[int]
) -> Aspect | None:
    best: Aspect | None = None
    least = FARTHEST
    for aspect in _within_reach(judgement, named):
        if aspect.judging == judgement.first:
            return aspect
        cost = _cost(judgement, aspect, reading, contrasts)
        if cost < least or (best and cost == least and aspect.first > judgement.first):
            best, least = aspect, cost
    return best


def _within_reach(judgement: Judgement, named: Sequence[Aspect]) -> Sequence[Aspect]:
    """Return the aspects that are not too far by their distance alone."""
    first = bisect_right(named, judgement.first - FARTHEST / _BACK, key=lambda aspect: aspect.last)
    last = bisect_left(named, judgement.last + FARTHEST, key=lambda aspect: aspect.first)
    return named[first:last]


def _cost(judgement: Judgement, aspect: Aspect, reading: Reading, contrasts: Sequence[int]) -> float:
    units = reading.units
    one, two = units[judgement.first], units[aspect.first]
    if one.sentence != two.sentence:
        return FARTHEST
    if two.clause > one.clause:
        return FARTHEST
    low, high = sorted((judgement.first, aspect.first))
    cost = _CLAUSE * abs(one.clause - two.clause)
    cost += _CONTRAST * (bisect_right(contrasts, high) - bisect_right(contrasts, low))
    if aspect.first >= judgement.last:
        gap = aspect.first - judgement.last
        words = [unit.text for unit in units[judgement.last : aspect.first]]
        if words and any(word in _PURPOSE for word in words[:2]) and judgement.entry.score != 0:
            return FARTHEST if words[0] in _PURPOSE[:1] else cost + _AFTER + gap + (_AFTER if gap > 2 else 0)
        cost += gap if gap <= 1 or words[-1] in _LINKS or words[0] in _LINKS else _AFTER + gap
    else:
        cost += max(judgement.first - aspect.last, 0) * _BACK
    conflict = judgement.entry.trait != GENERAL and aspect.topic.part == PRODUCT
    if conflict and aspect.topic.trait not in (GENERAL, judgement.entry.trait):
        cost += _OTHER_TRAIT
    return cost


def _listed_with(aspect: Aspect, named: Sequence[Aspect], reading: Reading) -> list[Aspect]:
    """Return the aspects listed together with one: "screen and keyboard", "屏幕、键盘"."""
    units = reading.units
    place = bisect_left(named, aspect.first, key=lambda item: item.first)
    found: list[Aspect] = []
    for step in (-1, 1):
        here, other = place, place + step
        while 0 <= other < len(named):
            left, right = sorted((named[here], named[other]), key=lambda item: item.first)
            gap = reading.text[units[left.last - 1].end : units[right.first].start].strip().lower()
            if gap.removeprefix(",").strip() not in _JOINTS or named[other].judging is not None:
                break
            found.append(named[other])
            here, other = other, other + step
    return found
