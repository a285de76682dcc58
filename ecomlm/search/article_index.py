"""Find the paragraph of the shop's articles that answers a question.

Knows articles' texts. Knows nothing of products or how a reply is phrased.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ecomlm.conditions import conditions
from ecomlm.language import normalise, words
from ecomlm.search.embed import Embedder, Vectors
from ecomlm.search.lexical import WordIndex
from ecomlm.search.texts import ArticleText, article_texts
from ecomlm.search.vectors import VectorCache
from knowledge.records import Article, Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")
# A question of this similarity to a paragraph is as likely answered by it as not, by embedder language.
EVEN = {"en": 0.46, "zh": 0.86}
STEEPNESS = {"en": 11.0, "zh": 45.0}
EVEN_COVER, COVER_WEIGHT, TITLE_WEIGHT, QUESTION_WEIGHT = 0.4, 2.0, 1.0, 0.3
CONDITION_WEIGHT = 2.0
# Probabilities for the paragraphs of an article that was written for the very question asked.
FIRST, OTHER = 0.98, 0.9


@dataclass(frozen=True)
class ArticleIndex:
    """All paragraphs and known questions, with vectors in the order of the texts of their language."""

    texts: Mapping[Language, tuple[ArticleText, ...]]
    vectors: Mapping[Language, Vectors]
    words: Mapping[Language, WordIndex]

    @cached_property
    def _title_words(self) -> Mapping[tuple[Language, str], frozenset[str]]:
        return {
            (item.language, item.title): frozenset(words(item.title, item.language))
            for items in self.texts.values()
            for item in items
        }

    @classmethod
    def build(
        cls, articles: Iterable[Article], embedders: Mapping[Language, Embedder], cache: VectorCache
    ) -> ArticleIndex:
        """Encode and index the published articles."""
        found = [text for article in articles if article.is_published for text in article_texts(article)]
        texts = {
            language: tuple(item for item in found if item.language == language) for language in LANGUAGES
        }
        vectors = {
            language: cache.encode(embedders[language], [item.meaning for item in items])
            for language, items in texts.items()
        }
        return cls._of(texts, vectors)

    @classmethod
    def _of(
        cls, texts: Mapping[Language, tuple[ArticleText, ...]], vectors: Mapping[Language, Vectors]
    ) -> ArticleIndex:
        indexes = {
            language: WordIndex.build([words(item.meaning, language) for item in items])
            for language, items in texts.items()
        }
        return cls(texts, vectors, indexes)

    def save(self, folder: Path) -> None:
        """Write texts and vectors into an existing folder."""
        data = {language: [asdict(item) for item in items] for language, items in self.texts.items()}
        (folder / "articles.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for language, vectors in self.vectors.items():
            np.save(folder / f"articles.{language}.npy", vectors, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> ArticleIndex:
        """Open what `save` wrote."""
        data = json.loads((folder / "articles.json").read_text(encoding="utf-8"))
        return cls._of(
            {language: tuple(ArticleText(**item) for item in data[language]) for language in LANGUAGES},
            {
                language: np.load(folder / f"articles.{language}.npy", allow_pickle=False)
                for language in LANGUAGES
            },
        )

    def find(
        self, question: str, vector: Vectors, language: Language, limit: int
    ) -> list[tuple[ArticleText, float]]:
        """Return the paragraphs most likely to answer, with probabilities, best first.

        An article that names this very question among its own is the answer: its paragraphs alone are
        returned, in their order, the first as the likeliest.
        """
        items = self.texts[language]
        if not items:
            return []
        if written_for := [item.article for item in items if _is_question(item, question)]:
            body = [item for item in items if item.article == written_for[0] and item.place != "question"]
            return [(item, FIRST if place == 0 else OTHER) for place, item in enumerate(body[:limit])]
        near = self.vectors[language] @ vector
        asked_words = words(question, language)
        _, cover = self.words[language].scores(asked_words)
        odds: list[float] = (
            STEEPNESS[language] * (near - EVEN[language]) + COVER_WEIGHT * (cover - EVEN_COVER)
        ).tolist()
        asked = self._asked(items, odds)
        condition = conditions(question)
        ranked = []
        for item, own in zip(items, odds, strict=True):
            if item.place == "question":
                continue
            title = self._title_words[language, item.title]
            told = len(title & set(asked_words)) / max(len(title), 1)
            whole = own + QUESTION_WEIGHT * (asked.get(item.article, own) - own) + TITLE_WEIGHT * told
            if condition:
                whole += CONDITION_WEIGHT * len(condition & conditions(item.text)) / len(condition)
            ranked.append((item, 1 / (1 + math.exp(-whole))))
        ranked.sort(key=lambda pair: -pair[1])
        return ranked[:limit]

    def in_language(
        self, found: list[tuple[ArticleText, float]], language: Language
    ) -> list[tuple[ArticleText, float]]:
        """Return the same paragraphs in another language, where the articles have them in it."""
        known = {(item.article, item.place): item for item in self.texts[language]}
        return [(known.get((item.article, item.place), item), score) for item, score in found]

    @staticmethod
    def _asked(items: tuple[ArticleText, ...], odds: list[float]) -> dict[str, float]:
        """How well each article's own questions match, the best of them."""
        best: dict[str, float] = {}
        for item, score in zip(items, odds, strict=True):
            if item.place == "question":
                best[item.article] = max(best.get(item.article, score), score)
        return best


def _is_question(item: ArticleText, question: str) -> bool:
    """Tell whether an article's own question is this one, signs and capitals aside."""
    return item.place == "question" and _bare(item.text) == _bare(question)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, normalise(text).lower()))
