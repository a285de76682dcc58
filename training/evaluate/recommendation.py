"""Measure recommendation: HR@10 and NDCG@10 of the next purchase, ranked among all products.

On the public Office and Industrial histories, which are for measuring only: what is learnt here is thrown
away. `others` learns from other shoppers and from what each shopper bought before the first purchase that is
asked for (ten groups in turn); `before` learns from that past alone, so that nothing learnt is later than
what is asked.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ecomlm.recommend.blend import Blend
from ecomlm.recommend.catalogue import Item, plain
from ecomlm.recommend.model import Model
from ecomlm.settings import Settings
from knowledge.settings import load
from training.evaluate.intervals import Estimate, difference, estimate, mean, table_of

SETS = ("Office_Products", "Industrial_and_Scientific")
GROUPS = 10
DEPTH = 10
Suggest = Callable[[Sequence[str]], Sequence[str]]
Learn = Callable[[list[Item], list[list[str]]], Suggest]


@dataclass(frozen=True)
class Case:
    """A history and what was bought next."""

    shopper: str
    history: list[str]
    bought: str


def read_cases(path: Path) -> list[Case]:
    """Read the rows of a public set, a shopper's rows in their order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return [
            Case(row["user_id"], [str(id) for id in ast.literal_eval(row["history_item_id"])], row["item_id"])
            for row in rows
        ]


def read_products(path: Path) -> list[Item]:
    """Read the products of a public set."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = json.load(file)
    return [
        Item(id, plain(row["title"]), f"{plain(row['title'])} {row.get('brand', '')}", row.get("brand", ""))
        for id, row in rows.items()
    ]


def parts(cases: Sequence[Case], protocol: str) -> Iterator[tuple[list[list[str]], list[Case]]]:
    """Yield what is learnt from, and the cases that are then asked."""
    shoppers: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        shoppers[case.shopper].append(case)
    past = {name: rows[0].history for name, rows in shoppers.items()}
    if protocol == "before":
        yield list(past.values()), list(cases)
        return
    names = sorted(shoppers)
    np.random.default_rng(0).shuffle(names)
    whole = {name: [*past[name], *(case.bought for case in shoppers[name])] for name in names}
    for group in range(GROUPS):
        asked = set(names[group::GROUPS])
        yield (
            [past[name] if name in asked else whole[name] for name in names],
            [case for name in names[group::GROUPS] for case in shoppers[name]],
        )


def popular(items: list[Item], histories: list[list[str]]) -> Suggest:
    """The most bought products, whatever the history."""
    top = [id for id, _ in Counter(id for history in histories for id in history).most_common(DEPTH)]
    return lambda history: top


def co_occurrence(items: list[Item], histories: list[list[str]]) -> Suggest:
    """Products that stood in the same histories most often, summed over the shopper's own."""
    beside: defaultdict[str, Counter[str]] = defaultdict(Counter)
    wanted = Counter(id for history in histories for id in history)
    for history in histories:
        for place, one in enumerate(history):
            for other in history[place + 1 :]:
                if one != other:
                    beside[one][other] += 1
                    beside[other][one] += 1

    def suggest(history: Sequence[str]) -> Sequence[str]:
        scores: Counter[str] = Counter()
        for id in history:
            scores.update(beside[id])
        ranked = sorted(scores, key=lambda id: (-scores[id], -wanted[id], id))
        return (ranked + [id for id, _ in wanted.most_common(DEPTH) if id not in scores])[:DEPTH]

    return suggest


def ours(items: list[Item], histories: list[list[str]]) -> Suggest:
    """The shop's recommender, its weights learnt from the histories."""
    model = Model.of_histories(items, histories)
    return lambda history: [item.id for item in model.suggest(history, DEPTH)]


def unlearnt(items: list[Item], histories: list[list[str]]) -> Suggest:
    """The shop's recommender with the weights of a young shop."""
    learnt = Model.of_histories(items, histories)
    model = Model(learnt.catalogue, learnt.sources, Blend.default())
    return lambda history: [item.id for item in model.suggest(history, DEPTH)]


SYSTEMS: dict[str, Learn] = {
    "popular": popular, "co-occurrence": co_occurrence, "ours, default weights": unlearnt, "ours": ours,
}  # fmt: skip


def gains(suggest: Suggest, cases: Sequence[Case]) -> list[tuple[float, float]]:
    """Return hit and discounted gain of each case at ten products."""
    found = []
    for case in cases:
        ranking = list(suggest(case.history))[:DEPTH]
        place = ranking.index(case.bought) + 1 if case.bought in ranking else 0
        found.append((float(place > 0), 1 / float(np.log2(place + 1)) if place else 0.0))
    return found


def measure(
    items: list[Item], cases: Sequence[Case], protocol: str, names: Sequence[str]
) -> dict[str, list[tuple[float, float]]]:
    """Return each system's gains, all over the same cases in the same order."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    divided = list(parts(cases, protocol))
    for learnt, asked in tqdm(divided, desc=protocol, file=sys.stderr):
        for name in names:
            found[name].extend(gains(SYSTEMS[name](items, learnt), asked))
    return found


def told(found: dict[str, list[tuple[float, float]]], seed: int) -> Iterator[str]:
    """Yield a line for each system with 95 % intervals, then the gain over co-occurrence."""
    tables = {
        name: (table_of(hit for hit, _ in rows), table_of(gain for _, gain in rows))
        for name, rows in found.items()
    }
    for name, pair in tables.items():
        hits, gained = (_cell(estimate(table, mean, seed)) for table in pair)
        yield f"  {name:24s} HR@10 {hits}  NDCG@10 {gained}"
    if {"ours", "co-occurrence"} <= tables.keys():
        for figure, base, mine in zip(
            ("HR@10", "NDCG@10"), tables["co-occurrence"], tables["ours"], strict=True
        ):
            gain, before = difference(base, mine, mean, seed), mean(base)
            yield f"  ours over co-occurrence, {figure}: {_cell(gain)}, {100 * gain.value / before:+.0f} %"


def _cell(value: Estimate) -> str:
    return f"{value.value:.4f} [{value.low:.4f}, {value.high:.4f}]"


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of the public sets; 0 with a reason where they are not here."""
    parser = argparse.ArgumentParser("python -m training.evaluate.recommendation", description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--protocol", nargs="+", choices=("others", "before"), default=("others", "before"))
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=tuple(SYSTEMS))
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    folder = load(Settings).data / "recommendation"
    for name in options.sets:
        source = folder / f"{name}.valid.jsonl.gz"
        if not source.exists():
            print(f"{name}: left out, {source.name} is not in ECOMLM_DATA")
            continue
        items, cases = read_products(folder / f"{name}.items.json.gz"), read_cases(source)
        for protocol in options.protocol:
            print(f"{name}, {protocol}: {len(cases)} purchases of {len({c.shopper for c in cases})} shoppers")
            print("\n".join(told(measure(items, cases, protocol, options.systems), options.seed)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
