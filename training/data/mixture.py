"""The rows that the shipped adapter is trained on, from every source, in one random order.

Only sets that may shape weights are read (those whose licence allows it), and of these only products that
are not held out. A row whose answer states a number or an amount that its prompt does not support is
left out. Knows nothing of tokenisers or models; `python -m training.data.mixture` prints what is in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ecomlm.evidence import Evidence
from ecomlm.telling import spoken_value
from knowledge.errors import EcomlmError
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
from training.data.shop_facts import fact_examples
from training.data.split import is_test_product
from training.data.tasks.compare import compare_examples
from training.data.tasks.copywriting import ad_examples, beside_examples, description_examples
from training.data.tasks.digest import digest_examples
from training.data.tasks.questions import (
    near_examples,
    number_examples,
    policy_examples,
    smalltalk_examples,
    trait_examples,
)
from training.data.tasks.support import unsupported
from training.data.written import block_examples, question_examples

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_PUBLIC = ("hetpqa", "epqa", "semipqa")
"""The public sets, whose readers keep their held-out products back; the shop's products are split here."""


class MixtureInvalid(EcomlmError, ValueError):
    """A recipe asks for rows of a source that there is not."""


@dataclass(frozen=True)
class Mixture:
    """The rows in training order, and how many of each source were left out as unsupported."""

    rows: list[Example]
    dropped: dict[str, int]


def build_mixture(data: Path, seed: int, shares: Mapping[str, int]) -> list[Example]:
    """Return all rows, as `gather` chooses them."""
    return gather(data, seed, shares).rows


def gather(data: Path, seed: int, shares: Mapping[str, int]) -> Mixture:
    """Return distinct rows, at most `shares[source]` of each source (all where it is not named).

    `shares["shop_zh"]` bounds the Chinese rows of the source `shop`, `shares["shop_en"]` the English ones.
    A source with a share of 0 is not read, and need not be there.

    Raises:
        MixtureInvalid: naming the sources that there are not.
    """
    builders = _sources(data)
    names = [name for source in builders for name in (source, *(f"{source}_{each}" for each in _LANGUAGES))]
    if unknown := sorted(set(shares) - set(names)):
        raise MixtureInvalid(
            f"no source of rows is called {', '.join(unknown)}; there are {', '.join(builders)}"
        )
    rows: list[Example] = []
    dropped: dict[str, int] = {}
    for name, read in builders.items():
        if shares.get(name) == 0:
            continue
        chance = random.Random(f"{seed} {name}")
        found = read(chance)
        if name not in _PUBLIC:
            found = [row for row in found if not is_test_product(row.product)]
        chance.shuffle(found)
        found = list({(row.prompt, row.answer): row for row in found}.values())
        chosen, dropped[name] = _share(found, name, shares)
        rows += chosen
    random.Random(seed).shuffle(rows)
    return Mixture(rows, dropped)


def _share(found: Sequence[Example], name: str, shares: Mapping[str, int]) -> tuple[list[Example], int]:
    """Return the first supported rows that the shares leave room for, and how many before were not."""
    left = {language: shares.get(f"{name}_{language}", len(found)) for language in _LANGUAGES}
    room = shares.get(name, len(found))
    chosen: list[Example] = []
    dropped = 0
    for row in found:
        if len(chosen) == room or not any(left.values()):
            break
        if left[row.language] == 0:
            continue
        if unsupported(row):
            dropped += 1
            continue
        left[row.language] -= 1
        chosen.append(row)
    return chosen, dropped


def _sources(data: Path) -> dict[str, Callable[[random.Random], list[Example]]]:
    shop = {
        name: (lambda chance, build=build, name=name: labelled(_in_both(build, chance), name))
        for name, build in _TASKS.items()
    }
    return {
        "hetpqa": lambda chance: hetpqa_examples(data, chance),
        "epqa": lambda chance: epqa_examples(data, chance),
        "semipqa": lambda chance: semipqa_examples(data, chance),
        "shop": shop_examples,
        "written": written_examples,
        **shop,
    }


def _in_both(build: _Build, chance: random.Random) -> list[Example]:
    shop = Shop.load()
    return [row for language in _LANGUAGES for row in build(shop, language, chance)]


@dataclass(frozen=True)
class Shop:
    """The sample shop's records that may be trained on, products and articles that are tested left out."""

    products: list[Product]
    articles: list[Article]
    reviews: dict[str, list[Review]]

    @classmethod
    def load(cls) -> Shop:
        """Read the sample shop."""
        records = load_sample()
        reviews: dict[str, list[Review]] = {}
        for record in records:
            if isinstance(record, Review):
                reviews.setdefault(record.product_id, []).append(record)
        return cls(
            [item for item in records if isinstance(item, Product) and not is_test_product(item.id)],
            [item for item in records if isinstance(item, Article) and not is_test_product(item.id)],
            reviews,
        )


_Build = Callable[[Shop, Language, random.Random], Iterable[Example]]


def _of_each(build: Callable[[Product, Language, random.Random], Iterable[Example]]) -> _Build:
    return lambda shop, language, chance: (
        row for product in shop.products for row in build(product, language, chance)
    )


_TASKS: dict[str, _Build] = {
    "compare": lambda shop, language, chance: compare_examples(shop.products, language, chance),
    "digest": lambda shop, language, chance: (
        row
        for product in shop.products
        for row in digest_examples(product, shop.reviews.get(product.id, []), language, chance)
    ),
    "description": _of_each(description_examples),
    "ad": _of_each(ad_examples),
    "beside": lambda shop, language, chance: (
        row for product in shop.products for row in beside_examples(product, shop.products, language, chance)
    ),
    "policy": lambda shop, language, chance: policy_examples(shop.articles, language, chance),
    "smalltalk": lambda shop, language, chance: smalltalk_examples(language, chance),
    "traits": _of_each(trait_examples),
    "numbers": _of_each(number_examples),
    "near": _of_each(near_examples),
}


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
