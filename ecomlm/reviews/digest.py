"""What the buyers of one product say, counted: every point with how many of how many, and who says it.

A review counts once for a point, however often it repeats it. Both sides are kept apart, never netted
against each other. Knows nothing of wording or of where reviews are stored.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from ecomlm.reviews.notes import Mention, Note, ReviewText, Side, read, stamp_of
from ecomlm.reviews.opinions import Polarity, Span
from ecomlm.reviews.taxonomy import OVERALL
from knowledge.records import Language

Weight = Literal["headline", "some", "rare"]
HEADLINE_SHARE, SOME_SHARE = 0.1, 0.02
"""From which share of the reviews on a point is told first, and from which it is told at all."""
FEW = 10
"""Up to so many reviews one voice may be told; above, a headline needs two, and so does praise."""
QUOTES = 5
RECENT = timedelta(days=90)
ENOUGH, _SURE, _NOTABLE = 20, 3.0, 0.05
_LENGTHS: Mapping[Language, tuple[int, int]] = {"en": (20, 160), "zh": (6, 80)}


@dataclass(frozen=True, slots=True)
class Quote:
    """Where a review makes a point: the sentence's place in the review's text."""

    review: str
    sentence: Span
    language: Language


@dataclass(frozen=True, slots=True)
class Trend:
    """How often a point was made in the newest 90 days and before, each as (count, of)."""

    recent: tuple[int, int]
    earlier: tuple[int, int]

    @property
    def change(self) -> float:
        """How much the share has grown, from -1 to 1."""
        return self.recent[0] / self.recent[1] - self.earlier[0] / self.earlier[1]

    @property
    def is_rising(self) -> bool:
        """Whether it is said more often than before."""
        return self.change > 0


@dataclass(frozen=True, slots=True)
class Point:
    """`count` of `of` reviews say so of this aspect; `part` is empty for the aspect as a whole.

    `quotes` is the best few, those in the reader's language first; `reviews` is every one.
    """

    aspect: str
    part: str
    side: Side
    count: int
    of: int
    quotes: tuple[Quote, ...]
    reviews: tuple[str, ...]
    trend: Trend | None = None

    @property
    def share(self) -> float:
        """The share of the reviews that say so, from 0 to 1."""
        return self.count / self.of

    @property
    def weight(self) -> Weight:
        """Whether the point is told first, told, or only listed."""
        is_shared = self.count > 1 or self.of <= FEW
        if self.share >= HEADLINE_SHARE and is_shared:
            return "headline"
        return "some" if self.share >= SOME_SHARE and (is_shared or self.side == "negative") else "rare"


@dataclass(frozen=True, slots=True)
class Digest:
    """A product's reviews in numbers; `points` holds the most frequent first, `stars` counts the ratings.

    `left_out` reviews tried to steer or to lure: only their stars count. `repeated` ones share their long
    wording with others; `silent` ones hold no word; `unnamed` ones are displeased and name no fault.
    """

    of: int
    points: tuple[Point, ...]
    sides: Mapping[Polarity, int]
    languages: Mapping[Language, int]
    stars: Mapping[int, int] = field(default_factory=dict)
    left_out: int = 0
    repeated: int = 0
    silent: int = 0
    unnamed: int = 0

    def on(self, side: Side) -> list[Point]:
        """Return the points of one side, whole aspects only."""
        return [point for point in self.points if point.side == side and not point.part]


@dataclass
class ReviewBook:
    """The notes of a product's reviews, kept up to date as reviews come, change and go."""

    notes: dict[str, Note] = field(default_factory=dict)

    def update(self, reviews: Iterable[ReviewText]) -> int:
        """Read the reviews that are new or changed; return how many were read."""
        count = 0
        for review in reviews:
            known = self.notes.get(review.id)
            if known is None or known.stamp != stamp_of(review):
                self.notes[review.id] = read(review)
                count += 1
        return count

    def keep_only(self, ids: Iterable[str]) -> None:
        """Forget the reviews that are gone."""
        kept = set(ids)
        self.notes = {id: note for id, note in self.notes.items() if id in kept}

    def digest(self, language: Language) -> Digest:
        """Count what the notes say; quotes in `language` come first."""
        everyone = list(self.notes.values())
        counted = [note for note in everyone if not note.is_left_out]
        wordings = Counter(note.wording for note in counted if note.wording)
        return Digest(
            of=len(counted),
            points=tuple(_points(counted, language)),
            sides=Counter(note.polarity for note in counted),
            languages=Counter(note.language for note in counted),
            stars=Counter(note.rating for note in everyone if note.rating is not None),
            left_out=len(everyone) - len(counted),
            repeated=sum(count for count in wordings.values() if count > 1),
            silent=sum(note.is_silent for note in counted),
            unnamed=sum(_names_no_fault(note) for note in counted),
        )


