"""Hold a reply against the records, without any code of the program's own checks.

Every money amount, number and stock word must be found in a record that the reply is about: the products
on its cards, the product whose page is open, the records it cites. Knows records and events; reads texts
with its own few patterns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from bot.events import Card
from knowledge.records import Article, Product, ProductId, Review
from knowledge.store import Store
from tests.acceptance.shop import Reply

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_MONEY = re.compile(
    r"[$€£¥]\s?(?P<before>\d[\d,]*(?:\.\d+)?)"
    r"|(?P<after>\d[\d,]*(?:\.\d+)?)\s?(?:美元|欧元|英镑|元|块|dollars?\b|USD\b|EUR\b|bucks\b)"
)
_CITATION = re.compile(r"\[\d+\]")
_LISTED = re.compile(r"(?m)^\s*\d+[.)、]\s")
_STARS = re.compile(r"\b5 stars|5\s?星|of 5\b")
_AVAILABLE = re.compile(r"\b(?<!not )in stock\b|\b\d+ left\b|(?<!没)有货|有现货|仅剩|剩余\s?\d+")
_UNAVAILABLE = re.compile(r"\bout of stock\b|\bsold out\b|\bnot in stock\b|缺货|售罄|没有?货|无货")


@dataclass(frozen=True)
class _Known:
    """What one record supports: its numbers, its prices, and its wording."""

    numbers: frozenset[Decimal]
    prices: frozenset[Decimal]
    text: str


class Checker:
    """The shop's records, ready to be compared with replies."""

    def __init__(
        self, products: Iterable[Product], reviews: Iterable[Review], articles: Iterable[Article]
    ) -> None:
        self.products = {product.id: product for product in products}
        self._reviews: dict[str, list[Review]] = {}
        for review in reviews:
            self._reviews.setdefault(review.product_id, []).append(review)
        self._owners = {
            f"review:{item.id}": item.product_id for items in self._reviews.values() for item in items
        }
        self._known = {f"product:{id}": self._of_product(product) for id, product in self.products.items()}
        self._known |= {f"article:{article.id}": _of_article(article) for article in articles}

    @classmethod
    async def of(cls, store: Store) -> Checker:
        """Read every record that a reply may rest on."""
        reviews = [review async for review in store.each_review()]
        return cls(await store.products(), reviews, await store.articles())

    def faults(self, reply: Reply, message: str, page: str | None = None) -> list[str]:
        """Return a sentence for everything in the reply that no record supports; none is the aim."""
        faults = [] if reply.text or reply.cards else ["the reply is empty"]
        if reply.failure:
            faults.append(f"the reply failed: {reply.failure}")
        for card in reply.cards:
            faults.extend(self._card_faults(card))
        about = self._records_of(reply, page)
        text = _plain(reply.text)
        faults.extend(self._number_faults(text, about, message, reply))
        faults.extend(self._money_faults(text, about, message))
        faults.extend(self._stock_faults(text, about))
        return faults

    def reviews_of(self, product_id: str) -> list[Review]:
        """What buyers wrote about a product."""
        return self._reviews.get(product_id, [])

    def _records_of(self, reply: Reply, page: str | None) -> list[str]:
        named = [f"product:{id}" for id in reply.ids]
        named += [f"product:{page}"] if page else []
        named += reply.cited
        for part in ("arguments", "result"):
            values = reply.trace.get(part) or {}
            named += [value for value in (values.get("record"), *(values.get("records") or ())) if value]
        owned = [f"product:{self._owners[record]}" for record in named if record in self._owners]
        return [record for record in dict.fromkeys(named + owned) if record in self._known]

    def _card_faults(self, card: Card) -> Iterable[str]:
        product = self.products.get(card.id)  # type: ignore[call-overload]  # plain test values
        if product is None:
            yield f"card {card.id!r} is no product of the shop"
            return
        price = product.lowest_price
        if (price and str(price.amount)) != card.amount or (price and price.currency) != card.currency:
            yield f"card {card.id!r} says {card.amount} {card.currency}, the record {price}"
        if price and price.amount not in _numbers(card.price):
            yield f"card {card.id!r} shows the price {card.price!r}, the record {price}"
        if card.title not in (product.title.en, product.title.zh):
            yield f"card {card.id!r} shows the title {card.title!r}"
        if (card.availability == "out_of_stock") is not (product.is_available is False):
            yield f"card {card.id!r} says {card.availability}, the record {product.is_available}"
        stock = sum(offer.stock or 0 for offer in product.offers)
        for number in _numbers(card.stock):
            if number != stock:
                yield f"card {card.id!r} says {card.stock!r}, the record {stock}"

    def _number_faults(self, text: str, about: list[str], message: str, reply: Reply) -> Iterable[str]:
        known = {number for record in about for number in self._known[record].numbers}
        known |= _numbers(_plain(message)) | {Decimal(len(reply.cards))}
        total = (reply.trace.get("result") or {}).get("total")
        known |= {Decimal(total)} if total is not None else set()
        for number in _NUMBER.findall(_LISTED.sub(" ", _STARS.sub(" ", text))):
            if Decimal(number.replace(",", "")) not in known:
                yield f"{number!r} is in no record that the reply is about ({', '.join(about) or 'none'})"

    def _money_faults(self, text: str, about: list[str], message: str) -> Iterable[str]:
        known = {price for record in about for price in self._known[record].prices} | _numbers(
            _plain(message)
        )
        for amount in _money(text):
            if amount not in known:
                yield f"the amount {amount} is no price or fee of {', '.join(about) or 'any record'}"

    def _stock_faults(self, text: str, about: list[str]) -> Iterable[str]:
        products = [
            self.products[ProductId(record.partition(":")[2])]
            for record in about
            if record.startswith("product:")
        ]
        told = " ".join(self._known[record].text for record in about)
        offers = [offer for product in products for offer in product.offers]
        for pattern, is_available in ((_AVAILABLE, True), (_UNAVAILABLE, False)):
            for match in pattern.finditer(text):
                if any(offer.is_available is is_available for offer in offers) or match.group() in told:
                    continue
                yield f"{match.group()!r} is said, but of {', '.join(about) or 'nothing'} it is not so"

    def _of_product(self, product: Product) -> _Known:
        reviews = self.reviews_of(product.id)
        texts = [*_texts_of(product), *(f"{review.title} {review.text}" for review in reviews)]
        prices = {
            price.amount for offer in product.offers for price in (offer.price, offer.list_price) if price
        }
        stocks = {Decimal(offer.stock) for offer in product.offers if offer.stock is not None}
        values = {attribute.value for attribute in product.attributes if isinstance(attribute.value, Decimal)}
        ratings = [review.rating for review in reviews if review.rating is not None]
        counts = {*map(Decimal, range(len(reviews) + 1)), Decimal(100), *map(Decimal, ratings)}
        if ratings:
            mean = Decimal(sum(ratings)) / len(ratings)
            counts |= {mean.quantize(Decimal(places), ROUND_HALF_UP) for places in ("1", "0.1", "0.01")}
        text = _plain(" ".join(texts))
        return _Known(
            frozenset(_numbers(text) | prices | stocks | values | counts),
            frozenset(prices | _money(text)),
            text,
        )


