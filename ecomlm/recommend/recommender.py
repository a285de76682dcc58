"""Recommend products of the shop: the model's suggestions as records that can be had, each with its reason.

Joins the model, the shop's search and the operator's rules. Knows nothing of dialogue, cards or HTTP.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from ecomlm.recommend.boosts import FILE, Boost, BoostsFile
from ecomlm.recommend.diversity import RELEVANCE
from ecomlm.recommend.following import Following
from ecomlm.recommend.journal import Journal
from ecomlm.recommend.model import Cause, Model, Relation, Suggestion
from ecomlm.recommend.reasons import boosted_text, department_text, mention_text, range_text, reason_text
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
CHOSEN = (*BORNE_OUT, "follows", "popular")
LOOKED_AT = (60, 600)
LOOKED_FOR = 96
FOUND = 24
RANK_FLOOR = 20
LIKED = 0.2
NEAR_BEST = 0.7
RELEVANCE_TO_NEED = 0.9

Found = list[tuple[Product, float, Cause]]
Ranked = tuple[Product, float, Cause, Boost | None]


@dataclass(frozen=True)
class Wish:
    """What is wished for: beside which product and how, after which history, for which need.

    `query` is the need as the search understood it, with the conditions that must hold; `history` are
    product ids, oldest first, of which those of `bought` were bought. Products of `hidden` are not shown, and
    without a need nothing that is in the history. `shoppers` are the names under which the one who asks is
    counted: reasons tell of others.
    """

    language: Language
    relation: Relation = "next"
    anchor: Product | None = None
    query: Query | None = None
    history: tuple[str, ...] = ()
    bought: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    shoppers: tuple[str, ...] = ()
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

    `unmet` is the condition of the wish that nothing meets; the items are the nearest to it then, or none.
    `is_on_need` is false where nothing that can be had has to do with the need, `is_ready` where the first
    training is still under way; `lessons` is from how many steps of shoppers the weights were learnt.
    """

    items: tuple[Recommended, ...] = ()
    unmet: Filter | None = None
    is_on_need: bool = True
    is_ready: bool = True
    lessons: int = 0

    @property
    def is_in_stock(self) -> bool:
        """Whether all of it is known to be in stock; a catalogue may say nothing of stock."""
        return all(item.product.is_available for item in self.items)

    @property
    def is_chosen(self) -> bool:
        """Whether shoppers' choices speak for all of it."""
        return all(item.cause.kind in CHOSEN for item in self.items)

    @property
    def says_why(self) -> bool:
        """Whether each has its reason."""
        return all(item.reason for item in self.items)

    @property
    def boosts(self) -> tuple[tuple[str, str], ...]:
        """Each rule of the operator's that had a hand in it, with the product that it lifted."""
        return tuple((item.boost.name, item.product.id) for item in self.items if item.boost)


