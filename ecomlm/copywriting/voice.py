"""The shop's voice: how its texts sound, what they never say and what they always say.

Read from a TOML file; every fault of it is named at once. Knows nothing of products.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from ecomlm.copywriting.guards import held_back
from ecomlm.copywriting.kinds import PARTS, Kind, Piece, columns
from ecomlm.language import has_chinese, segmenter
from ecomlm.search.passages import sentences
from knowledge.errors import EcomlmError
from knowledge.records import Language

Tone = Literal["plain", "warm", "lively"]
FILE = Path(__file__).with_name("voice.toml")
_TOP = {"tone", "exclamation", "emoji", "en", "zh"}
_OWN = {"banned", "required", "examples"}
_NAMED = " ␟ "
_EXCLAMATION = re.compile(r"[!！]")
_EMOJI = re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]")


class VoiceInvalid(EcomlmError, ValueError):
    """A voice file cannot be used; the message names every fault."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a voice says in one language; `required` phrases by kind of text."""

    banned: tuple[str, ...] = ()
    required: tuple[tuple[Kind, str], ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """How a shop's texts sound."""

    tone: Tone = "plain"
    exclamation: bool = False
    emoji: bool = False
    en: Wording = Wording()
    zh: Wording = Wording()

    def own(self, language: Language) -> Wording:
        """Return what the voice says in a language."""
        return self.zh if language == "zh" else self.en

    def required(self, kind: Kind, language: Language) -> tuple[str, ...]:
        """Return the phrases that a kind of text must hold."""
        return tuple(phrase for meant, phrase in self.own(language).required if meant == kind)

    def banned_in(self, text: str, language: Language, names: Sequence[str] = ()) -> list[str]:
        """Return which banned words a text says, but for a product's own `names`."""
        for name in sorted(names, key=len, reverse=True):
            text = re.sub(re.escape(name), _NAMED, text, flags=re.IGNORECASE)
        return [word for word in self.own(language).banned if says(text, word)]

    def faults(
        self, kind: Kind, pieces: tuple[Piece, ...], language: Language, names: Sequence[str] = ()
    ) -> list[str]:
        """Return which rules of the voice a text breaks; a product's own `names` break none."""
        text = "\n".join(piece.text for piece in pieces)
        faults = [f"says {word!r}" for word in self.banned_in(text, language, names)]
        faults += [f"lacks {phrase!r}" for phrase in self.required(kind, language) if phrase not in text]
        if not self.exclamation and _EXCLAMATION.search(text):
            faults.append("has an exclamation mark")
        if not self.emoji and _EMOJI.search(text):
            faults.append("has an emoji")
        return faults

    def distance(self, text: str, language: Language) -> float:
        """Return how far a text is from the examples: in the length of sentences and in address."""
        examples = self.own(language).examples
        if not examples:
            return 0.0
        own, theirs = _manner(text), _manner(" ".join(examples))
        return abs(own[0] - theirs[0]) / max(theirs[0], 1.0) + abs(own[1] - theirs[1])


def says(text: str, word: str) -> bool:
    """Tell whether a text says a word or phrase; English, and one Chinese sign, only as a whole word."""
    if has_chinese(word):
        return word in text if len(word) > 1 else word in segmenter().cut(text)
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text, re.IGNORECASE))


