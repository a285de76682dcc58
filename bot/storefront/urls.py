"""Addresses on the shop's pages, down to the passage that a source names.

The one place that links and routes come from. Knows nothing of what the pages look like.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from knowledge.records import Language, Product

HOME = "/"
DEPARTMENTS = "/departments"
PRODUCTS = "/products"
ARTICLES = "/articles"
REVIEWS = "/reviews"
SEARCH = "/search"
PICTURES = "/pictures"


def url_of(record: str, field: str = "", language: Language | None = None, **query: str) -> str:
    """Return the address of the page element that shows `field` of `record`.

    `record` is as in `Evidence.record` (`product:4711`, `article:returns`, `review:r9`); without a field the
    whole page is meant. With `language` the page opens in that language whatever the browser prefers; `query`
    holds what else the page is told.

    >>> url_of("product:ssd", "attribute.read_speed", "zh")
    '/products/ssd?lang=zh#attribute.read_speed'
    """
    kind, _, id = record.partition(":")
    if kind == "review":
        return with_language(f"{REVIEWS}/{_part(id)}", language, **query)
    folder = ARTICLES if kind == "article" else PRODUCTS
    place = f"#{quote(anchor(field), safe='._-')}" if field else ""
    return with_language(f"{folder}/{_part(id)}", language, **query) + place


def anchor(field: str) -> str:
    """Return the id of the element that shows a field: ids hold no white space.

    >>> anchor("variant.NF 42")
    'variant.NF_42'
    """
    return "_".join(field.split())


def department_url(slug: str, language: Language | None = None) -> str:
    """Return the address of a department's page."""
    return with_language(f"{DEPARTMENTS}/{_part(slug)}", language)


def picture_url(product_id: str) -> str:
    """Return the address of the drawing that stands in where a product has no picture."""
    return f"{PICTURES}/{_part(product_id)}.svg"


def image_url(product: Product) -> str:
    """Return the product's own picture where a secure page may show it, else that of its drawing."""
    image = product.image or ""
    is_safe = image.startswith("https://") or (image.startswith("/") and not image.startswith("//"))
    return image if is_safe else picture_url(product.id)


def with_language(path: str, language: Language | None, **query: str | int) -> str:
    """Add the language and further query values to a path."""
    values = {**({"lang": language} if language else {}), **query}
    return f"{path}?{urlencode(values)}" if values else path


def _part(text: str) -> str:
    return quote(text, safe="")
