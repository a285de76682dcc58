"""Rows that tell two products apart: which is better for what, by the facts in which they differ.

Knows pairs of the sample shop's products and the wordings of `compare.tsv`; nothing of search.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import compare_prompt, difference_text, short_names
from ecomlm.search.passages import label_text, money_text, value_text
from ecomlm.telling import advantages, spoken_value
from knowledge.records import Attribute, Language, Product, Text
from training.data.examples import Example
from training.data.tasks.wordings import frames

_PRICE = Text("Price", "价格")


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact of two products; `winner` is the place of the one that it speaks for."""

    key: str
    label: str
    values: tuple[str, str]
    spoken: tuple[str, str]
    winner: int


def differences(first: Product, second: Product, language: Language) -> list[Difference]:
    """Return the facts that speak for one of the two, the price among them."""
    known = advantages(language)
    found = []
    for attribute in first.attributes:
        other = second.attribute(attribute.key)
        if attribute.key in known and other and (one := _difference(attribute, other, language)):
            found.append(one)
    prices = first.lowest_price, second.lowest_price
    if prices[0] and prices[1] and prices[0].amount != prices[1].amount:
        values = money_text(prices[0], language), money_text(prices[1], language)
        cheaper = int(prices[1].amount < prices[0].amount)
        found.append(Difference("price", _PRICE.best(language), values, values, cheaper))
    return found


def _difference(first: Attribute, second: Attribute, language: Language) -> Difference | None:
    one, two = first.value, second.value
    better = advantages(language)[first.key].better
    if isinstance(one, bool) and isinstance(two, bool) and better in ("yes", "no"):
        winner = int(one is not (better == "yes"))
    elif isinstance(one, Decimal) and isinstance(two, Decimal) and first.unit == second.unit:
        if better not in ("low", "high"):
            return None
        winner = int((two < one) if better == "low" else (two > one))
    else:
        return None
    if one == two:
        return None
    pair = first, second
    return Difference(
        first.key,
        label_text(first, language),
        (value_text(pair[0], language), value_text(pair[1], language)),
        (spoken_value(pair[0], language), spoken_value(pair[1], language)),
        winner,
    )


def compare_examples(
    products: Sequence[Product], language: Language, chance: random.Random
) -> Iterator[Example]:
    """Yield rows about pairs of one department that share facts, pairs of one category more often."""
    for first, second in combinations(products, 2):
        if first.department != second.department:
            continue
        found = differences(*(pair := _shuffled(first, second, chance)), language)
        alike = first.categories == second.categories
        if not found or (len(found) < 2 and not alike):
            continue
        for _ in range(4 if alike else 1):
            yield _row(pair, found, language, chance)


def _shuffled(first: Product, second: Product, chance: random.Random) -> tuple[Product, Product]:
    return (first, second) if chance.random() < 0.5 else (second, first)


def _row(
    pair: tuple[Product, Product], found: list[Difference], language: Language, chance: random.Random
) -> Example:
    titles = pair[0].title.best(language), pair[1].title.best(language)
    names = short_names(titles)
    shown = chance.sample(found, min(len(found), chance.choice((1, 2, 2, 3, 4))))
    told = shown[: chance.choice((1, 2, 2))]
    wording = frames("compare", language)
    question = chance.choice(wording["open"])
    if chance.random() < 0.65:
        wish = chance.choice(advantages(language)[told[0].key].wishes)
        question = chance.choice(wording["question"]).replace("{wish}", wish)
    chance.shuffle(shown)
    facts = [
        Evidence("product", item.key, "attribute",
                 difference_text(item.label, names, item.values, language), language)
        for item in shown
    ]  # fmt: skip
    prompt = compare_prompt(question, titles, facts, language)
    answer = _answer(told, names, language, chance)
    return Example(prompt, answer, language, "compare", "compare", pair[0].id)


def _answer(
    told: Sequence[Difference], names: tuple[str, str], language: Language, chance: random.Random
) -> str:
    part = "one"
    if len(told) == 2:
        part = "also" if told[0].winner == told[1].winner else "but"
    frame = chance.choice(frames("compare", language)[part])
    clauses = []
    for place, item in enumerate(told):
        win, lose = item.winner, 1 - item.winner
        clause = chance.choice(advantages(language)[item.key].told)
        clause = clause.format(n=names[win], o=names[lose], v=item.spoken[win], w=item.spoken[lose])
        before = frame.partition(f"{{{place}}}")[0].rstrip()
        keeps_case = not before or before.endswith(".") or clause.startswith(names)
        clauses.append(clause if keeps_case else clause[:1].lower() + clause[1:])
    return frame.format(*clauses)
