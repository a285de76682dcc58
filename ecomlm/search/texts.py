"""Choose the words of a record that it can be found by, in each language.

Knows nothing of how they are indexed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ecomlm.language import words
from ecomlm.search.passages import label_text, paragraphs
from ecomlm.search.values import texts_of
from knowledge.records import Article, Language, Product

EMBEDDED_CHARACTERS = {"en": 360, "zh": 140}
FACT_CHARACTERS = 160
_DESCRIBING = re.compile(
    r"type|material|colou?r|style|flavou?r|connectivity|suitable|recommended|purpose|use"
)
_ACCESSORY_CLAUSE = re.compile(r"\b(?:with|incl\.?|including|includes|featuring)\b|\bw/|\+|（|\(|含|附|配")


@dataclass(frozen=True, slots=True)
class SearchText:
    """What is indexed of one product in one language."""

    meaning: str
    words: tuple[str, ...]
    head: tuple[str, ...]


def search_text(product: Product, language: Language) -> SearchText | None:
    """Return the product's words in a language; None where its record has no title in it."""
    title = product.title.exact(language)
    if not title:
        return None
    category = product.categories[-1].exact(language) if product.categories else ""
    tail = " ".join((product.department.exact(language), *product.tags))
    description = product.description.exact(language)
    highlights = " ".join(text.exact(language) for text in product.highlights)
    facts = " ".join(_facts(product, language))
    brand = product.brand or ""
    named = title if brand.lower() in title.lower() else f"{brand} {title}"
    limit = EMBEDDED_CHARACTERS[language]
    meaning = ". ".join(part for part in (named, category, description or highlights) if part)
    everything = f"{named} {category} {tail} {description} {highlights} {facts}"
    head = _ACCESSORY_CLAUSE.split(title)[0] or title
    return SearchText(
        meaning[:limit],
        tuple(words(everything, language)),
        tuple(words(f"{head} {category}", language)),
    )


def _facts(product: Product, language: Language) -> Iterator[str]:
    """What a product is, is made of and can do; other attributes hold more noise than help."""
    length = 0
    for attribute in product.attributes:
        if length > FACT_CHARACTERS:
            break
        if attribute.value is True:
            told = label_text(attribute, language)
        elif isinstance(attribute.value, bool) or not _DESCRIBING.search(attribute.key):
            continue
        else:
            told = attribute.wording.exact(language) or " ".join(texts_of(attribute))
        length += len(told)
        yield told
    yield from {option.value.exact(language) for variant in product.variants for option in variant.options}


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What is indexed of an article: one of its paragraphs, or a question that it answers."""

    article: str
    place: str
    language: Language
    title: str
    text: str

    @property
    def meaning(self) -> str:
        """What is encoded and indexed: the text with the article's title before it."""
        return self.text if self.place == "question" else f"{self.title}. {self.text}"


def article_texts(article: Article) -> Iterator[ArticleText]:
    """Yield an article's paragraphs (with its title before them) and its questions, in both languages."""
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        title = article.title.exact(language)
        for number, paragraph in enumerate(paragraphs(article.body.exact(language))):
            yield ArticleText(article.id, f"body.{number}", language, title, paragraph)
        for question in article.questions:
            if asked := question.exact(language):
                yield ArticleText(article.id, "question", language, title, asked)
