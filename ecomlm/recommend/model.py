"""The recommender: trained on journeys and texts, asked with a history, told of new events one by one.

Knows products by their ids and texts. Knows nothing of stock, prices, consent or dialogue: the caller says
which products may be shown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np

from ecomlm.recommend.blend import Blend, Lesson
from ecomlm.recommend.catalogue import Catalogue, Item
from ecomlm.recommend.counts import Counts
from ecomlm.recommend.diversity import RELEVANCE, spread
from ecomlm.recommend.journeys import LAGS, Integers, Journeys, Kind, Shopper, Touch, is_customer
from ecomlm.recommend.likeness import Likeness
from ecomlm.recommend.pairing import alike_scores, goes_with_scores, shoppers_of_like
from ecomlm.recommend.people import Own
from ecomlm.recommend.signs import POPULAR, Sources, signs_of

FOLDS = 5
MOST_LESSONS = 4000
CONSIDERED = 10
FIRST_LOOK = 20
LEAST_SHOPPERS = 2
LEAST_FOLLOWED = 2.0
LEAST_ALIKE = 0.12
MOST_SHOPPERS = 100_000

Relation = Literal["next", "goes_with", "similar"]
CauseKind = Literal[
    "again",
    "viewed",
    "together",
    "borrowed",
    "follows",
    "similar",
    "popular",
    "brand",
    "seen",
    "new",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Cause:
    """A true statement of why a product is suggested: beside which one, borne out by how many shoppers."""

    kind: CauseKind
    beside: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product to show."""

    id: str
    score: float
    cause: Cause


