"""The words that judge, turn, weigh and compare, in English and Chinese, and finding them in a text.

The lists (`lexicon_*.tsv`, `grammar_*.tsv`, `relative.tsv`) were written for this project. Knows nothing of
which aspect a word is said of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from ecomlm.language import segmenter
from ecomlm.reviews.reading import Reading, base_forms, phrase
from ecomlm.reviews.taxonomy import GENERAL, Topic, taxonomy
from knowledge.errors import EcomlmError
from knowledge.records import Language

FOLDER = Path(__file__).parent
ROLES = (
    "negate", "remove", "intensify", "weaken", "excess", "contrast", "unreal", "better", "worse", "neutral",
    "sarcasm", "priced", "verb", "mood", "gone",
)  # fmt: skip
_WEIGHING = frozenset(("intensify", "weaken", "excess", "contrast"))
Words = tuple[str, ...]


class LexiconInvalid(EcomlmError, ValueError):
    """A line of a list of words cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one word or phrase does.

    `score` is its own judgement (-2 to 2), `sides` the judgement by category or word where that depends;
    `named` tells which of its units name an aspect ("quality" in "poor quality").
    """

    roles: frozenset[str] = frozenset()
    score: float = 0.0
    trait: str = GENERAL
    topic: Topic | None = None
    sides: Mapping[str, float] | None = None
    factor: float = 1.0
    named: tuple[int, int] | None = None
    mood: float = 0.0

    @property
    def judges(self) -> bool:
        """Tell whether it says good or bad, by itself or of something."""
        return bool(self.score) or self.sides is not None


@dataclass(frozen=True, slots=True)
class Term:
    """An entry found in a text, from one unit up to, not including, another."""

    first: int
    last: int
    entry: Entry


@dataclass
class Lexicon:
    """All words of one language, found by the longest match."""

    language: Language
    entries: dict[Words, Entry] = field(default_factory=dict)
    lengths: dict[str, list[int]] = field(default_factory=dict)
    _forms: dict[str, Entry | None] = field(default_factory=dict)

    def add(self, words: str, entry: Entry) -> None:
        """Add a word; what is known of it already stays, and the rest is added."""
        key = phrase(words)
        if not key:
            raise LexiconInvalid(f"{words!r} holds no word")
        known = self.entries.get(key)
        self.entries[key] = _joined(known, entry) if known else entry
        lengths = self.lengths.setdefault(key[0], [])
        if len(key) not in lengths:
            lengths.append(len(key))
            lengths.sort(reverse=True)

    def find(self, reading: Reading) -> list[Term]:
        """Return the terms of a text, in order and without overlap; of several the longest counts."""
        texts = [unit.text for unit in reading.units]
        found: list[Term] = []
        place = 0
        while place < len(texts):
            term = self._at(texts, place, reading)
            if term is None:
                place += 1
                continue
            found.append(term)
            place = term.last
        return _whole_words(found, reading) if self.language == "zh" else found

    def _at(self, texts: Sequence[str], place: int, reading: Reading) -> Term | None:
        for length in self.lengths.get(texts[place], ()):
            last = place + length
            entry = self.entries.get(tuple(texts[place:last]))
            if entry and last <= len(texts) and _together(reading, place, last):
                return Term(place, last, entry)
        entry = self._form_of(texts[place])
        return Term(place, place + 1, entry) if entry else None

    def _form_of(self, word: str) -> Entry | None:
        if word not in self._forms:
            self._forms[word] = self._searched(word)
        return self._forms[word]

    def _searched(self, word: str) -> Entry | None:
        for form in base_forms(word):
            entry = self.entries.get((form,))
            if entry and (entry.judges or (entry.topic and word.endswith("s"))):
                return replace(entry, roles=entry.roles & {"sarcasm", "neutral"})
        return None


def _joined(known: Entry, entry: Entry) -> Entry:
    return Entry(
        known.roles | entry.roles,
        known.score or entry.score,
        known.trait if known.trait != GENERAL else entry.trait,
        known.topic or entry.topic,
        known.sides if known.sides is not None else entry.sides,
        known.factor if known.factor != 1.0 else entry.factor,
        known.named or entry.named,
        known.mood or entry.mood,
    )


def _together(reading: Reading, first: int, last: int) -> bool:
    """Tell whether units stand in one clause; a hyphen among them, even between spaces, parts nothing."""
    units = reading.units
    return units[first].clause == units[last - 1].clause or all(
        units[place].clause == units[place + 1].clause
        or reading.text[units[place].end : units[place + 1].start].strip() == "-"
        for place in range(first, last - 1)
    )


def _whole_words(terms: Sequence[Term], reading: Reading) -> list[Term]:
    """Leave out single characters that stand inside a longer word of which nothing else is known."""
    lone = [term for term in terms if term.last - term.first == 1 and not _only_weighs(term.entry)]
    clauses = {reading.units[term.first].clause for term in lone}
    known = {place for term in terms for place in range(term.first, term.last)}
    word_of: dict[int, range] = {}
    for span in _segments(reading, clauses):
        for place in span:
            word_of[place] = span
    return [
        term
        for term in terms
        if term.first not in word_of
        or term.last - term.first > 1
        or all(place in known for place in word_of[term.first])
    ]


def _only_weighs(entry: Entry) -> bool:
    return bool(entry.roles) and entry.roles <= _WEIGHING and not entry.judges and entry.topic is None


def _segments(reading: Reading, clauses: set[int]) -> Iterator[range]:
    """Return the units of each word of some clauses."""
    for clause, members in groupby(enumerate(reading.units), key=lambda item: item[1].clause):
        if clause not in clauses:
            continue
        numbered = list(members)
        place = numbered[0][0]
        for length in _lengths("".join(_letter(unit.text) for _, unit in numbered)):
            yield range(place, place + length)
            place += length


@lru_cache(maxsize=16384)
def _lengths(clause: str) -> tuple[int, ...]:
    """Return the lengths of a clause's words; buyers write the same clauses again and again."""
    return tuple(len(word) for word in segmenter().cut(clause, HMM=False))


