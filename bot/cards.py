"""Product cards and source links, rendered from records: nothing on them is written by a model.

Knows records and the storefront's addresses. Knows nothing of searching or of replies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from bot.events import Card, SourceLink
from bot.settings import BotSettings
from bot.storefront.urls import image_url, url_of
from bot.wording import say
from ecomlm.evidence import Evidence
from ecomlm.search.passages import money_text
from knowledge.records import Language, Money, Product

_SENTENCE_TITLE: dict[Language, int] = {"en": 64, "zh": 36}
_OPTION_VALUES = 6
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?:\s|$)")
_SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "2XL", "XXXL", "3XL", "4XL", "5XL")
_LABEL_CHARACTERS = 48

CardAvailability = Literal["in_stock", "low_stock", "out_of_stock", "preorder", "backorder", "unknown"]


def card(product: Product, language: Language, settings: BotSettings, reason: str = "") -> Card:
    """Return a product as the widget shows it."""
    lowest, highest = product.lowest_price, product.highest_price
    state, stock = availability(product, language, settings.low_stock)
    is_external = not settings.storefront and product.url
    return Card(
        id=product.id,
        title=product.title.best(language),
        price=price_text(lowest, highest, language),
        amount=str(lowest.amount) if lowest else None,
        currency=lowest.currency if lowest else None,
        availability=state,
        stock=stock,
        url=product.url
        if is_external and product.url
        else url_of(f"product:{product.id}", language=language),
        image=image_url(product) if settings.storefront else product.image,
        brand=product.brand,
        reason=reason,
        options=option_lines(product, language),
    )


def short_title(product: Product, language: Language) -> str:
    """Return a product's title as a sentence can carry it."""
    title = product.title.best(language)
    limit = _SENTENCE_TITLE[language]
    if len(title) <= limit:
        return title
    cut = title[:limit].rsplit(" ", 1)[0] if " " in title[limit // 2 : limit] else title[:limit]
    return cut.rstrip(" ,.;:-(（，、") + "…"


def price_text(lowest: Money | None, highest: Money | None, language: Language) -> str:
    """Return one price, "from" the lowest where forms differ, and words where there is none."""
    if lowest is None:
        return say("card.no_price", language)
    price = money_text(lowest, language)
    return price if highest is None or lowest == highest else say("card.from", language, price=price)


def availability(product: Product, language: Language, low_stock: int) -> tuple[CardAvailability, str]:
    """Return whether the product can be had, for programs and in words."""
    if product.is_available is None:
        return "unknown", ""
    if not product.is_available:
        return "out_of_stock", say("card.out_of_stock", language)
    available = [offer for offer in product.offers if offer.is_available]
    counted = [offer.stock for offer in available if offer.stock]
    if not counted:
        later = {offer.availability for offer in available}
        if later <= {"preorder", "backorder"}:
            return (
                ("preorder", say("card.preorder", language))
                if "preorder" in later
                else (
                    "backorder",
                    say("card.backorder", language),
                )
            )
    elif len(counted) == len(available) and sum(counted) <= low_stock:
        return "low_stock", say("card.low_stock", language, count=sum(counted))
    return "in_stock", say("card.in_stock", language)


def option_lines(product: Product, language: Language) -> tuple[str, ...]:
    """Return the choices that can be had, one line for each kind: `Colour: black, blue`."""
    choices: dict[str, dict[str, None]] = {}
    labels: dict[str, str] = {}
    for variant in product.variants:
        if variant.offer.is_available is False:
            continue
        for option in variant.options:
            labels.setdefault(option.key, option.label.best(language) or option.key.capitalize())
            choices.setdefault(option.key, {})[option.value.best(language)] = None
    return tuple(
        say("card.option", language, label=labels[key], values=_some(_ordered(list(values)), language))
        for key, values in choices.items()
    )


def source_links(
    cited: Sequence[Evidence], language: Language, product: Product | None = None
) -> tuple[SourceLink, ...]:
    """Number the passages that a reply rests on, each with the address that shows it."""
    return tuple(
        SourceLink(number, item.id, _label(item, language, product), item.text, _page(item, language))
        for number, item in enumerate(cited, start=1)
    )


def _page(item: Evidence, language: Language) -> str:
    """The address of a passage, on the page in its own language; a review stands in both."""
    return url_of(item.record, item.field, language if item.source == "review" else item.language)


def _label(item: Evidence, language: Language, product: Product | None) -> str:
    name = say(f"source.{item.source}", language)
    if item.attribute:
        name = item.attribute.label.best(language) or name
    if not product:
        return name
    title = product.title.best(language)
    if len(title) > _LABEL_CHARACTERS:
        title = title[: _LABEL_CHARACTERS - 1].rstrip() + "…"
    return f"{name} · {title}"


def _ordered(values: list[str]) -> list[str]:
    """Put sizes in their order; other values stay as the record has them."""
    if all(_NUMBER.match(value) for value in values):
        return sorted(values, key=lambda value: float(value.split()[0].replace(",", ".")))
    if all(value.upper() in _SIZES for value in values):
        return sorted(values, key=lambda value: _SIZES.index(value.upper()))
    return values


def _some(values: list[str], language: Language) -> str:
    comma = "、" if language == "zh" else ", "
    shown = comma.join(values[:_OPTION_VALUES])
    return shown + (" …" if len(values) > _OPTION_VALUES else "")
