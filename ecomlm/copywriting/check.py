"""Check a draft against the record: every claim is found supported (green) or not (red).

A claim that is word for word a fact or a line of the record is supported by it. What is left must be a name
of the product or a word that says nothing of it; numbers, money, names, yes and no go through the same checks
as a reply of the assistant. Knows nothing of how a draft was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from ecomlm.copywriting.guards import GuardKind, clean, held_back
from ecomlm.copywriting.kinds import Kind, Piece
from ecomlm.copywriting.material import Material
from ecomlm.copywriting.voice import Voice
from ecomlm.evidence import Evidence
from ecomlm.grounding import ClaimKind, Context
from ecomlm.grounding import check as ground
from ecomlm.quantities import quantities, topic
from ecomlm.search.passages import evidence_of, sentences, value_text
from ecomlm.telling import FOLDER, phrases, read_table
from ecomlm.verdict import decide
from knowledge.records import Language

_NEGATION = re.compile(
    r"\b(?:not|no|never|without|none|cannot|can't|isn't|doesn't|free of|non)\b|-free\b|[不无没非]|未",
    re.IGNORECASE,
)
_GAP = " ␟ "
_SEGMENT_END = re.compile(r"[,;，；。、|]|\.(?!\d)")
_BOUND = re.compile(
    r"\b(?:up to|about|around|over|under|at least|at most|more than|less than|nearly|almost|only|just)\s+"
    r"(?:␟|\d)"
    r"|(?:至少|超过|不到|不足|将近|接近|大约|约|最多|高达|仅|只有)[^␟，。]{0,2}(?:␟|\d)",
    re.IGNORECASE,
)
"""Words that make more or less of a fact than the record says."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkable part of a draft. `evidence` is the place of the record that it rests on, if any does.

    `kind` is `fact` or `line` (word for word from the record), `voice` (a phrase that the shop requires), one
    of grounding's kinds, or a guard's.
    """

    text: str
    kind: ClaimKind | GuardKind | Literal["fact", "line", "voice"]
    is_supported: bool
    evidence: str | None = None


def check(
    pieces: Iterable[Piece], material: Material, voice: Voice, kind: Kind | None = None
) -> tuple[Claim, ...]:
    """Return the claims of a draft with their support; a draft is clean if all are supported."""
    checker = _Checker(material, voice, kind)
    return tuple(claim for piece in pieces for claim in checker.claims(piece))


def unsupported(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims that no record supports."""
    return [claim for claim in claims if not claim.is_supported]


@dataclass(frozen=True, slots=True)
class _WordedFact:
    """A fact whose value is words: the `values` as they are said, their words and those of label and frames.

    `frames` are what stands before and after the value.
    """

    place: str
    values: frozenset[str]
    value: frozenset[str]
    wording: frozenset[str]
    frames: tuple[tuple[str, str], ...]


def _worded_facts(material: Material) -> tuple[_WordedFact, ...]:
    found = []
    for attribute in material.product.attributes:
        if isinstance(attribute.value, bool | Decimal):
            continue
        place = f"attribute.{attribute.key}"
        own = next((fact for fact in material.facts if fact.place == place), None)
        colon = "：" if material.language == "zh" else ": "
        said = own.listed.partition(colon)[2] if own else ""
        values = {
            clean(text).lower() for text in (said, value_text(attribute, "en"), value_text(attribute, "zh"))
        }
        value = topic(" ".join(values))
        phrase = phrases(material.language).get(attribute.key)
        frames = [text.partition("{v}") for text in (*phrase.told, phrase.short)] if phrase and own else []
        label = f"{attribute.label.en} {attribute.label.zh} {own.label if own else ''}"
        wording = topic(" ".join([label, *(f"{lead} {tail}" for lead, _, tail in frames)])) - value
        told = tuple((lead.strip(), tail.strip()) for lead, _, tail in frames if topic(lead + tail))
        found.append(_WordedFact(place, frozenset(values), value, wording, told))
    return tuple(found)


