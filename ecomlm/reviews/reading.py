"""Cut a review into units (English words, Chinese characters, marks), clauses and sentences.

Spaces between Chinese characters, and around the apostrophe of "doesn ' t", do not matter. Knows nothing of
what the words mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = "’‘`"
_APOSTROPHE = r"\s?['’‘`]\s?"
_UNIT = re.compile(
    rf"""
    (?P<word>(?:[a-z]+{_APOSTROPHE}(?:t|s|m|re|ve|d|ll)(?![a-z]))|[a-z]+(?:[0-9]+)?|[0-9]+(?:[.,][0-9]+)*(?:/[0-9]+)?[a-z]*)
    |(?P<han>[\u3400-\u9fff\uf900-\ufaff])
    |(?P<sign>[\u2600-\u27bf\u2b50\u2b55\U0001f300-\U0001faff]\ufe0f?|[:;]-?[()D](?!\w))
    |(?P<stop>[.!?;。！？；…\n]+|~{{2,}})
    |(?P<pause>[,，、:：()（）\[\]【】~～|•—–]+|(?<=\s)-+(?=\s))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORDS = ("word", "han", "sign")
_SQUEEZE = re.compile(r"\s+|\ufe0f|[’‘`]")


@dataclass(frozen=True, slots=True)
class Unit:
    """One word, character or mark, with its place in the text and the numbers of its clause and sentence."""

    text: str
    start: int
    end: int
    clause: int
    sentence: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as units; `marks` holds the last stop of each sentence ("!", "?" or another)."""

    text: str
    units: tuple[Unit, ...]
    marks: tuple[str, ...]

    def words(self, first: int, last: int) -> str:
        """Return the text from one unit up to, not including, another."""
        return self.text[self.units[first].start : self.units[last - 1].end]


def read(text: str) -> Reading:
    """Cut a text into units. Marks end clauses and sentences and are no units themselves."""
    units: list[Unit] = []
    marks: list[str] = []
    clause = sentence = 0
    for match in _UNIT.finditer(text):
        kind = match.lastgroup
        if kind == "stop":
            if units and units[-1].sentence == sentence:
                marks.append(match.group()[-1])
                sentence += 1
                clause += 1
        elif kind == "pause":
            if units and units[-1].clause == clause:
                clause += 1
        else:
            units.append(Unit(_plain(match.group()), match.start(), match.end(), clause, sentence))
    if units and units[-1].sentence == sentence:
        marks.append("")
    return Reading(text, tuple(units), tuple(marks))


def phrase(text: str) -> tuple[str, ...]:
    """Return the units of a lexicon's phrase."""
    return tuple(_plain(match.group()) for match in _UNIT.finditer(text) if match.lastgroup in _WORDS)


@lru_cache(maxsize=65536)
def _plain(word: str) -> str:
    return _SQUEEZE.sub(lambda match: "'" if match.group() in _QUOTES else "", word.lower())


@lru_cache(maxsize=65536)
def base_forms(word: str) -> Sequence[str]:
    """Return what an English word may be a form of, most likely first: "easily" of "easy"."""
    if len(word) < 4 or not word.isascii():
        return ()
    found: list[str] = []
    for ending, endings in _ENDINGS:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            found.extend(stem + replacement for replacement in endings)
            if len(stem) > 3 and stem[-1] == stem[-2]:
                found.append(stem[:-1])
    if word.endswith("'s"):
        found.append(word[:-2])
    return tuple(form for form in found if len(form) > 2)


_ENDINGS = (
    ("ily", ("y",)),
    ("ly", ("", "le")),
    ("iest", ("y",)),
    ("ier", ("y",)),
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("es", ("",)),
    ("s", ("",)),
    ("ed", ("", "e")),
    ("ing", ("", "e")),
    ("est", ("", "e")),
    ("er", ("", "e")),
)
