"""Render a record as citable passages: what a reply may rest on, and where it says so.

Words come from the record alone. Knows nothing of questions, ranking or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ecomlm.evidence import Evidence, Source
from knowledge.records import (
    Article,
    Attribute,
    Language,
    Money,
    Offer,
    Option,
    Product,
    Review,
    Text,
    Variant,
)

REVIEW_PASSAGES = 60
PASSAGE_CHARACTERS = 280

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "KRW": "₩"}
_CHINESE_CURRENCIES = {
    "USD": "美元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元", "CNY": "元", "HKD": "港元", "TWD": "新台币",
}  # fmt: skip
_WHOLE_UNITS = ("JPY", "KRW")
_CHINESE_UNITS = {  # symbols such as g, cm and W are the same in both languages
    "year": "年", "years": "年", "month": "个月", "months": "个月", "week": "周", "weeks": "周", "day": "天",
    "days": "天", "h": "小时", "hours": "小时", "min": "分钟", "minutes": "分钟", "pcs": "件", "pc(s)": "件",
    "pieces": "件", "people": "人", "persons": "人", "servings": "份", "pairs": "双", "in": "英寸",
    "inches": "英寸", "shots": "张", "slots": "格", "steps": "档",
}  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[A-Z0-9\u4e00-\u9fff])|(?<=[。！？；])\s*|\s*\n+\s*")
_ABBREVIATION = re.compile(
    r"\b(?:approx|vs|no|incl|max|min|e\.g|i\.e|etc|mr|mrs|dr|st|fig)\.$", re.IGNORECASE
)
_CLAUSE = re.compile(r"(?<=[,;:，；：])\s*")
_LABELS = {
    "title": Text("Product", "商品"),
    "brand": Text("Brand", "品牌"),
    "category": Text("Category", "类别"),
    "price": Text("Price", "价格"),
    "list_price": Text("Regular price", "原价"),
    "stock": Text("Availability", "库存"),
    "released": Text("Released", "上市日期"),
}


def money_text(money: Money, language: Language) -> str:
    """Write an amount as the shop shows it: `$1,299.00`, `1299.00美元`."""
    places = 0 if money.currency in _WHOLE_UNITS else 2
    if language == "zh":
        return f"{money.amount:.{places}f}{_CHINESE_CURRENCIES.get(money.currency, ' ' + money.currency)}"
    symbol = _SYMBOLS.get(money.currency)
    amount = f"{money.amount:,.{places}f}"
    return f"{symbol}{amount}" if symbol else f"{amount} {money.currency}"


def number_text(number: Decimal) -> str:
    """Write a number without needless zeros: `3500`, `15.6`."""
    plain = format(number.normalize(), "f")
    return "0" if plain in ("-0", "0") else plain


def value_text(attribute: Attribute, language: Language) -> str:
    """Word an attribute's value in `language`: yes/no as 是/否, numbers with their unit."""
    value = attribute.value
    if isinstance(value, bool):
        return {"en": ("no", "yes"), "zh": ("否", "是")}[language][value]
    if isinstance(value, Decimal):
        if language == "zh" and attribute.unit in _CHINESE_UNITS:
            return number_text(value) + _CHINESE_UNITS[attribute.unit]
        return number_text(value) + (f" {attribute.unit}" if attribute.unit else "")
    if wording := attribute.wording.exact(language):
        return wording
    if isinstance(value, tuple):
        return ("、" if language == "zh" else ", ").join(value)
    return value


def label_text(attribute: Attribute, language: Language) -> str:
    """Name an attribute as the shop does, or by its key where the shop has no name for it."""
    return attribute.label.best(language) or attribute.key.replace("_", " ").capitalize()


def stock_text(offer: Offer, language: Language) -> str:
    """Say whether an offer can be had; empty where the record does not tell."""
    english = language == "en"
    if offer.is_available is None:
        return ""
    if not offer.is_available:
        return "out of stock" if english else "缺货"
    if offer.stock:
        return f"in stock, {offer.stock} left" if english else f"有货，剩余{offer.stock}件"
    if offer.availability == "preorder":
        return "can be pre-ordered" if english else "可预订"
    if offer.availability == "backorder":
        return "on backorder" if english else "缺货可订"
    return "in stock" if english else "有货"


