"""The rows that the shipped adapter is trained on, from every source, in one random order.

Only sets that may shape weights are read (../shared/data marks them "train"), and of these only products
that are not held out. Knows nothing of tokenisers or models.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ecomlm.evidence import Evidence
from knowledge.records import Article, Language, Product, Review
from knowledge.sample.load import load_sample
from training.data.examples import Example, answered, labelled, passage, unanswered
from training.data.product_qa import (
    Candidate,
    Question,
    read_attribute_sentences,
    read_epqa,
    read_hetpqa_answers,
)
from training.data.shop_choices import choice_examples, reason_examples
from training.data.shop_facts import fact_examples, spoken_value
from training.data.split import is_test_product
from training.data.written import block_examples, question_examples

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_OWN = ("shop", "written")
"""The sources about the sample shop, whose products are split here; the public sets' readers split theirs."""


def build_mixture(data: Path, seed: int, shares: dict[str, int]) -> list[Example]:
    """Return all rows, at most `shares[source]` of each source (all where it is not named).

    A source with a share of 0 is not read, and need not be there.
    """
    rows: list[Example] = []
    sources: dict[str, Callable[[random.Random], list[Example]]] = {
        "hetpqa": lambda chance: hetpqa_examples(data, chance),
        "epqa": lambda chance: epqa_examples(data, chance),
        "semipqa": lambda chance: semipqa_examples(data, chance),
        "shop": shop_examples,
        "written": written_examples,
    }
    for name, read in sources.items():
        if shares.get(name) == 0:
            continue
        chance = random.Random(f"{seed} {name}")
        found = read(chance)
        if name in _OWN:
            found = [row for row in found if not is_test_product(row.product)]
        chance.shuffle(found)
        rows += found[: shares.get(name, len(found))]
    random.Random(seed).shuffle(rows)
    return rows


def hetpqa_examples(data: Path, chance: random.Random) -> list[Example]:
    """Return hetPQA's questions with the one passage that a person answered from."""
    rows = [
        replace(
            answered(row.question, "", [_evidence(row.candidate)], [], row.candidate.answer, "en", chance),
            product=row.product,
        )
        for row in read_hetpqa_answers(data, "train")
        if row.candidate.answer.strip()
    ]
    return labelled(rows, "hetpqa")


def epqa_examples(data: Path, chance: random.Random) -> list[Example]:
    """Return ePQA's questions: answered from a passage that answers, else to be left unanswered."""
    rows: list[Example] = []
    for question in read_epqa(data, "train"):
        rows += [replace(row, product=question.product) for row in _epqa_rows(question, chance)]
    return labelled(rows, "epqa")


def _epqa_rows(question: Question, chance: random.Random) -> Iterator[Example]:
    right = [item for item in question.candidates if item.grade == 1 and item.answer.strip()]
    silent = [_evidence(item) for item in question.candidates if item.grade == 0]
    helpful = [_evidence(item) for item in question.candidates if item.grade == 0.5]
    for candidate in chance.sample(right, min(3, len(right))):
        yield answered(
            question.text, question.title, [_evidence(candidate)], silent, candidate.answer, "en", chance
        )
    if len(silent) >= 2:
        yield unanswered(question.text, question.title, silent, "en", chance)
    if not right:
        yield unanswered(question.text, question.title, helpful + silent[:1], "en", chance)
        yield unanswered(question.text, question.title, silent[:3], "en", chance)


def semipqa_examples(data: Path, chance: random.Random) -> list[Example]:
    """Return attributes in words with the sentence that a person wrote for them."""
    rows = []
    for attribute, sentence in read_attribute_sentences(data, "train"):
        name, _, value = attribute.partition(": ")
        if value and len(attribute) < 160:
            question = chance.choice((f"what is the {name}?", f"{name}?", f"what about the {name}"))
            rows.append(answered(question, "", [passage(attribute, "attribute")], [], sentence, "en", chance))
    return labelled(rows, "semipqa")


def shop_examples(chance: random.Random) -> list[Example]:
    """Return the rows that follow from the sample shop's records, in both languages."""
    records = load_sample()
    products = [record for record in records if isinstance(record, Product)]
    reviews: dict[str, list[Review]] = {}
    for record in records:
        if isinstance(record, Review):
            reviews.setdefault(record.product_id, []).append(record)
    items = {language: _box_items(products, language) for language in _LANGUAGES}
    rows: list[Example] = []
    for product in products:
        found: list[Example] = []
        for language in _LANGUAGES:
            found += fact_examples(product, reviews.get(product.id, []), language, chance)
            found += choice_examples(product, items[language], language, chance)
            found += reason_examples(product, language, chance)
        rows += labelled(found, "shop", product.id)
    return rows


def shop_articles() -> list[Article]:
    """Return the sample shop's articles."""
    return [record for record in load_sample() if isinstance(record, Article)]


def written_examples(chance: random.Random) -> list[Example]:
    """Return the rows that people wrote for this project."""
    records = load_sample()
    return labelled([*block_examples(chance), *question_examples(records, chance)], "written")


def _box_items(products: list[Product], language: Language) -> list[str]:
    found = (product.attribute("includes") for product in products)
    separator = "、" if language == "zh" else ", "
    return [item for box in found if box for item in spoken_value(box, language).split(separator)]


def _evidence(candidate: Candidate) -> Evidence:
    return passage(candidate.text, candidate.source)
