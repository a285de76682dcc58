"""Rows about questions where a small model goes wrong, about the shop's policies, and small talk.

Indirect yes-no questions, numbers that belong to another fact, passages that contradict each other or
nearly answer. Numbers come from the records. Knows nothing of models.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import answer_prompt, smalltalk_prompt
from ecomlm.search.passages import evidence_of, evidence_of_article, label_text
from ecomlm.telling import spoken_value
from knowledge.records import Article, ArticleId, Language, Product
from training.data.examples import Example, answered, unanswered
from training.data.shop_facts import tell
from training.data.tasks.wordings import near_questions, policies, smalltalk, traits

_SWAPPED: dict[Language, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        ("is {v} the {wrong}?", "so the {wrong} is {v}?", "does {v} mean the {wrong}?",
         "I read {v}, is that the {wrong}?", "{v} - that is the {wrong}, right?"),
        ("No, {v} is the {right}; the {wrong} is {w}.", "No, the {wrong} is {w}. {v} is the {right}.",
         "No, {w} is the {wrong}, and {v} is the {right}."),
    ),
    "zh": (
        ("{v}是{wrong}吗？", "{wrong}是{v}吧？", "页面上的{v}是指{wrong}吗",
         "看到{v}，这是{wrong}吗？", "{v}说的是{wrong}对吧"),
        ("不是，{v}是{right}，{wrong}是{w}。", "不是，{wrong}是{w}，{v}是{right}。",
         "不是，{v}指的是{right}，{wrong}为{w}。"),
    ),
}  # fmt: skip
_BELONGS: dict[Language, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        ("what does {v} stand for?", "which value is {v}?", "{v} of what?", "what is the {v} about?",
         "where does {v} belong?"),
        ("{v} is the {right}.", "That is the {right}: {v}.", "The {right} is {v}."),
    ),
    "zh": (
        ("{v}指的是什么？", "{v}是哪一项的数值？", "{v}是什么参数", "这个{v}说的是什么？"),
        ("{v}是{right}。", "这是{right}，{v}。", "{right}是{v}。"),
    ),
}  # fmt: skip
_BUYERS: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("I measured it myself, the {label} is nowhere near what they say.",
         "The page gives a {label} of {v}; one buyer measured something else."),
        ("The {label} is off, mine is different.",
         "The stated {label} is {v}, though one buyer found it different."),
        ("Do not believe the {label} they print.",
         "By the page the {label} is {v}; one buyer doubts it."),
    ),
    "zh": (
        ("自己量过，{label}和写的不一样。", "页面上{label}是{v}，有买家量出来不一样。"),
        ("{label}不准，我这个不是这样。", "标注的{label}是{v}，不过有买家说不一样。"),
        ("{label}别信页面的。", "页面写的{label}是{v}，有买家表示怀疑。"),
    ),
}  # fmt: skip
_DOUBTS: dict[Language, tuple[str, ...]] = {
    "en": ("what is the {label} really?", "is the {label} on the page right?", "can I rely on the {label}?",
           "{label}, and does it hold in practice?"),
    "zh": ("{label}到底是多少？", "页面上的{label}准吗？", "{label}靠得住吗？", "{label}实际是多少"),
}  # fmt: skip


def policy_examples(
    articles: Sequence[Article], language: Language, chance: random.Random
) -> Iterator[Example]:
    """Yield questions about the shop's policies, answered with the article's own numbers or not at all."""
    by_id = {article.id: article for article in articles}
    for asked in policies(language):
        article = by_id.get(ArticleId(asked.article))
        if article is None:
            continue
        evidence = evidence_of_article(article, language)
        right = [item for item in evidence if item.field == asked.place]
        others = [item for item in evidence if item.field not in (asked.place, "title")]
        subject = article.title.best(language)
        for question in asked.questions:
            shown = [*right, *chance.sample(others, min(len(others), chance.choice((0, 0, 1))))]
            chance.shuffle(shown)
            prompt = answer_prompt(question, subject, shown, language)
            yield Example(prompt, chance.choice(asked.answers), language, "policy", "policy", article.id)


def smalltalk_examples(language: Language, chance: random.Random) -> Iterator[Example]:
    """Yield every message of the table with one or two of its replies."""
    for asked in smalltalk(language):
        for message in asked.questions:
            for reply in chance.sample(asked.answers, min(len(asked.answers), chance.choice((1, 2)))):
                yield Example(smalltalk_prompt(message, language), reply, language, "smalltalk", "smalltalk")


def trait_examples(product: Product, language: Language, chance: random.Random) -> Iterator[Example]:
    """Yield yes-no facts asked for without being named."""
    evidence, subject = evidence_of(product, (), language), product.title.best(language)
    facts = [item for item in evidence if item.source == "attribute"]
    for fact in facts:
        attribute = fact.attribute
        if attribute is None or attribute.key not in traits(language):
            continue
        if not isinstance(attribute.value, bool) or not (answer := tell(attribute, language)):
            continue
        agreeing, denying = traits(language)[attribute.key]
        others = [item for item in facts if item is not fact]
        for question in chance.sample(agreeing, 2) + chance.sample(denying, 1):
            told = _turned(answer, attribute.value is (question in agreeing), language)
            yield answered(question, subject, [fact], others, told, language, chance)
        absent = [item for item in others if item.attribute and item.attribute.key not in traits(language)]
        if absent and chance.random() < 0.5:
            yield unanswered(chance.choice(agreeing), subject, absent, language, chance)


def _turned(answer: str, is_yes: bool, language: Language) -> str:
    """Return a yes-no fact as an answer that begins with the yes or no of the question asked."""
    if language == "en":
        return ("Yes, " if is_yes else "No, ") + answer.removeprefix("Yes, ").removeprefix("No, ")
    bare = answer.removeprefix("是的，").removeprefix("不是，").removeprefix("可以，")
    if not is_yes and bare.startswith(("不", "没", "无")):
        return bare
    return ("是的，" if is_yes else "不是，") + bare


def number_examples(product: Product, language: Language, chance: random.Random) -> Iterator[Example]:
    """Yield questions about which fact a number belongs to, and about numbers that a buyer disputes."""
    evidence, subject = evidence_of(product, (), language), product.title.best(language)
    numbers = [item for item in evidence
               if item.source == "attribute" and item.attribute and isinstance(item.attribute.value, Decimal)
               and tell(item.attribute, language)]  # fmt: skip
    for first in numbers:
        rivals = [item for item in numbers if item is not first and _confusable(first, item)]
        rest = [item for item in numbers if item is not first and item not in rivals[:1]]
        right, value = _told(first, language)
        if rivals:
            second = chance.choice(rivals)
            wrong, other = _told(second, language)
            question, answer = (chance.choice(part) for part in _SWAPPED[language])
            names = {"v": value, "w": other, "right": right, "wrong": wrong}
            others = [item for item in rest if item is not second]
            yield answered(question.format(**names), subject, [first, second], others,
                           answer.format(**names), language, chance)  # fmt: skip
        if chance.random() < 0.6:
            question, answer = (chance.choice(part) for part in _BELONGS[language])
            yield answered(question.format(v=value), subject, [first], rest,
                           _capital(answer.format(v=value, right=right)), language, chance)  # fmt: skip
        if chance.random() < 0.3:
            said, answer = chance.choice(_BUYERS[language])
            review = Evidence("review:written", "text", "review", said.format(label=right), language)
            question = chance.choice(_DOUBTS[language]).format(label=right)
            yield answered(question, subject, [first, review], [], answer.format(label=right, v=value),
                           language, chance)  # fmt: skip


def _confusable(first: Evidence, second: Evidence) -> bool:
    if first.attribute is None or second.attribute is None:
        return False
    units = first.attribute.unit, second.attribute.unit
    weights = {"g", "kg"}
    return (units[0] == units[1] or set(units) <= weights) and first.attribute.value != second.attribute.value


def _told(fact: Evidence, language: Language) -> tuple[str, str]:
    if fact.attribute is None:
        raise TypeError(f"{fact.id} is not a fact")
    label = label_text(fact.attribute, language)
    return (label if language == "zh" or label.isupper() else label[:1].lower() + label[1:]), spoken_value(
        fact.attribute, language
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def near_examples(product: Product, language: Language, chance: random.Random) -> Iterator[Example]:
    """Yield questions that the product's facts nearly answer and do not."""
    facts = [
        item for item in evidence_of(product, (), language) if item.source == "attribute" and item.attribute
    ]
    known = {item.attribute.key for item in facts if item.attribute}
    for near in near_questions(language):
        close = [item for item in facts if item.attribute and item.attribute.key in near.keys]
        if not close or known & set(near.telling) or chance.random() > 0.5:
            continue
        shown = (
            [*close, *chance.sample([item for item in facts if item not in close], 1)]
            if len(facts) > len(close) and len(close) < 3
            else close
        )
        yield unanswered(
            chance.choice(near.questions), product.title.best(language), shown[:3], language, chance
        )