def together(points: Sequence[Point], part: str) -> Point:
    """Return points of one aspect and side as the point on the part that is common to them."""
    first, *others = points
    if not others:
        return first
    reviews = tuple(dict.fromkeys(id for point in points for id in point.reviews))
    quotes = {quote.review: quote for point in reversed(points) for quote in point.quotes}
    chosen = tuple(quotes[id] for id in reviews if id in quotes)[:QUOTES]
    return replace(first, part=part, count=len(reviews), reviews=reviews, quotes=chosen, trend=None)


def _names_no_fault(note: Note) -> bool:
    faults = {mention.category for mention in note.mentions if mention.side == "negative"}
    is_displeased = note.polarity == "negative" or (OVERALL in faults and note.polarity != "positive")
    return is_displeased and faults <= {OVERALL}


Key = tuple[str, str, Side]


def _points(notes: Sequence[Note], language: Language) -> list[Point]:
    sayers: dict[Key, dict[str, tuple[Note, Mention]]] = defaultdict(dict)
    for note in notes:
        for mention in note.mentions:
            for part in {"", mention.part}:
                key = (mention.category, part, mention.side)
                known = sayers[key].get(note.id)
                if known is None or _fit(note, mention, language) < _fit(known[0], known[1], language):
                    sayers[key][note.id] = (note, mention)
    trends = _Trends(notes)
    points = [
        Point(
            *key, count=len(said), of=len(notes),
            quotes=_quotes(said.values(), language), reviews=tuple(said),
            trend=trends.of([note for note, _ in said.values()]),
        )
        for key, said in sayers.items()
    ]  # fmt: skip
    return sorted(points, key=lambda point: (-point.count, point.part, point.aspect, point.side))


def _quotes(said: Iterable[tuple[Note, Mention]], language: Language) -> tuple[Quote, ...]:
    """Choose the clearest sentences, no two of the same wording."""
    ranked = sorted(said, key=lambda pair: (*_fit(pair[0], pair[1], language), pair[0].id))
    unique: dict[str, Quote] = {}
    for note, mention in ranked:
        quote = Quote(note.id, mention.sentence, note.language)
        unique.setdefault(mention.wording, quote)
        if len(unique) == QUOTES:
            break
    return tuple(unique.values())


def _fit(note: Note, mention: Mention, language: Language) -> tuple[bool, bool, int]:
    """Rank a sentence as a quote, the best lowest: the reader's language, a telling length, one point."""
    shortest, longest = _LENGTHS[note.language]
    length = mention.sentence[1] - mention.sentence[0]
    shared = sum(other.sentence == mention.sentence for other in note.mentions)
    return note.language != language, not shortest <= length <= longest, shared


class _Trends:
    """Splits dated reviews into the newest ones and those before."""

    def __init__(self, notes: Sequence[Note]) -> None:
        dates = [note.created for note in notes if note.created]
        self._since = max(dates) - RECENT if dates else None
        self._recent = sum(created > self._since for created in dates) if self._since else 0
        self._earlier = len(dates) - self._recent

    def of(self, said: Sequence[Note]) -> Trend | None:
        """Return how a point's share changed; None where it did not, or too few reviews tell."""
        if self._since is None or min(self._recent, self._earlier) < ENOUGH:
            return None
        dates = [note.created for note in said if note.created]
        recent = sum(created > self._since for created in dates)
        trend = Trend((recent, self._recent), (len(dates) - recent, self._earlier))
        return trend if differs(trend) else None


def differs(trend: Trend) -> bool:
    """Tell whether two shares differ beyond chance (two-proportion z test, three standard errors)."""
    (new, new_of), (old, old_of) = trend.recent, trend.earlier
    pooled = (new + old) / (new_of + old_of)
    error = math.sqrt(pooled * (1 - pooled) * (1 / new_of + 1 / old_of))
    return abs(trend.change) >= max(_NOTABLE, _SURE * error)
