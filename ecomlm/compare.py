"""Compare two to four products by their records: what differs, what is not stated, which is better for what.

A verdict needs a typed value whose better direction is known (`ecomlm/wordings/advantages.tsv`), a yes or no,
a price, or counted buyers' voices; nothing else is called better. Knows nothing of channels or models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ecomlm.language import normalise
from ecomlm.measured import Fact, facts_of, is_same, values_in
from ecomlm.search.passages import money_text, stock_text
from ecomlm.telling import Advantage, advantages
from ecomlm.uses import Use, text_wish, uses_in
from knowledge.errors import EcomlmError
from knowledge.records import Availability, Language, Offer, Product, Text

FEWEST, MOST = 2, 4
MOST_VERDICTS = 4
_FEWEST_RATINGS, _FEWEST_VOICES = 3, 5
_CLEAR_STARS, _CLEAR_SHARE = Decimal("0.3"), Decimal("0.2")
_ONLY_IF_ASKED = frozenset(
    (
        "height", "width", "depth", "length", "thickness", "fabric_weight", "pieces", "age_from", "energy",
        "sugar", "cocoa", "power", "volume", "net_weight", "use_within", "small_parts", "caffeine",
        "laptop_size", "minimum_focus", "inner_height", "brightness", "shelf_life",
    )
)  # fmt: skip
"""Facts whose better direction depends on what the thing is for."""
_BEHIND = ("pallet", "master_", "package_", "harmonized", "oem_", "last_change", "ark_id", "certification")
_LABELS = {
    "price": Text("Price", "价格"),
    "stock": Text("Availability", "库存"),
    "rating": Text("Buyers' rating", "买家评分"),
}
_REST, _AND = Text("the rest", "其余"), Text(" and ", "、")
_MISSING = Text(" (not stated for {names})", "（{names}未说明）")
_TOO_FEW = Text(" (too few buyers tell of {names})", "（评价{names}的买家太少）")
_BY_LOWEST = Text("{n} starts lower, from {v} against {w}", "{n}起价更低，{v}起，{o}{w}起")
_BY_RATING = Text("Buyers rate {n} higher, {v} against {w}", "买家给{n}的评分更高，{v}，{o}是{w}")
_BY_VOICES = Text(
    "Buyers speak better of the {aspect} of {n}, {v} against {w}",
    "谈到{aspect}，{n}的好评更多，{v}，{o}是{w}",
)
_VOICES = Text("{positive} of {of} pleased", "{of}人中{positive}人好评")
_BY_FLAG = Text("“{label}” is a yes for {n} and a no for {o}", "“{label}”{n}为是，{o}为否")
_BY_TEXT = Text(
    "For {wish} there is {n}: its record says “{label}: {value}”",
    "要{wish}选{n}，资料写明“{label}：{value}”",
)


class ComparisonImpossible(EcomlmError, ValueError):
    """Too few or too many products to compare; the message says how many there may be."""


@dataclass(frozen=True, slots=True)
class Rating:
    """The average of the stars that buyers gave, and how many gave any."""

    stars: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Said:
    """How many of the buyers who speak of an aspect speak well of it; `aspect` as the reader calls it."""

    aspect: str
    positive: int
    of: int


@dataclass(frozen=True, slots=True)
class Side:
    """A product to compare, with what buyers think of it where that is known."""

    product: Product
    rating: Rating | None = None
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of all the products. A value is empty where a record does not state it.

    `best` is the place of the one that the fact speaks for, None where it speaks for none.
    """

    key: str
    label: str
    values: tuple[str, ...]
    best: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence (without its full stop) on which of the products is better in one respect.

    `is_clear` is false where that holds for a part of what is on offer only: the lowest of several prices.
    """

    key: str
    winner: int
    text: str
    is_clear: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs. `verdicts` answer `use`, what the reader wants it for, where one was named.

    `names` are as short as tells the products apart; `same` the labels of facts that all state alike;
    `unstated` what the use turns on and some record does not tell, as (label, names).
    """

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]
    use: str = ""
    same: tuple[str, ...] = ()
    unstated: tuple[tuple[str, tuple[str, ...]], ...] = ()


def compare(sides: Sequence[Side], language: Language, question: str = "") -> Comparison:
    """Compare products for a reader of `language`; `question` may say what for.

    Raises:
        ComparisonImpossible: unless there are two to four different products.
    """
    products = list({side.product.id: side.product for side in sides}.values())
    if not FEWEST <= len(products) <= MOST or len(products) != len(sides):
        raise ComparisonImpossible(
            f"{len(sides)} products, {len(products)} of them different, cannot be compared; "
            f"give {FEWEST} to {MOST} different ones"
        )
    return _Comparing(sides, language).result(question)


def names_of(products: Sequence[Product], language: Language) -> tuple[str, ...]:
    """Return how products are told apart in a sentence: by as few leading words of their titles as differ."""
    titles = [product.title.best(language) for product in products]
    parts = [title.split() for title in titles]
    for count in range(1, max(map(len, parts)) + 1):
        names = [" ".join(part[:count]).rstrip(",，;:") for part in parts]
        if len(set(names)) == len(names) and not any(_begins(name, names) for name in names):
            return tuple(names)
    return tuple(
        f"{title} ({place})" if titles.count(title) > 1 else title for place, title in enumerate(titles, 1)
    )


