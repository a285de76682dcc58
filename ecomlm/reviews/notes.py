"""What is kept of one review, so that a digest is brought up to date without reading the others again.

A note holds which points the review makes and where in its text they stand, never the text itself.
Knows nothing of counting.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from ecomlm.language import ENGLISH_STOPWORDS, detect, has_chinese, normalise
from ecomlm.reviews.analysis import LONGEST, analyse
from ecomlm.reviews.opinions import Opinion, Polarity, Span
from ecomlm.search.glossary import shop_glossary
from ecomlm.steering import steers
from knowledge.records import Language, Review

Side = Literal["positive", "negative"]
SIDES: tuple[Side, Side] = ("positive", "negative")
RULES = (
    "language.py", "steering.py", "search/glossary.py", "search/glossary.tsv", "reviews/analysis.py",
    "reviews/irony.py", "reviews/judging.py", "reviews/lexicon.py", "reviews/notes.py", "reviews/opinions.py",
    "reviews/pairing.py", "reviews/reading.py", "reviews/taxonomy.py", "reviews/taxonomy.tsv",
    "reviews/lexicon_en.tsv", "reviews/lexicon_zh.tsv", "reviews/grammar_en.tsv", "reviews/grammar_zh.tsv",
    "reviews/relative.tsv",
)  # fmt: skip
"""The sources and lists that decide what a note says, below `ecomlm/`."""
PARTED = frozenset({"accessories", "hardware", "quality"})
"""Categories of many things: of these each thing is counted by itself too, such as the zip."""
_SENTENCE_END = re.compile(r"[.!?;]+(?=\s|$)|[。！？；…\n]+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*")
_REPEATABLE = 24


@dataclass(frozen=True, slots=True)
class ReviewText:
    """A review as the digest reads it; `id` is what its points link to.

    `stamp` changes when the review does; where nobody keeps one, it is made of the text.
    """

    id: str
    text: str
    language: Language | None = None
    rating: int | None = None
    created: date | None = None
    stamp: str = ""

    @classmethod
    def of(cls, review: Review, stamp: str = "") -> ReviewText:
        """Take over a record of the shop; its title is read as its first sentence."""
        created = review.created.date() if isinstance(review.created, datetime) else None
        return cls(review.id, whole_text(review), None, review.rating, created, stamp)


@dataclass(frozen=True, slots=True)
class Mention:
    """One point of a review: a category, what part of it, which side, and the sentence that says so.

    `part` is what the review names ("zip"), empty where it names nothing; `wording` is equal for sentences
    of equal wording.
    """

    category: str
    part: str
    side: Side
    sentence: Span
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One review, read.

    `polarity` is the buyer's own verdict in stars, or else what the words amount to. `wording` is equal for
    equal long texts and empty for short ones. `is_left_out` tells that the review tries to steer or to
    lure: its words count nowhere, its stars do. `is_silent` tells that it holds no word at all (emoji, dots).
    """

    id: str
    stamp: str
    language: Language
    polarity: Polarity
    mentions: tuple[Mention, ...] = ()
    rating: int | None = None
    created: date | None = None
    wording: str = ""
    is_left_out: bool = False
    is_silent: bool = False


def whole_text(review: Review) -> str:
    """Return a review's title and text as one; the places of its points are counted in this."""
    title = review.title.strip()
    return f"{title}\n{review.text}" if title and title not in review.text else review.text


def is_left_out(text: str) -> bool:
    """Tell whether a review's whole text steers or lures: such words count nowhere and are quoted nowhere."""
    return steers(normalise(text))


def stamp_of(review: ReviewText) -> str:
    """Return a mark that changes when the review does."""
    if review.stamp:
        return review.stamp
    values = f"{review.text}\0{review.rating}\0{review.created}"
    return hashlib.blake2b(values.encode("utf-8", "replace"), digest_size=8).hexdigest()


@cache
def rules() -> str:
    """Return a mark of the rules and lists that notes are made by: notes of another mark are out of date."""
    folder = Path(__file__).parents[1]
    mark = hashlib.blake2b(version("jieba").encode(), digest_size=8)
    for name in RULES:
        mark.update(f"\0{name}\0".encode() + (folder / name).read_bytes())
    return mark.hexdigest()