class Recommender:
    """Open over a store and a search; its model is trained by the first use, or by `warm`."""

    def __init__(self, settings: Settings, store: Store, search: Search) -> None:
        self._store, self._search = store, search
        self._boosts = BoostsFile(settings.home / FILE)
        self.following = Following(store, settings.home, event_days=settings.event_days)

    async def journal(self) -> Journal:
        """Return where events are kept."""
        return await self.following.journal()

    async def forget(self, visitor: str) -> int:
        """Erase a visitor's events and return how many there were; what was learnt of them is unlearnt."""
        return await self.following.forget(visitor)

    async def begin(self) -> None:
        """Begin to train the model and to keep it in order, and do not wait for it."""
        self.following.begin()

    async def warm(self) -> None:
        """Train the model."""
        await self.following.model()

    async def close(self) -> None:
        """Stop the model's work."""
        await self.following.close()

    async def recommend(self, wish: Wish, today: date | None = None) -> Recommendation:
        """Return what to show, best first; everything can be had and meets every condition."""
        model = await self.following.model(PATIENCE_SECONDS)
        query = None if wish.anchor else wish.query
        need = query.subject if query else ""
        found: Found = []
        unmet: Filter | None = None
        if query and (need or query.superlative):
            found, unmet = await self._searched(query, wish, model)
        is_on_need = bool(found or unmet or not need)
        if not found and not unmet and model is not None:
            found = await self._by_model(wish, model)
        is_conditions_alone = query is not None and not need and not query.superlative and query.filters
        if query and is_conditions_alone and len(found) < wish.limit:
            found, unmet = await self._filled_up(found, query, wish, model)
        ranked = self._boosted(found, today or datetime.now(UTC).date())
        if model is not None and wish.relation != "similar" and not unmet and not _is_ordered(query):
            ranked = await self._varied(ranked, wish, model, is_for_need=bool(need) and is_on_need)
        items = tuple(await self._told(ranked[: wish.limit], wish, need if is_on_need else ""))
        recommendation = Recommendation(
            items, unmet, is_on_need, model is not None, model.blend.lessons if model else 0
        )
        for name, product in recommendation.boosts:
            log.info("boost %r had a hand in showing %s", name, product)
        return recommendation

    async def _searched(self, query: Query, wish: Wish, model: Model | None) -> tuple[Found, Filter | None]:
        """What the search finds that may be had, with the condition that none of it meets.

        What meets every condition stands in an order that shoppers' choices have a say in.
        """
        result = await self._search.products(
            query.text, language=wish.language, limit=LOOKED_FOR, query=query
        )
        hits = [hit for hit in result.hits if hit.product.is_available is not False]
        if result.hits and not hits:  # is there more behind what is sold out?
            stocked = replace(query, filters=(*query.filters, InStock()))
            result = await self._search.products(
                query.text, language=wish.language, limit=LOOKED_FOR, query=stocked
            )
            hits = [hit for hit in result.hits if hit.product.is_available]
        unmet = result.unmet if not result.exact and (hits or not result.hits) else None
        if query.subject and not unmet and not query.superlative:
            best = max((hit.score for hit in hits), default=0.0)
            hits = [hit for hit in hits if hit.score >= NEAR_BEST * best]
        products = [hit.product for hit in hits if hit.product.id not in wish.hidden][:FOUND]
        return await self._liked(products, wish, model, is_ordered=bool(unmet or query.superlative)), unmet

    async def _liked(
        self, products: Sequence[Product], wish: Wish, model: Model | None, *, is_ordered: bool
    ) -> Found:
        """Give products of a search their worth: their place, and unless that is fixed what is liked."""
        liked: list[Suggestion] = []
        if model is not None and products:
            ids = [str(item.id) for item in products]
            liked = await self._suggest(
                model, wish, wish.history, len(ids), allowed=set(ids), within=ids, relation="next"
            )
        places = _places(liked)
        causes = {item.id: item.cause for item in liked}
        share = 0.0 if is_ordered else LIKED
        scored = [
            (
                item,
                1 / (RANK_FLOOR + n) + share / (RANK_FLOOR + places.get(item.id, len(products))),
                causes.get(item.id, Cause("unknown")),
            )
            for n, item in enumerate(products)
        ]
        return sorted(scored, key=lambda entry: -entry[1])

    async def _filled_up(
        self, found: Found, query: Query, wish: Wish, model: Model | None
    ) -> tuple[Found, Filter | None]:
        """Put behind what shoppers chose what else meets the conditions, or comes nearest to them."""
        more, unmet = await self._searched(query, wish, model)
        if found and unmet:
            return found, None
        seen = {product.id for product, *_ in found} | wish.hidden
        least = min((score for _, score, _ in found), default=1.0)
        added = [(product, least * score, cause) for product, score, cause in more if product.id not in seen]
        return [*found, *added], unmet

    async def _varied(
        self, ranked: list[Ranked], wish: Wish, model: Model, *, is_for_need: bool
    ) -> list[Ranked]:
        """Choose what to show so that it is not all of one kind; of what meets a need only the best."""
        relevance = RELEVANCE_TO_NEED if is_for_need else RELEVANCE
        best = ranked[: 2 * wish.limit] if is_for_need else ranked
        ids = [str(product.id) for product, *_ in best]
        chosen = await self.following.compute(lambda: model.varied(ids, wish.limit, relevance))
        by_id = {str(entry[0].id): entry for entry in best}
        return [by_id[id] for id in chosen]

    async def _by_model(self, wish: Wish, model: Model) -> Found:
        """What goes with a product, is like it or is likely next; its department's other goods to fill up."""
        history = (*wish.history, wish.anchor.id) if wish.anchor else wish.history
        hidden = wish.hidden | set(history)
        for looked_at in LOOKED_AT:
            found = await self._suggest(model, wish, history, looked_at, relation=wish.relation)
            kept = await self._had([item for item in found if item.id not in hidden], wish.filters)
            kept = [entry for entry in kept if _is_borne_out(entry, wish)]
            if len(kept) >= wish.limit or len(found) < looked_at:
                break
        if wish.relation == "goes_with" and wish.anchor and len(kept) < wish.limit:
            seen = hidden | {product.id for product, *_ in kept}
            kept += await self._of_department(wish, model, seen)
        return kept

    async def _of_department(self, wish: Wish, model: Model, seen: frozenset[str] | set[str]) -> Found:
        """Other kinds of goods of the same department, those first that are wanted most."""
        anchor = wish.anchor
        assert anchor is not None
        named, kept = anchor.department.best("en"), Found()
        categories = set(anchor.categories)
        ids = await self.following.compute(lambda: _ids_of_department(model, named, seen))
        for looked_at in LOOKED_AT:
            found = await self._suggest(
                model, wish, (), looked_at, allowed=ids, within=sorted(ids), relation="next"
            )
            kept = [
                (product, 0.001 * score, cause)
                for product, score, cause in await self._had(found, wish.filters)
                if not categories & set(product.categories)
            ]
            if len(kept) >= wish.limit or len(found) < looked_at:
                break
        return kept

    async def _suggest(
        self,
        model: Model,
        wish: Wish,
        history: Sequence[str],
        limit: int,
        *,
        relation: Relation,
        allowed: set[str] | None = None,
        within: Sequence[str] = (),
    ) -> list[Suggestion]:
        def work() -> list[Suggestion]:
            check = allowed.__contains__ if allowed is not None else None
            return model.suggest(
                history, limit, relation=relation, allowed=check, within=within, asker=wish.shoppers
            )

        return await self.following.compute(work)

    async def _had(self, found: Sequence[Suggestion], filters: Iterable[Filter]) -> Found:
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

    def _boosted(self, found: Found, today: date) -> list[Ranked]:
        rules = self._boosts.rules
        top = max((score for _, score, _ in found), default=0.0)
        ranked = []
        for product, score, cause in found:
            rule = rules.of(product, today)
            ranked.append((product, score + (top * rule.amount if rule else 0.0), cause, rule))
        return sorted(ranked, key=lambda entry: -entry[1]) if rules.rules else ranked

    async def _told(self, ranked: Sequence[Ranked], wish: Wish, need: str) -> list[Recommended]:
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
        is_told = rule is not None and (rule.amount > 0 or rule.is_sponsored)
        parts = [boosted_text(rule.is_sponsored, language)] if rule and is_told else []
        met = [item for item in wish.filters if item.kind != "stock" and satisfies(product, (item,))]
        parts += [item.say(language) for item in met]
        if said := mentioned(need, product):
            parts.append(mention_text(said, language))
        department = product.department.best(language)
        if cause.kind not in ("new", "seen", "unknown") or not parts:
            if wish.relation == "goes_with" and cause.kind not in BORNE_OUT:
                parts.append(department_text(department, language))
            elif cause.kind != "unknown":
                parts.append(reason_text(cause, beside.get(cause.beside, ""), language))
            elif department:
                parts.append(range_text(department, language))
        return ("；" if language == "zh" else "; ").join(parts)


def _places(liked: Sequence[Suggestion]) -> dict[str, int]:
    """Return the place of each suggestion; those of one score share one."""
    places: dict[str, int] = {}
    place = 0
    for before, item in zip([None, *liked], liked, strict=False):
        place += before is not None and before.score != item.score
        places[item.id] = place
    return places


def _ids_of_department(model: Model, named: str, seen: frozenset[str] | set[str]) -> set[str]:
    if not named:
        return set()
    items = model.catalogue.items
    return {item.id for item in items if item.department == named and item.id not in seen}


def _is_ordered(query: Query | None) -> bool:
    return query is not None and query.superlative is not None


def _is_borne_out(found: tuple[Product, float, Cause], wish: Wish) -> bool:
    """Whether more than one shopper had both, or it is another kind of thing from the same department."""
    product, _, cause = found
    if wish.relation != "goes_with" or wish.anchor is None or cause.kind in BORNE_OUT:
        return True
    anchor = wish.anchor
    is_other_kind = not set(anchor.categories) & set(product.categories)
    return bool(anchor.department) and product.department == anchor.department and is_other_kind
