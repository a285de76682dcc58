"""Recommend products of the shop: the model's suggestions as records that can be had, each with its reason.

Joins the model, the shop's search and the operator's rules. Knows nothing of dialogue, cards or HTTP.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from ecomlm.recommend.boosts import FILE, Boost, BoostsFile
from ecomlm.recommend.diversity import RELEVANCE
from ecomlm.recommend.following import Following
from ecomlm.recommend.journal import Journal
from ecomlm.recommend.model import Cause, Model, Relation, Suggestion
from ecomlm.recommend.reasons import boosted_text, department_text, mention_text, reason_text
from ecomlm.recommend.wishes import mentioned
from ecomlm.search.filters import Filter, InStock, satisfies
from ecomlm.search.query import Query
from ecomlm.search.search import Search
from ecomlm.settings import Settings
from knowledge.records import Language, Product
from knowledge.store import Store

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 3.0
BORNE_OUT = ("together", "borrowed")
LOOKED_AT = 60
FOUND = 24
RANK_FLOOR = 20
LIKED = 0.2
NEAR_BEST = 0.7
RELEVANCE_TO_NEED = 0.9


@dataclass(frozen=True)
class Wish:
    """What is wished for: beside which product and how, after which history, for which need.

    `query` is the need as the search understood it, with the conditions that must hold; `history` are
    product ids, oldest first, of which those of `bought` were bought. Products of `hidden` are not shown, and
    without a need nothing that is in the history.
    """

    language: Language
    relation: Relation = "next"
    anchor: Product | None = None
    query: Query | None = None
    history: tuple[str, ...] = ()
    bought: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    limit: int = 3

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The conditions that every suggestion must meet."""
        return self.query.filters if self.query else ()


@dataclass(frozen=True)
class Recommended:
    """A product, why it is shown, and the operator's rule that lifted it, if one did."""

    product: Product
    reason: str
    score: float
    cause: Cause
    boost: Boost | None = None


@dataclass(frozen=True)
class Recommendation:
    """What to show.

    `is_on_need` is false where nothing in the shop has to do with the need, `is_ready` where the first
    training is still under way; `lessons` is from how many steps of shoppers the weights were learnt.
    """

    items: tuple[Recommended, ...] = ()
    is_on_need: bool = True
    is_ready: bool = True
    lessons: int = 0

    @property
    def boosts(self) -> tuple[tuple[str, str], ...]:
        """Each rule of the operator's that had a hand in it, with the product that it lifted."""
        return tuple((item.boost.name, item.product.id) for item in self.items if item.boost)


