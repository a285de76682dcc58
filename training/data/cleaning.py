"""Cleans rows one after the other: restored, masked, filtered, each only once.

In this order: text is normalised, secrets and cards make a row bad, personal data is masked, rows that are
too short, too long or in another language are left out, then those that came before. Memory stays flat.
Knows nothing of file formats; what was dropped and why is in `Cleaner.dropped`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import ftfy

from ecomlm.language import detect, has_chinese
from ecomlm.privacy import Kind, Masker
from knowledge.records import Language
from training.data.examples import Example, Preference
from training.data.rows import DataRefused, FaultKind, Faults, Row, Text, Unusable, Value
from training.data.seen import Seen

_RESTORED = ftfy.TextFixerConfig(
    unescape_html="auto",
    uncurl_quotes=False,
    fix_character_width=False,
    fix_line_breaks=True,
    normalization="NFC",
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACES = re.compile(r"[ \t]{2,}")
_LOST = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯")
_OTHER_WRITING = re.compile(
    "[\u0370-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\uac00-\ud7af]"
)
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|cannot|isn't|doesn't|can't|won't)\b|[不没无非未]", re.IGNORECASE
)
_CLAIMED = ("en", "zh", "pcm", "und", "zxx")
"""Names of languages that are no reason to drop: ours, Pidgin (short English is taken for it), none."""
_REFUSED: tuple[tuple[Kind, FaultKind, str], ...] = (
    ("secret", "secret", "a key or password"),
    ("card", "card", "a card number"),
)
_LEAST_LETTERS = 20
_SHINGLE: dict[Language, int] = {"en": 5, "zh": 3}


@dataclass(frozen=True)
class CleaningSettings:
    """What is kept. Lengths are in characters; `near_duplicate` is the share of text in common, 0 for off."""

    languages: tuple[Language, ...] = ("en", "zh")
    shortest: int = 2
    longest_prompt: int = 1_600
    longest_answer: int = 600
    longest_text: int = 20_000
    near_duplicate: float = 0.85
    certainty: float = 0.7
    masks: bool = True

    def __post_init__(self) -> None:
        if not self.languages:
            raise DataRefused("languages is empty; keep en, zh or both")
        if not 0 <= self.near_duplicate <= 1:
            raise DataRefused(f"near_duplicate = {self.near_duplicate} is not between 0 (off) and 1")
        if not 0 < self.certainty <= 1:
            raise DataRefused(f"certainty = {self.certainty} is not above 0 and up to 1")
        if self.shortest < 1:
            raise DataRefused(f"shortest = {self.shortest}: use 1 or more")


class Cleaner:
    """Cleans a stream of rows; `read`, `kept`, `dropped` and `masked` count what happened."""

    def __init__(self, settings: CleaningSettings, faults: Faults, masker: Masker | None = None) -> None:
        self.settings, self.faults = settings, faults
        self._masker = masker or Masker()
        self.read = self.kept = 0
        self.dropped: Counter[str] = Counter()
        self.masked: Counter[str] = Counter()

    def clean(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows that are fit for training, as they should be read."""
        seen = Seen()
        try:
            for row in rows:
                self.read += 1
                try:
                    cleaned = self._named_once(self._without_private(self._restored(row)), seen)
                except Unusable as fault:
                    self.faults.refuse(row.place, fault)
                    self.dropped[f"refused: {fault.kind}"] += 1
                    continue
                if reason := self._unfit(cleaned.value) or self._repeated(cleaned.value, seen):
                    self.dropped[reason] += 1
                    continue
                self.kept += 1
                yield cleaned
        finally:
            seen.close()

    def _restored(self, row: Row) -> Row:
        for text in _texts(row.value):
            if _LOST.search(text):
                problem = "holds characters that were lost when the text was saved in a wrong encoding"
                raise Unusable("damaged_text", problem, "export the row again as UTF-8")
            if ftfy.fix_encoding(text) != text:
                fault = Unusable(
                    "damaged_text",
                    f"{_short(text)} holds text that was read in a wrong encoding",
                    "export the row again as UTF-8",
                )
                self.faults.mend_or_raise(row.place, fault)
        return _normalised(row)

    def _without_private(self, row: Row) -> Row:
        kinds = Counter(found.kind for text in _texts(row.value) for found in self._masker.find(text))
        if not kinds:
            return row
        bad: FaultKind
        for kind, bad, what in _REFUSED:
            if kind in kinds:
                remedy = "remove it from the row (and change a key that was shown)"
                self.faults.mend_or_raise(row.place, Unusable(bad, f"holds {what}", remedy))
        if not self.settings.masks and not any(kind in kinds for kind, _, _ in _REFUSED):
            return row
        self.masked += kinds
        return _changed(row, self._masker.mask, self._masker.mask)

    def _named_once(self, row: Row, seen: Seen) -> Row:
        if not row.id:
            return row
        line = row.place.line
        before = seen.first("id", row.place.file, row.id, value=line)
        if before is None or before == line:
            return row
        problem = f"the id {row.id!r} is that of {row.place.unit} {before} already"
        fault = Unusable("duplicate_id", problem, "give each row an id of its own, or none")
        self.faults.mend_or_raise(row.place, fault)
        return replace(row, id=f"{row.id}#{line}")

    def _unfit(self, value: Value) -> str:
        """Return why a value is not wanted; empty where it is."""
        settings = self.settings
        answers = _answers(value)
        if any(len(answer) < settings.shortest for answer in answers):
            return "too short"
        longest = settings.longest_text if isinstance(value, Text) else settings.longest_answer
        if any(len(answer) > longest for answer in answers):
            return "too long"
        if not isinstance(value, Text) and len(value.prompt) > settings.longest_prompt:
            return "too long"
        if value.language not in settings.languages:
            return f"language {value.language} not wanted"
        asked = [] if isinstance(value, Text) else [question_of(value.prompt)]
        if any(is_other_language(text, settings.certainty) for text in (*asked, *answers)):
            return "in another language"
        if not all(_is_in(answer, value.language) for answer in answers):
            return "answer not in the row's language"
        return ""

    def _repeated(self, value: Value, seen: Seen) -> str:
        kind, texts = type(value).__name__, _texts(value)
        if seen.first(kind, *texts) is not None:
            return "exact duplicate"
        if not self.settings.near_duplicate:
            return ""
        whole = "\n".join(texts)
        size = _SHINGLE[value.language]
        if seen.has_like(whole, _guard(kind, texts), share=self.settings.near_duplicate, size=size):
            return "near duplicate"
        return ""


