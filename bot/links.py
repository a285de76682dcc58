"""Where things live on the shop's pages: one place that all links and the storefront's routes come from.

Knows nothing of what the pages look like.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from ecomlm.evidence import Evidence
from knowledge.records import ArticleId, Product, ProductId

PRODUCT_ROUTE = "/products/{product}"
ARTICLE_ROUTE = "/help/{article}"
DEPARTMENT_ROUTE = "/departments/{department}"


def product_link(product: ProductId, field: str = "") -> str:
    """Return the address of a product's page, at the element that holds `field` if one is given."""
    return f"/products/{quote(product, safe='')}" + (f"#{anchor(field)}" if field else "")


def article_link(article: ArticleId, field: str = "") -> str:
    """Return the address of an article's page, at the paragraph `field` (`body.2`) if one is given."""
    return f"/help/{quote(article, safe='')}" + (f"#{anchor(field)}" if field else "")


def anchor(field: str) -> str:
    """Return the element id of a field on its page: `attribute.read_speed` -> `attribute-read_speed`.

    >>> anchor("body.2")
    'body-2'
    """
    return re.sub(r"[^\w-]", "-", field)


def card_link(product: Product, storefront: bool) -> str:
    """Return where a product's card leads: our own page, or the shop's own one where ours is not served."""
    if not storefront and product.url:
        return product.url
    return product_link(product.id)


def evidence_link(evidence: Evidence) -> str:
    """Return the address of the exact passage that a source names."""
    kind, _, record = evidence.record.partition(":")
    if kind == "article":
        return article_link(ArticleId(record), evidence.field)
    return product_link(ProductId(record), evidence.field)
