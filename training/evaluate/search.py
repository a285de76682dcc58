"""Measure product search: nDCG over the Icecat queries, MRR over our own Chinese and English ones.

The judgements are for measuring only; nothing that ships is trained on them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log2
from pathlib import Path
from statistics import mean, quantiles

from ecomlm.search.ranking import Weights
from ecomlm.search.search import Search
from ecomlm.settings import Settings
from knowledge.records import Language
from knowledge.settings import load
from knowledge.store import Store

SYSTEMS: dict[str, Weights] = {
    "BM25 only": Weights(meaning=0, cover=0, accessory=0, other_words=0),
    "vectors only": Weights(words=0, cover=0, accessory=0, other_meaning=0),
    "fused": Weights(),
}


@dataclass(frozen=True)
class Quality:
    """nDCG@10 over judged products only and over everything, and milliseconds a query."""

    system: str
    queries: int
    judged: float
    whole: float
    milliseconds: float


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Return {query: {product: rating}} of the queries that have something to find."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            found[row["query"]][row["docid"]] = int(row["rating"])
    return {query: ratings for query, ratings in found.items() if max(ratings.values()) > 0}


def ndcg(ranking: Sequence[str], ratings: Mapping[str, int], depth: int = 10) -> float:
    """Return how good a ranking is against the best possible one."""
    gains = [2 ** ratings.get(id, 0) - 1 for id in ranking[:depth]]
    best = sorted((2**rating - 1 for rating in ratings.values()), reverse=True)[:depth]

    def discounted(values: Sequence[int]) -> float:
        return sum(value / log2(place + 2) for place, value in enumerate(values))

    return discounted(gains) / discounted(best)


def measure_ndcg(
    order: Callable[[str], Sequence[str]], judgements: Mapping[str, Mapping[str, int]], system: str
) -> Quality:
    """Measure a function that returns all products for a query, best first."""
    judged, whole, seconds = [], [], []
    for query, ratings in judgements.items():
        started = time.perf_counter()
        ranking = order(query)
        seconds.append(time.perf_counter() - started)
        whole.append(ndcg(ranking, ratings))
        known = [id for id in ranking if id in ratings]
        missing = [id for id in ratings if id not in set(known)]
        judged.append(ndcg([*known, *missing], ratings))
    return Quality(system, len(judged), mean(judged), mean(whole), 1000 * mean(seconds))


def reciprocal_rank(ranking: Sequence[str], expected: Sequence[str], depth: int = 10) -> float:
    """Return 1 / the place of the first expected product, 0 where none is among the first."""
    places = [place for place, id in enumerate(ranking[:depth], 1) if id in expected]
    return 1 / places[0] if places else 0.0


async def measure_icecat(settings: Settings) -> list[Quality]:
    """Measure all systems over the Icecat catalogue, which must be in `settings.home`."""
    judgements = read_judgements(settings.data / "icecat" / "judgments.jsonl")
    async with await Store.open(settings) as store, await Search.open(settings, store) as search:
        return [
            measure_ndcg(partial(search.order, weights=weights), judgements, system)
            for system, weights in SYSTEMS.items()
        ]


@dataclass(frozen=True)
class Found:
    """MRR@10, the share found first, and milliseconds a query of one set of questions."""

    language: str
    queries: int
    mrr: float
    first: float
    median_milliseconds: float
    p95_milliseconds: float
    misses: tuple[str, ...]


async def measure_questions(search: Search, path: Path, language: Language) -> Found:
    """Measure `{"zh", "en", "expected"}` lines in one language."""
    ranks, seconds, misses = [], [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        started = time.perf_counter()
        result = await search.products(row[language], limit=10)
        seconds.append(time.perf_counter() - started)
        rank = reciprocal_rank([hit.product.id for hit in result.hits], row["expected"])
        ranks.append(rank)
        if rank < 0.5:
            misses.append(row[language])
    cuts = quantiles(seconds, n=20)
    return Found(
        language,
        len(ranks),
        mean(ranks),
        mean(rank == 1 for rank in ranks),
        1000 * cuts[9],
        1000 * cuts[18],
        tuple(misses),
    )


def measure_across(search: Search, path: Path, asked: Language, texts: Language) -> float:
    """Return MRR@10 of questions in one language over the products' texts in another."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return mean(
        reciprocal_rank(search.order(row[asked], Weights(), (texts,)), row["expected"]) for row in rows
    )


def print_sample(found: Sequence[Found], across: Mapping[str, float]) -> None:
    """Print what `measure_sample` returned."""
    for item in found:
        print(
            f"{item.language}: MRR@10 {item.mrr:.3f}, first {item.first:.3f} over {item.queries} questions"
            f", p50 {item.median_milliseconds:.0f} ms, p95 {item.p95_milliseconds:.0f} ms"
        )
        for miss in item.misses:
            print(f"  not among the first two: {miss}")
    for name, value in across.items():
        print(f"{name}: MRR@10 {value:.3f}")


async def measure_sample(settings: Settings, path: Path) -> tuple[list[Found], dict[str, float]]:
    """Measure our own questions over the sample shop, which must be in `settings.home`."""
    languages: tuple[Language, ...] = ("zh", "en")
    async with await Store.open(settings) as store, await Search.open(settings, store) as search:
        found = [await measure_questions(search, path, language) for language in languages]
        across = {
            f"{asked} questions over {texts} texts alone": measure_across(search, path, asked, texts)
            for asked in languages
            for texts in languages
        }
    return found, across


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of the shop in ECOMLM_HOME."""
    parser = argparse.ArgumentParser("python -m training.evaluate.search", description=__doc__)
    parser.add_argument("--questions", type=Path, metavar="FILE", help='our own: {"zh", "en", "expected"}')
    options = parser.parse_args(arguments)
    settings = load(Settings)
    if options.questions:
        print_sample(*asyncio.run(measure_sample(settings, options.questions)))
        return 0
    for quality in asyncio.run(measure_icecat(settings)):
        print(
            f"{quality.system:14s} nDCG@10 judged {quality.judged:.3f}, whole {quality.whole:.3f}"
            f" over {quality.queries} queries, {quality.milliseconds:.0f} ms a query"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