class _Checker:
    def __init__(self, material: Material, voice: Voice, kind: Kind | None) -> None:
        self.material, self.language = material, material.language
        self.required = voice.required(kind, self.language) if kind else ()
        self.passages = evidence_of(material.product, (), self.language)
        self.worded = _worded_facts(material)
        clauses = sorted(_clauses(material), key=lambda item: -len(item[0]))
        self.clauses = [item for item in clauses if not self._is_bare(item)]
        self.bare = [item for item in clauses if self._is_bare(item)]
        names = material.names_in(kind) if kind else tuple(filter(None, (*material.names, material.tag)))
        self.names = sorted(names, key=len, reverse=True)
        self.neutral = _frame_words(self.language)
        self.words = self._record_words()

    def claims(self, piece: Piece) -> Iterator[Claim]:
        """Check one piece, sentence by sentence."""
        maker = material_names(self.material)
        for held in held_back(piece.text, maker):
            yield Claim(held.text, held.kind, False)  # type: ignore[arg-type]  # a guard's kind
        rest = piece.text
        for phrase in self.required:
            if phrase in rest:
                yield Claim(phrase, "voice", True, "voice")
                rest = rest.replace(phrase, _GAP)
        for sentence in sentences(rest) if piece.part != "question" else ():  # a question claims nothing
            yield from self._sentence(sentence)

    def _sentence(self, sentence: str) -> Iterator[Claim]:
        rest, found = sentence, []
        for text, kind, place in self.clauses:
            if place_of(rest, text) is not None:
                found.append(Claim(text, kind, True, place))  # type: ignore[arg-type]  # fact or line
                rest = _without(rest, text)
        for name in self.names:
            rest = _without(rest, name)
        for text, kind, place in self.bare:
            if (shorter := self._without_bare(rest, text)) != rest:
                found.append(Claim(text, kind, True, place))  # type: ignore[arg-type]  # fact or line
                rest = shorter
        yield from found
        yield from self._left(sentence, rest, is_told=bool(found))

    def _is_bare(self, clause: tuple[str, str, str]) -> bool:
        """Whether a clause is no more than the value of a fact: `nylon`, which may be said of many things."""
        text, _, place = clause
        return any(fact.place == place and text.lower() in fact.values for fact in self.worded)

    def _without_bare(self, rest: str, value: str) -> str:
        """Take out a bare value, unless what stands around it is the wording of a fact."""
        about = frozenset().union(*(fact.wording for fact in self.worded))

        def taken(match: re.Match[str]) -> str:
            before = _SEGMENT_END.split(rest[: match.start()])[-1]
            after = _SEGMENT_END.split(rest[match.end() :])[0]
            return match[0] if topic(f"{before} {after}") & about else _GAP

        return _pattern(value).sub(taken, rest)

    def _left(self, sentence: str, rest: str, *, is_told: bool) -> Iterator[Claim]:
        """Check what stands around the facts that were found."""
        said = {word for word in topic(rest) if not word[0].isdigit()}
        unknown = said - self.neutral
        figures = quantities(rest)
        negates = _NEGATION.search(_frameless(rest, self.language))
        if bound := _BOUND.search(rest):
            yield Claim(bound.group().rstrip("␟0123456789 "), "number", False)
        if not unknown and not figures and not negates:
            return
        foreign = unknown - self.words
        if foreign:
            yield Claim(", ".join(sorted(foreign)[:4]), "wording", False)
        elif unknown:
            yield Claim(", ".join(sorted(unknown)[:4]), "wording", True, "record")
        if negates:
            yield Claim(negates.group(), "yes_no", False)
        yield from self._swapped(rest)
        yield from self._denied(rest)
        yield from self._grounded(rest if is_told else sentence)

    def _grounded(self, sentence: str) -> Iterator[Claim]:
        context = Context("", self.material.title, self.passages, self.passages, self.language)
        for claim in ground(sentence, context):
            if claim.kind != "wording":
                place = claim.evidence or ("title" if claim.is_supported else None)
                yield Claim(claim.text, claim.kind, claim.is_supported, place)

    def _denied(self, rest: str) -> Iterator[Claim]:
        """Find what is said of a fact that the record answers with no."""
        question = f"{rest.rstrip('。.')}吗？" if self.language == "zh" else f"does it: {rest}?"
        for item in self.passages:
            if decide(question, item, self.language) is False:
                yield Claim(item.text, "yes_no", False, item.field)

    def _swapped(self, rest: str) -> Iterator[Claim]:
        """Find what the wording of one fact says of another's value: `is made of` before the lining."""
        for fact in self.worded:
            others = frozenset().union(*(other.value for other in self.worded)) - fact.value
            for lead, tail in fact.frames:
                for match in _around(lead, tail).finditer(rest):
                    if swapped := topic(match["value"]) & others:
                        yield Claim(f"{lead} {', '.join(sorted(swapped)[:4])}".strip(), "wording", False)

    def _record_words(self) -> frozenset[str]:
        """What the record says, but for the values of worded facts: those are said of their own fact only."""
        places = {fact.place for fact in self.worded}
        found: set[str] = set()
        for text, _, place in self.clauses:
            found |= topic(text) if place not in places else set()
        for item in self.passages:
            found |= topic(item.text) if item.field not in places and not _says_no(item) else set()
        return frozenset(found).union(*(fact.wording for fact in self.worded))


