"""Measures what students would do to the search: one index, with the teachers' vectors and with theirs.

Three ways are compared: the teachers encode all; the students encode the questions alone, so that the index
stays as it is; the students encode all. Knows nothing of how students come to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ecomlm.search.embed import Embedder
from ecomlm.search.live import LiveIndex
from ecomlm.search.ranking import Corpus
from ecomlm.search.search import Search
from ecomlm.search.texts import search_text
from ecomlm.search.vectors import VectorIndex
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.store import Store
from training.evaluate.search import SYSTEMS, measure_ndcg, measure_questions, read_judgements
from training.retriever import RetrieverRecipe

TEACHERS, ASKING, STUDENTS = "teachers", "students ask", "students"
_KNOWN = 0.9
"""How much of the judged products a shop must hold for its nDCG to mean anything."""
_WAYS = ("vectors only", "fused")


@dataclass(frozen=True, slots=True)
class Found:
    """One figure of one way to encode: nDCG@10 ("judged", "whole") or MRR@10 of a language's questions."""

    system: str
    measure: str
    value: float
    questions: int


async def compare(
    settings: Settings, students: Mapping[Language, Embedder], questions: Path | None = None
) -> list[Found]:
    """Return every figure that can be measured in the shop of `settings.home`, teachers first.

    Args:
        questions: lines of {"zh", "en", "expected"} about the shop's products.
    """
    found: list[Found] = []
    async with await Store.open(settings) as store:
        index = await LiveIndex.open(settings, store)
        teachers, corpus = index.embedders, index.corpus
        asking = {**teachers, **students}
        own = await with_vectors_of(students, corpus, store)
        judgements = _judgements(settings, corpus)
        async with Search(index, store) as search:
            for name, embedders, shown in (
                (TEACHERS, teachers, corpus),
                (ASKING, asking, corpus),
                (STUDENTS, asking, own),
            ):
                index.embedders, index.corpus = embedders, shown
                found += _ndcg(search, judgements, name)
                if questions:
                    for language in students:
                        told = await measure_questions(search, questions, language)
                        found.append(Found(name, f"MRR {language}", told.mrr, told.queries))
    return found


async def with_vectors_of(students: Mapping[Language, Embedder], corpus: Corpus, store: Store) -> Corpus:
    """Return the corpus with its texts encoded by the students, where there is one for their language."""
    products = {str(product.id): product for product in await store.products(list(corpus.base.ids))}
    sides = dict(corpus.base.sides)
    for language, student in students.items():
        if language in sides:
            shown = [products.get(corpus.base.ids[row]) for row in sides[language].rows]
            texts = [search_text(product, language) if product else None for product in shown]
            vectors = student.encode_passages([text.meaning if text else "" for text in texts])
            sides[language] = replace(sides[language], vectors=VectorIndex.build(np.asarray(vectors)))
    return Corpus(replace(corpus.base, sides=sides), corpus.added, corpus.hidden)


def _judgements(settings: Settings, corpus: Corpus) -> dict[str, dict[str, int]]:
    """The public judgements, where the shop is the catalogue that they are about."""
    with suppress(FileNotFoundError):
        judgements = read_judgements(settings.data / "icecat" / "judgments.jsonl")
        judged = {id for ratings in judgements.values() for id in ratings}
        if len(judged & set(corpus.ids)) >= _KNOWN * len(judged):
            return judgements
    return {}


def _ndcg(search: Search, judgements: Mapping[str, Mapping[str, int]], system: str) -> list[Found]:
    found = []
    for way in _WAYS if judgements else ():
        told = measure_ndcg(partial(search.order, weights=SYSTEMS[way]), judgements, way)
        found.append(Found(system, f"{way}, judged", told.judged, told.queries))
        found.append(Found(system, f"{way}, whole", told.whole, told.queries))
    return found


def losses(found: Sequence[Found], system: str) -> dict[str, float]:
    """Return the share of each fused figure that a way of encoding loses against the teachers."""
    values = {(item.system, item.measure): item.value for item in found}
    return {
        measure: 1 - values[system, measure] / before
        for (name, measure), before in values.items()
        if name == TEACHERS and before and not measure.startswith("vectors")
    }


def verdict(recipe: RetrieverRecipe, faster: Mapping[Language, float], found: Sequence[Found]) -> list[str]:
    """Return for each way in which students are used if it keeps the recipe's bounds, and its worst loss.

    Args:
        faster: how many times faster than its teacher each language's student encodes.
    """
    if not found:
        return ["no judged questions: what the search loses is not measured"]
    told = []
    for system in (ASKING, STUDENTS):
        measure, loss = max(losses(found, system).items(), key=lambda item: item[1])
        is_kept = loss <= recipe.loss and min(faster.values()) >= recipe.speedup
        told.append(
            f"{system}: {'' if is_kept else 'not '}within the bounds; at worst {100 * loss:.1f} % lower "
            f"({measure}), {min(faster.values()):.0f} times faster"
        )
    return told


def table(found: Sequence[Found]) -> str:
    """Return the figures as text, a line for each measure."""
    systems = list(dict.fromkeys(item.system for item in found))
    measures = list(dict.fromkeys(item.measure for item in found))
    values = {(item.system, item.measure): item for item in found}
    lines = [f"{'':24s}{'n':>5s}" + "".join(f"{name:>16s}" for name in systems)]
    for measure in measures:
        row = [values[system, measure] for system in systems]
        lines.append(f"{measure:24s}{row[0].questions:5d}" + "".join(f"{item.value:16.3f}" for item in row))
    return "\n".join(lines)


def plain(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Return the figures for a JSON report."""
    return [asdict(item) | {"value": round(item.value, 4)} for item in found]
