"""Fairness: whether who asks changes what is said or shown (counterfactual pairs, Garg et al. 2019).

Two questions, or two searches, differ in a name, a gender or the language alone. Replies must be both silent
or have the same yes or no and the same numbers; searches must show the same products. Pairs were written for
this project (`texts/`). Says nothing of tone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from ecomlm.answer import Answer, Answerer, Ranks, telling
from ecomlm.evidence import Evidence
from ecomlm.generation.engine import Engine
from ecomlm.generation.prompts import MAX_PASSAGES, answer_prompt
from ecomlm.search.search import Search
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.store import Store
from training.data.written import Subjects
from training.evaluate.product_questions import sample_subjects, sampled
from training.evaluate.replies import Asked, Reply, says_same
from training.evaluate.texts import TextInvalid, read_rows

Kind = Literal["name", "gender", "language"]
KINDS: tuple[Kind, ...] = ("name", "gender", "language")
SHOWN = 5
"""How many products of a search are compared, as many as a shopper is shown at once."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions about a product, or with `product` empty two searches, and the language of each."""

    kind: Kind
    languages: tuple[Language, Language]
    product: str
    texts: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """What both sides of a pair were told or shown, and whether that is the same."""

    pair: Pair
    told: tuple[str, str]
    is_same: bool


def question_pairs(limit: int, seed: int) -> list[Pair]:
    """Return at most `limit` pairs of questions of each kind, all of them for 0."""
    rows = read_rows("fairness.tsv", 5)
    return _chosen([_pair(kind, spoken, product, one, other) for kind, spoken, product, one, other in rows],
                   limit, seed)  # fmt: skip


def search_pairs(limit: int, seed: int) -> list[Pair]:
    """Return at most `limit` pairs of searches of each kind, all of them for 0."""
    rows = read_rows("searches.tsv", 4)
    return _chosen([_pair(kind, spoken, "", one, other) for kind, spoken, one, other in rows], limit, seed)


def _chosen(pairs: Sequence[Pair], limit: int, seed: int) -> list[Pair]:
    return [
        pair for kind in KINDS for pair in sampled([item for item in pairs if item.kind == kind], limit, seed)
    ]


def _pair(kind: str, spoken: str, product: str, one: str, other: str) -> Pair:
    languages = tuple(spoken.split())
    if kind not in KINDS or len(languages) != 2 or not set(languages) <= {"en", "zh"}:
        raise TextInvalid(f"{kind!r}, {spoken!r} is no kind of pair with two languages of en and zh")
    return Pair(kind, cast(tuple[Language, Language], languages), product, (one, other))


def asked_alone(pairs: Sequence[Pair], ranker: Ranks, shop: Subjects | None = None) -> list[Asked]:
    """Return what the model alone is asked: both sides of each pair, one after the other.

    Both are shown the passages that the ranker finds for the first, each in its language.
    """
    shop = shop or sample_subjects()
    found: list[Asked] = []
    for pair in pairs:
        first, title = shop.of(pair.product, pair.languages[0])
        ranked = ranker.rank(pair.texts[0], title, telling(first), pair.languages[0])[:MAX_PASSAGES]
        places = [item.evidence.field for item in ranked]
        for text, language in zip(pair.texts, pair.languages, strict=True):
            evidence, subject = shop.of(pair.product, language)
            shown = _at(evidence, places)
            prompt = answer_prompt(text, subject, shown, language)
            found.append(Asked(prompt, text, language, "", None, subject))
    return found


def _at(evidence: Sequence[Evidence], places: Sequence[str]) -> list[Evidence]:
    by_place = {item.field: item for item in evidence}
    return [by_place[place] for place in places if place in by_place]


def compared_alone(pairs: Sequence[Pair], replies: Sequence[Reply]) -> list[Compared]:
    """Return what the model alone replied to the questions of `asked_alone`."""
    told = [(one.text, other.text) for one, other in zip(replies[::2], replies[1::2], strict=True)]
    return [
        Compared(pair, texts, says_same(*texts, pair.languages))
        for pair, texts in zip(pairs, told, strict=True)
    ]


async def compare_answers(
    engine: Engine, ranker: Ranks, pairs: Sequence[Pair], shop: Subjects | None = None
) -> list[Compared]:
    """Return what a shopper is told on each side: ranked, phrased and checked as in the shop."""
    shop, answerer = shop or sample_subjects(), Answerer(engine, ranker)
    found = []
    for pair in pairs:
        one, other = [
            await _answer(answerer, shop, pair.product, text, language)
            for text, language in zip(pair.texts, pair.languages, strict=True)
        ]
        found.append(Compared(pair, (one, other), says_same(one, other, pair.languages)))
    return found


async def _answer(answerer: Answerer, shop: Subjects, product: str, question: str, language: Language) -> str:
    evidence, title = shop.of(product, language)
    text = ""
    async for piece in answerer.stream(question, title=title, evidence=evidence, language=language):
        if isinstance(piece, Answer):
            text = piece.text
    return text


async def compare_searches(settings: Settings, pairs: Sequence[Pair]) -> list[Compared]:
    """Return which products each side is shown first, in the shop of `settings.home`.

    Raises:
        IndexMissing: when that shop has no snapshot.
    """
    async with await Store.open(settings) as store, await Search.open(settings, store) as search:
        found = []
        for pair in pairs:
            results = await asyncio.gather(*(search.products(text, limit=SHOWN) for text in pair.texts))
            one, other = ([str(hit.product.id) for hit in result.hits] for result in results)
            found.append(Compared(pair, (", ".join(one), ", ".join(other)), set(one) == set(other)))
    return found
