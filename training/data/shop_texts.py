"""A shop's records as plain text to pretrain on.

Prices, stock and variants are left out: they change, and a model must look them up, not remember them.
Orders and customers are never read. Knows nothing of where records are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecomlm.evidence import Source
from ecomlm.search.passages import evidence_of
from knowledge.records import Article, Language, Product, Record, Review
from training.data.rows import Text

_CHANGING: tuple[Source, ...] = ("price", "stock", "variant")


def shop_texts(records: Iterable[Record], language: Language, source: str = "shop") -> Iterator[Text]:
    """Yield one text for each published product and article, and each review, that is in `language`."""
    for record in records:
        match record:
            case Product():
                text = _product_text(record, language)
                product = str(record.id)
            case Article():
                text, product = _article_text(record, language), ""
            case Review():
                text = _joined([record.title, record.text]) if record.language == language else ""
                product = str(record.product_id)
            case _:
                continue
        if text:
            yield Text(text, language, source, product)


def _product_text(product: Product, language: Language) -> str:
    if not product.is_published or not product.title.exact(language):
        return ""
    passages = evidence_of(product, (), language)
    shown = [item for item in passages if item.source not in _CHANGING and item.language == language]
    prose = [item.text for item in shown if item.source == "description"]
    separator = "" if language == "zh" else " "
    lines = [item.text for item in shown if item.source != "description"]
    return _joined([lines[0], separator.join(prose), *lines[1:]])


def _article_text(article: Article, language: Language) -> str:
    body = article.body.exact(language)
    if not article.is_published or not body:
        return ""
    questions = [question.exact(language) for question in article.questions]
    return _joined([article.title.exact(language), body.strip(), *questions])


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)
