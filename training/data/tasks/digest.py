"""Rows that sum up what buyers say: counted points and quotes in, a short text with the same counts out.

The quotes are the sample shop's reviews. The counts are drawn, because in this task the prompt is the
record: the answer has to keep whatever counts it is given.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import Point, digest_prompt
from ecomlm.search.passages import sentences
from knowledge.records import Language, Product, Review
from training.data.examples import Example
from training.data.tasks.wordings import aspects, frames

_QUOTE = {"en": (20, 80), "zh": (8, 36)}
_HIGH, _LOW = 0.67, 0.4


def digest_examples(
    product: Product, reviews: Sequence[Review], language: Language, chance: random.Random, count: int = 4
) -> Iterator[Example]:
    """Yield `count` rows about one product."""
    subject = product.title.best(language)
    known = aspects(product.department.best("en"), language)
    quotes = list(_quotes(reviews, language))
    for _ in range(count):
        names = chance.sample(sorted(known), chance.choice((2, 2, 3, 3)))
        points = [_point(name, chance) for name in names]
        quote = _fitting(quotes, points, known, chance) if chance.random() < 0.45 else None
        shown = [Evidence(f"review:{quote.id}", "text", "review", text, language)
                 for quote, text in [quote]] if quote else []  # fmt: skip
        told = sorted(points, key=lambda point: -point.positive / point.total)
        answer = _summary(told, language, chance)
        if quote:
            wording = chance.choice(frames("digest", language)["quote"]).replace(
                "{q}", quote[1].rstrip("。.")
            )
            answer += ("" if language == "zh" else " ") + wording
            answer += "。" if language == "zh" else "" if answer.endswith(".") else "."
        yield Example(
            digest_prompt(subject, points, shown, language), answer, language, "digest", "digest", product.id
        )


def _point(name: str, chance: random.Random) -> Point:
    total = chance.choice((*range(2, 13), *range(13, 61, 7), chance.randint(60, 300)))
    share = chance.choice((1.0, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0))
    return Point(name, min(total, round(total * share)), total)


def _quotes(reviews: Sequence[Review], language: Language) -> Iterator[tuple[Review, str]]:
    shortest, longest = _QUOTE[language]
    for review in reviews:
        if review.language == language and review.rating:
            for text in sentences(review.text):
                if shortest <= len(text) <= longest and '"' not in text and "“" not in text:
                    yield review, text


def _fitting(
    quotes: Sequence[tuple[Review, str]],
    points: Sequence[Point],
    known: dict[str, tuple[str, ...]],
    chance: random.Random,
) -> tuple[Review, str] | None:
    """Return a quote that speaks of one of the points, None where no review does."""
    words = [word for point in points for word in known[point.name]]
    found = [quote for quote in quotes if any(word in quote[1].lower() for word in words)]
    return chance.choice(found) if found else None


def _summary(points: Sequence[Point], language: Language, chance: random.Random) -> str:
    wording = frames("digest", language)
    clauses = []
    for point in points:
        clause = chance.choice(wording[_tone(point)])
        clauses.append(clause.format(a=point.name, p=point.positive, t=point.total))
    frame = chance.choice(wording["join" if len(clauses) == 2 else "join3"])
    text = frame.format(*clauses)
    return ". ".join(part[:1].upper() + part[1:] for part in text.split(". ")) if language == "en" else text


def _tone(point: Point) -> str:
    if point.positive in (0, point.total):
        return "none" if point.positive == 0 else "all"
    share = point.positive / point.total
    return "high" if share >= _HIGH else "middle" if share >= _LOW else "low"