class Model:
    """What is known of all shoppers and products. Make one with `Model.train`."""

    def __init__(self, catalogue: Catalogue, sources: Sources, blend: Blend) -> None:
        self.catalogue, self.sources, self.blend = catalogue, sources, blend
        self._shoppers: OrderedDict[str, Shopper] = OrderedDict()
        self.forgotten: set[int] = set()
        self._popular: Integers | None = None

    @classmethod
    def train(
        cls, items: Sequence[Item], journeys: Callable[[Mapping[str, int]], Journeys] | None = None
    ) -> Model:
        """Learn from journeys.

        Args:
            journeys: makes them, given the row of each product; without it nobody has touched anything.
        """
        catalogue = Catalogue(items)
        found = journeys(catalogue.rows) if journeys else Journeys.of_lists([])
        likeness, brands = Likeness.of(catalogue.texts()), catalogue.brands()
        blend = Blend.learn(_lessons(found, likeness, brands))
        return cls(catalogue, Sources(Counts.of(found, len(catalogue)), likeness, brands), blend)

    @classmethod
    def of_histories(cls, items: Sequence[Item], histories: Sequence[Sequence[str]]) -> Model:
        """Learn from lists of product ids, oldest first; ids of no product are passed over."""

        def journeys(rows: Mapping[str, int]) -> Journeys:
            return Journeys.of_lists([[rows[id] for id in ids if id in rows] for ids in histories])

        return cls.train(items, journeys)

    def add_items(self, items: Sequence[Item]) -> None:
        """Take in products that are new; they can be suggested at once for what is written of them."""
        added = self.catalogue.add(items)
        if not added:
            return
        self.sources.likeness.extend(self.catalogue.texts(added))
        self.sources.counts.widen(len(self.catalogue))
        self.sources = Sources(self.sources.counts, self.sources.likeness, self.catalogue.brands())
        self._popular = None

    def add(self, shopper: str, id: str, kind: Kind, at: float) -> None:
        """Take in one event; an unknown product changes nothing."""
        row = self.catalogue.rows.get(id)
        if row is None:
            return
        self.sources.counts.add(self._known(shopper), Touch(row, kind, at))
        self._popular = None

    def remember(self, name: str, shopper: Shopper) -> None:
        """Note what is counted for a shopper already, so that the next event is joined to it.

        Only so many are remembered. Who was forgotten for another adds to the counts, but not to the people
        in them, as nobody can tell any more whether they are among these.
        """
        self._shoppers[name] = shopper
        self._shoppers.move_to_end(name)
        while len(self._shoppers) > MOST_SHOPPERS:
            self.forgotten.add(_mark(self._shoppers.popitem(last=False)[0]))

    def history_of(self, shopper: str) -> list[str]:
        """Return the products that a shopper touched last, oldest first."""
        known = self._shoppers.get(shopper, Shopper())
        return [self.catalogue.items[touch.item].id for touch in known.recent]

    def shoppers(self) -> Iterable[tuple[str, Shopper]]:
        """Return the shoppers that are remembered, the one for the longest first."""
        return self._shoppers.items()

    def _known(self, name: str) -> Shopper:
        shopper = self._shoppers.get(name)
        if shopper is None:
            shopper = Shopper(is_customer(name), _mark(name) not in self.forgotten)
        self.remember(name, shopper)
        return shopper

    def popular(self) -> Integers:
        """Return the rows of what is wanted most of late."""
        if self._popular is None:
            trend = self.sources.counts.trend
            count = min(POPULAR, len(trend))
            top = np.argpartition(-trend, count - 1)[:count] if count else np.zeros(0, np.int64)
            self._popular = top[np.argsort(-trend[top], kind="stable")]
        return self._popular

    def suggest(
        self,
        history: Sequence[str],
        limit: int = 10,
        *,
        relation: Relation = "next",
        allowed: Callable[[str], bool] | None = None,
        within: Collection[str] = (),
        asker: Collection[str] = (),
        is_varied: bool = False,
    ) -> list[Suggestion]:
        """Return the products to show after a history, best first.

        Args:
            history: ids, oldest first; unknown ones are passed over. Empty for a shopper nobody knows.
            relation: what is likely next, what goes with the last product, or what is like it.
            allowed: which products may be shown; all without it.
            within: products that are looked at even if nothing speaks for them (what a search found).
            asker: the names under which the one who asks is counted, to leave them out of the reasons.
            is_varied: keep one kind of thing from filling the list.
        """
        rows = self.catalogue.known(history)
        items, scores = self._scored(rows, relation, self.catalogue.known(within))
        kept = self._best(items, scores, CONSIDERED * limit if is_varied else limit, allowed)
        if is_varied:
            kept = spread(kept, self.sources.likeness, limit)
        own = self._asker(asker)
        return [
            Suggestion(self._id(item), round(score, 6), self._cause(item, rows, relation, own))
            for item, score in kept
        ]

    def _best(
        self, items: Integers, scores: np.ndarray, wanted: int, allowed: Callable[[str], bool] | None
    ) -> list[tuple[int, float]]:
        """Return the best that may be shown; all are put in order only where the first few are not enough."""
        for depth in (FIRST_LOOK * wanted, len(scores)):
            places = np.arange(len(scores))
            if depth < len(scores):
                places = np.sort(np.argpartition(-scores, depth)[:depth])
            kept: list[tuple[int, float]] = []
            for place in places[np.argsort(-scores[places], kind="stable")].tolist():
                item = int(items[place])
                if allowed is None or allowed(self.catalogue.items[item].id):
                    kept.append((item, float(scores[place])))
                    if len(kept) >= wanted:
                        return kept
        return kept

    def varied(self, ids: Sequence[str], limit: int, relevance: float = RELEVANCE) -> list[str]:
        """Choose `limit` of products that stand in the order of their worth, not too many of one kind."""
        rows = [(self.catalogue.rows[id], 0.0) for id in ids if id in self.catalogue.rows]
        chosen = [
            self.catalogue.items[row].id for row, _ in spread(rows, self.sources.likeness, limit, relevance)
        ]
        return chosen + [id for id in ids if id not in self.catalogue.rows][: limit - len(chosen)]

    def _scored(
        self, rows: Sequence[int], relation: Relation, within: Sequence[int]
    ) -> tuple[Integers, np.ndarray]:
        if relation == "goes_with" and rows:
            return goes_with_scores(rows[-1], self.sources)
        if relation == "similar" and rows:
            return alike_scores(rows[-1], self.sources, LEAST_ALIKE)
        spoken_for = np.union1d(self.popular(), np.array(within, np.int64)) if within else self.popular()
        found = signs_of(rows, self.sources, spoken_for.astype(np.int64))
        scores = self.blend.scores(found.values)
        powers = np.exp(scores - scores.max(initial=0.0))
        return found.items, powers / max(powers.sum(), 1e-12)

    def _cause(self, item: int, history: Sequence[int], relation: Relation, asker: _Asker) -> Cause:
        """Return the strongest statement about a product and the history that is true without the asker."""
        if relation == "similar" and history:
            return Cause("similar", self._id(history[-1]))
        if relation == "goes_with" and history:
            return self._pair_cause(item, history[-1], asker)
        if item in history:
            return Cause("again", self._id(item))
        counts = self.sources.counts
        recent = list(dict.fromkeys(reversed(history[-LAGS:])))
        both = [(counts.chosen.both(other, item, asker.chosen), other) for other in recent]
        most, beside = max(both, key=lambda pair: pair[0], default=(0, -1))
        if most >= LEAST_SHOPPERS:
            return Cause("together", self._id(beside), most)
        near: list[tuple[float, int]] = [(counts.follow.cell(other, item), other) for other in recent]
        often, beside = max(near, key=lambda pair: pair[0], default=(0.0, -1))
        if often >= LEAST_FOLLOWED and counts.touched.both(beside, item, asker.touched) >= LEAST_SHOPPERS:
            return Cause("follows", self._id(beside))
        near = [(self.sources.likeness.cell(other, item), other) for other in recent]
        alike, beside = max(near, key=lambda pair: pair[0], default=(0.0, -1))
        if alike >= LEAST_ALIKE:
            return Cause("similar", self._id(beside))
        return self._lone_cause(item, recent, asker)

    def _lone_cause(self, item: int, recent: Sequence[int], asker: _Asker) -> Cause:
        counts, brands = self.sources.counts, self.sources.brands
        shoppers = counts.chosen.count(item, asker.chosen)
        if shoppers >= LEAST_SHOPPERS:
            return Cause("popular", count=shoppers)
        same = [other for other in recent if brands[item] and brands[other] == brands[item]]
        if same:
            return Cause("brand", self._id(same[0]))
        return self._seen_cause(item, asker)

    def _seen_cause(self, item: int, asker: _Asker) -> Cause:
        counts = self.sources.counts
        if counts.touched.count(item, asker.touched) >= LEAST_SHOPPERS:
            return Cause("seen")
        return Cause("unknown" if counts.wanted[item] else "new")

    def _pair_cause(self, item: int, anchor: int, asker: _Asker) -> Cause:
        both = self.sources.counts.chosen.both(anchor, item, asker.chosen)
        if both >= LEAST_SHOPPERS:
            return Cause("together", self._id(anchor), both)
        if shoppers_of_like(anchor, item, self.sources, asker.chosen) >= LEAST_SHOPPERS:
            return Cause("borrowed", self._id(anchor))
        return self._seen_cause(item, asker)

    def _id(self, row: int) -> str:
        return self.catalogue.items[row].id

    def _asker(self, names: Collection[str]) -> _Asker:
        """Return what is counted for the one who asks, under all names that they are known to have."""
        chosen: tuple[set[int], set[int]] = (set(), set())
        touched: tuple[set[int], set[int]] = (set(), set())
        for shopper in filter(None, map(self._shoppers.get, names)):
            chosen[shopper.is_customer].update(shopper.chosen)
            touched[shopper.is_customer].update(shopper.touched)
        return _Asker(
            (frozenset(chosen[0]), frozenset(chosen[1])), (frozenset(touched[0]), frozenset(touched[1]))
        )