def read(review: ReviewText) -> Note:
    """Read one review; of very long ones the first 20,000 characters tell its points."""
    text, stamp = review.text, stamp_of(review)
    if is_left_out(text):
        return Note(review.id, stamp, detect(text), "neutral", rating=review.rating, is_left_out=True)
    if not _LETTER.search(text):
        polarity = _by_stars(review.rating)
        return Note(
            review.id, stamp, review.language or "en", polarity,
            rating=review.rating, created=review.created, is_silent=True,
        )  # fmt: skip
    analysis = analyse(text, review.language)
    polarity = analysis.polarity if review.rating is None else _by_stars(review.rating)
    mentions = tuple(dict.fromkeys(_mentions(text[:LONGEST], analysis.opinions)))
    return Note(
        review.id, stamp, analysis.language, polarity, mentions,
        review.rating, review.created, _wording(text),
    )  # fmt: skip


def part_of(aspect: str) -> str:
    """Return the thing that an aspect names, in English where the glossary knows it.

    >>> part_of("the zippers"), part_of("拉链")
    ('zip', 'zip')
    """
    plain = normalise(aspect).lower()
    glossary = shop_glossary()
    if has_chinese(plain):
        names = glossary.english.get(plain)
        return names[0].lower() if names else plain
    named = [singular(word) for word in _WORD.findall(plain) if word not in ENGLISH_STOPWORDS]
    name = " ".join(named[-2:])
    chinese = glossary.chinese.get(name)
    return glossary.english[chinese[0]][0].lower() if chinese else name


def singular(word: str) -> str:
    """Return an English noun without the ending of its plural."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses", "zzes")) else word[:-1]


def sentences_of(text: str) -> list[Span]:
    """Return where the sentences of a text begin and end, each with the stops that end it."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return [_trimmed(text, start, end) for start, end in zip([0, *ends], ends, strict=False)]


def to_json(note: Note) -> dict[str, Any]:
    """Return a note as plain JSON values."""
    values = asdict(note)
    values["created"] = note.created.isoformat() if note.created else None
    values["mentions"] = [[m.category, m.part, m.side, *m.sentence, m.wording] for m in note.mentions]
    return values


def from_json(values: dict[str, Any]) -> Note:
    """Return the note that `to_json` made these values of."""
    created = values["created"]
    mentions = tuple(
        Mention(category, part, side, (start, end), wording)
        for category, part, side, start, end, wording in values["mentions"]
    )
    return Note(
        **{**values, "created": date.fromisoformat(created) if created else None, "mentions": mentions}
    )


def _mentions(text: str, opinions: tuple[Opinion, ...]) -> Iterator[Mention]:
    """Yield the points of a review; what is said of the same words counts for one category."""
    first: dict[Span, Opinion] = {}
    sentences = sentences_of(text)
    ends = [end for _, end in sentences]
    marks: dict[Span, str] = {}
    for each in opinions:
        known = first.setdefault(each.span, each) if each.span else each
        opinion = replace(each, category=known.category)
        span = opinion.span or opinion.opinion_span or (0, 0)
        sentence = sentences[bisect_right(ends, span[0])]
        said = marks.get(sentence) or _mark(normalise(text[slice(*sentence)]).lower())
        marks[sentence] = said
        part = part_of(opinion.aspect) if opinion.aspect and opinion.category in PARTED else ""
        for side in SIDES:
            if opinion.polarity in (side, "mixed"):
                yield Mention(opinion.category, part, side, sentence, said)


def _by_stars(rating: int | None) -> Polarity:
    if rating is None or rating == 3:
        return "neutral"
    return "positive" if rating > 3 else "negative"


def _wording(text: str) -> str:
    plain = normalise(text).lower()
    length = len(plain) * (2 if has_chinese(plain) else 1)
    if length < _REPEATABLE:
        return ""
    return _mark(plain)


def _mark(plain: str) -> str:
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