def _begins(name: str, names: Sequence[str]) -> bool:
    return any(other != name and other.startswith(f"{name} ") for other in names)


class _Comparing:
    def __init__(self, sides: Sequence[Side], language: Language) -> None:
        self.sides, self.language = sides, language
        self.products = [side.product for side in sides]
        self.names = names_of(self.products, language)
        self.known = advantages(language)
        self.facts = facts_of(self.products, language)

    def result(self, question: str) -> Comparison:
        """Put rows and verdicts together."""
        titles = [product.title for product in self.products]
        use = uses_in(question, self.language, titles)
        verdicts = [*self._priced(), *self._rated(), *self._typed(), *self._flagged(use), *self._voiced()]
        wish = "" if use else text_wish(question, self.language, titles)
        fitting = list(self._worded(wish)) if wish else []
        asked = {key for item in use for key in item.keys}
        best = {
            item.key: item.winner
            for item in verdicts
            if item.is_clear and (item.key not in _ONLY_IF_ASKED or item.key in asked)
        }
        differing = [fact for fact in self.facts if not is_same(fact)]
        rows = [*self._fixed(best), *(self._row(fact, best) for fact in sorted(differing, key=_order))]
        return Comparison(
            self.names,
            tuple(rows),
            tuple(fitting or self._chosen(verdicts, use, question)),
            " · ".join(item.name for item in use) or wish,
            tuple(fact.label for fact in self.facts if is_same(fact)),
            tuple(self._unstated(use)),
        )

    def _row(self, fact: Fact, best: dict[str, int]) -> Row:
        return Row(fact.key, fact.label, values_in(fact, self.language), best.get(fact.key))

    def _fixed(self, best: dict[str, int]) -> Iterator[Row]:
        """Price, availability and rating, where any record tells and they differ."""
        stars = [side.rating for side in self.sides]
        told = {
            "price": [self._price(product) for product in self.products],
            "stock": [_stock(product, self.language) for product in self.products],
            "rating": [f"{item.stars}/5 ({item.count})" if item else "" for item in stars],
        }
        for key, values in told.items():
            if any(values) and len(set(values)) > 1:
                yield Row(key, _LABELS[key].best(self.language), tuple(values), best.get(key))

    def _price(self, product: Product) -> str:
        low, high = product.lowest_price, product.highest_price
        if not low or not high:
            return ""
        span = "–" if low != high else ""
        return money_text(low, self.language) + (span and span + money_text(high, self.language))

    def _priced(self) -> Iterator[Verdict]:
        """Yield who costs less: in every form, or else from which price on."""
        lowest = [product.lowest_price for product in self.products]
        if len({price.currency for price in lowest if price}) != 1:
            return
        amounts = [price.amount if price else None for price in lowest]
        spans = [self._price(product) for product in self.products]
        for found in self._by_number("price", self.known["price"], amounts, spans):
            others = [
                amount for place, amount in enumerate(amounts) if amount is not None and place != found.winner
            ]
            dearest = self.products[found.winner].highest_price
            if dearest and dearest.amount <= min(others):
                yield found
                continue
            starts = Advantage("low", (), (_BY_LOWEST.best(self.language),))
            texts = [money_text(price, self.language) if price else "" for price in lowest]
            yield from (
                replace(verdict, is_clear=False)
                for verdict in self._by_number("price", starts, amounts, texts)
            )

    def _rated(self) -> Iterator[Verdict]:
        stars = [side.rating for side in self.sides]
        counted = [item.stars if item and item.count >= _FEWEST_RATINGS else None for item in stars]
        texts = [f"{item.stars}/5 ({item.count})" if item else "" for item in stars]
        told = sorted((value for value in counted if value is not None), reverse=True)
        if len(told) > 1 and told[0] - told[1] >= _CLEAR_STARS:
            rating = Advantage("high", (), (_BY_RATING.best(self.language),))
            yield from self._by_number("rating", rating, counted, texts)

    def _typed(self) -> Iterator[Verdict]:
        for key, advantage in self.known.items():
            fact = next((fact for fact in self.facts if fact.key == key), None)
            if fact is None:
                continue
            texts = values_in(fact, self.language)
            if advantage.better in ("low", "high"):
                if fact.unit:
                    yield from self._by_number(key, advantage, fact.compared, texts)
            else:
                wanted = advantage.better == "yes"
                flags = [None if value is None else Decimal(value is wanted) for value in fact.flags]
                yield from self._by_number(key, Advantage("high", (), advantage.told), flags, texts)

    def _flagged(self, use: Sequence[Use]) -> Iterator[Verdict]:
        """Yield verdicts by what counts for the use alone: a yes to `Cabin size` speaks for a journey."""
        for key in dict.fromkeys(key for item in use for key in item.keys if key not in self.known):
            fact = next((fact for fact in self.facts if fact.key == key and fact.flags), None)
            if fact:
                line = _BY_FLAG.best(self.language).replace("{label}", fact.label)
                flags = [None if value is None else Decimal(value) for value in fact.flags]
                texts = values_in(fact, self.language)
                yield from self._by_number(key, Advantage("high", (), (line,)), flags, texts)

    def _voiced(self) -> Iterator[Verdict]:
        aspects = dict.fromkeys(said.aspect for side in self.sides for said in side.said)
        for aspect in aspects:
            told = [next((said for said in side.said if said.aspect == aspect), None) for side in self.sides]
            shares = [
                Decimal(said.positive) / said.of if said and said.of >= _FEWEST_VOICES else None
                for said in told
            ]
            known = sorted((share for share in shares if share is not None), reverse=True)
            if len(known) < FEWEST or known[0] - known[1] < _CLEAR_SHARE:
                continue
            line = _VOICES.best(self.language)
            texts = [line.format(positive=said.positive, of=said.of) if said else "" for said in told]
            wording = _BY_VOICES.best(self.language).replace("{aspect}", aspect)
            yield from self._by_number(f"said.{aspect}", Advantage("high", (), (wording,)), shares, texts)

    def _by_number(
        self, key: str, advantage: Advantage, values: Sequence[Decimal | None], texts: Sequence[str]
    ) -> Iterator[Verdict]:
        """Yield the verdict on one fact, if exactly one of at least two that state it is ahead."""
        stated = {place: value for place, value in enumerate(values) if value is not None}
        if len(stated) < FEWEST:
            return
        ahead = max(stated.values()) if advantage.better == "high" else min(stated.values())
        winners = [place for place, value in stated.items() if value == ahead]
        if len(winners) > 1:
            return
        winner = winners[0]
        others = [place for place in stated if place != winner]
        other = self.names[others[0]] if len(others) == 1 else _REST.best(self.language)
        against = _AND.best(self.language).join(texts[place] for place in others)
        line = advantage.told[0].format(n=self.names[winner], v=texts[winner], o=other, w=against)
        for note, is_told in ((_MISSING, False), (_TOO_FEW, True)):
            left_out = [
                name
                for place, name in enumerate(self.names)
                if place not in stated and bool(texts[place]) is is_told
            ]
            if left_out:
                line += note.best(self.language).format(names=_AND.best(self.language).join(left_out))
        yield Verdict(key, winner, line)

    def _worded(self, wish: str) -> Iterator[Verdict]:
        """Yield the products whose typed wording names what is wished for, if not all of them do."""
        found = [(fact, fact.naming(wish)) for fact in self.facts]
        for fact, places in found:
            if 0 < len(places) < len(self.products):
                for place in places:
                    value = values_in(fact, self.language)[place]
                    line = _BY_TEXT.best(self.language)
                    text = line.format(wish=wish, n=self.names[place], label=fact.label, value=value)
                    yield Verdict(fact.key, place, text)

    def _chosen(self, verdicts: Sequence[Verdict], use: Sequence[Use], question: str) -> list[Verdict]:
        """Pick what answers the use; without one, the plainest facts, each product's in turn."""
        if use:
            keys = list(dict.fromkeys(key for item in use for key in item.keys))
            plain = normalise(question).lower()
            said = [
                item for item in verdicts if item.key.startswith("said.") and item.key[5:].lower() in plain
            ]
            asked = sorted((item for item in verdicts if item.key in keys), key=lambda i: keys.index(i.key))
            return [*asked, *said][:MOST_VERDICTS]
        left = [item for item in verdicts if item.key not in _ONLY_IF_ASKED]
        chosen: list[Verdict] = []
        while left and len(chosen) < MOST_VERDICTS:
            had = [item.winner for item in chosen]
            chosen.append(min(left, key=lambda item: (had.count(item.winner), left.index(item))))
            left.remove(chosen[-1])
        return chosen

    def _unstated(self, use: Sequence[Use]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for key in dict.fromkeys(key for item in use for key in item.keys):
            fact = next((fact for fact in self.facts if fact.key == key), None)
            if fact and (silent := [place for place, item in enumerate(fact.attributes) if item is None]):
                yield fact.label, tuple(self.names[place] for place in silent)


def _stock(product: Product, language: Language) -> str:
    if product.is_available is None:
        return ""
    states: list[Availability] = [
        offer.availability if not offer.stock and offer.availability else "in_stock"
        for offer in product.offers
        if offer.is_available
    ]
    state: Availability = "in_stock" if "in_stock" in states else next(iter(states), "out_of_stock")
    return stock_text(Offer(availability=state), language)


def _order(fact: Fact) -> tuple[bool, bool, bool]:
    """What all state stands first, what has a known direction before the rest, logistics last."""
    is_behind = fact.key.startswith(_BEHIND) or any(part in fact.key for part in _BEHIND)
    return is_behind, any(item is None for item in fact.attributes), fact.key not in advantages("en")