def question_of(prompt: str) -> str:
    """Return what is asked in a prompt: its last line but one, without the label."""
    lines = prompt.splitlines()
    last = lines[-2] if len(lines) > 1 else prompt
    return re.sub(r"^[^:：]{1,20}[:：]\s*", "", last)


def is_other_language(text: str, certainty: float) -> bool:
    """Tell whether a text is neither English nor Chinese: by its writing, else by its words."""
    letters = len(_LETTER.findall(text))
    if len(_OTHER_WRITING.findall(text)) > 0.2 * letters:
        return True
    if has_chinese(text) or letters < _LEAST_LETTERS:
        return False
    language, probability = _identifier().classify(text)
    return language not in _CLAIMED and probability >= certainty


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _is_in(text: str, language: Language) -> bool:
    """Whether an answer suits a question's language; model names and numbers suit any."""
    if language == "en":
        return detect(text) == "en"
    return has_chinese(text) or len(_LATIN_WORD.findall(text)) < 4


def _normalised(row: Row) -> Row:
    """Restore text and drop invisible characters; a prompt keeps its layout to the last space."""
    return _changed(row, _restored, lambda text: _SPACES.sub(" ", _restored(text)).strip())


def _restored(text: str) -> str:
    return _INVISIBLE.sub("", ftfy.fix_text(text, _RESTORED))


def _guard(kind: str, texts: tuple[str, ...]) -> str:
    """Return what two texts must share to be the same: numbers and negations make them different."""
    whole = "\n".join(texts)
    opening = "" if kind == "Text" else " ".join(text.lower()[:3] for text in texts[1:])
    return f"{kind}|{opening}|{sorted(_NUMBER.findall(whole))}|{len(_NEGATION.findall(whole))}"


def _texts(value: Value) -> tuple[str, ...]:
    match value:
        case Example():
            return value.prompt, value.answer
        case Preference():
            return value.prompt, value.chosen, value.rejected
        case Text():
            return (value.text,)


def _answers(value: Value) -> tuple[str, ...]:
    match value:
        case Example():
            return (value.answer,)
        case Preference():
            return value.chosen, value.rejected
        case Text():
            return (value.text,)


def _changed(row: Row, change_prompt: Callable[[str], str], change: Callable[[str], str]) -> Row:
    value: Value
    match row.value:
        case Example() as example:
            value = replace(example, prompt=change_prompt(example.prompt), answer=change(example.answer))
        case Preference() as pair:
            value = replace(
                pair,
                prompt=change_prompt(pair.prompt),
                chosen=change(pair.chosen),
                rejected=change(pair.rejected),
            )
        case Text() as text:
            value = replace(text, text=change(text.text))
    return replace(row, value=value)


def _short(text: str) -> str:
    return repr(text[:40] + ("..." if len(text) > 40 else ""))
