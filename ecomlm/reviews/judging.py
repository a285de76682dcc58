"""What the judging words of a review amount to where they stand: negated, weighed, wished for, compared.

Knows nothing of which aspect is meant; `Judgement.score` is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ecomlm.reviews.lexicon import Entry, Term
from ecomlm.reviews.opinions import Span
from ecomlm.reviews.reading import Reading
from ecomlm.reviews.taxonomy import GENERAL, Topic, taxonomy

_REACH = 6
_SHORT_REACH = 2
_FLIPPED_PRAISE = 0.8
_FLIPPED_BLAME = 0.6
_HEARD = 0.3
_ASKED = 0.5
_JOINTS = (["and"], ["和"], ["也"], ["又"], ["而", "且"])
_SIZES = frozenset("大小新旧长短厚薄")
_ENDINGS = frozenset("了的点些得啊呀呢吧哦哈啦一且而又也还但不很到于过是就,，和")
_LACK = Entry(score=-0.7)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judging word or phrase in its place, from one unit up to, not including, another."""

    first: int
    last: int
    entry: Entry
    is_negated: bool = False
    factor: float = 1.0
    is_excessive: bool = False
    reality: float = 1.0
    is_asked: bool = False
    before: frozenset[str] = frozenset()
    negator: Span | None = None

    def score(self, topic: Topic, aspect: str = "") -> float:
        """Return what it says of an aspect, -3 to 3."""
        side = self._side(topic, aspect)
        if self.is_excessive and self.entry.sides is not None and side < 1:
            side = -max(abs(side), 0.7)
            value = side if not self.is_negated else _FLIPPED_BLAME * -side
        elif self.is_negated:
            value = -side * (_FLIPPED_PRAISE if side > 0 else _FLIPPED_BLAME)
        else:
            value = side * self.factor
        if self.reality != 1.0:
            value *= self.reality if value > 0 else _HEARD
        return value * (_ASKED if self.is_asked else 1.0)

    def _side(self, topic: Topic, aspect: str) -> float:
        sides = self.entry.sides
        if sides is None:
            return self.entry.score
        for name, side in sides.items():
            if name not in taxonomy().categories and (name in aspect or name in self.before):
                return side
        for name in (topic.category, topic.trait):
            if name in sides:
                return sides[name]
        return self.entry.score


def judgements(terms: Sequence[Term], reading: Reading, language: str) -> list[Judgement]:
    """Return the judgements of a text in order."""
    found: list[Judgement] = []
    for number, term in enumerate(terms):
        if "neutral" in term.entry.roles or (language == "zh" and _only_describes(terms, number, reading)):
            continue
        if "priced" in term.entry.roles:
            _price(found, term, reading)
        elif term.entry.judges and not _only_weighs(terms, number, reading):
            found.append(_judgement(terms, number, reading, language))
        elif term.entry.roles & {"better", "worse"} and not _is_followed(terms, number, reading):
            side = 1.0 if "better" in term.entry.roles else -1.0
            found.append(Judgement(term.first, term.last, Entry(score=side)))
        elif "negate" in term.entry.roles and _tells_lack(terms, number, reading):
            found.append(Judgement(term.first, term.last, _LACK))
    return found


def _only_describes(terms: Sequence[Term], number: int, reading: Reading) -> bool:
    """Tell whether a Chinese word of size stands before a noun and judges nothing ("小礼物")."""
    term, units = terms[number], reading.units
    if units[term.first].text not in _SIZES or term.last - term.first > 1 or term.last == len(units):
        return False
    following, here = units[term.last], units[term.first]
    if following.clause != here.clause or following.text in _ENDINGS:
        return False
    earlier = terms[number - 1] if number else None
    return (
        earlier is None
        or earlier.last != term.first
        or not (earlier.entry.topic or earlier.entry.roles & {"intensify", "weaken", "negate", "excess"})
    )


def _price(found: list[Judgement], term: Term, reading: Reading) -> None:
    """Let the judgement before "for the price" be one of the price."""
    clause = reading.units[term.first].clause
    if found and reading.units[found[-1].first].clause == clause and found[-1].entry.trait == GENERAL:
        found[-1] = replace(found[-1], entry=replace(found[-1].entry, trait="price"))


def _only_weighs(terms: Sequence[Term], number: int, reading: Reading) -> bool:
    """Tell whether a word such as "pretty" only weighs the next."""
    term = terms[number]
    if not term.entry.roles & {"intensify", "weaken", "negate", "unreal", "excess"}:
        return False
    return _is_followed(terms, number, reading, gap=0)


