"""Articles as staff look for them, and an article as a form. Knows nothing of HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import func, select

from bot.console.product_form import Fault, paired
from knowledge.errors import RecordInvalid
from knowledge.importers import values
from knowledge.importers.markup import tidy
from knowledge.importers.report import BadValue
from knowledge.records import Article, ArticleId, Text
from knowledge.store import Store
from knowledge.tables import LANGUAGES, articles, row

PAGE = 50
FIELDS = ("title_en", "title_zh", "body_en", "body_zh", "topic", "questions_en", "questions_zh")
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One page of articles in the order of their ids; `next` is where the following one begins."""

    articles: tuple[Article, ...]
    next: str | None


async def find_articles(store: Store, words: str, topic: str, state: str, after: str) -> Found:
    """Return the articles that hold all the words; `state` is `published`, `draft` or empty."""
    query = select(articles.c.id).where(articles.c.id > after).order_by(articles.c.id).limit(PAGE + 1)
    for word in words.casefold().split()[:_MOST_WORDS]:
        query = query.where(func.lower(articles.c.data).contains(word, autoescape=True))
    if topic:
        query = query.where(articles.c.topic == topic)
    if state in ("published", "draft"):
        query = query.where(articles.c.is_published.is_(state == "published"))
    async with store.engine.connect() as connection:
        ids = list(await connection.scalars(query))
    shown = cast(list[Article], await store.some("article", ids[:PAGE]))
    return Found(tuple(shown), ids[PAGE - 1] if len(ids) > PAGE else None)


async def topics_of(store: Store) -> list[str]:
    """Return the topics that articles have."""
    query = select(articles.c.topic).where(articles.c.topic != "").distinct().order_by(articles.c.topic)
    async with store.engine.connect() as connection:
        return list(await connection.scalars(query))


@dataclass
class ArticleForm:
    """What stands in an article's form; `faults` are by field."""

    id: str = ""
    fields: dict[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    is_published: bool = False
    faults: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def of(cls, article: Article) -> ArticleForm:
        """Return the form that shows an article."""
        found = {
            f"{name}_{language}": getattr(article, name).exact(language)
            for name in ("title", "body")
            for language in LANGUAGES
        }
        for language in LANGUAGES:
            lines = "\n".join(text.exact(language) for text in article.questions)
            found[f"questions_{language}"] = lines.rstrip("\n")
        return cls(article.id, {**found, "topic": article.topic}, article.is_published)

    @classmethod
    def sent(cls, id: str, given: Mapping[str, str]) -> ArticleForm:
        """Return what somebody sent."""
        found = {name: given.get(name, "").replace("\r\n", "\n") for name in FIELDS}
        return cls(id, found, given.get("is_published") == "yes")

    def article(self, before: Article | None = None) -> Article | None:
        """Return the article that the form describes; None where `faults` tell why there is none.

        Args:
            before: the article as it is; one that nobody touched stays exactly so.
        """
        if before and self == ArticleForm.of(before):
            return before
        plain = self.fields
        title = Text(tidy(plain["title_en"]), tidy(plain["title_zh"]))
        body = Text(_paragraphs(plain["body_en"]), _paragraphs(plain["body_zh"]))
        if not title:
            self.faults["title"] = Fault("no_title")
        if not body:
            self.faults["body"] = Fault("no_body")
        if before is None:
            try:
                values.identifier(self.id, "id")
            except BadValue as fault:
                self.faults["id"] = Fault("bad_id", {"value": fault.value})
        made = Article(
            ArticleId(self.id or "-"), title, body, tidy(plain["topic"]),
            paired(plain["questions_en"], plain["questions_zh"]), self.is_published, datetime.now(UTC),
        )  # fmt: skip
        try:
            row(made)
        except RecordInvalid as error:
            self.faults.setdefault("", Fault("invalid", {"fault": str(error)}))
        return None if self.faults else made


def _paragraphs(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.strip().splitlines()))
