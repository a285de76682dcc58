"""How well reviews are read, on public sets: aspects and what is said of them, and the whole review.

`zero-shot` is what the program ships, which has learned from none of these texts. The trained runs are in
`trained_reviews`. Sets: laptop reviews of ACOS (Cai et al. 2021), four Chinese sets of aspects with their
polarity, Chinese shopping reviews. Knows nothing of digests.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ecomlm.reviews.opinions import Opinion
from ecomlm.reviews.schemes import head

CHINESE_ASPECTS = ("camera", "notebook", "phone", "hair")
ACOS_POLARITY = {"0": "negative", "1": "neutral", "2": "positive"}
Row = TypeVar("Row")
Span = tuple[int, int]
Quad = tuple[Span, str, str, Span]
IMPLICIT: Span = (-1, -1)


@dataclass(frozen=True, slots=True)
class LaptopReview:
    """A sentence of ACOS with its quadruples: aspect span in words, category, polarity, opinion span."""

    text: str
    quads: tuple[Quad, ...]


@dataclass(frozen=True, slots=True)
class AspectPolarity:
    """A Chinese text with one of its aspects, where it begins in the text, and its polarity."""

    text: str
    aspect: str
    start: int
    polarity: str
    source: str


@dataclass(frozen=True, slots=True)
class ReviewPolarity:
    """A Chinese review, its department and its polarity."""

    text: str
    department: str
    polarity: str


def read_laptop(file: Path) -> list[LaptopReview]:
    """Read a side of ACOS laptop."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        text, *parts = line.split("\t")
        quads = [part.split() for part in parts]
        found.append(
            LaptopReview(
                text, tuple((_span(a), category, ACOS_POLARITY[p], _span(o)) for a, category, p, o in quads)
            )
        )
    return found


def _span(text: str) -> Span:
    first, last = text.split(",")
    return int(first), int(last)


def read_chinese_aspects(folder: Path, names: Sequence[str] = CHINESE_ASPECTS) -> list[AspectPolarity]:
    """Read the four Chinese sets; spaces between characters are taken out."""
    found = []
    for name in names:
        lines = (folder / f"zh_aspect_{name}.train.txt").read_text(encoding="utf-8").splitlines()
        for place in range(0, len(lines) - 2, 3):
            before, _, after = lines[place].partition("$T$")
            spaced = name != "hair"
            before, aspect, after = (
                part.replace(" ", "") if spaced else part
                for part in (before, lines[place + 1].strip(), after)
            )
            found.append(
                AspectPolarity(
                    before + aspect + after, aspect, len(before), lines[place + 2].strip().lower(), name
                )
            )
    return found


def read_chinese_reviews(file: Path) -> list[ReviewPolarity]:
    """Read the Chinese shopping reviews."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        ReviewPolarity(row["review"], row["cat"], "positive" if row["label"] == "1" else "negative")
        for row in rows
    ]


def held_out(
    rows: Sequence[Row], key: Callable[[Row], str], share: float = 0.2, seed: int = 7
) -> tuple[list[Row], list[Row]]:
    """Split rows into a part to learn from and one held out; rows of the same key (text) stay together."""
    keys = sorted({key(row) for row in rows})
    random.Random(seed).shuffle(keys)
    held = set(keys[: int(len(keys) * share)])
    return [row for row in rows if key(row) not in held], [row for row in rows if key(row) in held]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision, recall and F1 of found against right things, counted over a whole set."""

    precision: float
    recall: float
    f1: float


def agreement(found: Iterable[Sequence[object]], right: Iterable[Sequence[object]]) -> Agreement:
    """Return the agreement; within a text each thing counts once."""
    hits = given = wanted = 0
    for mine, theirs in zip(found, right, strict=True):
        hits += len(set(mine) & set(theirs))
        given += len(set(mine))
        wanted += len(set(theirs))
    precision, recall = hits / (given or 1), hits / (wanted or 1)
    return Agreement(precision, recall, 2 * precision * recall / ((precision + recall) or 1))


def laptop_quads(text: str, opinions: Sequence[Opinion], name: Callable[[Opinion], str]) -> list[Quad]:
    """Return opinions as quadruples of ACOS over the words of a text."""
    ends, place = [], 0
    for word in text.split(" "):
        ends.append((place, place + len(word)))
        place += len(word) + 1
    return [
        (
            _words(ends, opinion.span) if opinion.aspect else IMPLICIT,
            name(opinion),
            opinion.polarity,
            _words(ends, head(opinion)),
        )
        for opinion in opinions
    ]


def _words(ends: Sequence[Span], span: Span | None) -> Span:
    if span is None:
        return IMPLICIT
    inside = [place for place, (start, end) in enumerate(ends) if start < span[1] and end > span[0]]
    return (inside[0], inside[-1] + 1) if inside else IMPLICIT


def accuracy(found: Sequence[str], right: Sequence[str]) -> float:
    """Return the share of equal labels."""
    return sum(a == b for a, b in zip(found, right, strict=True)) / len(right)


def by_group(groups: Sequence[str], found: Sequence[str], right: Sequence[str]) -> dict[str, float]:
    """Return the accuracy of each group."""
    hits: Counter[str] = Counter()
    for group, one, other in zip(groups, found, right, strict=True):
        hits[group] += one == other
    return {group: hits[group] / count for group, count in Counter(groups).items()}