def _is_followed(terms: Sequence[Term], number: int, reading: Reading, gap: int = 4) -> bool:
    """Tell whether a judgement follows in the same clause within `gap` units."""
    term = terms[number]
    clause = reading.units[term.first].clause
    for later in terms[number + 1 :]:
        if reading.units[later.first].clause != clause or later.first - term.last > gap:
            return False
        if later.entry.judges and "neutral" not in later.entry.roles:
            return True
        if gap == 0 and not later.entry.roles & {"intensify", "weaken", "excess"}:
            return False
    return False


def _tells_lack(terms: Sequence[Term], number: int, reading: Reading) -> bool:
    """Tell whether a negation says that a named thing is not there, and nothing is judged."""
    if number + 1 == len(terms):
        return False
    term, following = terms[number], terms[number + 1]
    units = reading.units
    words = reading.words(term.first, term.last).lower()
    return (
        following.entry.topic is not None
        and following.entry.topic.category != "overall"
        and not following.entry.judges
        and following.first - term.last <= 1
        and units[following.first].clause == units[term.first].clause
        and words in ("no", "without", "lacks", "lacking", "lack of", "没有", "没", "缺少", "缺乏", "无")
        and not _is_followed(terms, number, reading, gap=8)
    )


def _judgement(terms: Sequence[Term], number: int, reading: Reading, language: str) -> Judgement:
    term = terms[number]
    negated = excessive = False
    factor = reality = 1.0
    negator: Span | None = None
    for back in _earlier(terms, number, reading, language):
        earlier = terms[back]
        roles = earlier.entry.roles
        if "negate" in roles or ("worse" in roles and language == "zh"):
            if not _belongs_to_aspect(terms, back, term):
                negated, negator = not negated, (earlier.first, earlier.last)
        elif "remove" in roles and term.entry.score < 0:
            negated, negator = not negated, (earlier.first, earlier.last)
        excessive |= "excess" in roles and earlier.last == term.first
        if "unreal" in roles:
            reality = earlier.entry.factor
        if roles & {"intensify", "weaken"} and term.first - earlier.last <= 1:
            factor *= earlier.entry.factor
        elif earlier.entry.judges and "neutral" not in roles and not _is_joined(reading, earlier, term):
            break
    if term.entry.score < 0 and _is_gone(terms, number, reading):
        negated = not negated
    return Judgement(
        term.first, term.last, term.entry, negated, factor, excessive, reality, _is_asked(term, reading),
        _before(reading, term.first), negator,
    )  # fmt: skip


def _earlier(terms: Sequence[Term], number: int, reading: Reading, language: str) -> Iterator[int]:
    """Yield the numbers of the terms that may turn or weigh a judgement, nearest first."""
    term = terms[number]
    units = reading.units
    for back in range(number - 1, -1, -1):
        earlier = terms[back]
        gap = term.first - earlier.last
        if units[earlier.first].clause != units[term.first].clause or gap > _REACH:
            return
        if "contrast" in earlier.entry.roles:
            return
        lone = language == "zh" and earlier.last - earlier.first == 1
        if not ("negate" in earlier.entry.roles and lone and gap > _SHORT_REACH):
            yield back


def _is_gone(terms: Sequence[Term], number: int, reading: Reading) -> bool:
    """Tell whether a fault is said to be gone or less right after it ("the smell disappeared")."""
    if number + 1 == len(terms):
        return False
    term, following = terms[number], terms[number + 1]
    units = reading.units
    return (
        "gone" in following.entry.roles
        and following.first - term.last <= _SHORT_REACH
        and units[following.first].clause == units[term.first].clause
    )


def _is_asked(term: Term, reading: Reading) -> bool:
    return reading.marks[reading.units[term.first].sentence] in ("?", "？")


def _before(reading: Reading, place: int) -> frozenset[str]:
    """Return the units before a place in its clause, and those of two and three side by side."""
    clause = reading.units[place].clause
    letters = [unit.text for unit in reading.units[max(0, place - 12) : place] if unit.clause == clause]
    return frozenset(
        "".join(letters[start : start + size])
        for size in (1, 2, 3)
        for start in range(len(letters) - size + 1)
    )


def _belongs_to_aspect(terms: Sequence[Term], number: int, judged: Term) -> bool:
    """Tell whether a negation is of the aspect right after it ("no scent, very soft")."""
    following = terms[number + 1]
    return (
        following.first < judged.first
        and following.entry.topic is not None
        and following.first == terms[number].last
        and following.last != judged.first
        and not terms[number].entry.roles & {"worse"}
        and (len(terms) == number + 2 or terms[number + 2] is not judged or judged.first - following.last > 1)
    )


def _is_joined(reading: Reading, earlier: Term, term: Term) -> bool:
    """Tell whether two judging words are listed together, so that a negation reaches both."""
    between = [unit.text for unit in reading.units[earlier.last : term.first]]
    return not between or between[0] in ("or", "nor", "或") or between in _JOINTS