def sentences(text: str) -> Iterator[str]:
    """Split text into sentences of a citable length, in either language."""
    held = ""
    for piece in _SENTENCE.split(text):
        if not piece or not piece.strip():
            continue
        held = f"{held} {piece.strip()}" if held else piece.strip()
        if _ABBREVIATION.search(held):
            continue
        yield from _short(held)
        held = ""
    if held:
        yield from _short(held)


def _short(sentence: str) -> Iterator[str]:
    if len(sentence) <= PASSAGE_CHARACTERS:
        yield sentence
        return
    held = ""
    for clause in _CLAUSE.split(sentence):
        while len(clause) > PASSAGE_CHARACTERS:
            cut = clause.rfind(" ", 1, PASSAGE_CHARACTERS)
            cut = cut if cut > 0 else PASSAGE_CHARACTERS
            if held:
                yield held
                held = ""
            yield clause[:cut]
            clause = clause[cut:].lstrip()
        if held and len(held) + len(clause) + 1 > PASSAGE_CHARACTERS:
            yield held
            held = clause
        else:
            joint = "" if held and "\u4e00" <= held[-2:-1] <= "\u9fff" else " "
            held = f"{held}{joint}{clause}" if held else clause
    if held:
        yield held


def evidence_of(product: Product, reviews: Iterable[Review], language: Language) -> list[Evidence]:
    """Render every citable passage of a product, its facts first and its reviews last."""
    writer = _Writer(f"product:{product.id}", language)
    return [
        *writer.identity(product),
        *writer.offers(product),
        *(writer.fact(attribute) for attribute in product.attributes),
        *writer.texts(product),
        *_reviews(reviews, language),
    ]


def choices_of(product: Product, language: Language) -> list[Evidence]:
    """Render what can be chosen, one passage for each kind of choice: `Colour: white, black; sold out: blue`.

    Each stands at the first form of the product that has such a choice.
    """
    writer, english = _Writer(f"product:{product.id}", language), language == "en"
    passages = []
    for key in dict.fromkeys(option.key for variant in product.variants for option in variant.options):
        values: dict[str, bool] = {}
        for variant, option in _chosen(product, key):
            name = option.value.best(language)
            values[name] = values.get(name, False) or variant.offer.is_available is not False
        first, label = next((v, o.label) for v, o in _chosen(product, key))
        comma = ", " if english else "、"
        told = comma.join(name for name, can_be_had in values.items() if can_be_had)
        if gone := comma.join(name for name, can_be_had in values.items() if not can_be_had):
            told += (
                ("; sold out: " if english else "；已售罄：")
                if told
                else ("sold out: " if english else "已售罄：")
            )
            told += gone
        fact = Attribute(key, tuple(values), label=label)
        passages.append(
            writer.passage(f"variant.{first.sku}", "variant", told, fact, label_text(fact, language))
        )
    return passages


def _chosen(product: Product, key: str) -> Iterator[tuple[Variant, Option]]:
    for variant in product.variants:
        for option in variant.options:
            if option.key == key:
                yield variant, option


def evidence_of_article(article: Article, language: Language) -> list[Evidence]:
    """Render an article paragraph by paragraph (`body.0`, `body.1` ...) after its title."""
    title, body = article.title.best(language), article.body.best(language)
    written: Language = language if article.body.exact(language) else ("en" if language == "zh" else "zh")
    record = f"article:{article.id}"
    return [
        Evidence(record, "title", "article", title, written),
        *(
            Evidence(record, f"body.{number}", "article", paragraph, written)
            for number, paragraph in enumerate(paragraphs(body))
        ),
    ]


