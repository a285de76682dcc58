"""Flag reviews that may be copies of each other or part of a bought burst.

Three signs: the same words under several names, near copies (shared runs of letters, found by MinHash), and
many reviews at one side of the scale within a few days of a quiet time. A flag is a reason to look, no proof:
buyers may agree, and a sale brings many at once. Knows nothing of what reviews say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import accumulate
from typing import Literal
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ecomlm.language import normalise
from knowledge.records import Language, Review, ReviewId

Sign = Literal["same text", "near copy", "burst"]
SHORTEST = 12
ALIKE = 0.7
SHINGLE = 4
BURST_DAYS = 3
BURST_LEAST = 8
BURST_TIMES = 6.0
ONE_SIDED = 0.9
_HASHES = 64
_BANDS = 16
_LETTERS = re.compile(r"\W+")
_REASONS: Mapping[str, tuple[str, str]] = {
    "same text": (
        "{count} reviews by {authors} authors are word for word the same",
        "{authors} 位作者的 {count} 条评价一字不差",
    ),
    "same text, no names": (
        "{count} reviews without authors are word for word the same",
        "{count} 条未署名的评价一字不差",
    ),
    "near copy": ("{count} reviews differ in a few words only", "{count} 条评价只差几个字"),
    "burst": (
        "{count} reviews within {days} days, nearly all of one side; usual are {usual}",
        "{days} 天内出现 {count} 条评价，几乎全是同一倾向；平时为 {usual} 条",
    ),
    "hardly any": ("hardly any", "不到 0.1"),
}


@dataclass(frozen=True, slots=True)
class Flag:
    """One suspicion: the sign, the reviews it is of, and what was seen, in words for the shop's staff."""

    sign: Sign
    reviews: tuple[ReviewId, ...]
    reason: str


def suspicious(reviews: Sequence[Review], language: Language = "en") -> list[Flag]:
    """Return the suspicions about the reviews of one product, most reviews first, with reasons in `language`.

    Texts of fewer than 12 letters are never called copies: many buyers write "good".
    """
    flags = [*_copies(reviews, language), *_bursts(reviews, language)]
    return sorted(flags, key=lambda flag: -len(flag.reviews))


def _reason(name: str, language: Language, **values: object) -> str:
    return _REASONS[name][language == "zh"].format(**values)


def _copies(reviews: Sequence[Review], language: Language) -> Iterable[Flag]:
    plain = [_LETTERS.sub("", normalise(review.text).lower()) for review in reviews]
    same: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(plain):
        if len(text) >= SHORTEST:
            same[text].append(place)
    for places in same.values():
        if len(places) > 1:
            authors = len({reviews[place].author for place in places if reviews[place].author})
            kind = "same text" if authors else "same text, no names"
            ids = tuple(reviews[place].id for place in places)
            yield Flag("same text", ids, _reason(kind, language, count=len(ids), authors=authors))
    firsts = [places[0] for places in same.values()]
    for group in _near(firsts, plain):
        ids = tuple(reviews[place].id for place in group)
        yield Flag("near copy", ids, _reason("near copy", language, count=len(ids)))


def _near(places: Sequence[int], texts: Sequence[str]) -> list[list[int]]:
    """Return groups of places whose texts share most of their runs of four letters."""
    shingles = {place: _shingles(texts[place]) for place in places}
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for place, signs in shingles.items():
        signature = _signature(signs)
        for band in range(_BANDS):
            rows = signature[band * (_HASHES // _BANDS) : (band + 1) * (_HASHES // _BANDS)]
            buckets[band, rows.tobytes()].append(place)
    leaders = {place: place for place in places}
    for first, *others in buckets.values():
        for other in others:
            one, two = _leader(leaders, first), _leader(leaders, other)
            if one != two and _share(shingles[first], shingles[other]) >= ALIKE:
                leaders[max(one, two)] = min(one, two)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in places:
        groups[_leader(leaders, place)].append(place)
    return [group for group in groups.values() if len(group) > 1]


def _leader(leaders: dict[int, int], place: int) -> int:
    """Return the first of a place's group; the way there is made shorter for the next who asks."""
    while leaders[place] != place:
        leaders[place] = leaders[leaders[place]]
        place = leaders[place]
    return place


def _shingles(text: str) -> frozenset[int]:
    return frozenset(
        crc32(text[start : start + SHINGLE].encode()) for start in range(max(1, len(text) - SHINGLE + 1))
    )


@cache
def _hash_functions() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return odd factors and shifts of 64 bits; the upper half of factor * x + shift is a hash of x."""
    random = np.random.default_rng(7)
    factors, shifts = random.integers(0, 1 << 64, (2, _HASHES), dtype=np.uint64)
    return factors | np.uint64(1), shifts


def _signature(shingles: frozenset[int]) -> npt.NDArray[np.uint64]:
    """Return the least value of each of 64 hash functions over the shingles.

    MinHash (Broder 1997) with multiply-shift hashing (Dietzfelbinger et al. 1997).
    """
    factors, shifts = _hash_functions()
    values = np.fromiter(shingles, dtype=np.uint64)
    hashed = (values[:, None] * factors + shifts) >> np.uint64(32)
    least: npt.NDArray[np.uint64] = hashed.min(axis=0)
    return least


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)


def _bursts(reviews: Sequence[Review], language: Language) -> Iterable[Flag]:
    """Find days with many more reviews than usual that nearly all say the same side."""
    dated = sorted(
        ((review.created, review) for review in reviews if review.created and review.rating),
        key=lambda item: item[0],
    )
    if len(dated) <= BURST_LEAST:
        return
    days = max((dated[-1][0] - dated[0][0]).days + 1, 1)
    high = [0, *accumulate((review.rating or 0) >= 4 for _, review in dated)]
    low = [0, *accumulate((review.rating or 0) <= 2 for _, review in dated)]
    start = stop = 0
    while start < len(dated):
        while stop < len(dated) and dated[stop][0] - dated[start][0] < timedelta(days=BURST_DAYS):
            stop += 1
        count = stop - start
        rest = (len(dated) - count) / max(days - BURST_DAYS, 1) * BURST_DAYS
        of_one_side = max(high[stop] - high[start], low[stop] - low[start])
        if count >= max(BURST_LEAST, BURST_TIMES * rest) and of_one_side >= ONE_SIDED * count:
            usual = f"{rest:.1f}" if rest >= 0.1 else _reason("hardly any", language)
            reason = _reason("burst", language, count=count, days=BURST_DAYS, usual=usual)
            yield Flag("burst", tuple(review.id for _, review in dated[start:stop]), reason)
            start = stop
        else:
            start += 1