def _texts_of(product: Product) -> Iterable[str]:
    for text in (product.title, product.description, *product.highlights, *product.categories):
        yield from (text.en, text.zh)
    for attribute in product.attributes:
        value = attribute.value
        yield " ".join(value) if isinstance(value, tuple) else str(value)
        yield f"{attribute.wording.en} {attribute.wording.zh} {attribute.unit or ''}"
        yield f"{attribute.label.en} {attribute.label.zh}"
    for variant in product.variants:
        for option in variant.options:
            yield f"{option.value.en} {option.value.zh}"
    yield str(product.released or "")


def _of_article(article: Article) -> _Known:
    parts = (article.title, article.body, *article.questions)
    text = _plain(" ".join(f"{part.en} {part.zh}" for part in parts))
    return _Known(frozenset(_numbers(text)), frozenset(_money(text)), text)


def _plain(text: str) -> str:
    return _CITATION.sub(" ", unicodedata.normalize("NFKC", text))


def _numbers(text: str) -> set[Decimal]:
    return {Decimal(number.replace(",", "")) for number in _NUMBER.findall(text)}


def _money(text: str) -> set[Decimal]:
    found = (match["before"] or match["after"] for match in _MONEY.finditer(text))
    return {Decimal(amount.replace(",", "")) for amount in found}