def material_names(material: Material) -> tuple[str, ...]:
    """Return the makers' names in which a superlative is no claim."""
    return tuple(filter(None, (material.product.brand,)))


def _says_no(item: Evidence) -> bool:
    return item.attribute is not None and item.attribute.value is False


def _clauses(material: Material) -> Iterator[tuple[str, str, str]]:
    """All that may be said word for word, with its kind and its place in the record."""
    for fact in material.facts:
        for text in (*fact.told, fact.short, fact.listed):
            if len(text) > 1:
                yield text, "fact", fact.place
        if material.language == "en" and fact.says:
            yield from ((asked, "fact", fact.place) for asked in map(base_form, fact.told))
    for place, text in material.lines:
        yield text.rstrip(".。"), "line", place
    if material.price:
        yield material.price, "fact", "price"


def base_form(told: str) -> str:
    """Put the verb of a fact in its base form, as a question has it: `has NFC` -> `have NFC`."""
    verb, _, rest = told.partition(" ")
    if verb in ("is", "can", "may", "was"):
        return rest
    if verb == "has":
        base = "have"
    elif verb.endswith(("sses", "shes", "ches", "xes", "oes")):
        base = verb[:-2]
    elif verb.endswith("ies"):
        base = f"{verb[:-3]}y"
    else:
        base = verb.removesuffix("s")
    return f"{base} {rest}".strip()


def place_of(text: str, clause: str) -> int | None:
    """Return where a clause stands as whole words, in whatever case; None where it does not."""
    match = _pattern(clause).search(text)
    return match.start() if match else None


def _without(text: str, clause: str) -> str:
    return _pattern(clause).sub(_GAP, text)


@cache
def _around(lead: str, tail: str) -> re.Pattern[str]:
    """Find a value between what stands before and after it, within a segment."""
    before = rf"(?<![A-Za-z0-9]){re.escape(lead)}(?![A-Za-z0-9])" if lead.isascii() else re.escape(lead)
    value = r"(?P<value>[^,;.，；。、␟]+?)"
    after = (
        (re.escape(tail) + (r"(?![A-Za-z0-9])" if tail.isascii() else ""))
        if tail
        else r"(?=[,;.，；。、␟]|$)"
    )
    return re.compile((before if lead else "") + value + after, re.IGNORECASE)


@cache
def _pattern(clause: str) -> re.Pattern[str]:
    before = r"(?<![A-Za-z0-9])" if clause[:1].isascii() else ""
    after = r"(?![A-Za-z0-9])" if clause[-1:].isascii() else ""
    return re.compile(f"{before}{re.escape(clause)}{after}", re.IGNORECASE)


def _frameless(rest: str, language: Language) -> str:
    """Take out the frames' own words of denial: `No.` before a quoted fact."""
    return re.sub(r"^\s*(?:No\.|不，)", " ", rest)


@cache
def _frame_words(language: Language) -> frozenset[str]:
    """The words of the sentences around facts: they say nothing of a product."""
    found: set[str] = set()
    for row in read_table(FOLDER / "copy.tsv", 4):
        if row[2] == language:
            found |= topic(re.sub(r"\{\w+\}", " ", row[3]))
    return frozenset(found)