def _letter(text: str) -> str:
    return text if len(text) == 1 else " "


@cache
def lexicon(language: Language) -> Lexicon:
    """Return the words of a language that the program ships."""
    found = Lexicon(language)
    for words, topic in taxonomy().words[language].items():
        found.add(words, Entry(topic=topic))
    for score, trait, listed in _rows(FOLDER / f"lexicon_{language}.tsv", 3):
        for words in _listed(listed):
            _add_judgement(found, words, Entry(score=float(score), trait=trait))
    for role, factor, listed in _rows(FOLDER / f"grammar_{language}.tsv", 3):
        if role not in ROLES:
            raise LexiconInvalid(f"grammar_{language}.tsv: no role {role!r}; there are: {', '.join(ROLES)}")
        for words in _listed(listed):
            weight = float(factor or 1)
            moody = role == "mood"
            found.add(
                words, Entry(frozenset({role}), factor=1 if moody else weight, mood=weight if moody else 0)
            )
    for row in _rows(FOLDER / "relative.tsv", 5):
        if row[0] == language:
            for words in _listed(row[1]):
                found.add(words, Entry(score=float(row[2]), trait=row[3], sides=_sides(row[4])))
    return found


def _add_judgement(found: Lexicon, words: str, entry: Entry) -> None:
    """Add a judgement; where a phrase holds an aspect ("poor quality"), tell which part of it that is.

    A phrase whose words say the same one by one is not added.
    """
    key = phrase(words)
    for length in range(len(key) - 1, 0, -1):
        for first in {0, len(key) - length}:
            known = found.entries.get(key[first : first + length])
            if known and known.topic and (found.language == "en" or length > 1):
                rest = found.entries.get(key[length:] if first == 0 else key[:first])
                if rest and rest.score * entry.score > 0:
                    return
                entry = replace(entry, topic=known.topic, named=(first, first + length))
                found.add(words, entry)
                return
    found.add(words, entry)


def _sides(text: str) -> dict[str, float]:
    return {name: float(side) for name, _, side in (item.partition(":") for item in _listed(text))}


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _rows(file: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        row = line.split("\t")
        row += [""] * (columns - len(row))
        if len(row) != columns:
            raise LexiconInvalid(f"{file.name}, line {number}: {len(row)} columns, expected {columns}")
        yield row