def paragraphs(body: str) -> list[str]:
    """Split a Markdown body at its blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", body) if part.strip()]


class _Writer:
    """Writes the passages of one record in one language."""

    def __init__(self, record: str, language: Language) -> None:
        self.record, self.language = record, language
        self.colon = "：" if language == "zh" else ": "

    def passage(
        self, place: str, source: Source, text: str, attribute: Attribute | None = None, name: str = ""
    ) -> Evidence:
        label = name or (_LABELS[place].best(self.language) if place in _LABELS else "")
        whole = f"{label}{self.colon}{text}" if label else text
        return Evidence(self.record, place, source, whole, self.language, attribute)

    def identity(self, product: Product) -> Iterator[Evidence]:
        yield self.passage("title", "title", product.title.best(self.language))
        if product.brand:
            brand = Attribute("brand", product.brand, label=_LABELS["brand"])
            yield self.passage("brand", "attribute", product.brand, brand)
        if product.categories:
            last = product.categories[-1].best(self.language)
            category = Attribute("category", last, label=_LABELS["category"])
            yield self.passage("category", "attribute", last, category)
        if product.released:
            released = Attribute("released", product.released.isoformat(), label=_LABELS["released"])
            yield self.passage("released", "attribute", product.released.isoformat(), released)

    def offers(self, product: Product) -> Iterator[Evidence]:
        low, high = product.lowest_price, product.highest_price
        if low and high:
            span = " to " if self.language == "en" else "至"
            text = money_text(low, self.language)
            if high != low:
                text += span + money_text(high, self.language)
            yield self.passage("price", "price", text, Attribute("price", low.amount, low.currency))
        if not product.variants and product.offer.list_price and product.offer.list_price != low:
            regular = product.offer.list_price
            fact = Attribute("list_price", regular.amount, regular.currency)
            yield self.passage("list_price", "price", money_text(regular, self.language), fact)
        if product.is_available is not None:
            yield self.passage("stock", "stock", self._stock(product))
        for variant in product.variants:
            yield self._variant(variant)

    def _stock(self, product: Product) -> str:
        if not product.variants:
            return stock_text(product.offer, self.language)
        return stock_text(
            Offer(availability="in_stock" if product.is_available else "out_of_stock"), self.language
        )

    def _variant(self, variant: Variant) -> Evidence:
        english = self.language == "en"
        options = []
        for option in variant.options:
            label = option.label.best(self.language) or option.key.capitalize()
            options.append(f"{label} {option.value.best(self.language)}")
        facts = [stock_text(variant.offer, self.language)]
        if variant.offer.price:
            facts.insert(0, money_text(variant.offer.price, self.language))
        named = (", " if english else "，").join(options) or variant.sku
        told = (", " if english else "，").join(fact for fact in facts if fact)
        return self.passage(
            f"variant.{variant.sku}", "variant", f"{named}{self.colon}{told}" if told else named
        )

    def fact(self, attribute: Attribute) -> Evidence:
        name = label_text(attribute, self.language)
        text = value_text(attribute, self.language)
        return self.passage(f"attribute.{attribute.key}", "attribute", text, attribute, name)

    def texts(self, product: Product) -> Iterator[Evidence]:
        for number, highlight in enumerate(product.highlights):
            yield self._quoted(f"highlight.{number}", "highlight", highlight)
        description = product.description.best(self.language)
        for number, sentence in enumerate(sentences(description)):
            text = Text(**{self._written(product.description): sentence})
            yield self._quoted(f"description.{number}", "description", text)

    def _written(self, text: Text) -> Language:
        return self.language if text.exact(self.language) else ("en" if self.language == "zh" else "zh")

    def _quoted(self, place: str, source: Source, text: Text) -> Evidence:
        return Evidence(self.record, place, source, text.best(self.language), self._written(text))


def _reviews(reviews: Iterable[Review], language: Language) -> list[Evidence]:
    """The reviews' passages, those in the reader's language first, bounded in number."""
    ordered = sorted(reviews, key=lambda review: review.language != language)
    passages = [
        Evidence(f"review:{review.id}", f"text.{number}", "review", sentence, review.language)
        for review in ordered
        for number, sentence in enumerate(sentences(review.text))
    ]
    return passages[:REVIEW_PASSAGES]
