"""The prompt of every task, in both languages: the one template that training and serving share.

Prompts are short, because reading them is the shopper's waiting time, and laid out so that what changes
least stands first: the title of a product whose page is open stays in the engine's prefix cache.
An adapter stores `template_text()`; `unfit_lines` tells what of it differs today, and `known_tasks` which
tasks it was trained for, so that a new task does not turn away an adapter that never knew of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

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
    "compare": {
        "en": "Shop items: {subject}\n{evidence}Question: {question}\nComparison:",
        "zh": "商品对比：{subject}\n{evidence}问题：{question}\n对比：",
    },
    "compare_fact": {
        "en": "{label}: {first} {first_value}, {second} {second_value}",
        "zh": "{label}：{first} {first_value}，{second} {second_value}",
    },
    "digest": {
        "en": "Shop item: {subject}\n{evidence}What buyers say:",
        "zh": "商品：{subject}\n{evidence}买家评价总结：",
    },
    "digest_point": {
        "en": "- {name}: {positive} of {total} positive\n",
        "zh": "- {name}：{total}人中{positive}人好评\n",
    },
    "description": {
        "en": "Shop item: {subject}\n{evidence}Product description:",
        "zh": "商品：{subject}\n{evidence}商品描述：",
    },
    "ad": {
        "en": "Shop item: {subject}\n{evidence}Short ad:",
        "zh": "商品：{subject}\n{evidence}广告语：",
    },
    "smalltalk": {
        "en": "Shopper: {question}\nThe shop replies:",
        "zh": "顾客：{question}\n店铺回复：",
    },
}
_SHARED = "passage"
_ROOM = {"compare": 4, "digest": 2, "description": 6, "ad": 3}
"""How many passages a prompt shows where it is not `MAX_PASSAGES`; for a digest these are its quotes."""
MAX_POINTS = 5
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


@dataclass(frozen=True, slots=True)
class Point:
    """How many of the buyers who mention something speak well of it."""

    name: str
    positive: int
    total: int


def compare_prompt(
    question: str, titles: tuple[str, str], differences: Sequence[Evidence], language: Language
) -> str:
    """Build the prompt that asks which of two products is better for what; see `difference_text`."""
    room = _TITLE_CHARACTERS // 2
    return _fill(
        "compare", question, " | ".join(_clip(title, room) for title in titles), differences, language
    )


def difference_text(label: str, names: tuple[str, str], values: tuple[str, str], language: Language) -> str:
    """Write one fact of two products as a passage: `Weight: Ferrant 480 g, Mossbridge 740 g`."""
    return _TEMPLATES["compare_fact"][language].format(
        label=label, first=names[0], first_value=values[0], second=names[1], second_value=values[1]
    )


def short_names(titles: tuple[str, str]) -> tuple[str, str]:
    """Return how two products are told apart in one sentence: by as few leading words as differ.

    Where the words run out first, the whole titles are used.
    """
    first, second = (title.split() for title in titles)
    for count in range(1, min(len(first), len(second)) + 1):
        if first[count - 1] != second[count - 1]:
            return " ".join(first[:count]), " ".join(second[:count])
    return titles


def digest_prompt(
    subject: str, points: Sequence[Point], quotes: Sequence[Evidence], language: Language
) -> str:
    """Build the prompt that asks for a summary of counted review points and quotes."""
    counted = "".join(
        _TEMPLATES["digest_point"][language].format(
            name=_clip(point.name, _TITLE_CHARACTERS), positive=point.positive, total=point.total
        )
        for point in points[:MAX_POINTS]
    )
    return _fill("digest", "", subject, quotes, language, before=counted)


def description_prompt(subject: str, facts: Sequence[Evidence], language: Language) -> str:
    """Build the prompt that asks for a product description of two to four sentences."""
    return _fill("description", "", subject, facts, language)


def ad_prompt(subject: str, facts: Sequence[Evidence], language: Language) -> str:
    """Build the prompt that asks for one line of advertising."""
    return _fill("ad", "", subject, facts, language)


def smalltalk_prompt(message: str, language: Language) -> str:
    """Build the prompt that asks for the shop's reply to a message that is no question about its goods."""
    return _fill("smalltalk", message, "", (), language)


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
    return "\n".join(_lines()) + "\n"


def template_hash() -> str:
    """Return the SHA-256 of `template_text()`."""
    return text_hash(template_text())


def text_hash(stored: str) -> str:
    """Return the SHA-256 of a stored template text."""
    return hashlib.sha256(stored.encode("utf-8")).hexdigest()


def known_tasks(stored: str) -> frozenset[str]:
    """Return the tasks whose templates a stored `template_text()` lists."""
    return frozenset(task for line in stored.splitlines() if (task := _task(line)))


def unfit_lines(stored: str) -> list[str]:
    """Return the lines by which a stored `template_text()` differs from today's in what it knows.

    Templates of tasks that it does not list at all are no difference; any change to a template that it
    lists, to the passages, the sources, the limits or the words of abstention is.
    """
    then, known = set(stored.splitlines()), known_tasks(stored)
    now = {line for line in _lines() if (task := _task(line)) is None or task in known}
    return sorted(then ^ now)


def _lines() -> list[str]:
    lines = [
        f"{task}.{language}: {text!r}" for task, by in _TEMPLATES.items() for language, text in by.items()
    ]
    lines += [f"{task}_room.limit: {count}" for task, count in _ROOM.items()]
    lines += [f"digest_points.limit: {MAX_POINTS}"]
    lines += [f"source.{source}: {names['en']!r} {names['zh']!r}" for source, names in _SOURCES.items()]
    lines += [f"abstention.{language}: {text!r}" for language, text in _ABSTENTION.items()]
    return [*lines, f"limits: {MAX_PASSAGES} {_TITLE_CHARACTERS} {_PASSAGE_CHARACTERS}", f"stop: {STOP!r}"]


def _task(line: str) -> str | None:
    """Return the task that a line of the template text belongs to; None for what all tasks share."""
    task = line.partition(":")[0].partition(".")[0].partition("_")[0]
    return None if task in (_SHARED, "source", "abstention", "limits", "stop") else task


def _fill(
    task: str,
    question: str,
    subject: str,
    evidence: Sequence[Evidence],
    language: Language,
    before: str = "",
) -> str:
    passages = "".join(
        _TEMPLATES[_SHARED][language].format(
            source=_SOURCES[item.source][language], text=_clip(item.text, _PASSAGE_CHARACTERS)
        )
        for item in evidence[: _ROOM.get(task, MAX_PASSAGES)]
    )
    return _TEMPLATES[task][language].format(
        subject=_clip(subject, _TITLE_CHARACTERS),
        evidence=before + passages,
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
