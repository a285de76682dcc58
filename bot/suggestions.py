"""What a shopper could ask first, in words that fit the shop at hand.

Knows the catalogue's vocabulary. Knows nothing of replies.
"""

from __future__ import annotations

from bot.wording import say
from ecomlm.search.facts import CatalogueFacts
from knowledge.records import Language

COUNT = 3
_WRITTEN = (("suggestion.1", "hiking boots"), ("suggestion.2", "tents"), ("suggestion.3", "hiking shoes"))
_CATEGORY = {"en": "Show me {name}", "zh": "看看{name}"}
_BRAND = {"en": "What is your cheapest product from {name}?", "zh": "{name}最便宜的商品是哪款？"}


def suggestions(facts: CatalogueFacts, language: Language) -> list[str]:
    """Return a few questions that this catalogue can answer."""
    known = {category.en.casefold() for category in facts.categories}
    written = [say(name, language) for name, category in _WRITTEN if category in known]
    categories = [_CATEGORY[language].format(name=_lower(item.best(language))) for item in facts.categories]
    brands = sorted(facts.brands, key=lambda brand: -brand.products)
    from_brands = [_BRAND[language].format(name=brand.name) for brand in brands[:COUNT]]
    return (written or [*categories[:COUNT], *from_brands])[:COUNT]


def _lower(name: str) -> str:
    """Write a category as it stands inside a sentence; names such as "USB hubs" and "TVs" stay."""
    return name[0].lower() + name[1:] if name[1:2].islower() else name