def load_voice(path: Path | None = None) -> Voice:
    """Read a voice file; without one, the voice that ships with the program.

    Raises:
        VoiceInvalid: naming everything that is wrong with the file.
    """
    path = path or FILE
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VoiceInvalid(f"the voice file {str(path)!r} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VoiceInvalid(f"the voice file {str(path)!r} is no TOML text: {error}") from error
    if faults := list(_faults(values)):
        listed = "\n".join(f"- {fault}" for fault in faults)
        raise VoiceInvalid(f"the voice file {str(path)!r} cannot be used:\n{listed}")
    return Voice(
        values.get("tone", "plain"),
        values.get("exclamation", False),
        values.get("emoji", False),
        _wording(values.get("en", {})),
        _wording(values.get("zh", {})),
    )


def _wording(table: Mapping[str, Any]) -> Wording:
    required = [
        (cast(Kind, kind), phrase)
        for kind, phrases in table.get("required", {}).items()
        for phrase in phrases
    ]
    return Wording(tuple(table.get("banned", ())), tuple(required), tuple(table.get("examples", ())))


def _faults(values: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(values.keys() - _TOP):
        yield f"{name!r} is unknown; known are {', '.join(sorted(_TOP))}"
    tone = values.get("tone", "plain")
    if tone not in get_args(Tone):
        yield f"tone is {tone!r}, not one of {', '.join(get_args(Tone))}"
    for name in ("exclamation", "emoji"):
        if not isinstance(values.get(name, False), bool):
            yield f"{name} is {values[name]!r}, not true or false"
    for language in get_args(Language):
        table = values.get(language, {})
        if not isinstance(table, dict):
            yield f"[{language}] is {table!r}, not a table"
            continue
        yield from _language_faults(language, table)
        for name, sign in (("exclamation", _EXCLAMATION), ("emoji", _EMOJI)):
            if not values.get(name, False):
                yield from _against_sign(language, table, name, sign)


def _against_sign(
    language: Language, table: Mapping[str, Any], name: str, sign: re.Pattern[str]
) -> Iterator[str]:
    """Find required phrases that no text may hold, as the file does not allow the sign."""
    required = table.get("required", {})
    for kind, phrases in required.items() if isinstance(required, dict) else ():
        for phrase in phrases if isinstance(phrases, list) else ():
            if isinstance(phrase, str) and sign.search(phrase):
                yield f"[{language}.required] {kind}: {phrase!r} needs {name} = true"


def _language_faults(language: Language, table: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(table.keys() - _OWN):
        yield f"[{language}] {name!r} is unknown; known are {', '.join(sorted(_OWN))}"
    lists = {}
    for name in ("banned", "examples"):
        texts = table.get(name, [])
        if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            yield f"[{language}] {name} is {texts!r}, not a list of texts"
            texts = []
        lists[name] = texts
    banned, examples = lists["banned"], lists["examples"]
    for text in examples:
        if has_chinese(text) != (language == "zh"):
            yield f"[{language}] the example {text!r} is in the other language"
        for word in (word for word in banned if says(text, word)):
            yield f"[{language}] the example {text!r} says the banned {word!r}"
    required = table.get("required", {})
    if not isinstance(required, dict):
        yield f"[{language}] required is {required!r}, not a table of kinds"
        return
    for kind, phrases in required.items():
        yield from _required_faults(language, kind, phrases, banned)


def _required_faults(language: Language, kind: str, phrases: object, banned: list[str]) -> Iterator[str]:
    where = f"[{language}.required] {kind}"
    if kind not in get_args(Kind):
        yield f"{where} is no kind of text; known are {', '.join(get_args(Kind))}"
        return
    if not isinstance(phrases, list) or not all(isinstance(text, str) and text.strip() for text in phrases):
        yield f"{where} is {phrases!r}, not a list of texts"
        return
    room = max(part.limit for part in PARTS[cast(Kind, kind)])
    for phrase in phrases:
        if has_chinese(phrase) != (language == "zh"):
            yield f"{where}: {phrase!r} is in the other language"
        if columns(phrase) > room // 2:
            yield f"{where}: {phrase!r} takes {columns(phrase)} of {room} columns, more than half"
        for word in (word for word in banned if says(phrase, word)):
            yield f"{where}: {phrase!r} says the banned {word!r}"
        for held in held_back(phrase):
            yield f"{where}: {phrase!r} makes a claim that is held back ({held.kind}: {held.text!r})"


def _manner(text: str) -> tuple[float, float]:
    """The mean width of a sentence, and whether the reader is spoken to."""
    parts = list(sentences(text))
    width = sum(map(columns, parts)) / len(parts) if parts else 0.0
    return width, float(bool(re.search(r"\byou(?:r)?\b|[您你]", text, re.IGNORECASE)))
