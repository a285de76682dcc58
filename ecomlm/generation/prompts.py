"""The prompt of every task, in both languages: the one template that training and serving share.

Prompts are short, because reading them is the shopper's waiting time, and laid out so that what changes
least stands first: the title of a product whose page is open stays in the engine's prefix cache.
An adapter stores `template_text()`; an engine refuses one that was trained with another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ecomlm.evidence import Evidence, Source
from knowledge.records import Language

MAX_PASSAGES = 3
_TITLE_CHARACTERS, _PASSAGE_CHARACTERS = 90, 280

_TEMPLATES: dict[str, dict[Language, str]] = {
    "answer": {
        "en": "Shop item: {subject}\n{evidence}Question: {question}\nAnswer:",
        "zh": "商品：{subject}\n{evidence}问题：{question}\n回答：",
    },
    "passage": {"en": "- {source}: {text}\n", "zh": "- {source}：{text}\n"},
    "reason": {
        "en": "Shop item: {subject}\n{evidence}Shopper wants: {question}\nWhy it fits:",
        "zh": "商品：{subject}\n{evidence}顾客需求：{question}\n推荐理由：",
    },
}
_SOURCES: dict[Source, dict[Language, str]] = {
    "title": {"en": "Title", "zh": "标题"},
    "price": {"en": "Price", "zh": "价格"},
    "stock": {"en": "Stock", "zh": "库存"},
    "variant": {"en": "Variant", "zh": "款式"},
    "attribute": {"en": "Fact", "zh": "参数"},
    "highlight": {"en": "Feature", "zh": "特点"},
    "description": {"en": "Description", "zh": "描述"},
    "review": {"en": "Review", "zh": "评价"},
    "article": {"en": "Shop policy", "zh": "店铺政策"},
    "community": {"en": "Community", "zh": "问答"},
}
_ABSTENTION: dict[Language, str] = {"en": "The page does not say.", "zh": "页面没有说明。"}

STOP = ("\n",)


def answer_prompt(question: str, subject: str, evidence: Sequence[Evidence], language: Language) -> str:
    """Build the prompt that asks for an answer from at most `MAX_PASSAGES` passages, best first.

    `subject` is the product's or article's title; the model continues after the last colon.
    """
    return _fill("answer", question, subject, evidence, language)


def reason_prompt(wish: str, subject: str, evidence: Sequence[Evidence], language: Language) -> str:
    """Build the prompt that asks why a product fits what the shopper looks for."""
    return _fill("reason", wish, subject, evidence, language)


def subject_prefix(subject: str, language: Language) -> str:
    """Return how every prompt about this subject begins, to be read into the prefix cache ahead."""
    return (
        _TEMPLATES["answer"][language]
        .partition("{evidence}")[0]
        .format(subject=_clip(subject, _TITLE_CHARACTERS))
    )


def abstention(language: Language) -> str:
    """Return the sentence with which the model says that the evidence does not answer the question."""
    return _ABSTENTION[language]


def template_text() -> str:
    """Return all that shapes a prompt as one text, for storing beside an adapter."""
    lines = [
        f"{task}.{language}: {text!r}" for task, by in _TEMPLATES.items() for language, text in by.items()
    ]
    lines += [f"source.{source}: {names['en']!r} {names['zh']!r}" for source, names in _SOURCES.items()]
    lines += [f"abstention.{language}: {text!r}" for language, text in _ABSTENTION.items()]
    lines += [f"limits: {MAX_PASSAGES} {_TITLE_CHARACTERS} {_PASSAGE_CHARACTERS}", f"stop: {STOP!r}"]
    return "\n".join(lines) + "\n"


def template_hash() -> str:
    """Return the SHA-256 of `template_text()`."""
    return hashlib.sha256(template_text().encode("utf-8")).hexdigest()


def _fill(task: str, question: str, subject: str, evidence: Sequence[Evidence], language: Language) -> str:
    passages = "".join(
        _TEMPLATES["passage"][language].format(
            source=_SOURCES[item.source][language], text=_clip(item.text, _PASSAGE_CHARACTERS)
        )
        for item in evidence[:MAX_PASSAGES]
    )
    return _TEMPLATES[task][language].format(
        subject=_clip(subject, _TITLE_CHARACTERS),
        evidence=passages,
        question=_clip(question, _PASSAGE_CHARACTERS),
    )


def _clip(text: str, characters: int) -> str:
    """Put text on one line, so that no passage poses as another part of the prompt, and cut it short."""
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    return (
        line[:characters].rsplit(" ", 1)[0]
        if " " in line[characters // 2 : characters]
        else line[:characters]
    )