class Recommender:
    """Open over a store and a search; its model is trained by the first use, or by `warm`."""

    def __init__(self, settings: Settings, store: Store, search: Search) -> None:
        self._store, self._search = store, search
        self._boosts = BoostsFile(settings.home / FILE)
        self.following = Following(store)

    async def journal(self) -> Journal:
        """Return where events are kept."""
        return await self.following.journal()

    async def begin(self) -> None:
        """Begin to train the model, and do not wait for it."""
        await self.following.model(patience_seconds=0.0)

    async def warm(self) -> None:
        """Train the model."""
        await self.following.model()

    async def close(self) -> None:
        """Stop the model's work."""
        await self.following.close()

    async def recommend(self, wish: Wish, today: date | None = None) -> Recommendation:
        """Return what to show, best first; everything can be had and meets every condition."""
        model = await self.following.model(PATIENCE_SECONDS)
        day = today or datetime.now(UTC).date()
        need = wish.query.subject if wish.query and not wish.anchor else ""
        found = await self._on_need(wish, model) if need else []
        is_on_need = bool(found) or not need
        if not found and model is not None:
            found = await self._by_model(wish, model)
        ranked = self._boosted(found, day)
        if model is not None and wish.relation != "similar":
            relevance = RELEVANCE_TO_NEED if need and is_on_need else RELEVANCE
            ranked = ranked[: 2 * wish.limit] if need and is_on_need else ranked
            chosen = model.varied([product.id for product, *_ in ranked], wish.limit, relevance)
            by_id = {str(entry[0].id): entry for entry in ranked}
            ranked = [by_id[id] for id in chosen]
        items = tuple(await self._told(ranked[: wish.limit], wish, need if is_on_need else ""))
        recommendation = Recommendation(
            items, is_on_need, model is not None, model.blend.lessons if model else 0
        )
        for name, product in recommendation.boosts:
            log.info("boost %r had a hand in showing %s", name, product)
        return recommendation

    async def _on_need(self, wish: Wish, model: Model | None) -> list[tuple[Product, float, Cause]]:
        """What the search finds for the need, in an order that shoppers' choices have a say in."""
        assert wish.query is not None
        filters = (*wish.filters, *(() if _asks_stock(wish.filters) else (InStock(),)))
        query = replace(wish.query, filters=filters)
        result = await self._search.products(query.text, language=wish.language, limit=FOUND, query=query)
        if not result.exact:
            return []
        best = max((hit.score for hit in result.hits), default=0.0)
        hits = [hit for hit in result.hits if hit.score >= NEAR_BEST * best]
        products = [hit.product for hit in hits if hit.product.id not in wish.hidden]
        if model is None:
            return [(item, 1 / (RANK_FLOOR + n), Cause("new")) for n, item in enumerate(products)]
        ids = [str(item.id) for item in products]
        chosen = set(ids)
        liked = await self._suggest(
            model, wish.history, len(ids), allowed=chosen, within=ids, relation="next"
        )
        places = {item.id: place for place, item in enumerate(liked)}
        causes = {item.id: item.cause for item in liked}
        scored = [
            (
                item,
                1 / (RANK_FLOOR + n) + LIKED / (RANK_FLOOR + places.get(item.id, len(ids))),
                causes.get(item.id, Cause("new")),
            )
            for n, item in enumerate(products)
        ]
        return sorted(scored, key=lambda entry: -entry[1])

    async def _by_model(self, wish: Wish, model: Model) -> list[tuple[Product, float, Cause]]:
        """What goes with a product, is like it or is likely next; its department's other goods to fill up."""
        history = (*wish.history, wish.anchor.id) if wish.anchor else wish.history
        hidden = wish.hidden | set(history)
        for looked_at in (LOOKED_AT, len(model.catalogue)):
            found = await self._suggest(model, history, looked_at, relation=wish.relation)
            kept = await self._had([item for item in found if item.id not in hidden], wish.filters)
            kept = [entry for entry in kept if _is_borne_out(entry, wish)]
            if len(kept) >= wish.limit:
                break
        if wish.relation == "goes_with" and wish.anchor and len(kept) < wish.limit:
            seen = hidden | {product.id for product, *_ in kept}
            kept += await self._of_department(wish, model, seen)
        return kept

    async def _of_department(
        self, wish: Wish, model: Model, seen: frozenset[str] | set[str]
    ) -> list[tuple[Product, float, Cause]]:
        """Other kinds of goods of the same department, those first that are wanted most."""
        anchor = wish.anchor
        assert anchor is not None
        named = anchor.department.best("en")
        ids = {
            item.id
            for item in model.catalogue.items
            if named and item.department == named and item.id not in seen
        }
        if not ids:
            return []
        found = await self._suggest(model, (), len(ids), allowed=ids, within=sorted(ids), relation="next")
        kept = await self._had(found, wish.filters)
        categories = set(anchor.categories)
        return [
            (product, 0.001 * score, cause)
            for product, score, cause in kept
            if not categories & set(product.categories)
        ]

    async def _suggest(
        self,
        model: Model,
        history: Sequence[str],
        limit: int,
        *,
        relation: Relation,
        allowed: set[str] | None = None,
        within: Sequence[str] = (),
    ) -> list[Suggestion]:
        def work() -> list[Suggestion]:
            check = allowed.__contains__ if allowed is not None else None
            return model.suggest(history, limit, relation=relation, allowed=check, within=within)

        return await asyncio.get_running_loop().run_in_executor(self.following.worker, work)

    async def _had(
        self, found: Sequence[Suggestion], filters: Iterable[Filter]
    ) -> list[tuple[Product, float, Cause]]:
        """Return the records of suggestions that can be had now and meet the conditions."""
        products = {str(item.id): item for item in await self._store.products([entry.id for entry in found])}
        conditions = tuple(filters)
        return [
            (products[entry.id], entry.score, entry.cause)
            for entry in found
            if entry.id in products
            and products[entry.id].is_published
            and products[entry.id].is_available is not False
            and satisfies(products[entry.id], conditions)
        ]

    def _boosted(
        self, found: list[tuple[Product, float, Cause]], today: date
    ) -> list[tuple[Product, float, Cause, Boost | None]]:
        rules = self._boosts.rules
        top = max((score for _, score, _ in found), default=0.0)
        ranked = []
        for product, score, cause in found:
            rule = rules.of(product, today)
            ranked.append((product, score + (top * rule.amount if rule else 0.0), cause, rule))
        return sorted(ranked, key=lambda entry: -entry[1]) if rules.rules else ranked

    async def _told(
        self, ranked: Sequence[tuple[Product, float, Cause, Boost | None]], wish: Wish, need: str
    ) -> list[Recommended]:
        ids = [cause.beside for _, _, cause, _ in ranked if cause.beside]
        beside = {str(item.id): item.title.best(wish.language) for item in await self._store.products(ids)}
        return [
            Recommended(product, self._reason(product, cause, rule, wish, need, beside), score, cause, rule)
            for product, score, cause, rule in ranked
        ]

    def _reason(
        self,
        product: Product,
        cause: Cause,
        rule: Boost | None,
        wish: Wish,
        need: str,
        beside: dict[str, str],
    ) -> str:
        language = wish.language
        if cause.kind == "again" and product.id not in wish.bought:
            cause = replace(cause, kind="viewed")
        parts = [boosted_text(rule.is_sponsored, language)] if rule and rule.amount > 0 else []
        parts += [item.say(language) for item in wish.filters if item.kind != "stock"]
        if said := mentioned(need, product):
            parts.append(mention_text(said, language))
        if cause.kind not in ("new", "seen") or not parts:
            if wish.relation == "goes_with" and cause.kind not in BORNE_OUT:
                parts.append(department_text(product.department.best(language), language))
            else:
                parts.append(reason_text(cause, beside.get(cause.beside, ""), language))
        return ("；" if language == "zh" else "; ").join(parts)


def _is_borne_out(found: tuple[Product, float, Cause], wish: Wish) -> bool:
    """Whether more than one shopper had both, or it is another kind of thing from the same department."""
    product, _, cause = found
    if wish.relation != "goes_with" or wish.anchor is None or cause.kind in BORNE_OUT:
        return True
    anchor = wish.anchor
    is_other_kind = not set(anchor.categories) & set(product.categories)
    return bool(anchor.department) and product.department == anchor.department and is_other_kind


def _asks_stock(filters: Iterable[Filter]) -> bool:
    return any(item.kind == "stock" for item in filters)
