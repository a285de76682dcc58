"""Flag reviews that may be copies of each other or part of a bought burst.

Three signs: the same words under several names, near copies (shared runs of letters, found by MinHash), and
many reviews at one side of the scale within a few days of a quiet time. A flag is a reason to look, no proof:
buyers may agree, and a sale brings many at once. Knows nothing of what reviews say.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from ecomlm.language import normalise
from knowledge.records import Review, ReviewId

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
_PRIME = (1 << 61) - 1
_LETTERS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Flag:
    """One suspicion: the sign, the reviews it is of, and what was seen, in words for the shop's staff."""

    sign: Sign
    reviews: tuple[ReviewId, ...]
    reason: str


def suspicious(reviews: Sequence[Review]) -> list[Flag]:
    """Return the suspicions about the reviews of one product, most reviews first.

    Texts of fewer than 12 letters are never called copies: many buyers write "good".
    """
    flags = [*_copies(reviews), *_bursts(reviews)]
    return sorted(flags, key=lambda flag: -len(flag.reviews))


def _copies(reviews: Sequence[Review]) -> Iterable[Flag]:
    plain = [_LETTERS.sub("", normalise(review.text).lower()) for review in reviews]
    same: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(plain):
        if len(text) >= SHORTEST:
            same[text].append(place)
    for places in same.values():
        if len(places) > 1:
            authors = len({reviews[place].author for place in places if reviews[place].author})
            ids = tuple(reviews[place].id for place in places)
            yield Flag(
                "same text",
                ids,
                f"{len(ids)} reviews by {authors or 'unnamed'} authors are word for word the same",
            )
    firsts = [places[0] for places in same.values()]
    for group in _near(firsts, plain):
        ids = tuple(reviews[place].id for place in group)
        yield Flag("near copy", ids, f"{len(ids)} reviews differ in a few words only")


def _near(places: Sequence[int], texts: Sequence[str]) -> list[list[int]]:
    """Return groups of places whose texts share most of their runs of four letters."""
    shingles = {place: _shingles(texts[place]) for place in places}
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for place, signs in shingles.items():
        signature = _signature(signs)
        for band in range(_BANDS):
            rows = signature[band * (_HASHES // _BANDS) : (band + 1) * (_HASHES // _BANDS)]
            buckets[band, rows.tobytes()].append(place)
    leader = {place: place for place in places}
    for members in buckets.values():
        first = members[0]
        for other in members[1:]:
            if leader[other] != leader[first] and _share(shingles[first], shingles[other]) >= ALIKE:
                old, new = leader[other], leader[first]
                leader.update({place: new for place, head in leader.items() if head == old})
    groups: dict[int, list[int]] = defaultdict(list)
    for place, head in leader.items():
        groups[head].append(place)
    return [group for group in groups.values() if len(group) > 1]


def _shingles(text: str) -> frozenset[int]:
    runs = {text[start : start + SHINGLE] for start in range(max(1, len(text) - SHINGLE + 1))}
    return frozenset(
        int.from_bytes(hashlib.blake2b(run.encode(), digest_size=4).digest(), "big") for run in runs
    )


def _signature(shingles: frozenset[int]) -> npt.NDArray[np.uint64]:
    """Return the least value of each of 64 hash functions over the shingles (MinHash, Broder 1997)."""
    random = np.random.default_rng(7)
    factors = random.integers(1, 1 << 31, _HASHES, dtype=np.uint64)
    shifts = random.integers(0, 1 << 31, _HASHES, dtype=np.uint64)
    values = np.fromiter(shingles, dtype=np.uint64)
    hashed = (values[:, None] * factors + shifts) % np.uint64(_PRIME)
    least: npt.NDArray[np.uint64] = hashed.min(axis=0)
    return least


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)


def _bursts(reviews: Sequence[Review]) -> Iterable[Flag]:
    """Find days with many more reviews than usual that nearly all say the same side."""
    dated = sorted(
        ((review.created, review) for review in reviews if review.created and review.rating),
        key=lambda item: item[0],
    )
    if len(dated) <= BURST_LEAST:
        return
    days = max((dated[-1][0] - dated[0][0]).days + 1, 1)
    start = 0
    while start < len(dated):
        stop = start
        while stop < len(dated) and dated[stop][0] - dated[start][0] < timedelta(days=BURST_DAYS):
            stop += 1
        window = [review for _, review in dated[start:stop]]
        rest = (len(dated) - len(window)) / max(days - BURST_DAYS, 1) * BURST_DAYS
        if len(window) >= max(BURST_LEAST, BURST_TIMES * rest) and _one_sided(window):
            usual = f"{rest:.1f}" if rest >= 0.1 else "hardly any"
            reason = (
                f"{len(window)} reviews within {BURST_DAYS} days, nearly all of one side; usual are {usual}"
            )
            yield Flag("burst", tuple(review.id for review in window), reason)
            start = stop
        else:
            start += 1


def _one_sided(window: Sequence[Review]) -> bool:
    high = sum((review.rating or 0) >= 4 for review in window)
    low = sum((review.rating or 0) <= 2 for review in window)
    return max(high, low) >= ONE_SIDED * len(window)