@dataclass(frozen=True)
class _Asker:
    """What the one who asks chose, and did anything with: reasons tell of others."""

    chosen: Own
    touched: Own


def _mark(name: str) -> int:
    """Return a number for a shopper's name, the same in every process."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


def _lessons(journeys: Journeys, likeness: Likeness, brands: Integers) -> list[Lesson]:
    """Hold out shoppers in turn and note what their last step looked like to the counts of the others."""
    starts, ends = journeys.bounds()
    chosen = np.flatnonzero(ends - starts >= 2)
    per_fold = MOST_LESSONS // (1 if len(chosen) > MOST_LESSONS * FOLDS else FOLDS)
    folds = 1 if len(chosen) > MOST_LESSONS * FOLDS else FOLDS
    fold_of = np.random.default_rng(0).integers(0, FOLDS, len(starts))
    folded = np.repeat(fold_of, ends - starts)
    lessons, chance = list[Lesson](), np.random.default_rng(0)
    for fold in range(folds):
        counts = Counts.of(journeys.only(folded != fold), len(brands), of_people=False)
        sources = Sources(counts, likeness, brands)
        popular = np.argsort(-counts.trend, kind="stable")[:POPULAR]
        held = chosen[fold_of[chosen] == fold]
        if len(held) > per_fold:
            held = np.random.default_rng(fold).choice(held, per_fold, replace=False)
        for shopper in held.tolist():
            steps = journeys.items[starts[shopper] : ends[shopper]]
            found = signs_of(steps[:-1].tolist(), sources, popular)
            place = np.flatnonzero(found.items == steps[-1])
            if len(place):
                lessons.append(Lesson.of(found.values, int(place[0]), chance))
    return lessons
