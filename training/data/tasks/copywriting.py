"""Rows that write of a product from its facts alone: descriptions, short ads, why it is recommended.

Knows the wordings of `ecomlm.telling` and `frames.tsv`; nothing of models.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import permutations

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import ad_prompt, description_prompt, reason_prompt
from ecomlm.search.passages import evidence_of
from ecomlm.telling import kind_of, name_of, told, told_shortly
from knowledge.records import Language, Product
from training.data.examples import Example
from training.data.tasks.wordings import frames

AD_CHARACTERS: dict[Language, int] = {"en": 90, "zh": 30}


def facts_of(product: Product, language: Language) -> list[Evidence]:
    """Return the facts of a product that a text can be made of."""
    chance = random.Random(0)
    return [
        item
        for item in evidence_of(product, (), language)
        if item.source == "attribute" and item.attribute and told(item.attribute, language, chance)
    ]


def description_examples(
    product: Product, language: Language, chance: random.Random, count: int = 3
) -> Iterator[Example]:
    """Yield descriptions of two to four sentences."""
    facts = facts_of(product, language)
    for _ in range(count if len(facts) >= 2 else 0):
        shown = chance.sample(facts, min(len(facts), chance.choice((2, 3, 3, 4, 5))))
        clauses = [told(item.attribute, language, chance) or "" for item in shown if item.attribute]
        answer = _description(product, clauses, language, chance)
        prompt = description_prompt(product.title.best(language), shown, language)
        yield Example(prompt, answer, language, "description", "description", product.id)


def _description(product: Product, clauses: Sequence[str], language: Language, chance: random.Random) -> str:
    wording, left = frames("description", language), list(clauses)
    names = {"name": name_of(product, language), "kind": kind_of(product, language)}
    names["kind1"] = f"{'an' if names['kind'][:1] in 'aeiou' else 'a'} {names['kind']}"
    first = [frame for frame in wording["first"] if names["kind"] or "{kind" not in frame]
    sentences = [chance.choice(first).format(left.pop(0), **names)]
    while left:
        part = wording["last" if len(left) <= 2 and len(sentences) > 1 else "second"]
        fitting = [frame for frame in part if "{1}" not in frame or len(left) > 1]
        if len(left) + len(sentences) > 4:
            fitting = [frame for frame in fitting if "{1}" in frame] or fitting
        frame = chance.choice([frame for frame in fitting if not _repeats(frame, sentences)] or fitting)
        used = 2 if "{1}" in frame else 1
        sentences.append(frame.format(*left[:used]))
        left = left[used:]
    return ("" if language == "zh" else " ").join(sentences)


def _repeats(frame: str, sentences: Sequence[str]) -> bool:
    opening = frame.partition("{")[0].strip()
    return bool(opening) and any(sentence.startswith(opening) for sentence in sentences)


def ad_examples(
    product: Product, language: Language, chance: random.Random, count: int = 3
) -> Iterator[Example]:
    """Yield ads of one line that hold no more than `AD_CHARACTERS`."""
    facts = facts_of(product, language)
    names = {"name": name_of(product, language), "kind": kind_of(product, language)}
    for _ in range(count if facts else 0):
        shown = chance.sample(facts, min(len(facts), chance.choice((1, 2, 2, 3))))
        parts = [told_shortly(item.attribute, language) or "" for item in shown if item.attribute]
        lines = [
            _line(frame, pair, names, language)
            for frame in frames("ad", language)["line"]
            for pair in permutations(parts, 2 if "{1}" in frame else 1)
            if names["kind"] or "{kind}" not in frame
        ]
        fitting = [line for line in lines if len(line) <= AD_CHARACTERS[language]]
        if fitting:
            prompt = ad_prompt(product.title.best(language), shown, language)
            yield Example(prompt, chance.choice(fitting), language, "ad", "ad", product.id)


def _line(frame: str, parts: Sequence[str], names: dict[str, str], language: Language) -> str:
    kind = names["kind"]
    if language == "en" and kind and "ooking for {kind}" in frame:
        kind = f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"
    line = frame.format(*parts, name=names["name"], kind=kind)
    return ". ".join(part[:1].upper() + part[1:] for part in line.split(". ")) if language == "en" else line


def beside_examples(
    product: Product, others: Sequence[Product], language: Language, chance: random.Random, count: int = 2
) -> Iterator[Example]:
    """Yield rows that say why a product is recommended beside another that the shopper named."""
    facts = facts_of(product, language)
    alike = [other for other in others if other.categories == product.categories and other is not product]
    near = [other for other in others if other.department == product.department and other is not product]
    wording = frames("reason", language)
    for _ in range(count if facts and near else 0):
        is_alike = bool(alike) and chance.random() < 0.7
        other = name_of(chance.choice(alike if is_alike else near), language)
        wish = chance.choice(wording["beside" if is_alike else "with"]).format(o=other)
        shown = chance.sample(facts, min(len(facts), chance.choice((1, 2, 3))))
        used = [told(item.attribute, language, chance) or "" for item in shown[:2] if item.attribute]
        chance.shuffle(shown)
        answer = chance.choice(wording["two" if len(used) > 1 else "one"]).format(*used)
        prompt = reason_prompt(wish, product.title.best(language), shown, language)
        yield Example(prompt, answer, language, "reason", "beside", product.id)
